"""A later request with another spec: what differs changes in place, and nothing else does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from harness import words
from harness.asking import ask, refusal
from harness.by_hand import make_log_key
from harness.drift import WISH
from harness.requests import create
from harness.standing import Standing

SPEC = WISH["spec"]
KEY = "arn:aws:kms:us-east-1:123456789012:key/0f8b7a54-1c3d-4f6e-9a21-5d2c8e7b6a10"


@dataclass(frozen=True)
class Update:
    """Parts of the spec that change, and the lines by which the environment then differs."""

    spec: dict[str, Any]
    gained: set[str]
    lost: set[str]


def update(gained: list[str] | None = None, lost: list[str] | None = None, **spec: dict[str, Any]) -> Update:
    """Each part is the one that stands with some fields replaced."""
    parts = {name: SPEC.get(name, {}) | fields for name, fields in spec.items()}
    return Update(parts, set(gained or []), set(lost or []))


def s3(*actions: str, on: str) -> list[str]:
    return [f"training-role Allow s3:{action} arn:aws:s3:::{on}" for action in actions]


THROUGH_S3 = '{"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}'
OURS_ALONE = '{"StringEquals": {"aws:PrincipalAccount": "123456789012", "aws:ResourceAccount": "123456789012"}}'
WRITING = ("PutObject", "DeleteObject", "AbortMultipartUpload", "ListMultipartUploadParts")
UPDATES = {
    "ssh_from_another_range": update(
        access={"ssh_from": ["10.8.0.0/16", "192.168.7.0/24", "203.0.113.0/24"]},
        gained=[
            "training-network-acl in 202 allow tcp 22 203.0.113.0/24",
            "training-network-acl out 202 allow tcp 1024-65535 203.0.113.0/24",
            "training-security-group in tcp 22 203.0.113.0/24: SSH from access.ssh_from",
        ],
    ),
    "ssh_from_nowhere": update(
        access={"ssh_from": []},
        lost=[
            "training-network-acl in 200 allow tcp 22 10.8.0.0/16",
            "training-network-acl in 201 allow tcp 22 192.168.7.0/24",
            "training-network-acl out 200 allow tcp 1024-65535 10.8.0.0/16",
            "training-network-acl out 201 allow tcp 1024-65535 192.168.7.0/24",
            "training-security-group in tcp 22 10.8.0.0/16: SSH from access.ssh_from",
            "training-security-group in tcp 22 192.168.7.0/24: SSH from access.ssh_from",
        ],
    ),
    "other_services_ports": update(
        access={"services_ports": [443, 9000]},
        gained=[
            "services-security-group in tcp 9000 training-security-group: Hosts that train",
            "training-security-group out tcp 9000 services-security-group: The services tier",
        ],
        lost=[
            "services-security-group in tcp 8443 training-security-group: Hosts that train",
            "training-security-group out tcp 8443 services-security-group: The services tier",
        ],
    ),
    "other_data_to_read": update(
        training={"read": ["arn:aws:s3:::features"]},
        gained=[*s3("GetObject", on="features/*"), *s3("ListBucket", on="features")],
        lost=[
            *s3("GetObject", on="features/v3/*"),
            *s3("ListBucket", on='features if {"StringLike": {"s3:prefix": ["v3", "v3/*"]}}'),
        ],
    ),
    "nothing_to_write": update(
        training={"write": []},
        lost=[*s3("GetObject", *WRITING, on="models/*"), *s3("ListBucket", on="models")],
    ),
    "keys_of_the_data": update(
        training={"kms_keys": [KEY]},
        gained=[f"training-role Allow kms:{action} {KEY} if {THROUGH_S3}" for action in ("Decrypt", "GenerateDataKey")],
    ),
    "logs_kept_for_a_month": update(
        flow_logs={"retention_days": 30},
        gained=["flow-log-group keeps 30 days"],
        lost=["flow-log-group keeps 365 days"],
    ),
    "a_gateway_endpoint_more": update(
        egress={"endpoints": ["s3", "dynamodb", "ecr.api"]},
        gained=[
            "endpoint-dynamodb is a gateway of com.amazonaws.us-east-1.dynamodb",
            f"endpoint-dynamodb Allow * * if {OURS_ALONE}",
            *(
                line
                for tier in ("training", "services")
                for line in (
                    f"endpoint-dynamodb serves {tier}-route-table",
                    f"{tier}-route-table dynamodb endpoint-dynamodb",
                    f"{tier}-security-group out tcp 443 dynamodb",
                )
            ),
        ],
    ),
    "an_interface_endpoint_more": update(
        egress={"endpoints": ["s3", "ecr.api", "logs"]},
        gained=[
            "endpoint-logs is a interface of com.amazonaws.us-east-1.logs",
            "endpoint-logs answers for the names of the service",
            "endpoint-logs serves services-subnet-us-east-1a",
            "endpoint-logs serves services-subnet-us-east-1b",
            "endpoint-logs wears endpoints-security-group",
            f"endpoint-logs Allow * * if {OURS_ALONE}",
        ],
    ),
}


@pytest.mark.parametrize("update", UPDATES.values(), ids=UPDATES)
def test_it_changes_in_place_and_back(standing: Standing, update: Update) -> None:
    before = words.lines(standing.as_built)
    standing.update(**update.spec)
    after = words.lines(standing.snapshot())
    assert (after - before, before - after) == (update.gained, update.lost)
    assert standing.update()["changes"]
    standing.assert_intact()


def test_nothing_is_replaced(standing: Standing) -> None:
    present = set(standing.account.leftovers())
    changes = {name: UPDATES[name].spec for name in ("ssh_from_nowhere", "nothing_to_write", "logs_kept_for_a_month")}
    standing.update(**{part: fields for spec in changes.values() for part, fields in spec.items()})
    assert set(standing.account.leftovers()) == present
    standing.update()
    standing.assert_intact()


def test_other_services_may_assume_the_role(standing: Standing) -> None:
    standing.update(training=SPEC["training"] | {"services": ["batch"]})
    lines = words.lines(standing.snapshot())
    trusted = {line.split()[4] for line in lines if line.startswith("training-role trusts: ")}
    assert trusted == {"batch.amazonaws.com", "ecs-tasks.amazonaws.com"}
    standing.update()
    standing.assert_intact()


def test_no_endpoints_leave_no_way_out(standing: Standing) -> None:
    standing.update(egress={"endpoints": []})
    found = standing.snapshot()
    assert found["endpoints"] == found["interfaces"] == []
    assert not [line for line in words.lines(found) if "0.0.0.0/0" in line or "s3 endpoint" in line]
    standing.update()
    standing.assert_intact()


def test_a_tag_comes_onto_everything(standing: Standing) -> None:
    standing.update(tags={"team": "vision", "stage": "production"})
    found = standing.snapshot()
    untagged = [
        f"{kind} {resource['Tags']}"
        for kind in found
        for resource in found[kind]
        if kind != "interfaces" and not resource["Tags"].items() >= {("team", "vision"), ("stage", "production")}
    ]
    assert untagged == []


def test_a_third_zone_moves_nobody(standing: Standing) -> None:
    zones = ["us-east-1a", "us-east-1b", "us-east-1c"]
    present = set(standing.account.leftovers())
    exports = standing.update(network=SPEC["network"] | {"availability_zones": zones})["exports"]
    added = {line.split()[-1] for line in set(standing.account.leftovers()) - present}
    assert present <= set(standing.account.leftovers())
    assert {"fraud-v3-training-subnet-us-east-1c", "fraud-v3-services-subnet-us-east-1c"} <= added
    for name, value in standing.exports.items():
        assert exports[name] == value or (isinstance(value, list) and exports[name][:2] == value), name
    lines = words.lines(standing.snapshot())
    for tier, block in (("training", "10.42.128.0/18"), ("services", "10.42.224.0/20")):
        assert f"{tier}-subnet-us-east-1c has {block} in us-east-1c" in lines
        assert f"{tier}-route-table serves {tier}-subnet-us-east-1c" in lines
        assert f"{tier}-network-acl serves {tier}-subnet-us-east-1c" in lines
    assert "endpoint-ecr.api serves services-subnet-us-east-1c" in lines


def test_zones_in_another_order_are_the_same_zones(standing: Standing) -> None:
    answer = standing.update(network=SPEC["network"] | {"availability_zones": ["us-east-1b", "us-east-1a"]})
    assert (answer["changes"], answer["exports"]) == ([], standing.exports)


# What cannot change

IMMUTABLE = {
    "another_block": ({"cidr": "10.43.0.0/16"}, "/spec/network/cidr"),
    "a_smaller_block": ({"cidr": "10.42.0.0/20"}, "/spec/network/cidr"),
    "a_zone_less": ({"cidr": "10.42.0.0/16", "availability_zones": 1}, "/spec/network/availability_zones"),
    "another_zone": (
        {"cidr": "10.42.0.0/16", "availability_zones": ["us-east-1a", "us-east-1c"]},
        "/spec/network/availability_zones",
    ),
}


@pytest.mark.parametrize(("network", "pointer"), IMMUTABLE.values(), ids=IMMUTABLE)
def test_what_is_immutable_is_a_conflict_and_nothing_is_touched(
    built: Standing, network: dict[str, Any], pointer: str
) -> None:
    message = refusal(built.function, built.later(network=network), "Conflict")
    assert message.startswith(f"{pointer}: ")
    assert built.proxy.mutations(records=True) == []


def test_an_allocated_block_keeps_its_size_and_need_not_be_named(workshop: Any) -> None:
    standing = workshop.borrow(create(network={"prefix_length": 20}))
    assert standing.exports["vpc_cidr"].endswith("/20")
    refused = refusal(standing.function, standing.later(network={"prefix_length": 18}), "Conflict")
    assert refused.startswith("/spec/network/prefix_length: ")
    assert standing.proxy.mutations(records=True) == []
    assert ask(standing.function, standing.event)["changes"] == []


def test_a_block_that_was_named_keeps_its_size_too(workshop: Any) -> None:
    standing = workshop.borrow(create(network={"cidr": "10.42.0.0/20"}))
    refused = refusal(standing.function, standing.later(network={"prefix_length": 24}), "Conflict")
    assert refused.startswith("/spec/network/prefix_length: ")
    assert standing.proxy.mutations(records=True) == []
    for clock, network in (("11:00", {}), ("11:10", {"prefix_length": 20})):
        assert ask(standing.function, create(clock=clock, network=network))["changes"] == []


def test_tags_that_are_not_asked_for_any_more_go_and_those_of_others_stay(standing: Standing) -> None:
    """From everything; what somebody else put on is nobody's business here."""
    theirs = [{"Key": "owner", "Value": "ada"}]
    standing.account.ec2.create_tags(Resources=[standing.vpc], Tags=theirs)
    standing.update(tags={"stage": "test"})
    carrying = [each for kind in standing.snapshot().values() for each in kind if "team" in (each.get("Tags") or {})]
    assert carrying == []
    assert {"Key": "owner", "Value": "ada"} in standing.find("vpcs", "vpc")["Tags"]
    standing.proxy.forget()
    assert standing.again()["changes"] == []
    assert standing.proxy.mutations() == []


def test_a_key_that_is_not_asked_for_any_more_is_taken_off_the_log_group(standing: Standing) -> None:
    key = make_log_key(standing.emulator)
    standing.update(flow_logs={"kms_key": key})
    (group,) = standing.account.logs.describe_log_groups()["logGroups"]
    assert group["kmsKeyId"] == key
    standing.event = standing.later() | {"requested_at": "2025-06-02T10:30:00Z"}
    standing.again()
    (group,) = standing.account.logs.describe_log_groups()["logGroups"]
    assert "kmsKeyId" not in group

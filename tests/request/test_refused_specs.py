"""What is wrong with a spec is said, all of it at once, each fault with its JSON pointer, and nothing is done."""

from __future__ import annotations

from typing import Any

import pytest

from harness.asking import plan, pointers
from harness.requests import create
from harness.standing import Standing

SPECS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "unknown_fields": (
        {"netwrok": {}, "network": {"cdir": "10.0.0.0/16"}, "training": {"buckets": []}},
        ["/spec/netwrok", "/spec/network/cdir", "/spec/training/buckets"],
    ),
    "wrong_types": (
        {"network": [], "access": {"ssh_from": "10.0.0.0/8"}, "deletion_protection": "yes", "tags": {"a": 1}},
        ["/spec/network", "/spec/access/ssh_from", "/spec/deletion_protection", "/spec/tags/a"],
    ),
    "public_block": ({"network": {"cidr": "8.8.0.0/16"}}, ["/spec/network/cidr"]),
    "block_beside_the_private_ones": ({"network": {"cidr": "172.32.0.0/16"}}, ["/spec/network/cidr"]),
    "block_off_its_boundary": ({"network": {"cidr": "10.0.7.0/16"}}, ["/spec/network/cidr"]),
    "block_too_large": ({"network": {"cidr": "10.0.0.0/15"}}, ["/spec/network/cidr"]),
    "block_too_small": ({"network": {"cidr": "10.0.0.0/25"}}, ["/spec/network/cidr"]),
    "block_of_ipv6": ({"network": {"cidr": "fd00::/16"}}, ["/spec/network/cidr"]),
    "block_and_another_length": (
        {"network": {"cidr": "10.0.0.0/16", "prefix_length": 20}},
        ["/spec/network/prefix_length"],
    ),
    "lengths_out_of_bounds": ({"network": {"prefix_length": 25}}, ["/spec/network/prefix_length"]),
    "too_many_zones": ({"network": {"availability_zones": 4}}, ["/spec/network/availability_zones"]),
    "zone_twice": (
        {"network": {"availability_zones": ["us-east-1a", "us-east-1a"]}},
        ["/spec/network/availability_zones/1"],
    ),
    "zone_that_is_none": ({"network": {"availability_zones": ["use1-az1"]}}, ["/spec/network/availability_zones/0"]),
    "the_world": ({"access": {"ssh_from": ["10.0.0.0/8", "0.0.0.0/0"]}}, ["/spec/access/ssh_from/1"]),
    "the_world_of_ipv6": ({"access": {"ssh_from": ["::/0"]}}, ["/spec/access/ssh_from/0"]),
    "the_world_short": ({"access": {"ssh_from": ["0/0"]}}, ["/spec/access/ssh_from/0"]),
    "the_world_with_host_bits": ({"access": {"ssh_from": ["1.2.3.4/0"]}}, ["/spec/access/ssh_from/0"]),
    "the_world_mapped": ({"access": {"ssh_from": ["::ffff:0.0.0.0/96"]}}, ["/spec/access/ssh_from/0"]),
    "the_world_in_halves": ({"access": {"ssh_from": ["0.0.0.0/1", "128.0.0.0/1"]}}, ["/spec/access/ssh_from"]),
    "the_world_in_quarters": (
        {"access": {"ssh_from": ["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"]}},
        ["/spec/access/ssh_from"],
    ),
    "ports_out_of_bounds": (
        {"access": {"services_ports": [0, 65536]}},
        [f"/spec/access/services_ports/{n}" for n in (0, 1)],
    ),
    "no_ports": ({"access": {"services_ports": []}}, ["/spec/access/services_ports"]),
    "arns_that_are_not_s3": (
        {
            "training": {
                "read": ["arn:aws:sqs:us-east-1:123456789012:queue", "s3://bucket"],
                "write": ["*", "arn:aws:s3:::*"],
            }
        },
        ["/spec/training/read/0", "/spec/training/read/1", "/spec/training/write/0", "/spec/training/write/1"],
    ),
    "service_that_does_not_train": ({"training": {"services": ["ec2", "lambda"]}}, ["/spec/training/services/1"]),
    "reserved_tags": (
        {"tags": {"aws:x": "1", "Ringfence:environment": "2", "name": "3"}},
        ["/spec/tags/aws:x", "/spec/tags/Ringfence:environment", "/spec/tags/name"],
    ),
    "keys_that_differ_in_case": ({"tags": {"Team": "a", "team": "b"}}, ["/spec/tags/team"]),
    "too_many_tags": ({"tags": {f"tag-{number}": "" for number in range(47)}}, ["/spec/tags"]),
    "two_ends": ({"ttl": "8h", "expires_at": "2031-01-01T00:00:00Z"}, ["/spec/expires_at"]),
    "time_to_live_in_words": ({"ttl": "eight hours"}, ["/spec/ttl"]),
    "retention_that_logs_do_not_know": ({"flow_logs": {"retention_days": 364}}, ["/spec/flow_logs/retention_days"]),
    "endpoint_with_its_full_name": (
        {"egress": {"endpoints": ["com.amazonaws.us-east-1.s3"]}},
        ["/spec/egress/endpoints/0"],
    ),
}


@pytest.mark.parametrize(("spec", "expected"), SPECS.values(), ids=SPECS)
def test_every_fault_of_a_spec_has_its_pointer(built: Standing, spec: dict[str, Any], expected: list[str]) -> None:
    message = built.assert_refused(create(**spec), unheard=True)
    assert pointers(message) == sorted(expected), message


def test_all_faults_of_a_request_come_in_one_answer(built: Standing) -> None:
    wrong = create(name="Fraud_V3", network={"cidr": "8.8.8.8/8"}, tags={"Name": "x"}) | {
        "requested_at": "noon",
        "extra": 1,
    }
    assert pointers(built.assert_refused(wrong, unheard=True)) == [
        "/environment",
        "/extra",
        "/requested_at",
        "/spec/network/cidr",
        "/spec/tags/Name",
    ]


@pytest.mark.parametrize(
    "defaults",
    [
        {"network": {"prefix_length": 16, "availability_zones": 2}},
        {"access": {"ssh_from": [], "attachments": [], "services_ports": [443], "instance_connect": False}},
        {"training": {"services": ["ec2"], "read": [], "write": [], "kms_keys": [], "cluster": False}},
        {"egress": {"endpoints": ["s3"]}, "flow_logs": {"retention_days": 365, "retain": False}},
        {"deletion_protection": False, "tags": {}},
    ],
    ids="_".join,
)
def test_defaults_may_be_given(built: Standing, defaults: dict[str, Any]) -> None:
    answer = built.function.invoke(plan("vision-eu", **defaults))
    assert answer.error_message is None

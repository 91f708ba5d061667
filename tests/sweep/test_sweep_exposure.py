"""An environment that somebody opened: the sweep withdraws what it published, and publishes again when it is closed."""

from __future__ import annotations

import json
from collections.abc import Callable
from ipaddress import ip_network
from typing import Any

import pytest

from harness import answers
from harness.asking import ask, describe, refusal
from harness.by_hand import let_time_pass, make_gateway, make_group, make_subnet, ssh_from
from harness.requests import NAME, create
from harness.standing import Bench, Standing
from harness.sweeps import SMALL, changed, sweep, untroubled

NAMES_REST = 30
"""Seconds until a name of SSM may be used again."""


@pytest.fixture(scope="module")
def wish() -> dict[str, Any]:
    return create(**SMALL)


def test_it_is_withdrawn_and_comes_back(standing: Standing) -> None:
    ec2 = standing.account.ec2
    gateway = make_gateway(ec2, standing.vpc)
    swept = sweep(standing.function)
    (failed,) = swept["failed"]
    assert (failed["environment"], failed["status"], failed["error"]["kind"]) == (NAME, "exposed", "Exposed")
    assert gateway in failed["error"]["message"]
    assert {change["type"] for change in swept["changes"]} == {"AWS::SSM::Parameter"}
    assert standing.account.parameters(NAME) == {}
    assert ask(standing.function, describe(), "exposed")["exports"] == {}

    standing.proxy.forget()
    again = sweep(standing.function)
    assert (again["failed"], again["changes"]) == ([failed], [])
    assert standing.proxy.mutations() == []

    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=standing.vpc)
    ec2.delete_internet_gateway(InternetGatewayId=gateway)
    let_time_pass(standing.account, NAMES_REST)
    assert changed(sweep(standing.function)) == {NAME}
    standing.assert_intact()
    assert sweep(standing.function) == untroubled(1)


def test_one_that_is_open_hinders_no_other(standing: Standing) -> None:
    ask(standing.function, create("vision-eu", **SMALL))
    open_group = make_group(standing.account.ec2, standing.vpc)
    standing.account.ec2.authorize_security_group_ingress(GroupId=open_group, IpPermissions=ssh_from("0.0.0.0/0"))
    standing.account.ssm.delete_parameter(Name="/ringfence/vision-eu/exports")
    swept = sweep(standing.function)
    assert [(failed["environment"], failed["status"]) for failed in swept["failed"]] == [(NAME, "exposed")]
    assert standing.account.parameters(NAME) == {}
    assert "vision-eu" in changed(swept)
    assert "exports" in standing.account.parameters("vision-eu")


def test_one_that_cannot_be_repaired_is_withdrawn_all_the_same(standing: Standing) -> None:
    """A group that has lost a tag is nobody's to alter, and its name is taken: nothing can be done there."""
    gateway = make_gateway(standing.account.ec2, standing.vpc)
    group = standing.exports["training_sg_id"]
    standing.account.ec2.delete_tags(Resources=[group], Tags=[{"Key": "ringfence:managed-by"}])
    (failed,) = sweep(standing.function)["failed"]
    assert (failed["status"], failed["error"]["kind"]) == ("exposed", "Exposed")
    for named in (gateway, group):
        assert named in failed["error"]["message"]
    assert standing.account.parameters(NAME) == {}


@pytest.mark.parametrize("place", [1, 2])
def test_a_subnet_of_somebody_elses_on_a_place_of_the_layout_hides_nothing(standing: Standing, place: int) -> None:
    """It stands where the training subnet of another zone would: whose zone it is in is of no concern."""
    ec2, block = standing.account.ec2, ip_network(standing.exports["vpc_cidr"])
    foreign = make_subnet(ec2, standing.vpc, str(list(block.subnets(2))[place]), "us-east-1b")
    assert ask(standing.function, describe())["exports"] == standing.exports
    gateway = make_gateway(ec2, standing.vpc)
    assert gateway in ask(standing.function, describe(), "exposed")["error"]["message"]
    (failed,) = sweep(standing.function)["failed"]
    assert (failed["status"], failed["error"]["kind"]) == ("exposed", "Exposed")
    assert gateway in failed["error"]["message"]
    assert standing.account.parameters(NAME) == {}
    assert standing.account.resources("subnets", {"subnet-id": foreign}), "it is somebody else's"


def test_one_that_waits_for_aws_is_withdrawn_meanwhile(bench: Bench) -> None:
    """An endpoint is on its way for longer than the invocation lives."""
    made = ask(bench.function, create(**SMALL))
    make_gateway(bench.account.ec2, made["exports"]["vpc_id"])
    bench.emulator.configure(endpoint_seconds=60.0)
    grown = create(clock="10:10", **(SMALL | {"egress": {"endpoints": ["s3", "sts"]}}))
    said = refusal(bench.function, grown, "Exposed", deadline_seconds=8)
    assert "igw-" in said and "endpoint-sts: vpce-" in said and "is pending" in said
    assert bench.account.parameters(NAME) == {}


def test_what_failed_and_is_open_is_described_as_open(bench: Bench) -> None:
    vpc = ask(bench.function, create(**SMALL))["exports"]["vpc_id"]
    bench.proxy.reply(answers.denied_for_good, "CreateVpcEndpoint")
    refusal(bench.function, create(clock="10:10", **(SMALL | {"egress": {"endpoints": ["s3", "sts"]}})), "AccessDenied")
    ask(bench.function, describe(), "failed")
    gateway = make_gateway(bench.account.ec2, vpc)
    assert gateway in ask(bench.function, describe(), "exposed")["error"]["message"]


def test_what_was_withdrawn_while_it_waited_is_published_again(bench: Bench) -> None:
    """The same invocation that withdrew it finds it closed: what it saw published at first is no longer there."""
    made = ask(bench.function, create(**SMALL))
    ec2, vpc = bench.account.ec2, made["exports"]["vpc_id"]
    gateway = make_gateway(ec2, vpc)
    bench.emulator.configure(endpoint_seconds=3.0)
    bench.proxy.hook(
        "DeleteParameters", after=lambda call: ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    )
    grown = create(clock="10:10", **(SMALL | {"egress": {"endpoints": ["s3", "sts"]}}))
    said = ask(bench.function, grown, "provisioning", deadline_seconds=12)
    assert said["waiting_for"] == ["the names of its removed parameters to be free again"]
    let_time_pass(bench.account, NAMES_REST)
    assert bench.account.parameters(NAME).keys() == set()
    exports = ask(bench.function, grown)["exports"]
    assert bench.account.parameters(NAME).keys() == exports.keys() | {"exports"}


# What was accepted once, and would be refused by now


def accepted_once(bench: Bench, **spec: Any) -> None:
    """The record holds a spec that an earlier version of the function, or an earlier day, took."""
    table = bench.account.table
    (item,) = (each for each in bench.account.dynamodb.scan(TableName=table)["Items"] if "spec" in each)
    held = json.loads(item["spec"]["S"])
    for section, fields in spec.items():
        held.setdefault(section, {}).update(fields)
    bench.account.dynamodb.put_item(TableName=table, Item=item | {"spec": {"S": json.dumps(held)}})


def a_key_of_another_region(bench: Bench, vpc: str) -> None:
    key = "arn:aws:kms:eu-west-1:123456789012:key/0f8b7a54-1c3d-4f6e-9a21-5d2c8e7b6a10"
    accepted_once(bench, training={"kms_keys": [key]})


def a_zone_that_is_gone(bench: Bench, vpc: str) -> None:
    accepted_once(bench, network={"availability_zones": ["us-east-1z"]})


def too_many_locations(bench: Bench, vpc: str) -> None:
    accepted_once(bench, training={"read": [f"arn:aws:s3:::data-{number}/{'a' * 400}" for number in range(20)]})


def a_copy_of_our_tags(bench: Bench, vpc: str) -> None:
    """A subnet that somebody put onto the place of a further zone, and tagged as ours are."""
    ec2 = bench.account.ec2
    (ours, *_) = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
    tags = {tag["Key"]: tag["Value"] for tag in ours["Tags"]}
    block = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["CidrBlock"].rsplit(".", 1)[0]
    make_subnet(ec2, vpc, f"{block}.64/26", "us-east-1b", tags)


REFUSED = [a_key_of_another_region, a_zone_that_is_gone, too_many_locations, a_copy_of_our_tags]


@pytest.mark.parametrize("refuse", REFUSED)
def test_what_would_be_refused_by_now_is_judged_all_the_same(
    bench: Bench, refuse: Callable[[Bench, str], None]
) -> None:
    vpc = ask(bench.function, create(**SMALL))["exports"]["vpc_id"]
    gateway = make_gateway(bench.account.ec2, vpc)
    refuse(bench, vpc)
    described = ask(bench.function, describe(), "exposed")
    assert gateway in described["error"]["message"] and "cannot be repaired" in described["error"]["message"]
    assert bench.account.parameters(NAME), "describe must not withdraw anything"
    (failed,) = sweep(bench.function)["failed"]
    assert (failed["status"], failed["error"]["kind"]) == ("exposed", "Exposed")
    assert gateway in failed["error"]["message"] and "cannot be repaired" in failed["error"]["message"]
    assert bench.account.parameters(NAME) == {}


def test_what_would_be_refused_by_now_and_is_closed_has_failed(bench: Bench) -> None:
    vpc = ask(bench.function, create(**SMALL))["exports"]["vpc_id"]
    published = bench.account.parameters(NAME)
    a_copy_of_our_tags(bench, vpc)
    (failed,) = sweep(bench.function)["failed"]
    assert (failed["status"], failed["error"]["kind"]) == ("failed", "Conflict")
    assert ask(bench.function, describe(), "failed")["error"] == failed["error"]
    assert bench.account.parameters(NAME) == published


def test_the_request_in_force_that_would_be_refused_by_now_withdraws_what_is_open(bench: Bench) -> None:
    """That is how a sweep hands an environment over."""
    vpc = ask(bench.function, create(**SMALL))["exports"]["vpc_id"]
    a_copy_of_our_tags(bench, vpc)
    bench.assert_refused(create(**SMALL), "Conflict")
    gateway = make_gateway(bench.account.ec2, vpc)
    assert gateway in refusal(bench.function, create(**SMALL), "Exposed")
    assert bench.account.parameters(NAME) == {}

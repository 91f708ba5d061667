"""An environment that somebody opened: the sweep withdraws what it published, and publishes again when it is closed."""

from __future__ import annotations

from typing import Any

import pytest

from harness import answers
from harness.asking import ask, describe, refusal
from harness.by_hand import let_time_pass, make_gateway, make_group, ssh_from
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

"""What AWS denies is answered as `AccessDenied`, with the API action that the function's role lacks."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from harness import answers
from harness.asking import ask, describe, plan, refusal
from harness.by_hand import entry, make_gateway, where
from harness.calls import Call
from harness.faults import Rule
from harness.requests import NAME, create, delete
from harness.standing import Bench, Standing
from harness.sweeps import SMALL

READS = [
    "ec2:DescribeVpcs",
    "iam:GetRole",
    "ssm:GetParametersByPath",
    "logs:DescribeLogGroups",
    "dynamodb:GetItem",
]
WRITES = ["ec2:CreateVpc", "ec2:CreateFlowLogs", "iam:CreateRole", "logs:CreateLogGroup", "ssm:PutParameter"]


def deny(bench: Bench, action: str) -> None:
    """From now on an action, named as IAM names it, is denied, and no tag makes a difference."""
    service, _, name = action.partition(":")
    bench.proxy.reply(answers.denied_for_good, name, where=lambda call: call.service == service)


@pytest.mark.parametrize("action", READS)
def test_a_read_is_named_and_nothing_is_begun(bench: Bench, action: str) -> None:
    deny(bench, action)
    for event in (create(), delete()):
        assert action in bench.assert_refused(event, "AccessDenied")


@pytest.mark.parametrize("action", ["ec2:DescribeSubnets", "ec2:DescribeVpcAttribute", "ec2:DescribeFlowLogs"])
def test_a_read_of_what_stands_is_named(built: Standing, action: str) -> None:
    deny(built, action)
    for event in (built.event, describe(), plan()):
        assert action in built.assert_refused(event, "AccessDenied")


@pytest.mark.parametrize("action", WRITES)
def test_a_write_is_named_and_once_it_is_allowed_the_rest_is_done(bench: Bench, action: str) -> None:
    deny(bench, action)
    message = refusal(bench.function, create(), "AccessDenied")
    assert action in message
    assert bench.account.parameters(NAME) == {}
    bench.proxy.reset()
    ask(bench.function, create(), deadline_seconds=18.0)
    assert len(bench.account.vpcs(NAME)) == 1


@pytest.mark.parametrize("action", ["DeleteRole", "DeleteInstanceProfile", "DeleteLogGroup", "DeleteVpc"])
def test_what_is_gone_has_no_tags_to_be_allowed_by(standing: Standing, action: str) -> None:
    """The answer is lost, and the role denies what does not carry our tags: so it denies to delete it once more."""
    sent: list[bytes] = []
    standing.proxy.hook(action, after=lambda call: sent.append(call.request.body), withhold=True)
    standing.proxy.reply(answers.denied, action, where=lambda call: call.request.body in sent)
    request = delete() | {"requested_at": "2025-06-03T00:00:00Z"}
    ask(standing.function, request, "deleted")
    denied = [call for call in standing.proxy.calls(action) if call.status in (400, 403)]
    assert denied, "nobody was denied anything"
    assert standing.account.leftovers() == []


def vanish(standing: Standing, action: str, remove: Callable[[], object]) -> Rule:
    """Has somebody remove a thing when the function is about to: that is denied, for what is gone has no tags."""
    standing.proxy.hook(action, before=lambda call: remove())
    return standing.proxy.reply(answers.denied, action)


def test_a_denial_of_what_is_gone_is_forgotten_while_an_endpoint_comes(standing: Standing) -> None:
    """Nothing is to be done any more, and time runs out over something else."""
    ec2, acl = standing.account.ec2, standing.id("network_acls", "training-network-acl")
    ec2.create_network_acl_entry(**entry(acl, 900))
    gone = {"NetworkAclId": acl, "RuleNumber": 900, "Egress": False}
    denied = vanish(standing, "DeleteNetworkAclEntry", lambda: ec2.delete_network_acl_entry(**gone))
    standing.emulator.configure(endpoint_seconds=60.0)
    services = [*standing.wish["spec"]["egress"]["endpoints"], "kms"]
    grown = standing.later(egress=standing.wish["spec"]["egress"] | {"endpoints": services})
    said = ask(standing.function, grown, "provisioning", deadline_seconds=8.0)
    assert denied.fired
    (waiting,) = said["waiting_for"]
    assert waiting.startswith("endpoint-kms: vpce-")


def test_a_denial_of_what_is_gone_is_forgotten_while_an_interface_goes(standing: Standing) -> None:
    """A delete waits for a service to let go of its interface, and all that can go before is gone."""
    ec2, subnet = standing.account.ec2, standing.id("subnets", "training-subnet-us-east-1a")
    held = standing.emulator.place_interface(
        subnet, "AWS Lambda VPC ENI-score-7c1", interface_type="lambda", requester_managed=True
    )
    endpoints = [each["VpcEndpointId"] for each in standing.account.resources("endpoints", {"vpc-id": standing.vpc})]
    denied = vanish(standing, "DeleteVpcEndpoints", lambda: ec2.delete_vpc_endpoints(VpcEndpointIds=endpoints))
    request = delete() | {"requested_at": "2025-06-03T00:00:00Z"}
    said = ask(standing.function, request, "deleting", deadline_seconds=8.0)
    assert denied.fired
    (waiting,) = said["waiting_for"]
    assert waiting.startswith(held)


def test_a_delete_that_may_not_withdraw_removes_nothing(standing: Standing) -> None:
    request = delete() | {"requested_at": "2025-06-03T00:00:00Z"}
    deny(standing, "ssm:DeleteParameters")
    assert "ssm:DeleteParameters" in refusal(standing.function, request, "AccessDenied")
    assert standing.snapshot() == standing.as_built
    standing.proxy.reset()
    ask(standing.function, request, "deleted")
    assert standing.account.leftovers() == []


# What may pass


def for_a_while(bench: Bench, action: str, seconds: float) -> None:
    """Denies an action, as AWS does until tags count, from the first call on."""
    begun: list[float] = []

    def counts_late(call: Call) -> bool:
        if call.action != action:
            return False
        begun.append(time.monotonic())
        return begun[-1] - begun[0] < seconds

    bench.proxy.reply(answers.denied, where=counts_late)


def test_exports_are_withdrawn_though_their_tags_do_not_count_yet(standing: Standing) -> None:
    gateway = make_gateway(standing.account.ec2, standing.vpc)
    for_a_while(standing, "DeleteParameters", 4)
    message = refusal(standing.function, standing.event, "Exposed")
    assert gateway in message and "cannot be withdrawn" not in message
    assert standing.account.parameters(NAME) == {}


def test_what_is_made_in_what_an_earlier_run_made_waits_for_its_tags(standing: Standing) -> None:
    standing.account.ec2.delete_subnet(SubnetId=standing.id("subnets", "training-subnet-us-east-1a"))
    for_a_while(standing, "CreateSubnet", 4)
    assert standing.again()["status"] == "ready"


@pytest.mark.parametrize("action", ["CreateLogGroup", "CreateRole"])
def test_what_is_made_in_nothing_is_denied_at_once(bench: Bench, action: str) -> None:
    bench.proxy.reply(answers.denied, action)
    began = time.monotonic()
    assert action in refusal(bench.function, create(**SMALL), "AccessDenied")
    assert time.monotonic() - began < 10


def test_what_came_with_the_vpc_and_lost_a_tag_is_named_with_the_command_that_gives_it_back(standing: Standing) -> None:
    """The function's role takes over what has no name, as AWS makes it, and this one has kept its own."""
    ec2 = standing.account.ec2
    (group,) = ec2.describe_security_groups(Filters=where(vpc_id=standing.vpc, group_name="default"))["SecurityGroups"]
    ec2.delete_tags(Resources=[group["GroupId"]], Tags=[{"Key": "ringfence:installation"}])
    standing.proxy.reply(answers.denied, "CreateTags")
    said = refusal(standing.function, standing.event, "AccessDenied", deadline_seconds=8)
    assert f"{group['GroupId']}, the default security group, lacks the tag ringfence:installation" in said
    tag = "Key=ringfence:installation,Value=ringfence"
    assert f"aws ec2 create-tags --resources {group['GroupId']} --tags {tag}" in said
    ec2.create_tags(Resources=[group["GroupId"]], Tags=[{"Key": "ringfence:installation", "Value": "ringfence"}])
    standing.proxy.reset()
    standing.assert_intact()

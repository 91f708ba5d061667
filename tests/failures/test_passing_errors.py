"""Errors that pass by themselves are another try, whatever code and status they come with; those that do not pass name
what is at fault, at once."""

from __future__ import annotations

import json
import time

import pytest

from harness import answers
from harness.answers import answering
from harness.asking import ask, refusal
from harness.calls import Call
from harness.requests import NAME, create, delete
from harness.standing import Bench, Standing

LATER = "2025-06-03T00:00:00Z"


def writes(call: Call) -> bool:
    return call.service == "dynamodb" and call.action == "TransactWriteItems"


# Another try


def test_tags_that_somebody_else_alters_at_this_moment(standing: Standing) -> None:
    standing.proxy.reply(answering("ConcurrentTagAccess"), "CreateTags", times=2)
    standing.update(tags={"team": "fraud"})
    vpc = standing.account.resources("vpcs", {"vpc-id": standing.vpc})[0]
    assert {"Key": "team", "Value": "fraud"} in vpc["Tags"]


@pytest.mark.parametrize("action", ["CreateFirewallRuleGroup", "ListFirewallRuleGroups", "UpdateFirewallDomains"])
def test_a_fault_of_the_resolver_with_status_400(bench: Bench, action: str) -> None:
    bench.proxy.reply(answering("InternalServiceErrorException"), action, times=2)
    ask(bench.function, create(egress={"endpoints": ["s3"], "allow_domains": ["example.com"]}))
    assert len(bench.proxy.calls(action)) >= 3


def test_a_transaction_that_is_throttled_is_no_lost_race(bench: Bench) -> None:
    bench.proxy.reply(answering("TransactionCanceledException", when="throttled"), where=writes, times=3)
    ask(bench.function, create())
    assert 4 <= len(bench.proxy.calls("TransactWriteItems")) <= 6


def test_a_transaction_that_stays_throttled_ends_so_and_soon(bench: Bench) -> None:
    bench.proxy.reply(answering("TransactionCanceledException", when="throttled"), where=writes)
    message = refusal(bench.function, create(), "Throttled")
    assert "dynamodb:" in message
    assert len(bench.proxy.calls("TransactWriteItems")) <= 6


def test_a_transaction_that_meets_another_is_tried_again(bench: Bench) -> None:
    bench.proxy.reply(answering("TransactionCanceledException", when="in-use"), where=writes, times=2)
    ask(bench.function, create())
    assert len(bench.account.vpcs(NAME)) == 1


def test_an_entry_that_the_bus_failed_over_is_sent_again_alone(bench: Bench) -> None:
    bench.proxy.reply(answering("InternalFailure", entry=True), "PutEvents", times=2)
    ask(bench.function, create())
    sent = [json.loads(call.request.body)["Entries"] for call in bench.proxy.calls("PutEvents")]
    assert len(sent) == 3
    assert sent[0] == sent[1] == sent[2]


# Tags


def test_tags_that_take_longer_to_count(bench: Bench) -> None:
    """The function's role goes by tags: it may make nothing in the VPC before those of the VPC count."""
    begun: list[float] = []

    def counts_late(call: Call) -> bool:
        if call.action != "CreateSubnet":
            return False
        begun.append(time.monotonic())
        return begun[-1] - begun[0] < 6

    bench.proxy.reply(answers.denied, where=counts_late)
    ask(bench.function, create())
    assert len(bench.proxy.calls("CreateVpc")) == 1


def test_what_goes_while_it_is_altered_is_made_anew(standing: Standing) -> None:
    """Somebody deletes it, so that it has no tags, and AWS denies to alter it rather than say that it is not there."""
    doomed = standing.id("subnets", "training-subnet-us-east-1a")
    gone: list[str] = []

    def go(call: Call) -> None:
        if not gone:
            gone.append(doomed)
            standing.account.ec2.delete_subnet(SubnetId=doomed)

    def concerns(call: Call) -> bool:
        return call.action == "CreateTags" and doomed in str(call.parameters)

    standing.proxy.hook(where=concerns, before=go)
    standing.proxy.reply(answers.denied, where=concerns)
    standing.update(tags={"team": "fraud"})
    assert gone
    assert standing.id("subnets", "training-subnet-us-east-1a") != doomed


# The end, with what is at fault


def test_a_boundary_that_is_not_there_is_a_wrong_setting(bench: Bench) -> None:
    bench.proxy.reply(answering("NoSuchEntity", when="wrong"), "CreateRole")
    began = time.monotonic()
    message = refusal(bench.function, create(), "Internal")
    assert "RINGFENCE_PERMISSIONS_BOUNDARY" in message
    assert "Scope ARN" in message
    assert "iam:CreateRole" in message
    assert time.monotonic() - began < 8


@pytest.mark.parametrize(
    ("code", "kind"), [("AccessDeniedException", "AccessDenied"), ("InvalidParameterException", "InvalidRequest")]
)
def test_a_key_that_log_groups_may_not_use_is_named(bench: Bench, code: str, kind: str) -> None:
    key = "arn:aws:kms:us-east-1:123456789012:key/0f8b7a54-1c3d-4f6e-9a21-5d2c8e7b6a10"
    bench.proxy.reply(answering(code, when="wrong"), "CreateLogGroup")
    message = refusal(bench.function, create(flow_logs={"kms_key": key}), kind)
    assert message.startswith("/spec/flow_logs/kms_key: ")
    for word in (key, "logs:CreateLogGroup", "logs.us-east-1.amazonaws.com", "kms:GenerateDataKey*"):
        assert word in message


def test_a_service_without_a_private_name_is_named(bench: Bench) -> None:
    """AWS's words are much like those over DNS attributes that do not count yet, which pass."""
    bench.proxy.reply(answering("InvalidParameter", when="unsupported"), "CreateVpcEndpoint")
    began = time.monotonic()
    message = refusal(bench.function, create(egress={"endpoints": ["s3", "sts"]}), "InvalidRequest")
    assert time.monotonic() - began < 8
    assert message.startswith("/spec/egress/endpoints: ")
    assert "does not provide a private DNS name" in message


def test_an_empty_pool_is_named(bench: Bench) -> None:
    pool = "ipam-pool-0123456789abcdef0"
    bench.emulator.configure(ipam_pools={pool: {"cidr": "10.0.0.0/16", "locale": "us-east-1"}})
    bench.account.ec2.create_vpc(CidrBlock="10.0.0.0/16")
    message = refusal(bench.function, create(network={"ipam_pool_id": pool}), "QuotaExceeded")
    assert message.startswith("/spec/network/ipam_pool_id: ")
    assert pool in message


def test_a_service_control_policy_is_not_the_functions_role(standing: Standing) -> None:
    standing.proxy.reply(answers.denied_for_good, "DeleteSubnet")
    began = time.monotonic()
    message = refusal(standing.function, delete() | {"requested_at": LATER}, "AccessDenied")
    assert "ec2:DeleteSubnet" in message
    assert "a service control policy of the organization denies it" in message
    assert "function's role" not in message.rpartition("whatever the function's role allows")[0]
    assert time.monotonic() - began < 10

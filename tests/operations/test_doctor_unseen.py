"""What `doctor` may not look at, or gets no answer about, it says so of, and never that it is in order."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from harness import answers
from harness.account import Account
from harness.emulator import Emulator
from harness.function import Function
from harness.installation import BUS, REQUEST, Installation, check, examine
from harness.proxy import Proxy

StartFunction = Callable[..., Function]


@pytest.fixture
def installation(emulator: Emulator, account: Account) -> Installation:
    return Installation(emulator)


@pytest.fixture
def start(start_function: StartFunction, installation: Installation) -> Callable[..., Function]:
    """Starts functions of the installation."""
    return lambda: start_function(environment=installation.environment())


READS = {
    "dynamodb:DescribeTable": ["table", "table-time-to-live"],
    "dynamodb:DescribeTimeToLive": ["table-time-to-live"],
    "events:DescribeEventBus": ["event-bus"],
    "events:ListRules": ["cloudtrail"],
    "iam:GetPolicy": ["permissions-boundary"],
    "iam:GetPolicyVersion": ["permissions-boundary"],
    "iam:GetRole": ["flow-log-role"],
    "iam:SimulatePrincipalPolicy": ["permissions", "flow-log-role"],
    "iam:GetAccountSummary": ["quota-roles", "quota-instance-profiles"],
    "ec2:DescribeVpcs": ["quota-vpcs", "cidr-pool"],
    "ec2:DescribeVpcEndpoints": ["quota-gateway-endpoints", "quota-interface-endpoints", "guardduty"],
    "ec2:DescribeAvailabilityZones": ["zones"],
    "ssm:DescribeParameters": ["quota-parameters"],
    "sts:GetCallerIdentity": ["permissions-boundary", "permissions", "flow-log-role", "quota-parameters"],
}
"""The checks that a read is needed for."""


@pytest.mark.parametrize("action", READS)
def test_what_may_not_be_looked_at_says_so_and_why(proxy: Proxy, start: Callable[..., Function], action: str) -> None:
    service, _, name = action.partition(":")
    function = start()
    proxy.reply(answers.denied, name, where=lambda call: call.service == service)
    diagnosis = examine(function)
    missed = {each["check"]: each for each in diagnosis["checks"] if not each["looked_at"]}
    assert sorted(missed) == sorted(READS[action])
    assert diagnosis["findings"] == []
    required = any(each["required"] for each in missed.values())
    assert diagnosis["status"] == ("unknown" if required else "ready")
    first = missed[READS[action][0]]
    assert action in first["because"]


def test_a_limit_that_may_not_be_read_is_told_as_the_default(proxy: Proxy, start: Callable[..., Function]) -> None:
    function = start()
    proxy.reply(answers.denied, "GetServiceQuota")
    diagnosis = examine(function)
    assert (diagnosis["status"], diagnosis["findings"]) == ("ready", [])
    quota = next(each for each in diagnosis["quotas"] if each["quota"] == "VPCs per Region")
    assert (quota["limit"], quota["default_by"].startswith("https://docs.aws.amazon.com/")) == (5, True)
    assert "default" in check(diagnosis, "quota-vpcs")["because"]


def test_a_session_of_no_role_is_told(function: Function) -> None:
    diagnosis = examine(function)
    assert not check(diagnosis, "permissions")["looked_at"]
    assert "no session of a role" in check(diagnosis, "permissions")["because"]


def test_what_does_not_answer_keeps_nothing_else_from_being_told(
    proxy: Proxy, installation: Installation, start: Callable[..., Function]
) -> None:
    installation.events.delete_event_bus(Name=BUS)
    function = start()
    proxy.hook("DescribeTable", before=lambda call: time.sleep(6), withhold=True)
    began = time.monotonic()
    answer = function.invoke(REQUEST, deadline_seconds=5.0)
    assert time.monotonic() - began < 5
    assert not answer.failed, answer.error_message
    missed = [each for each in answer.payload["checks"] if not each["looked_at"]]
    assert [each["check"] for each in missed] == ["table", "table-time-to-live"]
    assert all("did not answer in time" in each["because"] for each in missed)
    assert [each["check"] for each in answer.payload["findings"]] == ["event-bus"]

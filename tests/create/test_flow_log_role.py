"""The role that flow logs are delivered with: IAM takes a while to spread it, and there may be one for all."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from harness.account import Account
from harness.answers import answering
from harness.asking import ask, describe
from harness.by_hand import document
from harness.fixtures import StartFunction
from harness.function import Function
from harness.proxy import Proxy
from harness.requests import NAME, create, delete
from harness.runtime import FunctionDied
from harness.standing import Bench
from harness.sweeps import SMALL, sweep

OWN_ROLE = f"{NAME}-us-east-1-flow-logs"
UNASSUMABLE = "Unable to assume given IAM role"


@pytest.fixture
def shared_role(account: Account) -> str:
    """The ARN of a role as the template makes it."""
    trust = document(Action="sts:AssumeRole", Principal={"Service": "vpc-flow-logs.amazonaws.com"})
    return str(account.iam.create_role(RoleName="delivery", AssumeRolePolicyDocument=trust)["Role"]["Arn"])


@pytest.fixture
def start_sharing(start_function: StartFunction, shared_role: str) -> Callable[[], Function]:
    return lambda: start_function(environment={"RINGFENCE_FLOW_LOG_ROLE": shared_role})


def flow_log(account: Account) -> dict[str, Any]:
    (log,) = account.resources("flow_logs")
    return log


def roles(account: Account) -> list[str]:
    return sorted(role["RoleName"] for role in account.list_roles() if role["RoleName"] != "delivery")


# It takes a while


def test_a_role_that_nobody_knows_yet_is_waited_for(bench: Bench) -> None:
    bench.emulator.configure(role_seconds=3)
    ask(bench.function, create(**SMALL))
    tries = bench.proxy.calls("CreateFlowLogs")
    assert len(tries) > 1 and UNASSUMABLE in str(tries[0].answer and tries[0].answer.body)
    assert ask(bench.function, create(**SMALL))["changes"] == []


def test_what_takes_too_long_is_named_and_goes_on_later(bench: Bench) -> None:
    bench.emulator.configure(role_seconds=3600)
    answer = ask(bench.function, create(**SMALL), "provisioning", deadline_seconds=15)
    assert [each for each in answer["waiting_for"] if each.startswith("flow-log")], answer
    bench.emulator.configure(role_seconds=0)
    assert sweep(bench.function)["failed"] == []
    assert ask(bench.function, create(**SMALL))["changes"] == []


def test_the_policy_is_there_before_the_role_is_assumed(bench: Bench) -> None:
    ask(bench.function, create(**SMALL))
    order = [call.action for call in bench.proxy.calls() if call.action in ("PutRolePolicy", "CreateFlowLogs")]
    assert order[-1] == "CreateFlowLogs"
    written = [call.parameters["RoleName"] for call in bench.proxy.calls("PutRolePolicy")]
    assert OWN_ROLE in written


# One for all


def test_with_one_for_all_an_environment_has_none_of_its_own(
    start_sharing: Callable[[], Function], account: Account, shared_role: str
) -> None:
    function = start_sharing()
    answer = ask(function, create(**SMALL))
    assert flow_log(account)["DeliverLogsPermissionArn"] == shared_role
    assert roles(account) == [f"{NAME}-us-east-1-training"]
    holds = {each["check"]: each["holds"] for each in answer["isolation"]["checks"]}
    assert holds["flow-logs-on"] and holds["role-bound"]
    assert ask(function, create(**SMALL))["changes"] == []
    assert sweep(function)["changes"] == []
    ask(function, delete(), "deleted")
    assert account.leftovers() == ["roles delivery"]


def test_a_log_that_is_delivered_with_another_role_is_replaced(
    start_sharing: Callable[[], Function], start_function: StartFunction, account: Account, shared_role: str
) -> None:
    ask(start_function(), create(**SMALL))
    assert len(roles(account)) == 2
    function = start_sharing()
    changed = {(each["op"], each["resource"]) for each in ask(function, create(**SMALL))["changes"]}
    own = {("delete", "flow-log-role"), ("delete", "flow-log-role/flow-logs")}
    assert changed == {("create", "flow-log"), ("delete", "flow-log"), *own}
    assert flow_log(account)["DeliverLogsPermissionArn"] == shared_role
    assert roles(account) == [f"{NAME}-us-east-1-training"]
    assert ask(function, create(**SMALL))["changes"] == []


def test_a_sweep_gives_them_the_one_role_too(
    start_sharing: Callable[[], Function], start_function: StartFunction, account: Account, shared_role: str
) -> None:
    ask(start_function(), create(**SMALL))
    function = start_sharing()
    assert sweep(function)["failed"] == []
    assert flow_log(account)["DeliverLogsPermissionArn"] == shared_role
    assert roles(account) == [f"{NAME}-us-east-1-training"]
    assert sweep(function)["changes"] == []


def test_the_role_that_it_had_is_no_stranger_until_it_is_gone(
    start_sharing: Callable[[], Function], start_function: StartFunction, account: Account, proxy: Proxy
) -> None:
    """The flow log of the one role does not come yet, so that the other is still needed."""
    ask(start_function(), create(**SMALL))
    published = account.parameters(NAME)
    function = start_sharing()
    checks = function.invoke(describe()).payload["isolation"]["checks"]
    assert next(each for each in checks if each["check"] == "role-bound")["holds"]
    proxy.reply(answering("InvalidParameter", when="spreading"), "CreateFlowLogs")
    ask(function, create(**SMALL), "provisioning", deadline_seconds=8.0)
    assert account.parameters(NAME) == published
    assert OWN_ROLE in roles(account)
    proxy.reset()
    ask(function, create(**SMALL))
    assert account.parameters(NAME) == published
    assert roles(account) == [f"{NAME}-us-east-1-training"]


LEASE_SECONDS = 5.0
"""So long nobody else may go on after the function was killed."""
REPLACING = ["CreateFlowLogs", "DeleteFlowLogs", "DeleteRolePolicy", "DeleteRole"]


@pytest.mark.parametrize("action", REPLACING)
def test_killed_while_it_is_replaced_it_ends_as_well(
    start_sharing: Callable[[], Function],
    start_function: StartFunction,
    account: Account,
    proxy: Proxy,
    shared_role: str,
    action: str,
) -> None:
    ask(start_function(), create(**SMALL))
    function = start_sharing()
    proxy.hook(action, after=lambda call: function.kill())
    with pytest.raises(FunctionDied):
        ask(function, create(**SMALL), deadline_seconds=LEASE_SECONDS)
    proxy.reset()
    again = start_sharing()
    end = time.monotonic() + 2 * LEASE_SECONDS
    while (answer := again.invoke(create(**SMALL))).failed and time.monotonic() < end:
        assert answer.error_type == "Busy", answer.error_message
        time.sleep(0.2)
    assert answer.payload["status"] == "ready"
    assert flow_log(account)["DeliverLogsPermissionArn"] == shared_role
    assert roles(account) == [f"{NAME}-us-east-1-training"]


def test_a_role_of_that_name_that_is_not_ours_is_left_alone(
    start_sharing: Callable[[], Function], account: Account
) -> None:
    trust = document(Action="sts:AssumeRole", Principal={"Service": "ec2.amazonaws.com"})
    account.iam.create_role(RoleName=OWN_ROLE, AssumeRolePolicyDocument=trust)
    function = start_sharing()
    ask(function, create(**SMALL))
    ask(function, delete(), "deleted")
    assert roles(account) == [OWN_ROLE]

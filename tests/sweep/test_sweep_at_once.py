"""Sweeps that meet another sweep, and sweeps and requests that meet at one environment."""

from __future__ import annotations

import pytest

from harness.account import Account
from harness.asking import ask, event, refusal
from harness.by_hand import let_time_pass, ssh_from
from harness.fixtures import StartFunction
from harness.function import Function
from harness.holding import Holder
from harness.proxy import Proxy
from harness.requests import NAME, create, delete
from harness.runtime import FunctionDied
from harness.scenarios import CLOCK_MARGIN, LIFE, SWEEP
from harness.sweeps import SMALL, changed, sweep, untroubled

CREATE, DELETE = create(**SMALL), delete()


def test_only_one_sweeps(holder: Holder, other: Function) -> None:
    """By EventBridge it is no error to be the second, so that nothing is retried."""
    holder.begin(SWEEP, "DescribeSubnets")
    assert "sweeping" in refusal(other, SWEEP, "Busy")
    assert sweep(other, event("eventbridge-sweep")) == untroubled(0)
    assert holder.finish().payload == untroubled(0)
    assert sweep(other) == untroubled(0)


def test_the_lease_of_a_dead_sweep_ends_with_its_deadline(
    start_function: StartFunction, proxy: Proxy, account: Account, other: Function
) -> None:
    dying = start_function()
    proxy.hook("DescribeSubnets", after=lambda call: dying.kill())
    with pytest.raises(FunctionDied):
        dying.invoke(SWEEP, LIFE)
    refusal(other, SWEEP, "Busy")
    let_time_pass(account, LIFE + CLOCK_MARGIN)
    assert sweep(other) == untroubled(0)


def test_what_somebody_works_on_is_left_to_him(holder: Holder, other: Function, account: Account) -> None:
    holder.begin(CREATE, "CreateSubnet")
    assert sweep(other) == untroubled(1)
    assert holder.finish().payload["status"] == "ready"
    assert len(account.vpcs(NAME)) == 1


def drift(account: Account, exports: dict[str, str]) -> None:
    """What `RevokeSecurityGroupIngress` repairs."""
    rule = {"GroupId": exports["training_sg_id"], "IpPermissions": ssh_from("10.9.0.0/16")}
    account.ec2.authorize_security_group_ingress(**rule)


def test_a_request_during_a_repair_is_done_by_the_sweep(holder: Holder, other: Function, account: Account) -> None:
    drift(account, ask(other, CREATE)["exports"])
    holder.begin(SWEEP, "RevokeSecurityGroupIngress")
    assert "another invocation works on fraud-v3" in refusal(other, DELETE, "Busy")
    swept = holder.finish().payload
    assert (changed(swept), swept["failed"]) == ({NAME}, [])
    assert account.leftovers() == []
    assert ask(other, DELETE, "deleted")["changes"] == []


def test_what_was_asked_for_since_the_sweep_looked_stands(holder: Holder, other: Function, account: Account) -> None:
    """It has seen drift, and before it comes to it the environment is deleted."""
    drift(account, ask(other, CREATE)["exports"])
    holder.begin(SWEEP, "DescribeFlowLogs")
    ask(other, DELETE, "deleted")
    swept = holder.finish().payload
    assert (swept["changes"], swept["failed"]) == ([], [])
    assert account.leftovers() == []


def test_what_came_to_be_since_the_sweep_read_the_records_is_no_orphan(holder: Holder, other: Function) -> None:
    holder.begin(SWEEP, "DescribeVpcs")
    ask(other, CREATE)
    assert holder.finish().payload == untroubled(0)
    assert sweep(other) == untroubled(1)

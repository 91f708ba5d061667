"""A request that meets another at work on the same environment: it is told so, recorded, and done by the other."""

from __future__ import annotations

import time

import pytest

from harness.account import Account
from harness.asking import ask, refusal
from harness.by_hand import let_time_pass, make_gateway
from harness.fixtures import StartFunction
from harness.function import Function
from harness.holding import Holder
from harness.proxy import Proxy
from harness.requests import NAME, create, delete, on_the_bus
from harness.scenarios import CLOCK_MARGIN
from harness.sweeps import sweep

CREATE = create(clock="10:00")
CHANGED = create(clock="10:30", tags={"team": "fraud-detection"})
DELETE = delete(clock="11:00")
AGAIN = create(clock="11:30")
LIFE = 63
"""How long the lease of an invocation is minded that was given a minute."""
NAMES_REST = "the names of its removed parameters to be free again"


def test_it_is_told_by_whom_and_for_how_long(holder: Holder, other: Function, account: Account) -> None:
    holder.begin(CREATE, "CreateSubnet")
    assert "another invocation works on fraud-v3 until 20" in refusal(other, CREATE, "Busy")
    said = ask(other, on_the_bus(CREATE), "provisioning")
    assert "another invocation works on fraud-v3" in said["waiting_for"][0]
    assert holder.finish().payload["status"] == "ready"
    assert ask(other, CREATE)["changes"] == []
    assert len(account.vpcs(NAME)) == 1


@pytest.mark.parametrize("carrier", ["direct", "eventbridge"])
def test_a_delete_during_a_create_is_done_by_the_creator(
    holder: Holder, other: Function, account: Account, carrier: str
) -> None:
    holder.begin(CREATE, "CreateSubnet")
    if carrier == "direct":
        refusal(other, DELETE, "Busy")
    else:
        ask(other, on_the_bus(DELETE), "deleting")
    assert holder.finish().payload["status"] == "superseded"
    assert account.leftovers() == []
    assert account.parameters(NAME) == {}
    assert ask(other, DELETE, "deleted")["changes"] == []


def test_an_update_during_a_create_is_done_by_the_creator(holder: Holder, other: Function, account: Account) -> None:
    holder.begin(CREATE, "PutParameter")
    refusal(other, CHANGED, "Busy")
    assert holder.finish().payload["status"] == "superseded"
    assert ask(other, CHANGED)["changes"] == []
    assert {vpc["Tags"].get("team") for vpc in account.snapshot(NAME)["vpcs"]} == {"fraud-detection"}


def test_a_create_during_a_delete_is_done_by_the_deleter(holder: Holder, other: Function, account: Account) -> None:
    """All but its exports: AWS wants names of parameters to rest before they are used again."""
    ask(other, CREATE)
    before = {**account.snapshot(NAME), "parameters": []}
    (vpc,) = account.vpcs(NAME)
    holder.begin(DELETE, "DeleteSubnet", life=8)
    refusal(other, AGAIN, "Busy")
    assert holder.finish().payload["status"] == "superseded"
    said = ask(other, AGAIN, "provisioning", deadline_seconds=5)
    assert said["changes"] == []
    assert said["waiting_for"] == [NAMES_REST]
    assert account.snapshot(NAME) == before
    assert account.vpcs(NAME) != [vpc]


def test_the_last_of_several_is_done(holder: Holder, other: Function, account: Account) -> None:
    holder.begin(CREATE, "CreateSubnet")
    for request in (CHANGED, DELETE, AGAIN):
        refusal(other, request, "Busy")
    assert ask(other, DELETE, "superseded")["changes"] == []
    assert ask(other, on_the_bus(CREATE), "superseded")["changes"] == []
    holder.finish()
    ask(other, AGAIN)
    assert {vpc["Tags"].get("team") for vpc in account.snapshot(NAME)["vpcs"]} == {None}


def test_what_was_left_to_the_dead_is_done_by_a_sweep(holder: Holder, other: Function, account: Account) -> None:
    holder.begin(CREATE, "CreateSubnet")
    refusal(other, DELETE, "Busy")
    holder.function.kill()
    holder.free.set()
    let_time_pass(account, LIFE)
    assert sweep(other)["failed"] == []
    assert account.leftovers() == []


def test_one_that_slept_past_its_lease_does_no_harm(holder: Holder, other: Function, account: Account) -> None:
    """Lambda would have ended it. It goes on where it was, beside what another has made of it meanwhile."""
    holder.begin(CREATE, "CreateSubnet")
    let_time_pass(account, LIFE)
    made = ask(other, CREATE)
    before = account.snapshot(NAME)
    holder.finish()
    assert ask(other, CREATE)["exports"] == made["exports"]
    assert account.snapshot(NAME) == before
    assert account.vpcs(NAME) == [made["exports"]["vpc_id"]]


def test_an_environment_of_another_name_waits_for_nobody(holder: Holder, other: Function) -> None:
    holder.begin(CREATE, "CreateSubnet")
    ask(other, create("nightly-eval"))
    ask(other, delete("nightly-eval"), "deleted")


def test_describing_waits_for_nobody(holder: Holder, other: Function) -> None:
    holder.begin(CREATE, "CreateSubnet")
    ask(other, {"action": "describe", "environment": NAME}, "provisioning")


def test_the_lease_of_the_dead_ends_with_their_deadline(
    start_function: StartFunction, proxy: Proxy, account: Account
) -> None:
    """Never before, as nobody can tell the dead from the slow, and not much later."""
    dying, other, life = start_function(), start_function(), 5.0
    proxy.hook("CreateSubnet", after=lambda call: dying.kill())
    began = time.monotonic()
    with pytest.raises(Exception, match="ended with -9"):
        dying.invoke(CREATE, life)
    while (answer := other.invoke(CREATE, 60)).failed:
        assert answer.error_type == "Busy"
        assert time.monotonic() - began < life + CLOCK_MARGIN + 1
        time.sleep(0.5)
    assert time.monotonic() - began > life
    assert len(account.vpcs(NAME)) == 1


def test_an_update_is_done_though_the_other_writes_before_it_ends(
    holder: Holder, other: Function, account: Account
) -> None:
    """That it finds the later request when it writes does not mean that it has done it."""
    ask(other, CREATE)
    (vpc,) = account.vpcs(NAME)
    make_gateway(account.ec2, vpc)
    holder.begin(CREATE, "PutItem", nth=2)  # The first takes the lease, this one says that exports are withdrawn.
    refusal(other, CHANGED, "Busy")
    assert holder.finish().payload["status"] == "superseded"
    assert {vpc["Tags"].get("team") for vpc in account.snapshot(NAME)["vpcs"]} == {"fraud-detection"}
    assert account.parameters(NAME) == {}


@pytest.mark.parametrize("settled", ["in_time", "long_ago"])
def test_what_another_did_since_the_look_is_looked_at_again(
    holder: Holder, other: Function, account: Account, settled: str
) -> None:
    """The record is read late, after another request altered what the look beside it saw, and settled."""
    ask(other, CREATE)
    before = account.snapshot(NAME)
    holder.begin(create(clock="11:00"), "GetItem")
    time.sleep(2)  # The look has ended by then.
    ask(other, create(clock="10:30", access={"ssh_from": ["10.8.0.0/16"]}))
    assert account.snapshot(NAME) != before
    if settled == "long_ago":  # By a clock that is behind.
        let_time_pass(account, 60)
    assert holder.finish().payload["changes"]
    assert account.snapshot(NAME) == before


def test_a_delete_whose_look_was_too_early_looks_again(holder: Holder, other: Function, account: Account) -> None:
    holder.begin(DELETE, "GetItem")
    time.sleep(2)
    ask(other, CREATE)
    assert holder.finish().payload["status"] == "deleted"
    assert account.leftovers() == []

"""An invocation ends before Lambda ends it: it stops in time, saves where it is, and says what it waits for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from harness.account import Account
from harness.asking import ask
from harness.emulator import Emulator
from harness.function import Function
from harness.proxy import Proxy
from harness.requests import NAME, create, delete

BEGINS_NOTHING = 2.0
"""With so much left an invocation begins nothing new."""
AT_MOST = 20
"""How often a request is sent again."""

CREATE = create(egress={"endpoints": ["s3", "sts"]})
DELETE = delete()


@dataclass
class Hold:
    """Makes calls hang until they are let go."""

    proxy: Proxy
    over: threading.Event = field(default_factory=threading.Event)

    def on(self, action: str) -> None:
        self.proxy.hook(action, times=None, before=lambda call: self.over.wait())

    def let_go(self) -> None:
        self.over.set()
        self.proxy.reset()


@pytest.fixture
def hold(proxy: Proxy) -> Iterator[Hold]:
    hold = Hold(proxy)
    yield hold
    hold.let_go()


def lease(account: Account) -> Any:
    """Who holds the one environment that there is."""
    (record,) = [item for item in account.records() if item["kind"] == "environment"]
    return record.get("lease_owner")


def repeat(function: Function, proxy: Proxy, account: Account, request: dict[str, Any], done: str, life: float) -> int:
    """Sends a request again until it is done; how often. Every answer must be in time, and leave no lease."""
    for count in range(1, AT_MOST + 1):
        answer = function.invoke(request, life)
        assert not answer.failed, f"{answer.error_type}: {answer.error_message}"
        assert answer.ms < life * 1000
        assert lease(account) is None
        if answer.payload["status"] == done:
            return count
        assert answer.payload["waiting_for"]
    raise AssertionError(f"not {done} after {AT_MOST} invocations of {life} s: {answer.payload}")


def test_with_too_little_left_nothing_is_begun(function: Function, proxy: Proxy, account: Account) -> None:
    said = ask(function, CREATE, "provisioning", deadline_seconds=BEGINS_NOTHING)
    assert proxy.mutations() == []
    assert lease(account) is None
    assert "vpc" in said["waiting_for"]
    ask(function, CREATE)
    proxy.forget()
    said = ask(function, DELETE, "deleting", deadline_seconds=BEGINS_NOTHING)
    assert proxy.mutations() == []
    assert lease(account) is None
    assert "vpc" in said["waiting_for"]


@pytest.mark.parametrize("latency", [0.08, 0.3])
def test_five_seconds_at_a_time_are_enough(
    function: Function, proxy: Proxy, account: Account, latency: float
) -> None:
    proxy.delay(latency)
    repeat(function, proxy, account, CREATE, "ready", life=5)
    repeat(function, proxy, account, DELETE, "deleted", life=5)
    assert account.leftovers() == []


def test_it_does_not_wait_past_its_deadline(
    function: Function, proxy: Proxy, account: Account, emulator: Emulator
) -> None:
    emulator.configure(endpoint_seconds=8)
    for request, begun, done in ((CREATE, "provisioning", "ready"), (DELETE, "deleting", "deleted")):
        proxy.forget()
        said = ask(function, request, begun, deadline_seconds=5)
        assert "endpoint-sts" in said["waiting_for"]
        assert proxy.calls()[-1].start < 5
        repeat(function, proxy, account, request, done, life=5)
    assert account.leftovers() == []


HANGING = ["GetItem", "DescribeVpcs", "TransactWriteItems", "CreateVpc", "CreateSubnet", "PutParameter", "PutItem"]
"""A call of each part of a create: looking, accepting, building, publishing, settling."""


@pytest.mark.parametrize("action", HANGING)
def test_a_call_that_hangs_is_given_up_in_time(function: Function, hold: Hold, action: str) -> None:
    hold.on(action)
    answer = function.invoke(CREATE, deadline_seconds=4)
    assert answer.ms < 4000
    assert answer.failed or answer.payload["status"] == "provisioning"


@pytest.mark.parametrize("action", ["CreateVpc", "CreateRouteTable"])
def test_a_call_that_was_given_up_may_take_effect_afterwards(
    function: Function, account: Account, hold: Hold, action: str
) -> None:
    hold.on(action)
    ask(function, CREATE, "provisioning", deadline_seconds=4)
    hold.let_go()
    ask(function, CREATE)
    assert len(account.vpcs(NAME)) == 1
    ask(function, DELETE, "deleted")
    assert account.leftovers() == []

"""What was begun or only recorded and never finished: the next sweep does it."""

from __future__ import annotations

import pytest

from harness.account import Account
from harness.asking import ask
from harness.by_hand import let_time_pass
from harness.fixtures import StartFunction
from harness.function import Function
from harness.proxy import Proxy
from harness.requests import NAME, create, delete
from harness.runtime import FunctionDied
from harness.scenarios import CLOCK_MARGIN, LIFE
from harness.standing import Bench
from harness.sweeps import SMALL, changed, record_only, sweep, untroubled

CREATE, DELETE = create(**SMALL), delete()


def die(start_function: StartFunction, proxy: Proxy, request: dict[str, object], action: str) -> None:
    """Has a function killed in the middle of a request, after a call of this action has taken effect."""
    dying: Function = start_function()
    proxy.hook(action, after=lambda call: dying.kill())
    with pytest.raises(FunctionDied):
        dying.invoke(request, LIFE)
    proxy.settle()


def test_what_a_dead_invocation_left_is_finished_when_its_lease_is_over(
    start_function: StartFunction, proxy: Proxy, account: Account
) -> None:
    """And not before: it might be alive."""
    function = start_function()
    for request, action in ((CREATE, "CreateRouteTable"), (DELETE, "DeleteSubnet")):
        die(start_function, proxy, request, action)
        assert sweep(function) == untroubled(1)
        let_time_pass(account, LIFE + CLOCK_MARGIN)
        assert changed(sweep(function)) == {NAME}
        answer = ask(function, request, "ready" if request is CREATE else "deleted")
        assert answer["changes"] == [], "the sweep was to do it all"
        assert len(account.vpcs(NAME)) == (1 if request is CREATE else 0)
    assert account.leftovers() == []
    assert sweep(function) == untroubled(0)


def test_what_was_only_recorded_is_done(bench: Bench) -> None:
    """A create, an update and a delete."""
    requests = [create("new", **SMALL), create("old", clock="10:30", **SMALL, tags={"team": "a"}), delete("unwanted")]
    for name in ("old", "unwanted"):
        ask(bench.function, create(name, **SMALL))
    for request in requests:
        record_only(bench.function, request)

    answer = sweep(bench.function)
    assert (answer["environments"], answer["failed"], answer["orphans"]) == (3, [], [])
    done = {(change["environment"], change["op"]) for change in answer["changes"]}
    assert done >= {("new", "create"), ("unwanted", "delete")}
    assert {op for name, op in done if name == "old"} == {"update"}
    for request, status in zip(requests, ["ready", "ready", "deleted"], strict=True):
        assert ask(bench.function, request, status)["changes"] == []
    assert {vpc["Tags"].get("team") for vpc in bench.account.snapshot("old")["vpcs"]} == {"a"}
    assert sweep(bench.function) == untroubled(2)


def test_what_fails_is_named_and_hinders_nobody(bench: Bench) -> None:
    """Until the reason is gone."""
    record_only(bench.function, create("first", **SMALL))
    record_only(bench.function, create("second", **SMALL))
    bench.emulator.configure(quotas={"vpcs": 2})  # The default VPC is one of them.
    answer = sweep(bench.function)
    (failed,) = answer["failed"]
    assert (failed["status"], failed["error"]["kind"]) == ("failed", "QuotaExceeded")
    assert "CreateVpc" in failed["error"]["message"]
    assert changed(answer) | {failed["environment"]} == {"first", "second"}

    bench.emulator.configure(quotas={"vpcs": 5})
    answer = sweep(bench.function)
    assert (changed(answer), answer["failed"]) == ({failed["environment"]}, [])
    assert sweep(bench.function) == untroubled(2)

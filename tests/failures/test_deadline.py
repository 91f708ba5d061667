"""An invocation ends before Lambda ends it: it stops in time, saves where it is, and says what it waits for."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from harness.account import Account
from harness.asking import ask
from harness.by_hand import let_time_pass
from harness.calls import Call
from harness.function import Function
from harness.requests import NAME, create, delete
from harness.runtime import TimedOut
from harness.scenarios import CLOCK_MARGIN
from harness.stand import Stand, Stands
from harness.standing import Bench

pytestmark = pytest.mark.at_once("there is hardly time for the function's own calls")

BEGINS_NOTHING = 2.0
"""With so much left an invocation begins nothing new."""
SHORT = 5.0
AT_MOST = 20
"""How often a request is sent again."""

CREATE = create(egress={"endpoints": ["s3", "sts"]})
DELETE = delete()


def lease(account: Account) -> Any:
    """Who holds the one environment that there is."""
    (record,) = [item for item in account.records() if item["kind"] == "environment"]
    return record.get("lease_owner")


def repeat(function: Function, account: Account, request: dict[str, Any], done: str) -> None:
    """Sends a request with little time until it is done. Every answer must be in time, and leave no lease.

    A machine that is busy with other things may be late all the same: that costs another try, and no more.
    """
    for _ in range(AT_MOST):
        answer = function.invoke(request, SHORT)
        if answer.error_type == "Busy" or "before the deadline" in str(answer.error_message):
            time.sleep(1)
            continue
        assert not answer.failed, f"{answer.error_type}: {answer.error_message}"
        assert lease(account) is None
        if answer.payload["status"] == done:
            return
        assert answer.payload["waiting_for"]
    raise AssertionError(f"not {done} after {AT_MOST} invocations of {SHORT} s: {answer}")


def test_with_too_little_left_nothing_is_begun(bench: Bench) -> None:
    """Reading the record takes nearly all the time that there is."""
    for request, begun, done in ((CREATE, "provisioning", "ready"), (DELETE, "deleting", "deleted")):
        bench.proxy.reset()
        bench.proxy.hook("GetItem", before=lambda call: time.sleep(SHORT - BEGINS_NOTHING))
        said = ask(bench.function, request, begun, deadline_seconds=SHORT)
        assert bench.proxy.mutations() == []
        assert lease(bench.account) is None
        assert "vpc" in said["waiting_for"]
        ask(bench.function, request, done)


def test_five_seconds_at_a_time_are_enough(stands: Stands) -> None:
    def live(stand: Stand, slow: dict[str, float]) -> list[str]:
        account = stand.clear()
        with Function(stand.proxy.url) as function:
            stand.proxy.delay(slow.get("create", 0))
            repeat(function, account, CREATE, "ready")
            stand.proxy.delay(slow.get("delete", 0))
            repeat(function, account, DELETE, "deleted")
        return account.leftovers()

    assert list(stands.run(live, [{"create": 0.3}, {"delete": 0.3}, {"create": 0.08, "delete": 0.08}])) == [[]] * 3


def test_it_does_not_wait_past_its_deadline(bench: Bench) -> None:
    """AWS takes longer over an endpoint than the invocation has."""
    bench.emulator.configure(endpoint_seconds=6)
    for request, begun, done in ((CREATE, "provisioning", "ready"), (DELETE, "deleting", "deleted")):
        bench.proxy.forget()
        said = ask(bench.function, request, begun, deadline_seconds=SHORT)
        (waiting, *others) = said["waiting_for"]
        assert (waiting.startswith("endpoint-sts: vpce-") and others == []) or begun == "deleting"
        assert max(call.start for call in bench.proxy.calls()) < SHORT - 1
        repeat(bench.function, bench.account, request, done)
    assert bench.account.leftovers() == []


HANGING = {
    "GetItem": "looking for the record",
    "DescribeVpcs": "looking at AWS",
    "TransactWriteItems": "accepting",
    "CreateVpc": "building",
    "CreateRouteTable": "building",
    "PutParameter": "publishing",
    "PutItem": "settling",
}
"""A call of each part of a create."""


def test_a_call_that_hangs_is_given_up_and_may_take_effect_afterwards(stands: Stands) -> None:
    """The first of its action and all that follow hang until the invocation has answered; then they go on."""

    def hang(stand: Stand, action: str) -> str:
        account, over = stand.clear(), threading.Event()

        def wait(_: Call) -> None:
            over.wait()

        stand.proxy.hook(action, times=None, before=wait)
        with Function(stand.proxy.url) as function:
            try:
                answer = function.invoke(CREATE, SHORT)
            except TimedOut as late:
                return str(late)
            finally:
                over.set()
                stand.proxy.reset()
            if not answer.failed and answer.payload["status"] != "provisioning":
                return f"answered {answer.payload}"
        let_time_pass(account, SHORT + CLOCK_MARGIN)
        with Function(stand.proxy.url) as function:
            made = ask(function, CREATE)
        return "" if account.vpcs(NAME) == [made["exports"]["vpc_id"]] else f"{account.vpcs(NAME)} and {made}"

    assert dict(zip(HANGING, stands.run(hang, HANGING), strict=True)) == dict.fromkeys(HANGING, "")

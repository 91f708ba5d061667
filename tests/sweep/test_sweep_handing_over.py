"""What a sweep has no time for goes out on the bus, as the requests that they were, for others or the next sweep."""

from __future__ import annotations

import time
from typing import Any

import pytest

from harness import answers
from harness.account import Account
from harness.asking import ask
from harness.bus import Bus
from harness.emulator import Emulator
from harness.fixtures import StartFunction
from harness.requests import create, delete
from harness.standing import Bench
from harness.sweeps import NO_TIME, SMALL, changed, from_now, record_only, sweep, untroubled

REQUEST = "Training Environment Request"
LOOKING = 4.0
"""Seconds that a look takes on a busy machine."""


@pytest.fixture
def bus(bench: Bench) -> Bus:
    return Bus(bench.emulator)


def handed_over(bus: Bus) -> dict[str, dict[str, Any]]:
    """The requests that came over the bus, by their environments. Each must come once."""
    events = bus.events(REQUEST)
    assert {event["source"] for event in events} <= {"ringfence"}
    found = {event["detail"]["environment"]: event for event in events}
    assert len(found) == len(events)
    return found


def test_it_is_the_request_that_it_was(bench: Bench, bus: Bus) -> None:
    """Whatever is to be done: a repair, a create, an update, a delete, or the removal of what has expired."""
    expired = {"expires_at": from_now(minutes=-1), "tags": {"team": "a"}}
    requests = {
        "damaged": create("damaged", **SMALL, tags={"team": "a", "purpose": "Prüfung/1"}),
        "new": create("new", clock="10:00:00.123", **SMALL),
        "old": create("old", clock="10:30", **SMALL, tags={"team": "b"}),
        "expired": create("expired", clock="10:30", **SMALL, **expired),
        "unwanted": delete("unwanted"),
    }
    done = dict.fromkeys(requests, "ready") | dict.fromkeys(["expired", "unwanted"], "deleted")
    ask(bench.function, requests["damaged"])
    bench.account.ssm.delete_parameter(Name="/ringfence/damaged/exports")
    for name in ("old", "expired", "unwanted"):
        ask(bench.function, create(name, **SMALL))
    for name in ("new", "old", "unwanted"):
        record_only(bench.function, requests[name])
    bench.function.invoke(requests["expired"], 2.0)

    bench.proxy.forget()
    answer = sweep(bench.function, deadline_seconds=NO_TIME)
    assert (answer["changes"], answer["failed"], answer["orphans"]) == ([], [], [])
    assert sorted(answer["handed_over"]) == sorted(requests)
    assert {call.action for call in bench.proxy.mutations()} == {"PutEvents"}
    events = handed_over(bus)
    assert sorted(events) == sorted(requests)

    for name, event in events.items():
        first = ask(bench.function, event, done[name])
        assert first["requested_at"] == ask(bench.function, requests[name], done[name])["requested_at"]
        assert ask(bench.function, event, done[name])["changes"] == []
    assert bench.account.vpcs("expired") == bench.account.vpcs("unwanted") == []
    assert sweep(bench.function) == untroubled(3)
    assert "handed_over" not in sweep(bench.function)


def test_many_go_out_together(bench: Bench, bus: Bus) -> None:
    names = [f"team-{number:02}" for number in range(12)]
    for name in names:
        record_only(bench.function, create(name, **SMALL))
    bench.proxy.forget()
    assert sorted(sweep(bench.function, deadline_seconds=NO_TIME)["handed_over"]) == names
    assert sorted(handed_over(bus)) == names
    assert len(bench.proxy.calls("PutEvents")) == 2


def test_what_there_is_time_for_is_done_and_the_rest_handed_over(bench: Bench, bus: Bus) -> None:
    """Four at once, and when they are done, too little is left for more."""
    names = {f"team-{number}" for number in range(5)}
    for name in sorted(names):
        record_only(bench.function, create(name, **SMALL))
    bench.emulator.configure(quotas={"vpcs": 10})
    late = time.monotonic() + LOOKING
    bench.proxy.hook("CreateVpc", times=None, before=lambda call: time.sleep(max(0.0, late - time.monotonic())))
    answer = sweep(bench.function, deadline_seconds=NO_TIME + LOOKING)
    done, rest = changed(answer), set(answer["handed_over"])
    assert (len(done), done | rest) == (4, names)
    assert set(handed_over(bus)) == rest == names - done
    for name in done:
        assert ask(bench.function, create(name, **SMALL))["changes"] == []


def test_what_cannot_be_handed_over_is_found_again(bench: Bench, bus: Bus) -> None:
    record_only(bench.function, create("team-a", **SMALL))
    bench.proxy.reply(answers.denied, "PutEvents")
    assert sweep(bench.function, deadline_seconds=NO_TIME) == untroubled(1)
    bench.proxy.reset()
    assert list(handed_over(bus)) == []
    assert changed(sweep(bench.function)) == {"team-a"}


def test_it_goes_to_the_bus_that_is_configured(
    start_function: StartFunction, emulator: Emulator, account: Account
) -> None:
    default, training = Bus(emulator), Bus(emulator, "training")
    function = start_function(environment={"RINGFENCE_EVENT_BUS": "training"})
    record_only(function, create("team-a", **SMALL))
    assert sweep(function, deadline_seconds=NO_TIME)["handed_over"] == ["team-a"]
    assert (list(handed_over(training)), default.events()) == (["team-a"], [])

"""An hour before an environment expires that is announced on the bus, once."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from harness import answers
from harness.asking import ask, refusal
from harness.bus import Bus
from harness.by_hand import ssh_from
from harness.requests import NAME, create
from harness.standing import Bench
from harness.sweeps import SMALL, changed, from_now, sweep, untroubled
from harness.wire import Message
from harness.wire import answer as reply

EXPIRING = "Training Environment Expiring"


def expiring(minutes: float, clock: str = "10:00", **spec: Any) -> dict[str, Any]:
    return create(clock=clock, **SMALL, expires_at=from_now(minutes=minutes), **spec)


@pytest.fixture
def bus(bench: Bench) -> Bus:
    return Bus(bench.emulator)


def announced(bus: Bus) -> list[str]:
    """The moments at which what was announced expires."""
    return [event["detail"]["expires_at"] for event in bus.events(EXPIRING)]


def test_it_is_announced_once(bench: Bench, bus: Bus) -> None:
    expiry = ask(bench.function, expiring(50))["expires_at"]
    for expected in ([expiry], [], []):
        assert sweep(bench.function) == untroubled(1)
        assert announced(bus) == expected


def test_the_event_is_the_answer(bench: Bench, bus: Bus) -> None:
    answer = ask(bench.function, expiring(50))
    sweep(bench.function)
    (event,) = bus.events(EXPIRING)
    assert event["source"] == "ringfence"
    for field in ("environment", "status", "spec", "requested_at", "expires_at"):
        assert event["detail"][field] == answer[field], field


def test_not_before_its_last_hour_nor_where_it_does_not_come(bench: Bench, bus: Bus) -> None:
    ask(bench.function, expiring(61))
    assert sweep(bench.function) == untroubled(1)
    ask(bench.function, expiring(50, "10:10", deletion_protection=True))
    assert sweep(bench.function) == untroubled(1)
    ask(bench.function, create(clock="10:20", **SMALL))
    assert sweep(bench.function) == untroubled(1)
    assert announced(bus) == []


def test_another_expiry_is_announced_again(bench: Bench, bus: Bus) -> None:
    first = ask(bench.function, expiring(40))["expires_at"]
    sweep(bench.function)
    second = ask(bench.function, expiring(50, "10:10"))["expires_at"]
    sweep(bench.function)
    sweep(bench.function)
    assert announced(bus) == [first, second]


def refused_entry(service: str) -> Message:
    """What EventBridge says when it took a call and not what is in it."""
    entry = {"ErrorCode": "ThrottlingException", "ErrorMessage": "Rate exceeded"}
    body = json.dumps({"FailedEntryCount": 1, "Entries": [entry]}).encode()
    return reply(200, {"content-type": "application/x-amz-json-1.1"}, body)


@pytest.mark.parametrize("failure", [answers.denied, refused_entry])
def test_what_could_not_be_sent_is_sent_by_the_next_sweep(bench: Bench, bus: Bus, failure: Any) -> None:
    expiry = ask(bench.function, expiring(50))["expires_at"]
    bench.proxy.reply(failure, "PutEvents")
    assert sweep(bench.function) == untroubled(1)
    assert bench.proxy.calls("PutEvents")
    bench.proxy.reset()
    assert sweep(bench.function) == untroubled(1)
    assert announced(bus) == [expiry]


def add_rule(bench: Bench, exports: dict[str, Any]) -> None:
    """Drift, which `RevokeSecurityGroupIngress` repairs."""
    bench.account.ec2.authorize_security_group_ingress(
        GroupId=exports["training_sg_id"], IpPermissions=ssh_from("10.9.0.0/16")
    )


def test_what_is_announced_is_repaired_in_the_same_sweep(bench: Bench, bus: Bus) -> None:
    answer = ask(bench.function, expiring(50))
    add_rule(bench, answer["exports"])
    assert changed(sweep(bench.function)) == {NAME}
    assert announced(bus) == [answer["expires_at"]]
    assert sweep(bench.function) == untroubled(1)
    assert announced(bus) == []


def test_no_repair_waits_for_the_bus(bench: Bench) -> None:
    """It may be slow to answer, or not answer at all."""
    add_rule(bench, ask(bench.function, expiring(50))["exports"])
    repaired, waited = threading.Event(), list[bool]()
    bench.proxy.hook("RevokeSecurityGroupIngress", after=lambda call: repaired.set())
    bench.proxy.hook("PutEvents", before=lambda call: waited.append(repaired.wait(5)))
    sweep(bench.function)
    assert waited == [True]


def test_one_that_failed_is_announced_too(bench: Bench, bus: Bus) -> None:
    bench.proxy.reply(answers.denied_for_good, "CreateVpcEndpoint")
    refusal(bench.function, expiring(50, egress={"endpoints": ["s3"]}), "AccessDenied")
    sweep(bench.function)
    assert len(announced(bus)) == 1

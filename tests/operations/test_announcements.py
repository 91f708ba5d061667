"""What the bus hears of an environment: each change of how it is, once, and never lost."""

from __future__ import annotations

import time
from typing import Any

import pytest

from harness import answers
from harness.asking import ask, refusal
from harness.bus import Bus
from harness.by_hand import let_time_pass, make_gateway, ssh_from
from harness.requests import NAME, create, delete, on_the_bus
from harness.standing import Bench
from harness.sweeps import SMALL, sweep

READY, FAILED, EXPOSED = ("Training Environment " + word for word in ("Ready", "Failed", "Exposed"))
REPAIRED, DELETED = ("Training Environment " + word for word in ("Repaired", "Deleted"))


@pytest.fixture
def bus(bench: Bench) -> Bus:
    return Bus(bench.emulator)


def heard(bus: Bus) -> list[str]:
    events = bus.events()
    assert {(event["source"], event["detail"]["environment"]) for event in events} <= {("ringfence", NAME)}
    return [event["detail-type"] for event in events]


def drift(bench: Bench, answer: dict[str, Any]) -> None:
    bench.account.ec2.authorize_security_group_ingress(
        GroupId=answer["exports"]["training_sg_id"], IpPermissions=ssh_from("10.9.0.0/16")
    )


def test_a_life_is_told_in_its_changes(bench: Bench, bus: Bus) -> None:
    answer = ask(bench.function, create(**SMALL))
    assert heard(bus) == [READY]
    for again in (create(**SMALL), {"action": "sweep"}):
        bench.function.invoke(again)
        assert heard(bus) == []
    drift(bench, answer)
    sweep(bench.function)
    assert heard(bus) == [REPAIRED]
    drift(bench, answer)
    ask(bench.function, create(**SMALL))
    assert heard(bus) == [REPAIRED]
    ask(bench.function, create(clock="10:10", **SMALL, tags={"team": "fraud"}))
    assert heard(bus) == [READY]
    ask(bench.function, delete(), "deleted")
    assert heard(bus) == [DELETED]
    ask(bench.function, delete(), "deleted")
    assert heard(bus) == []


def test_the_event_is_the_answer(bench: Bench, bus: Bus) -> None:
    answer = ask(bench.function, create(**SMALL))
    (event,) = bus.events()
    assert event["detail"] == answer
    ask(bench.function, delete(), "deleted")
    (event,) = bus.events()
    assert (event["detail"]["status"], event["detail"]["exports"]) == ("deleted", {})


def test_it_says_who_asked(bench: Bench, bus: Bus) -> None:
    answer = ask(bench.function, on_the_bus(create(**SMALL)))
    drift(bench, answer)
    sweep(bench.function)
    ask(bench.function, delete(), "deleted")
    events = [(event["detail-type"], event["detail"].get("requested_by")) for event in bus.events()]
    somebody = "123456789012 com.acme.ml-platform"
    assert events == [(READY, somebody), (REPAIRED, somebody), (DELETED, None)]


def test_exposure_is_said_once_and_so_is_its_end(bench: Bench, bus: Bus) -> None:
    vpc = ask(bench.function, create(**SMALL))["exports"]["vpc_id"]
    assert heard(bus) == [READY]
    gateway = make_gateway(bench.account.ec2, vpc)
    (failed,) = sweep(bench.function)["failed"]
    assert failed["status"] == "exposed"
    (event,) = bus.events()
    assert event["detail-type"] == EXPOSED
    assert gateway in event["detail"]["error"]["message"]
    assert event["detail"]["status"] == "exposed"
    sweep(bench.function)
    refusal(bench.function, create(**SMALL), "Exposed")
    assert heard(bus) == []
    bench.account.ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    let_time_pass(bench.account, 60)
    assert sweep(bench.function)["failed"] == []
    assert heard(bus) == [READY]


def test_a_failure_is_said_once(bench: Bench, bus: Bus) -> None:
    bench.emulator.configure(quotas={"vpcs": 1})
    for _ in range(2):
        refusal(bench.function, create(**SMALL), "QuotaExceeded")
    (event,) = bus.events()
    assert event["detail-type"] == FAILED
    assert event["detail"]["error"]["kind"] == "QuotaExceeded"


def test_a_refused_request_is_no_news(bench: Bench, bus: Bus) -> None:
    refusal(bench.function, create(network={"cidr": "8.8.0.0/16"}), "InvalidRequest")
    ask(bench.function, delete(), "deleted")
    assert heard(bus) == []


def test_what_cannot_be_sent_fails_nothing_and_is_sent_by_the_next_sweep(bench: Bench, bus: Bus) -> None:
    bench.proxy.reply(answers.denied, "PutEvents")
    ask(bench.function, create(**SMALL))
    ask(bench.function, delete(), "deleted")
    ask(bench.function, create(clock="12:00", **SMALL))
    sweep(bench.function)
    bench.proxy.reset()
    assert heard(bus) == []
    sweep(bench.function)
    assert heard(bus) == [READY, DELETED, READY]
    sweep(bench.function)
    assert heard(bus) == []


def test_a_bus_that_hangs_holds_nobody_up_for_long(bench: Bench, bus: Bus) -> None:
    answer = ask(bench.function, create(**SMALL))
    assert heard(bus) == [READY]
    drift(bench, answer)
    bench.proxy.hook("PutEvents", before=lambda call: time.sleep(7))
    ask(bench.function, create(**SMALL), deadline_seconds=20)
    bench.proxy.reset()

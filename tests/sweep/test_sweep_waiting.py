"""An environment that waits for AWS keeps no other waiting."""

from __future__ import annotations

from harness.asking import ask
from harness.bus import Bus
from harness.requests import create, delete
from harness.standing import Bench
from harness.sweeps import SMALL, from_now, record_only, sweep

EXPIRING = "Training Environment Expiring"
LIFE = 14.0
"""Enough for a sweep to begin work, and not for much."""


def test_others_are_announced_though_one_waits_for_longer_than_the_sweep_lasts(bench: Bench) -> None:
    bus = Bus(bench.emulator)
    subnet = ask(bench.function, create("waiting", **SMALL))["exports"]["training_subnet_id"]
    bench.emulator.place_interface(
        subnet, "AWS Lambda VPC ENI-score-7c1", interface_type="lambda", requester_managed=True
    )
    record_only(bench.function, delete("waiting"))
    ask(bench.function, create("expiring", **SMALL, expires_at=from_now(minutes=50)))
    answer = sweep(bench.function, deadline_seconds=LIFE)
    assert (answer["failed"], bench.account.parameters("waiting")) == ([], {})
    assert [event["detail"]["environment"] for event in bus.events(EXPIRING)] == ["expiring"]

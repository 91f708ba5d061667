"""What AWS denies in a sweep is told at the end of the environment's turn, and announced once it has lasted."""

from __future__ import annotations

from typing import Any

import pytest

from harness import answers
from harness.asking import ask, describe
from harness.bus import Bus
from harness.by_hand import let_time_pass
from harness.requests import NAME, create, delete
from harness.standing import Bench, Standing
from harness.sweeps import SMALL, record_only, sweep, untroubled

FAILED, READY = "Training Environment Failed", "Training Environment Ready"
BELIEVED = 30.0
"""Seconds that a denial lasts before it is believed."""


@pytest.fixture(scope="module")
def wish() -> dict[str, Any]:
    return create(**SMALL)


def told(answer: dict[str, Any], *words: str) -> str:
    """The status of the one environment that a sweep could not bring to what is wanted, and why in these words."""
    (failed,) = answer["failed"]
    assert (failed["environment"], failed["error"]["kind"]) == (NAME, "AccessDenied")
    for word in words:
        assert word in failed["error"]["message"]
    return str(failed["status"])


def announced(bus: Bus) -> list[str]:
    return [event["detail-type"] for event in bus.events() if event["detail-type"].startswith("Training")]


WORDS = ("training-subnet-us-east-1a: AWS denied ec2:CreateSubnet", "You are not authorized")


def test_what_needs_what_the_plan_makes_is_told_and_announced_when_it_lasts(bench: Bench) -> None:
    bus = Bus(bench.emulator)
    record_only(bench.function, create(**SMALL))
    bench.proxy.reply(answers.denied, "CreateSubnet")
    assert told(sweep(bench.function), *WORDS) == "provisioning"
    assert announced(bus) == [], "its tags may not count yet"
    described = ask(bench.function, describe(), "provisioning")
    assert WORDS[0] in described["error"]["message"]
    let_time_pass(bench.account, BELIEVED)
    for expected in ([FAILED], []):
        assert told(sweep(bench.function), *WORDS) == "failed"
        assert announced(bus) == expected
    bench.proxy.reset()
    assert sweep(bench.function)["failed"] == []
    assert announced(bus) == [READY]


def test_a_tag_that_counts_by_the_next_sweep_is_no_failure(bench: Bench) -> None:
    bus = Bus(bench.emulator)
    record_only(bench.function, create(**SMALL))
    bench.proxy.reply(answers.denied, "CreateSubnet")
    told(sweep(bench.function), *WORDS)
    bench.proxy.reset()
    assert sweep(bench.function)["failed"] == []
    assert announced(bus) == [READY]
    assert "error" not in ask(bench.function, describe())
    assert sweep(bench.function) == untroubled(1)


def test_what_is_done_to_what_stood_is_no_failure_at_once(standing: Standing) -> None:
    bus = Bus(standing.emulator)
    record_only(standing.function, delete() | {"requested_at": "2025-06-03T00:00:00Z"})
    standing.proxy.reply(answers.denied, "DeleteSubnet")
    assert told(sweep(standing.function), "ec2:DeleteSubnet") == "deleting"
    assert announced(bus) == []
    let_time_pass(standing.account, BELIEVED)
    assert told(sweep(standing.function), "ec2:DeleteSubnet") == "failed"
    assert announced(bus) == [FAILED]

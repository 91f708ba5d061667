"""How long the chain of calls may be and how many they are: counts and no timings, so that a step back fails."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from conftest import Report

from harness.costs import LIMITS, Cost, Meter, least
from harness.standing import Bench

QUIET = 0.1
"""Seconds without any call after which those that wait go on together: much, against what the function computes."""
RUNS = 3
"""Where a busy machine starts a call late all the same, the chain gets longer. Nothing makes it shorter."""


@pytest.fixture
def meter(bench: Bench) -> Meter:
    """A meter over an emulator and a function that have seen an environment come and go."""
    meter = Meter(bench.proxy, bench.account, bench.function)
    meter.default()
    bench.proxy.in_step(QUIET)
    return meter


def exceeded(costs: dict[str, Cost]) -> list[str]:
    return [f"{name}: {cost}" for name, cost in costs.items() if not cost.keeps(LIMITS[name])]


def test_a_complete_environment(meter: Meter, report: Report) -> None:
    assert_within_limits(meter.complete, report)


def test_a_default_environment(meter: Meter, report: Report) -> None:
    assert_within_limits(meter.default, report)


def assert_within_limits(live: Callable[[], dict[str, Cost]], report: Report) -> None:
    costs = live()
    for _ in range(RUNS - 1):
        if not exceeded(costs):
            break
        costs = least([costs, live()])
    for name, cost in costs.items():
        report(f"{name}: {cost.chain} deep of {LIMITS[name].chain}, {cost.calls} calls of {LIMITS[name].calls}")
    assert not exceeded(costs), "\n\n".join(exceeded(costs))

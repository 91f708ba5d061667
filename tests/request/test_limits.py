"""How long the chain of calls may be and how many they are: counts and no timings, so that a step back fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from harness.costs import LIMITS, NOTHING, Cost, Limit, Meter, least
from harness.fixtures import Report
from harness.function import Function
from harness.proxy import Proxy
from harness.runtime import Answer
from harness.standing import Bench

pytestmark = pytest.mark.at_once("what is counted is what waits for what, not how long AWS takes")

QUIET = 0.1
"""Seconds without any call after which those that wait go on together: much, against what the function computes."""
RUNS = 3
"""Where a busy machine starts a call late all the same, the chain gets longer. Nothing makes it shorter."""

FRESH = LIMITS | {NOTHING: replace(LIMITS[NOTHING], calls=LIMITS[NOTHING].calls + 2)}
"""A fresh process does not know yet who it is, nor the IDs of AWS's prefix lists. All but the least has room for it."""


class Fresh:
    """A function that handles each event in a process of its own."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy

    def invoke(self, event: Any) -> Answer:
        with Function(self._proxy.url) as function:
            return function.invoke(event)


@pytest.fixture
def meter(bench: Bench) -> Meter:
    """A meter over an emulator and a function that have seen an environment come and go."""
    meter = Meter(bench.proxy, bench.account, bench.function)
    meter.default()
    bench.proxy.in_step(QUIET)
    return meter


@pytest.fixture
def fresh_meter(bench: Bench, meter: Meter) -> Meter:
    """A meter over the same emulator, with a fresh process for each request."""
    return meter.of(Fresh(bench.proxy))


def test_a_complete_environment(meter: Meter, report: Report) -> None:
    assert_within(LIMITS, meter.complete, report)


def test_a_default_environment(meter: Meter, report: Report) -> None:
    assert_within(LIMITS, meter.default, report)


def test_a_complete_environment_by_fresh_processes(fresh_meter: Meter, report: Report) -> None:
    assert_within(FRESH, fresh_meter.complete, report)


def test_a_default_environment_by_fresh_processes(fresh_meter: Meter, report: Report) -> None:
    assert_within(FRESH, fresh_meter.default, report)


def assert_within(limits: dict[str, Limit], live: Callable[[], dict[str, Cost]], report: Report) -> None:
    costs = live()
    for _ in range(RUNS - 1):
        if not exceeded(costs, limits):
            break
        costs = least([costs, live()])
    for name, cost in costs.items():
        report(f"{name}: {cost.chain} deep of {limits[name].chain}, {cost.calls} calls of {limits[name].calls}")
    assert not exceeded(costs, limits), "\n\n".join(exceeded(costs, limits))


def exceeded(costs: dict[str, Cost], limits: dict[str, Limit]) -> list[str]:
    return [f"{name}: {cost}" for name, cost in costs.items() if not cost.keeps(limits[name])]

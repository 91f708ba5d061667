"""What a sweep costs grows with the pages of a region, hardly with its environments."""

from __future__ import annotations

import os
from collections import Counter
from math import ceil

import pytest

from harness.asking import ask
from harness.by_hand import let_time_pass
from harness.calls import Call
from harness.copies import multiply
from harness.fixtures import Report
from harness.requests import create
from harness.standing import Bench
from harness.sweeps import changed, sweep, untroubled

SIZES_VARIABLE = "RINGFENCE_SWEPT"
"""How many environments a sweep is measured at: `1,200,1000` takes minutes."""
SIZES = "1,11,260"
"""At 260 there are more than a page holds of subnets."""
NETWORK = {"prefix_length": 20}
MORE_AT_200 = 40
"""So many calls more than at one environment are allowed at 200."""
LIFE = 300.0
DAY = 24 * 3600
LOOKS = 5


def name(number: int) -> str:
    return f"team-{number:04}"


def told(calls: list[Call]) -> str:
    return ", ".join(f"{action} {count}" for action, count in Counter(call.action for call in calls).most_common(8))


@pytest.fixture
def one(bench: Bench) -> Bench:
    """An account with one settled environment, and room for a thousand."""
    bench.emulator.configure(quotas={"vpcs": 1001})
    ask(bench.function, create(name(0), network=NETWORK))
    return bench


def fill(bench: Bench, built: int, size: int) -> None:
    """More environments, until there are so many."""
    multiply(bench.account, name(0), [name(number) for number in range(built, size)])


def test_its_calls_grow_with_pages(one: Bench, report: Report) -> None:
    sizes = [int(size) for size in os.environ.get(SIZES_VARIABLE, SIZES).split(",")]
    built, first = 1, 0
    for size in sizes:
        fill(one, built, size)
        built = size
        one.proxy.forget()
        answer = one.function.invoke({"action": "sweep"}, LIFE)
        calls = one.proxy.calls()
        assert answer.payload == untroubled(size)
        assert one.proxy.mutations() == []
        first = first or len(calls)
        report(f"a sweep of {size} settled environments: {len(calls)} calls in {answer.ms / 1000:.1f} s")
        assert len(calls) - first <= ceil(MORE_AT_200 * (size - 1) / 199), told(calls)


def test_only_what_needs_it_is_touched(one: Bench) -> None:
    fill(one, 1, 11)
    damaged = name(7)
    one.account.ssm.delete_parameter(Name=f"/ringfence/{damaged}/exports")
    one.proxy.forget()
    assert changed(sweep(one.function)) == {damaged}
    assert [call for call in one.proxy.mutations() if damaged not in str(call.parameters)] == []


def test_each_is_looked_at_in_turn(one: Bench) -> None:
    """What no bulk read tells is asked for once a day, of a few environments a sweep."""
    fill(one, 1, 11)
    let_time_pass(one.account, DAY)
    looked_at: list[set[str]] = []
    for _ in range(2):
        one.proxy.forget()
        assert sweep(one.function)["changes"] == []
        looked_at.append({call.parameters["VpcId"] for call in one.proxy.calls("DescribeVpcAttribute")})
    assert [len(vpcs) for vpcs in looked_at] == [LOOKS, LOOKS]
    assert not looked_at[0] & looked_at[1]

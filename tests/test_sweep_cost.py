"""What a sweep costs grows with the pages of a region, hardly with its environments."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from math import ceil

from conftest import Report, StartFunction

from harness.account import Account
from harness.asking import ask
from harness.by_hand import let_time_pass
from harness.calls import Call
from harness.emulator import Emulator
from harness.function import Function
from harness.proxy import Proxy
from harness.requests import create
from harness.sweeps import SMALL, changed, sweep, untroubled

SIZES_VARIABLE = "RINGFENCE_SWEPT"
"""How many environments a sweep is measured at: `1,50,200` takes minutes."""
SIZES = "1,11"
MORE_AT_200 = 40
"""So many calls more than at one environment are allowed at 200."""
BUILDERS = 3
DAY = 24 * 3600
LOOKS = 5


def name(number: int) -> str:
    return f"team-{number:03}"


def build(functions: list[Function], numbers: Iterable[int]) -> None:
    """Makes environments, as many at once as there are functions."""
    waiting = iter(list(numbers))

    def work(function: Function) -> None:
        for number in waiting:
            ask(function, create(name(number), **SMALL))

    with ThreadPoolExecutor(len(functions)) as threads:
        list(threads.map(work, functions))


def told(calls: list[Call]) -> str:
    return ", ".join(f"{action} {count}" for action, count in Counter(call.action for call in calls).most_common(8))


def test_its_calls_grow_with_pages(
    start_function: StartFunction, emulator: Emulator, proxy: Proxy, account: Account, report: Report
) -> None:
    emulator.configure(quotas={"vpcs": 1000, "gateway_endpoints": 1000})
    functions = [start_function() for _ in range(BUILDERS)]
    sizes = [int(size) for size in os.environ.get(SIZES_VARIABLE, SIZES).split(",")]
    built = first = 0
    for size in sizes:
        build(functions, range(built, size))
        built = size
        sweep(functions[0])
        proxy.forget()
        answer = functions[0].invoke({"action": "sweep"})
        calls = proxy.calls()
        assert answer.payload == untroubled(size)
        assert proxy.mutations() == []
        first = first or len(calls)
        report(f"a sweep of {size} settled environments: {len(calls)} calls in {answer.ms / 1000:.1f} s")
        assert len(calls) - first <= ceil(MORE_AT_200 * (size - 1) / 199), told(calls)

    assert_only_what_needs_it_is_touched(functions[0], proxy, account, name(built - 1))
    assert_looked_at_in_turn(functions[0], proxy, account)


def assert_only_what_needs_it_is_touched(function: Function, proxy: Proxy, account: Account, damaged: str) -> None:
    account.ssm.delete_parameter(Name=f"/ringfence/{damaged}/exports")
    proxy.forget()
    assert changed(sweep(function)) == {damaged}
    assert [call for call in proxy.mutations() if damaged not in str(call.parameters)] == []


def assert_looked_at_in_turn(function: Function, proxy: Proxy, account: Account) -> None:
    """What no bulk read tells is asked for once a day, of a few environments a sweep."""
    let_time_pass(account, DAY)
    looked_at: list[set[str]] = []
    for _ in range(2):
        proxy.forget()
        assert sweep(function)["changes"] == []
        looked_at.append({call.parameters["VpcId"] for call in proxy.calls("DescribeVpcAttribute")})
    assert [len(vpcs) for vpcs in looked_at] == [LOOKS, LOOKS]
    assert not looked_at[0] & looked_at[1]

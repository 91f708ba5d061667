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
from harness.calls import Call
from harness.emulator import Emulator
from harness.function import Function
from harness.proxy import Proxy
from harness.requests import create
from harness.sweeps import SMALL, changed, sweep, untroubled

SIZES_VARIABLE = "RINGFENCE_SWEPT"
"""How many environments a sweep is measured at: `1,50,200` takes minutes."""
SIZES = "1,12"
MORE_AT_200 = 40
"""So many calls more than at one environment are allowed at 200."""
BUILDERS = 3


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

    account.ssm.delete_parameter(Name=f"/ringfence/{name(built - 1)}/exports")
    proxy.forget()
    assert changed(sweep(functions[0])) == {name(built - 1)}
    others = [call for call in proxy.mutations() if name(built - 1) not in str(call.parameters)]
    assert others == []

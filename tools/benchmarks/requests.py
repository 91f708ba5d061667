"""A create, one that changes nothing, a repair and a delete: calls, chain and time, beside other ways to do it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from benchmarks import LATENCY
from figures import RESULTS, Part, Table
from harness.account import Account
from harness.costs import CREATE_COMPLETE, CREATE_DEFAULT, DELETE, LIMITS, NOTHING, REPAIR, Cost, Meter, least
from harness.emulator import Emulator
from harness.function import Function
from harness.proxy import Proxy

RUNS = 3
TRACE = RESULTS / "trace.json"
ORDER = (CREATE_COMPLETE, CREATE_DEFAULT, NOTHING, REPAIR, DELETE)
SLACK = 1.25
"""By how much the time may exceed that of the chain alone."""

BARE, WIDE, SERIAL, TERRAFORM = (
    "bare minimum, unsafe",
    "boto3, 32 threads",
    "boto3, serial",
    "Terraform 1.11",
)
OTHERS: dict[str, dict[str, tuple[int, int, float]]] = {
    CREATE_COMPLETE: {
        BARE: (65, 4, 0.50),
        WIDE: (113, 13, 1.15),
        SERIAL: (113, 113, 9.8),
        TERRAFORM: (200, 52, 18.5),
    },
    CREATE_DEFAULT: {},
    NOTHING: {WIDE: (51, 5, 0.61), TERRAFORM: (101, 19, 1.85)},
    REPAIR: {WIDE: (52, 5, 0.64), TERRAFORM: (104, 22, 2.6)},
    DELETE: {WIDE: (46, 18, 1.6), TERRAFORM: (191, 49, 9.5)},
}
"""Calls, chain and seconds of other ways to the same stack, at the same latency. Measured once, and not again here."""
NOTES = [
    (
        f"Every call takes {LATENCY * 1000:.0f} ms longer than the emulator needs for it, so that the times compare "
        f"with those of the other ways. Of {RUNS} runs the one with the shortest chain counts, after a create and a "
        "delete that warm the emulator up. Each create is the first of its name."
    ),
    (
        f"The bound on the time is held where every call takes {LATENCY * 1000:.0f} ms in all: the emulator does one "
        "call at a time, AWS does not. With a short chain and many calls at a time its own time would be most of "
        "the slack."
    ),
    (
        "The stack: four subnets in two zones, two route tables, an ACL for each tier, three groups beside the "
        "default one, eight endpoints (S3's gateway and seven interfaces), a flow log, two roles and an instance "
        "profile, twelve parameters. Without a spec there is S3's gateway alone."
    ),
    (
        "Chain: the calls sorted by their ends, each taken that begins after the last one taken has ended. The "
        "seconds are those from the event to the answer."
    ),
    (
        "The process has handled requests before. A fresh one also asks who it is and which prefix lists AWS has, and "
        "for a first create which zones there are: two or three calls more, and one link where something is made."
    ),
    (
        "Calls to the function's own table count. So do those of the proof, which reads everything in the VPC, "
        "interfaces and gateways included: the other ways never look at them, and take no lease."
    ),
    (
        "The other ways were measured once, at the same latency, and are quoted here: boto3 finds or creates; "
        "Terraform runs with the AWS provider 3.39 at a parallelism of 10; the bare minimum looks nothing up and "
        "locks nothing."
    ),
]


def measure(binary: Path) -> Part:
    costs, paced = runs(binary)
    trace(binary)
    part = Part("requests", notes=NOTES)
    part.figures = {name: {**asdict(each), "paced": asdict(paced[name])} for name, each in costs.items()}
    part.tables = [bounds(part, costs, paced), comparison(costs)]
    return part


def runs(binary: Path) -> tuple[dict[str, Cost], dict[str, Cost]]:
    """The costs where every call takes so much longer, and where it takes so long in all."""
    with Emulator() as emulator, Proxy(emulator.port) as proxy:
        account = Account(emulator)
        with Function(proxy.url, path=binary) as function:
            meter = Meter(proxy, account, function)
            meter.complete()
            proxy.delay(LATENCY)
            delayed = least([meter.complete() | meter.default() for _ in range(RUNS)])
            proxy.delay(0)
            proxy.pace(LATENCY)
            paced = least([meter.complete() | meter.default() for _ in range(RUNS)])
    return delayed, paced


def trace(binary: Path) -> None:
    """Leaves a trace of one more life behind, for a person to see the chain in. It must show each call once."""
    TRACE.parent.mkdir(parents=True, exist_ok=True)
    seen: Counter[str] = Counter()
    with Emulator() as emulator, Proxy(emulator.port) as proxy:
        account = Account(emulator)
        proxy.pace(LATENCY)
        proxy.on_call(lambda call: seen.update([call.action]))
        with Function(proxy.url, path=binary, environment={"RINGFENCE_TRACE_FILE": str(TRACE)}) as function:
            Meter(proxy, account, function).complete()
    events = json.loads(TRACE.read_text())
    calls = [event["name"] for event in events if event["cat"] == "call" and event["ph"] == "b"]
    if len(calls) != seen.total():
        raise SystemExit(f"{TRACE} shows {len(calls)} calls, and there were {seen.total()}")


def bounds(part: Part, costs: dict[str, Cost], paced: dict[str, Cost]) -> Table:
    """What was measured beside what is allowed."""
    ms = f"{LATENCY * 1000:.0f} ms"
    header = ["", "chain", "at most", "calls", "at most", f"seconds, {ms} in all", f"{SLACK} × chain × {ms}", "kept"]
    rows = []
    for name in ORDER:
        cost, limit = costs[name], LIMITS[name]
        seconds, allowed = paced[name].seconds, SLACK * paced[name].chain * LATENCY
        told = f"{name}: {seconds:.2f} s of {allowed:.2f} s, {cost.calls} calls, {cost.told_chain}"
        verdict = part.hold(cost.keeps(limit) and seconds <= allowed, told)
        counts = [str(cost.chain), str(limit.chain), str(cost.calls), str(limit.calls)]
        rows.append([name, *counts, f"{seconds:.2f}", f"{allowed:.2f}", verdict])
    return Table(header, rows)


def comparison(costs: dict[str, Cost]) -> Table:
    """Calls, chain and seconds of every way."""
    ways = ["Ringfence", WIDE, SERIAL, TERRAFORM, BARE]
    rows = []
    for name, others in OTHERS.items():
        cost = costs[name]
        ours = {"Ringfence": (cost.calls, cost.chain, cost.seconds)}
        rows.append([name, *(told((ours | others).get(way)) for way in ways)])
    return Table(["calls / chain / seconds", *ways], rows)


def told(figures: tuple[int, int, float] | None) -> str:
    return f"{figures[0]} / {figures[1]} / {figures[2]:.2f}" if figures else ""

"""A sweep of many settled environments: its calls grow with pages, and it ends in one invocation."""

from __future__ import annotations

from pathlib import Path

from benchmarks import LATENCY
from figures import Part, Table
from harness.account import Account
from harness.asking import ask
from harness.copies import multiply
from harness.emulator import Emulator
from harness.function import Function
from harness.proxy import Proxy
from harness.requests import create
from harness.sweeps import sweep, untroubled

SIZES = (1, 200, 1000)
MIB = 1 << 20
SECONDS_AT_MOST, MEMORY_AT_MOST = 60.0, 128 * MIB
LIFE = 300.0
NETWORK = {"prefix_length": 20}
LOOKED_AT = 3
NOTES = [
    (
        f"One invocation at {LATENCY * 1000:.0f} ms a call, the second sweep of a fresh process, which finds "
        "everything as it should be and changes nothing. The memory is the most that this process has held."
    ),
    (
        f"Each environment has a /{NETWORK['prefix_length']}. What is published is read ten environments a call; all "
        "else in pages of the region."
    ),
    (
        "The function makes the first environment. The others are copies of what the emulator and the table hold of "
        "it, under other names, IDs and addresses, for to have a thousand made takes the emulator long. A create of "
        f"{LOOKED_AT} of the copies then looks at each of them alone, proves it, and finds nothing to change."
    ),
]


def measure(binary: Path) -> Part:
    part = Part("sweep", notes=NOTES)
    header = ["settled environments", "calls", "chain", "seconds", "at most", "memory", "at most", "kept"]
    rows = []
    with Emulator() as emulator, Proxy(emulator.port) as proxy:
        most = SIZES[-1] + 1
        quotas = {"vpcs": most, "gateway_endpoints": most, "security_groups": 10 * most, "roles": 3 * most}
        emulator.configure(quotas=quotas)
        account = Account(emulator)
        with Function(proxy.url, path=binary) as function:
            ask(function, create(name(0), network=NETWORK))
        built = 1
        for size in SIZES:
            multiply(account, name(0), [name(number) for number in range(built, size)])
            built = size
            rows.append(row(part, size, binary, proxy))
        check_copies(binary, proxy)
    part.tables = [Table(header, rows)]
    return part


def name(number: int) -> str:
    return f"team-{number:04}"


def row(part: Part, size: int, binary: Path, proxy: Proxy) -> list[str]:
    with Function(proxy.url, path=binary) as function:
        sweep(function, deadline_seconds=LIFE)
        proxy.settle()
        proxy.forget()
        proxy.delay(LATENCY)
        answer = function.invoke({"action": "sweep"}, LIFE)
        proxy.delay(0)
        proxy.settle()
        memory = function.peak_memory_bytes or 0
    calls, chain, seconds = len(proxy.calls()), proxy.depth(), answer.ms / 1000
    found = answer.payload == untroubled(size) and not proxy.mutations()
    part.hold(found, f"a sweep of {size}: {str(answer.payload or answer.error_message)[:500]}")
    in_bounds = seconds <= SECONDS_AT_MOST and memory <= MEMORY_AT_MOST
    kept = part.hold(in_bounds, f"a sweep of {size}: {seconds:.1f} s, {memory / MIB:.0f} MiB")
    part.figures[str(size)] = {"calls": calls, "chain": chain, "seconds": seconds, "memory_bytes": memory}
    bounds = [f"{seconds:.1f}", f"{SECONDS_AT_MOST:.0f}", f"{memory / MIB:.1f} MiB", f"{MEMORY_AT_MOST // MIB} MiB"]
    return [f"{size:,}", str(calls), str(chain), *bounds, kept]


def check_copies(binary: Path, proxy: Proxy) -> None:
    """A copy that the function would not have made so would make the sweep mean nothing."""
    with Function(proxy.url, path=binary) as function:
        for number in range(1, SIZES[-1], SIZES[-1] // LOOKED_AT):
            proxy.forget()
            answer = ask(function, create(name(number), "10:01", network=NETWORK))
            if answer["changes"] or proxy.mutations():
                raise SystemExit(f"{name(number)} is no true copy: {answer['changes']}")

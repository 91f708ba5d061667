"""The cold start: from the start of the process until it asks the Runtime API for its first event."""

from __future__ import annotations

import socket
import statistics
import subprocess
import time
from pathlib import Path

from figures import Part, Table
from harness.function import lambda_environment

STARTS = 200
AT_MOST_MS = 20.0
POLL = b"GET /2018-06-01/runtime/invocation/next "
NOTES = [
    (
        "The clock runs from just before the process is spawned until its first request has come in, on a socket that "
        "does nothing else. What Lambda does before that, to fetch the zip and to make the sandbox, is not in it."
    ),
    (
        "The processes start one after the other, the binary in the page cache. Where other work keeps the cores "
        "busy, the median says more of that than of the function; what it computes until then hardly depends on it."
    ),
]


def measure(binary: Path) -> Part:
    start(binary)  # Has the binary in the page cache.
    times, computing = zip(*(start(binary) for _ in range(STARTS)), strict=True)
    part = Part("start", notes=NOTES)
    part.figures = {"starts": STARTS, "from_spawn_to_poll_ms": spread(times), "on_a_core_ms": spread(computing)}
    median = statistics.median(times)
    kept = part.hold(median <= AT_MOST_MS, f"a cold start takes {median:.1f} ms, and may take {AT_MOST_MS:.0f} ms")
    rows = [
        ["from spawn to first poll", *told(times), f"{AT_MOST_MS:.0f}", kept],
        ["of that on a core", *told(computing), "", ""],
    ]
    header = [f"{STARTS} cold starts, ms", "least", "median", "90th percentile", "median at most", "kept"]
    part.tables = [Table(header, rows)]
    return part


def spread(times: tuple[float, ...]) -> dict[str, float]:
    ordered = sorted(times)
    return {"least": ordered[0], "median": statistics.median(ordered), "p90": ordered[int(len(ordered) * 0.9)]}


def told(times: tuple[float, ...]) -> list[str]:
    return [f"{time:.1f}" for time in spread(times).values()]


def start(binary: Path) -> tuple[float, float]:
    """One cold start: milliseconds that it took, and those that the process spent on a core."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = "{}:{}".format(*listening.getsockname())
        variables = lambda_environment("http://127.0.0.1:9", address, {})  # Nobody is called before the first event.
        listening.settimeout(10)
        began = time.perf_counter()
        process = subprocess.Popen([str(binary)], env=variables, stdout=subprocess.DEVNULL)
        try:
            connection, _ = listening.accept()
            with connection:
                request = connection.recv(4096)
                took = time.perf_counter() - began
                tasks = Path(f"/proc/{process.pid}/task").glob("*/schedstat")
                computed = sum(int(task.read_text().split()[0]) for task in tasks)
        finally:
            process.kill()
            process.wait()
    if not request.startswith(POLL):
        raise SystemExit(f"the function asked for something else first: {request[:200]!r}")
    return took * 1e3, computed / 1e6

"""The cold start: from the start of the process until it asks the Runtime API for its first event."""

from __future__ import annotations

import socket
import statistics
import subprocess
import time
from pathlib import Path

from figures import Part, Table
from harness.function import lambda_environment

STARTS = 100
AT_MOST_MS = 20.0
NOTES = [
    "The clock runs from just before the process is spawned until its first request has come in, on a socket that does "
    "nothing else. What Lambda does before that, to fetch the zip and to make the sandbox, is not in it.",
    "The processes start one after the other, the binary in the page cache.",
]


def measure(binary: Path) -> Part:
    cold_start_ms(binary)  # Has the binary in the page cache.
    times = sorted(cold_start_ms(binary) for _ in range(STARTS))
    median, least, most = statistics.median(times), times[0], times[int(STARTS * 0.9)]
    part = Part("start", notes=NOTES)
    part.figures = {"starts": STARTS, "median_ms": median, "least_ms": least, "p90_ms": most}
    kept = part.hold(median <= AT_MOST_MS, f"a cold start takes {median:.1f} ms, and may take {AT_MOST_MS:.0f} ms")
    header = [f"cold start, {STARTS} times", "least", "median", "90th percentile", "median at most", "kept"]
    row = ["ms", f"{least:.1f}", f"{median:.1f}", f"{most:.1f}", f"{AT_MOST_MS:.0f}", kept]
    part.tables = [Table(header, [row])]
    return part


def cold_start_ms(binary: Path) -> float:
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
        finally:
            process.kill()
            process.wait()
    if not request.startswith(b"GET /2018-06-01/runtime/invocation/next "):
        raise SystemExit(f"the function asked for something else first: {request[:200]!r}")
    return took * 1000

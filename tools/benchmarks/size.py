"""What Lambda has to fetch and to hold: the binary, its zip, and the most memory that a create takes."""

from __future__ import annotations

from pathlib import Path

from figures import Part, Table
from harness.account import Account
from harness.asking import ask
from harness.costs import COMPLETE
from harness.emulator import Emulator
from harness.function import Function
from harness.proxy import Proxy
from harness.requests import create
from releasing.archive import zipped

MB, MIB = 1_000_000, 1 << 20
ZIP_AT_MOST = 6 * MB
MEMORY_AT_MOST = 40 * MIB
NOTES = [
    "The zip holds the binary as `bootstrap`, deflated as hard as zip can. 1 MB is 1,000,000 bytes, 1 MiB 1,048,576.",
    (
        "The memory is `VmHWM`, the most that the process has held since its start, after one complete create. The "
        "emulator is spoken to without TLS: what that takes is not in it."
    ),
]


def measure(binary: Path) -> Part:
    sizes = {"binary": binary.stat().st_size, "zip": len(zipped(binary.read_bytes())), "memory": memory(binary)}
    part = Part("size", notes=NOTES, figures={f"{name}_bytes": size for name, size in sizes.items()})
    rows = [
        ["the binary", f"{sizes['binary'] / MB:.2f} MB", "", ""],
        row(part, "its zip", sizes["zip"], ZIP_AT_MOST, MB, "MB"),
        row(part, "memory, a complete create", sizes["memory"], MEMORY_AT_MOST, MIB, "MiB"),
    ]
    part.tables = [Table(["", "measured", "at most", "kept"], rows)]
    return part


def row(part: Part, name: str, size: int, most: int, unit: int, called: str) -> list[str]:
    measured, allowed = f"{size / unit:.2f} {called}", f"{most / unit:.0f} {called}"
    return [name, measured, allowed, part.hold(size <= most, f"{name}: {measured} of {allowed}")]


def memory(binary: Path) -> int:
    with Emulator() as emulator, Proxy(emulator.port) as proxy:
        Account(emulator)
        with Function(proxy.url, path=binary) as function:
            ask(function, create(**COMPLETE))
            most = function.peak_memory_bytes
    if most is None:
        raise SystemExit("the memory of a process is told by /proc, which this machine lacks")
    return most

"""Figures of a benchmark: as text for a person, as JSON, and as parts of docs/benchmarks.md."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "docs" / "benchmarks.md"
RESULTS = ROOT / "target" / "bench"


@dataclass
class Table:
    """Rows under a header; the first column is what the others are about."""

    header: list[str]
    rows: list[list[str]]

    def text(self) -> str:
        lines = [self.header, *self.rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        padded = ([cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines)
        return "\n".join("  ".join(line).rstrip() for line in padded)

    def markdown(self) -> str:
        return "\n".join(f"| {' | '.join(row)} |" for row in [self.header, ["---"] * len(self.header), *self.rows])


@dataclass
class Part:
    """What one part of the benchmark found. `missed` says which bounds were not kept; empty is right."""

    name: str
    tables: list[Table] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """Sentences on how it was measured, and what the tables do not say."""
    missed: list[str] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)
    """The same as numbers."""

    def hold(self, kept: bool, what: str) -> str:
        """Whether a bound was kept, as a cell of a table; notes it down if not."""
        if not kept:
            self.missed.append(what)
        return "yes" if kept else "**no**"


@dataclass(frozen=True)
class Circumstances:
    """When, of what and where it was measured."""

    date: str
    commit: str
    """The last one that changed the function, with a word on what changed since."""
    machine: str
    toolchain: str
    emulator: str
    binary: str

    def __str__(self) -> str:
        return (
            f"Measured {self.date} at commit `{self.commit}`, {self.binary}, on {self.machine}, {self.toolchain}, "
            f"{self.emulator}."
        )


def circumstances(binary: Path) -> Circumstances:
    made_of = ("--", "src", "crates", "Cargo.toml", "Cargo.lock")
    altered = _said("git", "status", "--porcelain", "--untracked-files=no", *made_of)
    kind = "debug build" if "debug" in binary.parts else "release build"
    return Circumstances(
        date=datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        commit=(_said("git", "log", "-1", "--format=%h", *made_of) or "unknown") + (" with changes" if altered else ""),
        machine=f"{os.cpu_count()} cores of an {_processor()} ({platform.machine()}), {platform.system()}, "
        f"which had a load of {os.getloadavg()[0]:.1f} at the start",
        toolchain=_said("rustc", "--version") or "unknown toolchain",
        emulator=f"moto {version('moto')}",
        binary=kind,
    )


def _processor() -> str:
    try:
        found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    except OSError:
        found = None
    return found[1].strip() if found else platform.processor() or "unknown processor"


def _said(*command: str) -> str:
    """What a command says, on one line; empty where there is no such command."""
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def keep(part: Part, told: Circumstances) -> Path:
    """Writes a part down as JSON."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{part.name}.json"
    path.write_text(json.dumps({**asdict(told), **asdict(part)}, indent=1, ensure_ascii=False) + "\n")
    return path


def publish(part: Part, told: Circumstances) -> None:
    """Puts a part in its place in docs/benchmarks.md, in the stead of what stood there."""
    begin, end = f"<!-- {part.name}: written by `make bench` -->", f"<!-- {part.name}: end -->"
    text = DOCUMENT.read_text()
    if text.count(begin) != 1 or text.count(end) != 1:
        raise SystemExit(f"{DOCUMENT} has no place for {part.name}: it needs one line {begin!r} and one line {end!r}")
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    notes = ["\n".join(f"- {each}" for each in part.notes)] if part.notes else []
    missed = ["**Not kept:** " + "; ".join(part.missed) + "."] if part.missed else []
    blocks = [str(told), *(table.markdown() for table in part.tables), *missed, *notes]
    DOCUMENT.write_text(f"{before}{begin}\n\n" + "\n\n".join(blocks) + f"\n\n{end}{after}")

"""The pure rooms between two looks at AWS: planning, proving, finding free addresses. Measured by Criterion."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

from figures import ROOT, Part, Table

TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
COMMAND = ["cargo", "bench", "--locked", "--config", "profile.bench.lto=false"]
"""As in a release, but for LTO, which would take minutes for each bench."""
BENCHES = ["--bench", "isolation", "--bench", "planning"]
NS, US, MS = 1.0, 1e3, 1e6
ALLOCATION, ALLOCATION_AT_MOST = "a free block", 1 * MS
NOTES = [
    (
        "The median of what Criterion finds, in `benches/planning.rs` and `benches/isolation.rs`, built as a release "
        "but for LTO."
    ),
    "A free block: from 10.0.0.0/8, in which 10,000 blocks of /24 and /25 are taken, listed in no order.",
    "A proof: of an environment with 200 subnets, 60 rules a group and 40 entries an ACL, many times what one has.",
]


def measure(_: Path) -> Part:
    began = time.time()
    subprocess.run([*COMMAND, *BENCHES], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    medians = read(began)
    part = Part("pure", notes=NOTES, figures={f"{group}, {name}": median for (group, name), median in medians.items()})
    part.tables = [Table(["", "", "median", "at most", "kept"], [row(part, *each) for each in medians.items()])]
    return part


def read(since: float) -> dict[tuple[str, str], float]:
    """The median of each bench that ran since then, in nanoseconds, by its group and name."""
    found = {}
    for path in sorted((TARGET / "criterion").glob("**/new/estimates.json")):
        if path.stat().st_mtime >= since:
            told = json.loads((path.parent / "benchmark.json").read_text())
            median = json.loads(path.read_text())["median"]["point_estimate"]
            found[told["group_id"], told["function_id"]] = median
    return found


def row(part: Part, which: tuple[str, str], median: float) -> list[str]:
    group, name = which
    unit, called = (MS, "ms") if median >= MS else (US, "µs") if median >= US else (NS, "ns")
    measured = f"{median / unit:.1f} {called}"
    if not group.startswith(ALLOCATION):
        return [group, name, measured, "", ""]
    kept = part.hold(median < ALLOCATION_AT_MOST, f"{group}, {name}: {measured} of {ALLOCATION_AT_MOST / MS:.0f} ms")
    return [group, name, measured, f"{ALLOCATION_AT_MOST / MS:.0f} ms", kept]

"""How fast, how small and how far: `make bench`. Every figure of docs/benchmarks.md is measured here.

* requests  a create, one that changes nothing, a repair and a delete at 80 ms a call, beside other ways to do it
* start     from the start of the process to its first poll of the Runtime API, many times
* size      the binary and its zip, and the memory of a create
* fleet     64 environments asked for at once through 16 processes, throttled as AWS throttles
* sweep     a sweep of 1, 200 and 1,000 settled environments
* pure      planning, proving and allocating, by Criterion

Exits with 1 if a bound was not kept. The figures are printed, and written to target/bench/ as JSON.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from benchmarks import fleet, pure, requests, size, start, sweep
from console import Console
from figures import Circumstances, Part, circumstances, keep, publish

ROOT = Path(__file__).parents[1]
PARTS: dict[str, Callable[[Path], Part]] = {
    "requests": requests.measure,
    "start": start.measure,
    "size": size.measure,
    "fleet": fleet.measure,
    "sweep": sweep.measure,
    "pure": pure.measure,
}
DEBUG, RELEASE = (ROOT / "target" / kind / "ringfence" for kind in ("debug", "release"))


def build(debug: bool) -> Path:
    """The binary to measure, built anew where anything has changed."""
    subprocess.run(["cargo", "build", "--locked", "--bins", *([] if debug else ["--release"])], cwd=ROOT, check=True)
    return DEBUG if debug else RELEASE


def tell(console: Console, part: Part) -> None:
    for table in part.tables:
        console.line("")
        for line in table.text().splitlines():
            console.line(f"  {line}")
    console.line("")
    for note in part.notes:
        console.line(f"  {note}")
    for missed in part.missed:
        console.verdict(False, missed)
    if not part.missed:
        console.verdict(True, "every bound was kept")


def run(console: Console, name: str, binary: Path, told: Circumstances, into_document: bool) -> bool:
    """Measures a part, and says whether it kept its bounds."""
    console.chapter(name, str(told))
    part = PARTS[name](binary)
    tell(console, part)
    console.row("as JSON", str(keep(part, told).relative_to(ROOT)))
    if into_document:
        publish(part, told)
    return not part.missed


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, prog="make bench", formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="part", help=f"any of {', '.join(PARTS)}; all by default")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--binary", type=Path, help="measure this one; by default a release build is made")
    which.add_argument("--debug", action="store_true", help="measure the debug build: counts are right, times are not")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/benchmarks.md")
    arguments = parser.parse_args()
    unknown = set(arguments.parts) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    binary = arguments.binary.resolve() if arguments.binary else build(arguments.debug)
    told, console = circumstances(binary), Console()
    kept = [run(console, name, binary, told, arguments.write) for name in arguments.parts or PARTS]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())

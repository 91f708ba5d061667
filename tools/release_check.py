"""Starts a release as Lambda does: `make release-check`. Needs QEMU where this machine is of another kind.

Takes the zip that `make release` left in dist/, holds it against its checksum, and has the `bootstrap` in it make,
repeat and remove one whole environment in the emulated AWS of the tests. Says how long it takes to start. What QEMU
runs is slower than the machine that it stands for: these times are no measure of Lambda.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from benchmarks.start import start
from console import Console
from harness.account import Account
from harness.costs import COMPLETE
from harness.emulator import Emulator
from harness.function import Function
from harness.proxy import Proxy
from harness.requests import create, delete
from harness.runtime import Answer
from releasing.architecture import ARCHITECTURES, Architecture, faults
from releasing.archive import unzipped
from releasing.names import DIST, stem

STARTS = 9
DEADLINE_SECONDS = 300.0


def is_whole(archive: Path) -> bool:
    """Whether the archive is the one that its checksum is of."""
    lines = archive.with_suffix(".sha256").read_text().splitlines()
    return f"{hashlib.sha256(archive.read_bytes()).hexdigest()}  {archive.name}" in lines


def runnable(binary: Path, architecture: Architecture) -> Path:
    """A program of this machine that runs the binary: itself, or a script that has QEMU run it."""
    if architecture.is_native:
        return binary
    emulator, libraries = shutil.which(architecture.emulator), Path(architecture.libraries)
    if emulator is None or not libraries.is_dir():
        packages = f"qemu-user libc6-{architecture.name.replace('x86_64', 'amd64')}-cross"
        raise SystemExit(
            f"nothing here runs a binary for {architecture.name} (Debian, Ubuntu: apt-get install {packages})"
        )
    script = binary.with_name("under-qemu")
    script.write_text(f'#!/bin/sh\nexec {emulator} -L {libraries} {binary} "$@"\n')
    script.chmod(0o755)
    return script


class Check:
    """What is found out, and whether all of it is as it should be."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.kept = True

    def __call__(self, kept: bool, text: str) -> None:
        self.kept &= kept
        self._console.verdict(kept, text)

    def starts(self, program: Path) -> None:
        """It starts, and asks for its first event."""
        times = sorted(start(program)[0] for _ in range(STARTS))
        self(
            True,
            f"{STARTS} starts until the first poll: {times[0]:.0f} ms at least, {statistics.median(times):.0f} median",
        )

    def lives(self, program: Path) -> None:
        """It makes one whole environment, finds nothing to do when asked again, and removes it."""
        with Emulator() as emulator, Proxy(emulator.port) as proxy:
            account = Account(emulator)
            with Function(proxy.url, path=program) as function:
                made = self._ask(function, "create", create(**COMPLETE))
                self(made.get("status") == "ready", f"the environment is {made.get('status')}")
                proof = made.get("isolation", {"isolated": False, "checks": []})
                required = [check["holds"] for check in proof["checks"] if check["required"]]
                self(proof["isolated"], f"{sum(required)} of {len(required)} required checks of the proof hold")
                self(len(made.get("exports", {})) > 0, f"{len(made.get('exports', {}))} exports are published")
                again = self._ask(function, "the same again", create(**COMPLETE))
                self(again.get("changes") == [], f"{len(again.get('changes', []))} changes")
                gone = self._ask(function, "delete", delete())
                self(gone.get("status") == "deleted", f"the environment is {gone.get('status')}")
            left = account.leftovers()
            self(left == [], f"{len(left)} resources are left")

    def _ask(self, function: Function, what: str, event: dict[str, Any]) -> dict[str, Any]:
        began = time.monotonic()
        answer: Answer = function.invoke(event, DEADLINE_SECONDS)
        took = f"{what}: {time.monotonic() - began:.1f} s"
        self(not answer.failed, took if not answer.failed else f"{took}: {answer.error_type}: {answer.error_message}")
        return answer.payload if isinstance(answer.payload, dict) else {}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, prog="make release-check", formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--arch", choices=ARCHITECTURES, default="arm64", help="whom it is for; arm64 by default")
    architecture = ARCHITECTURES[parser.parse_args().arch]
    archive = DIST / f"{stem(architecture)}.zip"
    if not archive.is_file():
        raise SystemExit(f"{archive} is not there: make release ARCH={architecture.name}")
    console = Console()
    console.chapter(archive.name, "by itself" if architecture.is_native else architecture.emulator)
    check = Check(console)
    with tempfile.TemporaryDirectory() as folder:
        binary = unzipped(archive, Path(folder))
        wrong = faults(binary.read_bytes(), architecture)
        check(is_whole(archive), "its checksum")
        check(not wrong, "; ".join(wrong) or "Lambda can start it")
        program = runnable(binary, architecture)
        check.starts(program)
        check.lives(program)
    return 0 if check.kept else 1


if __name__ == "__main__":
    sys.exit(main())

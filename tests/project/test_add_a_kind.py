"""`docs/how-to/add-a-kind.md` is right: followed to the letter in a copy of the project it builds, and what it adds is
held to what everything is held to.

The copy stands within `target/`, at the same place in every run, and its crates are built beside the project's own,
whose dependencies they share: none of those is compiled again."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.sources import ROOT

PAGE = ROOT / "docs" / "how-to" / "add-a-kind.md"
COPY = ROOT / "target" / "how-to" / "add-a-kind"
COPIED = (
    *("Cargo.lock", "Cargo.toml", "benches", "crates", "events", "pyproject.toml", "rustfmt.toml", "schemas", "src"),
    *("template.yaml", "tests"),
)

UNTRACEABLE = {"CARGO_PROFILE_DEV_DEBUG": "0", "CARGO_PROFILE_TEST_DEBUG": "0"}
"""The copy is built without what debuggers need, which is quicker; dependencies have none anyway."""

STEP = re.compile(
    r"^\*\*(?:New file `(?P<new>[^`]+)`|In `(?P<file>[^`]+)`, (?P<how>after|before) `(?P<line>[^`]+)`):\*\*\n\n"
    r"```\w+\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Step:
    """A block of the page: what is written where."""

    file: str
    how: str
    line: str
    text: str

    def taken(self, before: str | None) -> str:
        """The file with this step taken."""
        if not self.how:
            assert before is None, f"{self.file} is there already"
            return self.text
        assert before is not None, f"there is no {self.file}"
        lines = before.splitlines(keepends=True)
        places = [place for place, line in enumerate(lines) if line.strip() == self.line]
        assert len(places) == 1, f"{self.file} has {len(places)} times {self.line!r}"
        place = places[0] + (self.how == "after")
        return "".join([*lines[:place], self.text, *lines[place:]])


def steps() -> list[Step]:
    found = STEP.finditer(PAGE.read_text())
    return [Step(each["new"] or each["file"], each["how"] or "", each["line"] or "", each["text"]) for each in found]


def project() -> dict[str, bytes]:
    """The files of the project that the copy needs, by their paths."""
    roots = [ROOT / name for name in COPIED]
    paths = [path for root in roots for path in ([root] if root.is_file() else sorted(root.rglob("*")))]
    kept = [path for path in paths if path.is_file() and "__pycache__" not in path.parts]
    return {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in kept}


def followed() -> dict[str, bytes]:
    """The project's files once the page was followed."""
    files = project()
    for step in steps():
        before = files.get(step.file)
        files[step.file] = step.taken(None if before is None else before.decode()).encode()
    return files


def write(files: dict[str, bytes]) -> None:
    """Writes the copy. What is right already is left alone, so that it is not built again."""
    for path in [path for path in COPY.rglob("*") if path.is_file()]:
        if path.relative_to(COPY).as_posix() not in files:
            path.unlink()
    for name, content in files.items():
        path = COPY / name
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


@pytest.fixture(scope="module")
def copy() -> Path:
    write(followed())
    return COPY


def run(copy: Path, *command: str) -> str:
    environment = {**os.environ, "CARGO_TARGET_DIR": str(ROOT / "target"), "CARGO_INCREMENTAL": "0"} | UNTRACEABLE
    ended = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout[-8000:] + ended.stderr[-8000:]
    return ended.stdout


def test_every_block_says_where_it_goes() -> None:
    assert PAGE.read_text().count("\n```") == 2 * len(steps())


@pytest.mark.skipif(shutil.which("cargo") is None, reason="cargo is not here")
class TestFollowed:
    def test_it_is_formatted(self, copy: Path) -> None:
        run(copy, "cargo", "fmt", "--all", "--check")

    def test_it_builds_and_its_tests_hold(self, copy: Path) -> None:
        said = run(copy, "cargo", "test", "--locked", "--lib", "--", "resources::launch_template", "resources::kinds")
        passed = re.findall(r"^test resources::(\w+)::.* \.\.\. ok$", said, re.MULTILINE)
        assert {"launch_template", "kinds"} == set(passed), said

    def test_the_role_may_do_it_and_doctor_asks_for_it(self, copy: Path) -> None:
        run(
            copy,
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-n",
            "0",
            "-p",
            "no:cacheprovider",
            "tests/template/test_template.py",
        )

"""What the files of a release are called, and where they are."""

from __future__ import annotations

import re
from pathlib import Path

from .architecture import Architecture

ROOT = Path(__file__).parents[2]
DIST = ROOT / "dist"
NAME = "ringfence"
_VERSION = re.compile(r"^\[workspace\.package\]\nversion = \"([^\"]+)\"$", re.MULTILINE)


def version() -> str:
    """That of the workspace."""
    found = _VERSION.search((ROOT / "Cargo.toml").read_text())
    assert found, "Cargo.toml says no version"
    return found[1]


def stem(architecture: Architecture) -> str:
    """What the names of the files of a release begin with."""
    return f"{NAME}-{version()}-{architecture.name}"

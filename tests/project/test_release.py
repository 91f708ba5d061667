"""A release is what it says: one version everywhere, a zip that Lambda starts, workflows that call what there is."""

from __future__ import annotations

import hashlib
import re
import struct
from pathlib import Path

import pytest
import yaml

from harness.sources import ROOT
from releasing.architecture import ARCHITECTURES, faults, newest_glibc
from releasing.archive import NAME, checksums, unzipped, zipped
from releasing.names import version

ARM64, X86_64 = ARCHITECTURES["arm64"], ARCHITECTURES["x86_64"]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
MACHINE_AT = 18


def program(machine: int, *names: bytes) -> bytes:
    """The head of an ELF file for a machine, and what it names."""
    head = bytearray(64)
    head[:6] = b"\x7fELF\x02\x01"
    struct.pack_into("<H", head, MACHINE_AT, machine)
    return bytes(head) + b"\0" + b"\0".join(names) + b"\0"


def test_the_changelog_begins_with_this_version_and_the_lock_file_has_it() -> None:
    headings = re.findall(r"^## \[(.+?)\](.*)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert [name for name, _ in headings][:2] == ["Unreleased", version()]
    assert re.fullmatch(r" - \d{4}-\d{2}-\d{2}", headings[1][1])
    locked = re.findall(r'^name = "(ringfence.*)"\nversion = "(.+)"$', (ROOT / "Cargo.lock").read_text(), re.MULTILINE)
    assert len(locked) > 4
    assert {each for _, each in locked} == {version()}


def test_a_fix_is_promised_for_this_version() -> None:
    series = ".".join(version().split(".")[:2])
    assert f"| {series} | yes |" in (ROOT / "SECURITY.md").read_text()


def test_the_pinned_toolchain_is_one_that_will_do() -> None:
    pinned = re.search(r'^channel = "(.+)"$', (ROOT / "rust-toolchain.toml").read_text(), re.MULTILINE)
    oldest = re.search(r'^rust-version = "(.+)"$', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)
    assert pinned and oldest
    assert [int(part) for part in pinned[1].split(".")] >= [int(part) for part in oldest[1].split(".")]
    for workflow in WORKFLOWS:
        images = re.findall(r"rust:([\d.]+)-", workflow.read_text())
        assert set(images) <= {pinned[1]}, workflow.name


def test_it_is_for_what_the_template_deploys() -> None:
    assert f"Architectures: [{ARM64.name}]" in (ROOT / "template.yaml").read_text()
    assert "Runtime: provided.al2023" in (ROOT / "template.yaml").read_text()


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_calls_targets_that_there_are_by_actions_of_a_known_version(workflow: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    steps = [step for job in yaml.safe_load(workflow.read_text())["jobs"].values() for step in job["steps"]]
    called = {each for step in steps for each in re.findall(r"^make ([a-z-]+)", step.get("run", ""), re.MULTILINE)}
    assert called <= targets
    used = [step["uses"] for step in steps if "uses" in step]
    assert [each for each in used if not re.search(r"@v\d+$", each)] == []


def test_the_same_binary_makes_the_same_zip_and_comes_out_of_it_ready_to_start(tmp_path: Path) -> None:
    archive = tmp_path / "function.zip"
    archive.write_bytes(zipped(b"binary" * 1000))
    assert archive.read_bytes() == zipped(b"binary" * 1000)
    binary = unzipped(archive, tmp_path)
    assert (binary.name, binary.read_bytes(), binary.stat().st_mode & 0o777) == (NAME, b"binary" * 1000, 0o755)


def test_checksums_are_as_sha256sum_reads_them(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"a")
    assert checksums([tmp_path / "a.zip"]) == f"{hashlib.sha256(b'a').hexdigest()}  a.zip\n"


def test_what_lambda_could_not_start_is_no_release() -> None:
    right = program(ARM64.machine, b"GLIBC_2.17", b"GLIBC_2.34")
    assert newest_glibc(right) == (2, 34)
    assert faults(right, ARM64) == []
    assert "machine 183" in faults(right, X86_64)[0]
    assert faults(program(X86_64.machine, b"GLIBC_2.36"), X86_64) == ["it needs glibc 2.36, and Lambda has 2.34"]
    assert faults(b"#!/bin/sh", ARM64) == ["it is no ELF file of 64 bits"]

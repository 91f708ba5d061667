"""The bill of materials: every crate that the function is made of, with version, licence and checksum.

`cargo cyclonedx` makes it for the whole workspace, so that what only tests are made of is taken out again; the JSON
Schema of CycloneDX judges it.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from .architecture import Architecture
from .names import NAME, ROOT

TOOL, TOOL_VERSION = "cargo-cyclonedx", "0.5.9"
FOLDER = ROOT / "target" / "tools"
SPECIFICATION = SchemaVersion.V1_5


def of_materials(binary: bytes, architecture: Architecture) -> str:
    """The bill of a binary, as JSON. Fails where the schema does not admit it."""
    bill = _only(_parts(architecture), _of_workspace(architecture))
    bill["metadata"]["component"]["hashes"] = [{"alg": "SHA-256", "content": hashlib.sha256(binary).hexdigest()}]
    text = json.dumps(bill, indent=1, ensure_ascii=False).replace(ROOT.as_uri(), f"file:///{NAME}") + "\n"
    fault = JsonStrictValidator(SPECIFICATION).validate_str(text)
    assert fault is None, f"the bill of materials is no CycloneDX: {fault}"
    return text


def _of_workspace(architecture: Architecture) -> dict[str, Any]:
    """What the tool says. It writes beside Cargo.toml, and has no other place for it."""
    tool = FOLDER / "bin" / TOOL
    if not tool.is_file():
        install = ["cargo", "install", "--debug", "--locked", "--root", str(FOLDER), f"{TOOL}@{TOOL_VERSION}"]
        subprocess.run(install, cwd=ROOT, check=True)
    options = ["--format", "json", "--spec-version", SPECIFICATION.to_version(), "--describe", "binaries"]
    command = [tool, "cyclonedx", *options, "--no-build-deps", "--target", architecture.target, "--quiet"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "SOURCE_DATE_EPOCH": _moment()}, check=True)
    written = ROOT / f"{NAME}_bin.cdx.json"
    bill: dict[str, Any] = json.loads(written.read_text())
    written.unlink()
    return bill


def _moment() -> str:
    """When the sources are of, in seconds: the moment of their commit."""
    asked = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=False)
    return os.environ.get("SOURCE_DATE_EPOCH") or asked.stdout.strip() or "0"


def _parts(architecture: Architecture) -> set[str]:
    """Name and version of each crate that is compiled into the function, or into what writes its code."""
    command = ["cargo", "tree", "--locked", "--package", NAME, "--edges", "normal", "--target", architecture.target]
    told = subprocess.run(
        [*command, "--prefix", "none", "--format", "{p}"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return {"@".join(line.split(" ")[:2]).replace("@v", "@") for line in told.splitlines() if line}


def _only(parts: set[str], bill: dict[str, Any]) -> dict[str, Any]:
    """The bill without what is no part."""
    left = {each["bom-ref"] for each in bill["components"] if f"{each['name']}@{each['version']}" in parts}
    known = left | {bill["metadata"]["component"]["bom-ref"]}
    assert len(known) == len(parts), "a part of the function is not in the bill of materials"
    bill["components"] = [each for each in bill["components"] if each["bom-ref"] in left]
    bill["dependencies"] = [
        each | {"dependsOn": [ref for ref in each.get("dependsOn", []) if ref in known]}
        for each in bill["dependencies"]
        if each["ref"] in known
    ]
    return bill

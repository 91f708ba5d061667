"""Makes a release: `make release`. Builds what the template deploys, and writes to dist/:

* ringfence-VERSION-ARCH.zip       the function as `bootstrap`, for Lambda's `provided.al2023`
* ringfence-VERSION-ARCH.cdx.json  what it is made of, as a CycloneDX bill of materials
* ringfence-VERSION-ARCH.sha256    the checksums of both, for `sha256sum --check`

The same sources make the same zip: paths of this machine are not in it, nor the time.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from releasing import bill
from releasing.architecture import ARCHITECTURES, OLDEST_GLIBC, Architecture, faults
from releasing.archive import checksums, zipped
from releasing.names import DIST, NAME, ROOT, stem

SEPARATOR = "\x1f"
"""Between the words of CARGO_ENCODED_RUSTFLAGS."""


def add_target(architecture: Architecture) -> None:
    """Sees to it that Rust's standard library is there for the target."""
    asked = ["rustc", "--print", "target-libdir", "--target", architecture.target]
    folder = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    if not Path(folder).is_dir():
        subprocess.run(["rustup", "target", "add", architecture.target], cwd=ROOT, check=True)


def build(architecture: Architecture) -> Path:
    """The binary, linked by Zig against the C library that Lambda has, whatever this machine has."""
    add_target(architecture)
    glibc = "{}.{}".format(*OLDEST_GLIBC)
    command = [
        "cargo",
        "zigbuild",
        "--locked",
        "--release",
        "--bin",
        NAME,
        "--target",
        f"{architecture.target}.{glibc}",
    ]
    cargo_home = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))
    hidden = [f"--remap-path-prefix={ROOT}=ringfence", f"--remap-path-prefix={cargo_home}=cargo"]
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": tools, "CARGO_ENCODED_RUSTFLAGS": SEPARATOR.join(hidden)}
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return target / architecture.target / "release" / NAME


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, prog="make release", formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--arch", choices=ARCHITECTURES, default="arm64", help="whom it is for; arm64 by default")
    architecture = ARCHITECTURES[parser.parse_args().arch]
    binary = build(architecture).read_bytes()
    wrong = faults(binary, architecture)
    if wrong:
        raise SystemExit(f"Lambda could not start it: {'; '.join(wrong)}")
    DIST.mkdir(exist_ok=True)
    archive, materials, sums = (DIST / f"{stem(architecture)}.{kind}" for kind in ("zip", "cdx.json", "sha256"))
    archive.write_bytes(zipped(binary))
    materials.write_text(bill.of_materials(binary, architecture))
    sums.write_text(checksums([archive, materials]))
    for file in (archive, materials, sums):
        print(f"{file.relative_to(ROOT)}  {file.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())

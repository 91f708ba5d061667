"""The processors that Lambda has, and what a binary for one of them must be."""

from __future__ import annotations

import platform
import re
import struct
from dataclasses import dataclass

OLDEST_GLIBC = (2, 34)
"""That of `provided.al2023`: https://docs.aws.amazon.com/linux/al2023/ug/core-glibc.html."""

_MAGIC = b"\x7fELF\x02\x01"
"""An ELF file of 64 bits, little endian."""
_MACHINE_AT = 18
_VERSION = re.compile(rb"\0GLIBC_(\d+)\.(\d+)")


@dataclass(frozen=True)
class Architecture:
    """One of them."""

    name: str
    """As Lambda and the template call it."""
    target: str
    """As Rust calls it."""
    machine: int
    """As ELF calls it."""
    emulator: str
    """The program of QEMU that runs a binary for it."""

    @property
    def is_native(self) -> bool:
        """Whether this machine runs its binaries by itself."""
        return self.target.startswith(f"{platform.machine()}-") and platform.system() == "Linux"

    @property
    def libraries(self) -> str:
        """Where Debian puts the C library of it for other machines."""
        return f"/usr/{self.emulator.removeprefix('qemu-')}-linux-gnu"


ARCHITECTURES = {
    each.name: each
    for each in (
        Architecture("arm64", "aarch64-unknown-linux-gnu", 183, "qemu-aarch64"),
        Architecture("x86_64", "x86_64-unknown-linux-gnu", 62, "qemu-x86_64"),
    )
}


def faults(binary: bytes, architecture: Architecture) -> list[str]:
    """Why Lambda could not start a binary: it is for another machine, or wants a newer C library."""
    if not binary.startswith(_MAGIC):
        return ["it is no ELF file of 64 bits"]
    found = []
    (machine,) = struct.unpack_from("<H", binary, _MACHINE_AT)
    if machine != architecture.machine:
        found.append(f"it is for the machine {machine} of ELF, and {architecture.name} is {architecture.machine}")
    newest = newest_glibc(binary)
    if newest > OLDEST_GLIBC:
        found.append("it needs glibc {}.{}, and Lambda has {}.{}".format(*newest, *OLDEST_GLIBC))
    return found


def newest_glibc(binary: bytes) -> tuple[int, int]:
    """The newest version of the C library that a binary names, wherever it names it."""
    return max(((int(major), int(minor)) for major, minor in _VERSION.findall(binary)), default=(0, 0))

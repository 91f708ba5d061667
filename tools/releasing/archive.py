"""The archive that Lambda takes: the same bytes for the same binary, whenever and wherever it is made."""

from __future__ import annotations

import hashlib
import io
import stat
import zipfile
from pathlib import Path

NAME = "bootstrap"
"""What `provided.al2023` starts (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-provided.html)."""
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_UNIX = 3


def zipped(binary: bytes) -> bytes:
    """The archive with this binary in it, deflated as hard as zip can."""
    entry = zipfile.ZipInfo(NAME, _EARLIEST)
    entry.create_system = _UNIX
    entry.external_attr = (stat.S_IFREG | 0o755) << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writing:
        writing.writestr(entry, binary, compresslevel=9)
    return archive.getvalue()


def unzipped(archive: Path, folder: Path) -> Path:
    """The binary of an archive, ready to be started, in a folder."""
    with zipfile.ZipFile(archive) as reading:
        assert reading.namelist() == [NAME], reading.namelist()
        binary = Path(reading.extract(NAME, folder))
        binary.chmod(reading.getinfo(NAME).external_attr >> 16 & 0o777)
    return binary


def checksums(files: list[Path]) -> str:
    """As `sha256sum --check` reads them in the folder of the files."""
    return "".join(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files)

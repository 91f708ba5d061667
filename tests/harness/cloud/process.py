"""Starts ministack in a process group of its own, on a port of the loopback, and ends all of it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from ..emulator import ACCOUNT, CREDENTIALS, REGION, client

ROOT = Path(__file__).parents[3]
PYTHON = ROOT / ".venv-stack" / "bin" / "python"
START_SECONDS = 60.0
HOST = "localhost"
"""What addresses of ministack begin with or end in; it listens on 127.0.0.1 alone. Names that end in .localhost lead
there in curl and in browsers, so that the address of the HTTP API can be opened."""


def free_port() -> int:
    """A port on which nobody listens at the moment."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class Ministack:
    """Starts with its creation, ends with `stop` or with the `with` block.

    `endpoints` are variables for the functions that it runs, such as `AWS_ENDPOINT_URL_EC2`: they get its own
    environment and what the template sets. With `auth`, a function may do what its role admits and nothing else.
    """

    def __init__(self, port: int, endpoints: dict[str, str], *, auth: bool = False) -> None:
        if not PYTHON.is_file():
            raise FileNotFoundError(f"{PYTHON} is missing: run `make setup`")
        self.port, self.url = port, f"http://127.0.0.1:{port}"
        self._folder = tempfile.TemporaryDirectory(prefix="ringfence-cloud-", ignore_cleanup_errors=True)
        self._log = Path(self._folder.name, "log")
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [str(PYTHON), str(Path(__file__).with_name("server.py"))],
                env=_environment(port, self._folder.name, endpoints, auth),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us.
            )
        try:
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def client(self, service: str) -> Any:
        """A boto3 client with the rights of the account's root."""
        return client(service, self.url)

    @property
    def log(self) -> str:
        """What the process has written so far."""
        return self._log.read_text(errors="replace")

    def stop(self) -> None:
        """Ends the process and every function that it runs."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)  # There is nothing to save.
        self._process.wait()
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._folder.cleanup()

    def _wait_until_ready(self) -> None:
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        end = time.monotonic() + START_SECONDS
        while self._process.poll() is None and time.monotonic() < end:
            try:
                direct.open(f"{self.url}/_ministack/health", timeout=START_SECONDS).close()
                return
            except urllib.error.URLError:
                time.sleep(0.05)
        raise RuntimeError(f"ministack did not start:\n{self.log[-2000:]}")

    def __enter__(self) -> Ministack:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _environment(port: int, folder: str, endpoints: dict[str, str], auth: bool) -> dict[str, str]:
    """Nothing of the developer's own, least of all credentials or proxies."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": folder,
        "TMPDIR": folder,
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": HOST,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_REGION": REGION,
        "AUTH": str(auth).lower(),
        **{name.upper(): value for name, value in CREDENTIALS.items()},
        **endpoints,
    }

"""An AWS of our own: moto in a process of its own, made strict, on a free port of the loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar

import boto3
from botocore.config import Config

REGION = os.environ.get("RINGFENCE_TEST_REGION", "us-east-1")
"""Where everything stands. Another region, of another partition maybe, takes a process of its own: `elsewhere`."""
ACCOUNT = "123456789012"
CREDENTIALS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
TESTS = Path(__file__).parent.parent
ENVIRONMENT = {
    "PYTHONPATH": str(TESTS),
    "AWS_DEFAULT_REGION": REGION,
    "MOTO_AMIS_PATH": str(TESTS / "harness" / "strict" / "no_images.json"),  # A thousand images fewer at every reset.
}


class Emulator:
    """Starts with its creation, ends with `stop` or with the `with` block."""

    after_reset: ClassVar[dict[str, Any]] = {}
    """The settings that every reset of every emulator turns once more."""

    def __init__(self) -> None:
        self._complaints = tempfile.TemporaryFile("w+")  # noqa: SIM115 - it is open as long as this stands.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "harness.strict.server"],
            cwd=TESTS,
            env={**os.environ, **ENVIRONMENT},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            text=True,
            start_new_session=True,  # Ctrl-C is for us.
        )
        try:
            self.port = self._wait_for_port()
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise
        self.url = f"http://127.0.0.1:{self.port}"

    def client(self, service: str) -> Any:
        """A boto3 client that talks to the emulator directly, and tries once."""
        return client(service, self.url)

    def reset(self) -> None:
        """Back to an empty account and to AWS's own settings."""
        self._control("reset")
        if self.after_reset:
            self.configure(**self.after_reset)

    def configure(self, **settings: Any) -> None:
        """Changes settings until the next reset; `harness/strict/settings.py` lists them.

        `configure(quotas={"vpcs": 50}, page_size=5, endpoint_seconds=1.5)`
        """
        self._control("settings", settings)

    def place_interface(self, subnet: str, description: str, **attributes: Any) -> str:
        """The ID of a network interface that an AWS service made: customers cannot.

        `place_interface(subnet, "AWS Lambda VPC ENI-f-1", interface_type="lambda", requester_managed=True)`
        """
        return self._control(
            "interface", {"region": REGION, "subnet": subnet, "description": description, **attributes}
        )

    def copy_environment(self, name: str, block: str, copies: list[tuple[str, str]]) -> None:
        """Has the resources of an environment, whose network has this block, stand again under other names and blocks.

        Its records in the function's table are another matter: see `copies`.
        """
        self._control("copies", {"name": name, "block": block, "copies": copies}, timeout=600)

    def complaints(self) -> str:
        """What the emulator could not do, or broke down over. A test that leaves any has tested nothing."""
        self._complaints.seek(0)
        return self._complaints.read()

    def stop(self) -> None:
        """Ends the process; closing its standard input is all that it takes."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _wait_for_port(self) -> int:
        assert self._process.stdout is not None
        ready = self._process.stdout.readline()
        if not ready:
            raise RuntimeError(f"the emulator did not start:\n{self.complaints()}")
        return int(json.loads(ready)["port"])

    def _control(self, command: str, body: Any = None, timeout: float = 30) -> Any:
        request = urllib.request.Request(
            f"{self.url}/ringfence-test/{command}", data=json.dumps(body or {}).encode(), method="POST"
        )
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return json.loads(answer.read() or b"null")

    def __enter__(self) -> Emulator:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


@cache
def client(service: str, url: str, attempts: int = 1) -> Any:
    """A boto3 client for the emulator, or for a proxy in front of it."""
    return boto3.client(
        service,
        endpoint_url=url,
        region_name=REGION,
        config=Config(retries={"total_max_attempts": attempts, "mode": "standard"}, max_pool_connections=32),
        **CREDENTIALS,
    )

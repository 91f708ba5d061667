"""The real binary, run as Lambda runs it: its own environment, events through the Runtime API, logs on stdout."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from .emulator import REGION
from .runtime import Answer, RuntimeApi, TimedOut

ROOT = Path(__file__).parent.parent.parent
TABLE = "ringfence"
BINARY_VARIABLE = "RINGFENCE_BINARY"
START_SECONDS = 20.0


def binary() -> Path:
    """The function under test: what the environment names, or the debug build."""
    return Path(os.environ.get(BINARY_VARIABLE, ROOT / "target" / "debug" / "ringfence"))


class Function:
    """One process of the function, from its creation until `stop`, `kill` or the end of the `with` block.

    `endpoint` is where it finds AWS: the proxy's URL, or the emulator's. `environment` adds to what Lambda and the
    template set, or changes it; None leaves a variable out. It has asked for its first event when `__init__` returns.
    """

    def __init__(
        self,
        endpoint: str,
        *,
        path: Path | None = None,
        environment: dict[str, str | None] | None = None,
        wait: bool = True,
    ) -> None:
        path = path or binary()
        if not path.is_file():
            raise FileNotFoundError(f"{path} is not built: run `cargo build`, or set {BINARY_VARIABLE}")
        self.runtime = RuntimeApi()
        self.logs: list[dict[str, Any]] = []
        """The log lines so far. A line that is no JSON object stands under the key `raw`."""
        self.metrics: list[dict[str, Any]] = []
        """The lines so far that CloudWatch makes metrics of."""
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - it is open as long as this stands.
        self._started = time.monotonic()
        self._process = subprocess.Popen(
            [str(path)],
            env=lambda_environment(endpoint, self.runtime.address, environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            start_new_session=True,  # Ctrl-C is for us.
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if wait:
            try:
                self.runtime.wait_until_polled(START_SECONDS)
            except BaseException:
                self.stop()
                raise

    def invoke(self, event: Any, deadline_seconds: float = 60.0) -> Answer:
        """Has the function handle an event. At the deadline it is killed, as Lambda would, and `TimedOut` raised."""
        try:
            return self.runtime.invoke(event, deadline_seconds)
        except TimedOut:
            self.kill()
            raise

    def catch_up(self) -> None:
        """Waits until all is read that the function has written so far: until the line of one more invocation is.

        That one is refused, calls nobody and measures nothing.
        """
        seen = len(self.logs)
        self.invoke(b"{")
        end = time.monotonic() + START_SECONDS
        while not any(line.get("error_type") == "InvalidRequest" for line in self.logs[seen:]):
            if time.monotonic() > end:
                raise TimeoutError("the line of a refusal never came")
            time.sleep(0.005)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """How the process ended: negative for a signal, None while it lives."""
        return self._process.poll()

    @property
    def cold_start_seconds(self) -> float:
        """From the start of the process until it asked for its first event."""
        assert self.runtime.first_poll_at is not None, "the function has not asked for work yet"
        return self.runtime.first_poll_at - self._started

    @property
    def peak_memory_bytes(self) -> int | None:
        """The most memory that the living process has held; None where there is no /proc to tell."""
        try:
            status = Path(f"/proc/{self._process.pid}/status").read_text()
        except OSError:
            return None
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        return int(found.group(1)) * 1024 if found else None

    @property
    def processor_seconds(self) -> float | None:
        """How long the living process has computed, however busy the machine is; None where there is no /proc."""
        try:
            status = Path(f"/proc/{self._process.pid}/stat").read_text()
        except OSError:
            return None
        user, system = status.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    @property
    def errors(self) -> str:
        """What the process wrote to stderr: panics, mostly."""
        self._errors.seek(0)
        return self._errors.read()

    def kill(self) -> None:
        """SIGKILL, and the process is gone when this returns."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM, and SIGKILL if that does not help; then everything that belongs to the process is gone."""
        self._end(signal.SIGTERM)
        self.runtime.stop()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _end(self, how: signal.Signals) -> None:
        if self.alive:
            self._process.send_signal(how)
        try:
            self._process.wait(timeout=3)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()

    def _read(self) -> None:
        """Takes the log down until the process ends, and reports its end."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            try:
                entry = json.loads(line)
            except ValueError:
                entry = None
            if isinstance(entry, dict) and "_aws" in entry:
                self.metrics.append(entry)
            else:
                self.logs.append(entry if isinstance(entry, dict) else {"raw": line.rstrip("\n")})
        code = self._process.wait()
        last = self.runtime.init_error or self.errors.strip()[-2000:]
        self.runtime.process_ended(f"the function ended with {code}" + (f": {last}" if last else ""))

    def __enter__(self) -> Function:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def lambda_environment(endpoint: str, runtime: str, changes: dict[str, str | None]) -> dict[str, str]:
    """What Lambda sets, what the template sets, and the endpoint; nothing of the developer's own."""
    variables: dict[str, str | None] = {
        "AWS_LAMBDA_RUNTIME_API": runtime,
        "AWS_LAMBDA_FUNCTION_NAME": "ringfence",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/ringfence",
        "AWS_LAMBDA_LOG_STREAM_NAME": "tests",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_SESSION_TOKEN": "testing",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_EC2_METADATA_DISABLED": "true",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "RUST_BACKTRACE": "1",
        "RINGFENCE_TABLE": TABLE,
        **changes,
    }
    return {name: value for name, value in variables.items() if value is not None}

"""A stand-in for the Lambda Runtime API: it hands events to one function process, and takes its answers.

The same four paths, headers and bodies that Lambda has, so that the binary under test needs no switch for tests.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections import deque
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .emulator import ACCOUNT, REGION

FUNCTION_ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:ringfence"
API = "/2018-06-01/runtime/"
ACCEPTED = b'{"status":"OK"}'


class FunctionDied(Exception):
    """The process ended before it answered."""


class TimedOut(Exception):
    """The deadline passed without an answer; Lambda would have ended the process by now."""


@dataclass(frozen=True)
class Answer:
    """What an invocation came to: a payload, or an error as Step Functions sees it."""

    payload: Any
    error_type: str | None
    error_message: str | None
    ms: float

    @property
    def failed(self) -> bool:
        return self.error_type is not None


@dataclass
class _Invocation:
    event: Any
    deadline: float
    request_id: str
    began: float
    answer: Answer | None = None


class RuntimeApi:
    """Serves one function process, from its creation until `stop`; `address` is what the function is told."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: deque[_Invocation] = deque()
        self._taken: dict[str, _Invocation] = {}
        self._end: str | None = None
        self.init_error: str | None = None
        """Why the function could not start, in its own words."""
        self.first_poll_at: float | None = None
        """When the function first asked for work, in `time.monotonic` terms."""
        self.traces: list[str] = []
        """The header of X-Ray of each invocation."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def invoke(self, event: Any, deadline_seconds: float = 60.0) -> Answer:
        """Has the function handle an event, and waits for what it says, until the deadline that it is told.

        Bytes are handed over as they are, so that they need not be JSON. Raises `FunctionDied` or `TimedOut`.
        Invocations wait for each other, as they do in one Lambda environment.
        """
        now = time.time()
        invocation = _Invocation(event, now + deadline_seconds, str(uuid.uuid4()), time.monotonic())
        with self._changed:
            self._waiting.append(invocation)
            self._changed.notify_all()
            self._changed.wait_for(lambda: invocation.answer is not None or self._end is not None, deadline_seconds)
            if invocation.answer is not None:
                return invocation.answer
            if self._end is not None:
                raise FunctionDied(self._end)
            raise TimedOut(f"no answer within {deadline_seconds} s")

    def wait_until_polled(self, timeout: float) -> None:
        """Waits until the function asks for work for the first time. Raises as `invoke` does."""
        with self._changed:
            self._changed.wait_for(lambda: self.first_poll_at is not None or self._end is not None, timeout)
            if self.first_poll_at is None:
                raise (
                    FunctionDied(self._end) if self._end is not None else TimedOut("the function never asked for work")
                )

    def process_ended(self, why: str) -> None:
        """Tells everybody who waits that the process is gone."""
        with self._changed:
            self._end = why
            self._changed.notify_all()

    def stop(self) -> None:
        self.process_ended("the runtime API was stopped")
        self._server.shutdown()
        self._server.server_close()

    # What the function asks

    def next(self) -> _Invocation | None:
        """The next event; None when there will not be one any more."""
        with self._changed:
            if self.first_poll_at is None:
                self.first_poll_at = time.monotonic()
                self._changed.notify_all()
            self._changed.wait_for(lambda: self._waiting or self._end is not None)
            if not self._waiting:
                return None
            invocation = self._waiting.popleft()
            self._taken[invocation.request_id] = invocation
            return invocation

    def answered(self, request_id: str, body: bytes, failed: bool) -> bool:
        """Takes an answer; false if nobody asked for it."""
        with self._changed:
            invocation = self._taken.pop(request_id, None)
            if invocation is None:
                return False
            ms = (time.monotonic() - invocation.began) * 1000
            content: Any = json.loads(body or b"null")
            if failed:
                invocation.answer = Answer(None, content["errorType"], content["errorMessage"], ms)
            else:
                invocation.answer = Answer(content, None, None, ms)
            self._changed.notify_all()
            return True


def _handler(api: RuntimeApi) -> type[BaseHTTPRequestHandler]:
    """The HTTP side of a runtime API."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1  # One packet an answer.

        def do_GET(self) -> None:
            if self.path != f"{API}invocation/next":
                self.reply(404)
            elif (invocation := api.next()) is None:
                self.close_connection = True
            else:
                self.hand_over(invocation)

        def do_POST(self) -> None:
            body = self.body()
            request_id, _, outcome = self.path.removeprefix(f"{API}invocation/").partition("/")
            if self.path == f"{API}init/error":
                api.init_error = json.loads(body)["errorMessage"]
                self.reply(202, ACCEPTED)
            elif outcome in ("response", "error") and api.answered(request_id, body, failed=outcome == "error"):
                self.reply(202, ACCEPTED)
            else:
                self.reply(404)

        def hand_over(self, invocation: _Invocation) -> None:
            api.traces.append(f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]};Sampled=0")
            headers = {
                "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
                "Lambda-Runtime-Deadline-Ms": str(int(invocation.deadline * 1000)),
                "Lambda-Runtime-Invoked-Function-Arn": FUNCTION_ARN,
                "Lambda-Runtime-Trace-Id": api.traces[-1],
            }
            event = invocation.event
            self.reply(200, event if isinstance(event, bytes) else json.dumps(event).encode(), headers)

        def body(self) -> bytes:
            if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
                parts = []
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    parts.append(self.rfile.read(size))
                    self.rfile.readline()
                self.rfile.readline()
                return b"".join(parts)
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))

        def reply(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in {**(headers or {}), "Content-Type": "application/json"}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except ConnectionError:  # The function was killed.
                self.close_connection = True

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    return Handler

"""State machines run as Step Functions runs them: moto's interpreter, whose Lambda is a function process of ours.

The interpreter takes a definition as CloudFormation would hand it over, with the template's substitutions filled in.
Only the pauses are shortened: what takes seconds on AWS takes hundredths here.
"""

from __future__ import annotations

import json
import os
import re
import threading
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from moto.server import ThreadedMotoServer

from .emulator import ACCOUNT, client
from .runtime import FUNCTION_ARN, Answer

DEFINITIONS = Path(__file__).parent.parent.parent / "statemachines"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/state-machines"
INVOCATION = re.compile(r"/2015-03-31/functions/(.+)/invocations")
PORT_VARIABLE = "MOTO_PORT"
"""Where moto's interpreter looks for other services."""
EXECUTION_SECONDS = 120.0

Invoke = Callable[[dict[str, Any]], Answer]


def definition(name: str) -> dict[str, Any]:
    """A file of `statemachines/`, as it stands there."""
    return json.loads((DEFINITIONS / f"{name}.asl.json").read_text())


def hurried(value: Any) -> Any:
    """A definition that does not pause: waits end at once, and what is tried again is tried again after a second."""
    match value:
        case {"Type": "Wait", **rest}:
            return {"Type": "Wait", **rest, "Seconds": 0}
        case {"IntervalSeconds": _, **rest}:
            # Without jitter: drawn short each time, twelve tries would be over before a lease of four seconds is.
            return {"IntervalSeconds": 1, **rest, "BackoffRate": 1.0, "MaxDelaySeconds": 2, "JitterStrategy": "NONE"}
        case dict():
            return {key: hurried(each) for key, each in value.items()}
        case list():
            return [hurried(each) for each in value]
        case _:
            return value


@dataclass(frozen=True)
class Execution:
    """How an execution ended, and the states that it went through, in order."""

    status: str
    error: str | None
    cause: str | None
    output: Any
    states: list[str]


class StateMachines:
    """An interpreter whose tasks invoke the function that `invoke` speaks to."""

    def __init__(self, url: str) -> None:
        self._client = client("stepfunctions", url)

    def run(self, definition: dict[str, Any], given: Any) -> Execution:
        """Runs a definition to its end."""
        name = f"machine-{uuid.uuid4()}"
        text = json.dumps(hurried(definition)).replace("${FunctionArn}", FUNCTION_ARN)
        machine = self._client.create_state_machine(name=name, definition=text, roleArn=ROLE)
        started = self._client.start_execution(
            stateMachineArn=machine["stateMachineArn"], name=name, input=json.dumps(given)
        )
        ended = self._wait(started["executionArn"])
        output = json.loads(ended["output"]) if "output" in ended else None
        states = self._states(started["executionArn"])
        return Execution(ended["status"], ended.get("error"), ended.get("cause"), output, states)

    def _wait(self, execution: str) -> dict[str, Any]:
        until = time.monotonic() + EXECUTION_SECONDS
        while time.monotonic() < until:
            found: dict[str, Any] = self._client.describe_execution(executionArn=execution)
            if found["status"] != "RUNNING":
                return found
            time.sleep(0.05)
        raise TimeoutError(f"{execution} is still running, in {self._states(execution)[-1]}")

    def _states(self, execution: str) -> list[str]:
        answer = self._client.get_execution_history(executionArn=execution)
        entered = (event.get("stateEnteredEventDetails") for event in answer["events"])
        return [each["name"] for each in entered if each]


@contextmanager
def state_machines(invoke: Invoke) -> Iterator[StateMachines]:
    """An interpreter for as long as the block takes, and the Lambda that its tasks see."""
    functions = ThreadingHTTPServer(("127.0.0.1", 0), _handler(invoke))
    functions.daemon_threads = True
    threading.Thread(target=functions.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    interpreter = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    before = os.environ.get(PORT_VARIABLE)
    try:
        interpreter.start()
        host, port = interpreter.get_host_and_port()
        os.environ[PORT_VARIABLE] = str(functions.server_address[1])
        url = f"http://{host}:{port}"
        settings = json.dumps({"stepfunctions": {"execute_state_machine": True}}).encode()
        urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/config", data=settings, method="POST")).close()
        yield StateMachines(url)
    finally:
        interpreter.stop()
        functions.shutdown()
        functions.server_close()
        os.environ.pop(PORT_VARIABLE, None)
        if before is not None:
            os.environ[PORT_VARIABLE] = before


def _handler(invoke: Invoke) -> type[BaseHTTPRequestHandler]:
    """Lambda's Invoke API for one function: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            event = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            if not INVOCATION.fullmatch(self.path):
                self.send_error(404)
                return
            answer = invoke(event)
            self.send_response(200)
            payload = answer.payload
            if answer.failed:
                self.send_header("X-Amz-Function-Error", "Unhandled")
                payload = {"errorType": answer.error_type, "errorMessage": answer.error_message}
            body = json.dumps(payload).encode()
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    return Handler

"""What was called, how it was answered and how long it took: by this run itself, and by the function."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

IAM_NAMES = {"cloudwatch-logs": "logs", "eventbridge": "events", "service-quotas": "servicequotas"}
"""What IAM calls a service, where boto3 calls it otherwise."""
NEW_ROLE = "a new role does not count yet"
NEW_RESOURCE = "what was just made is not found yet"
NEW_TAG = "a new tag does not count yet, or a call is denied"
LOG_SECONDS = 20.0
"""How long CloudWatch Logs may take to show the lines of an invocation that has ended."""


@dataclass(frozen=True)
class Called:
    """One call that failed."""

    who: str
    """`function` or `acceptance`."""
    action: str
    """As IAM writes it."""
    code: str
    status: int | None
    message: str
    request_id: str = ""


@dataclass
class Calls:
    """All of a run. boto3 clients are made here, so that each of their calls is seen."""

    poll_seconds: float = 2.0
    failed: list[Called] = field(default_factory=list)
    made: int = 0
    logged: int = 0
    """How many lines of the function's log were read."""
    seconds: dict[str, float] = field(default_factory=dict)
    """By what the function did, or waited for, the longest that it took."""
    cut: bool = False
    """Whether of some invocation only the end of the log could be read."""

    def __post_init__(self) -> None:
        self._session = boto3.Session()
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()

    def client(self, service: str) -> Any:
        """A client with the credentials and the region of the environment."""
        with self._lock:
            if service not in self._clients:
                config = Config(retries={"total_max_attempts": 5, "mode": "standard"}, read_timeout=330)
                client = self._session.client(service, config=config)
                client.meta.events.register("after-call", self._after)
                self._clients[service] = client
            return self._clients[service]

    def _after(self, http_response: Any, parsed: dict[str, Any], model: Any, **_: Any) -> None:
        """boto3 calls this after each call that was answered: https://docs.aws.amazon.com/boto3/ events."""
        self.made += 1
        error = parsed.get("Error")
        if http_response.status_code < 300 or not error:
            return
        service = model.service_model.endpoint_prefix
        action = f"{IAM_NAMES.get(service, service)}:{model.name}"
        request_id = parsed.get("ResponseMetadata", {}).get("RequestId", "")
        self.failed.append(
            Called(
                "acceptance",
                action,
                error.get("Code", ""),
                http_response.status_code,
                error.get("Message", ""),
                request_id,
            )
        )

    def invoke(self, function: str, event: dict[str, Any]) -> tuple[str | None, Any, float]:
        """The type of the error, if it failed, the payload, and the seconds that it took."""
        began, now = time.monotonic(), time.time()
        answer = self.client("lambda").invoke(FunctionName=function, LogType="Tail", Payload=json.dumps(event).encode())
        seconds = time.monotonic() - began
        payload = json.loads(answer["Payload"].read() or b"null")
        request_id = answer["ResponseMetadata"]["RequestId"]
        self._read_log(
            function, request_id, now, base64.b64decode(answer.get("LogResult", "")).decode(errors="replace")
        )
        if "FunctionError" in answer:
            return str(payload.get("errorType", "Unknown")), payload, seconds
        return None, payload, seconds

    def _read_log(self, function: str, request_id: str, began: float, tail: str) -> None:
        """The lines of one invocation: from CloudWatch Logs, or as much as Lambda hands back of the end."""
        lines = list(_entries(tail.splitlines()))
        whole = tail.lstrip().startswith(("START ", '{"time"', '{"timestamp"')) and len(tail) < 4000
        if not whole:
            try:
                found = self._from_cloudwatch(function, request_id, began)
            except (ClientError, BotoCoreError):
                found = []
            lines, self.cut = (found, self.cut) if found else (lines, True)
        self.take(lines)

    def take(self, lines: list[dict[str, Any]]) -> None:
        """Takes down what the lines of one invocation tell."""
        self.logged += len(lines)
        first: dict[str, datetime] = {}
        for line in lines:
            if line.get("message") == "changed":
                self._took(f"{line.get('op')} {line.get('resource_type')}", float(line.get("milliseconds", 0)) / 1000)
            if line.get("message") != "call failed":
                continue
            status = line.get("http_status")
            call = Called(
                "function",
                str(line["api_action"]),
                str(line.get("code", "")),
                int(status) if status is not None else None,
                str(line.get("error", "")),
                str(line.get("aws_request_id", "") or ""),
            )
            self.failed.append(call)
            waited = _waited_for(call)
            if waited and (moment := _moment(line)):
                self._took(waited, (moment - first.setdefault(waited + call.action, moment)).total_seconds())

    def _took(self, what: str, seconds: float) -> None:
        self.seconds[what] = max(self.seconds.get(what, 0.0), seconds)

    def _from_cloudwatch(self, function: str, request_id: str, began: float) -> list[dict[str, Any]]:
        group = self.log_group(function)
        wanted = {"logGroupName": group, "startTime": int(began * 1000), "filterPattern": f'"{request_id}"'}
        end = time.monotonic() + LOG_SECONDS
        while True:
            pages = self.client("logs").get_paginator("filter_log_events").paginate(**wanted)
            lines = list(_entries(event["message"] for page in pages for event in page["events"]))
            if any(line.get("message") == "answered" for line in lines) or time.monotonic() > end:
                return lines
            time.sleep(self.poll_seconds)

    def log_group(self, function: str) -> str:
        configuration = self.client("lambda").get_function_configuration(FunctionName=function)
        return str(configuration.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{function}")


def _waited_for(call: Called) -> str | None:
    """What passes by itself, and is tried again until it has."""
    if "assume" in call.message:
        return NEW_ROLE
    if call.code.endswith(("NotFound", ".Unknown")) or call.code in ("NoSuchEntity", "ResourceNotFoundException"):
        return NEW_RESOURCE
    if call.code in ("UnauthorizedOperation", "AccessDenied", "AccessDeniedException"):
        return NEW_TAG
    return None


def _moment(line: dict[str, Any]) -> datetime | None:
    try:
        return datetime.fromisoformat(str(line.get("timestamp")).replace("Z", "+00:00"))
    except ValueError:
        return None


def _entries(lines: Any) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and "_aws" not in entry:
            yield entry


def until(look: Callable[[], Any], seconds: float, poll_seconds: float) -> Any:
    """What a look finds, as soon as it finds something; what it found last when the time is over."""
    end = time.monotonic() + seconds
    while not (found := look()) and time.monotonic() < end:
        time.sleep(poll_seconds)
    return found

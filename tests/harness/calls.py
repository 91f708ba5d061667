"""What a request to AWS is: its service and action, whether it changes anything, and how calls follow on each other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs

from .wire import Message

READING = (
    "Describe",
    "Get",
    "List",
    "BatchGet",
    "TransactGet",
    "Query",
    "Scan",
    "Search",
    "Lookup",
    "Simulate",
    "Filter",
    "AssumeRole",
)
"""How the names of actions begin that change nothing."""

_SCOPE = re.compile(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/aws4_request")
_CREATED_ID = re.compile(rb">((?:vpc|subnet|rtb|acl|sg|sgr|vpce|fl|igw|eigw|eni|nat|pl|eice|pg)-[0-9a-f]{8,17})<")
_CREATED_ARN = re.compile(rb"<Arn>([^<]+)</Arn>")


@dataclass
class Call:
    """One request as the proxy sees it. Times are seconds since the proxy began its log."""

    number: int
    service: str
    region: str
    action: str
    request: Message = field(repr=False)
    start: float
    end: float = 0.0
    status: int = 0
    """What the client got; 0 while it waits, and when its connection was cut."""
    fault: str | None = None
    """What was done to the call, if anything."""
    answer: Message | None = field(default=None, repr=False)
    """What AWS answered, which need not be what the client got."""

    @property
    def mutating(self) -> bool:
        """Whether the action changes something. The function's own records count; see `record`."""
        return not self.action.startswith(READING)

    @property
    def record(self) -> bool:
        """Whether the call concerns the function's own table."""
        return self.service == "dynamodb"

    @cached_property
    def parameters(self) -> dict[str, Any]:
        """What the caller asks for: the JSON, or the flat names of the query protocol such as `ResourceId.1`."""
        if self.request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return {name: values[0] for name, values in parse_qs(self.request.body.decode()).items()}
        return json.loads(self.request.body or b"{}")

    @cached_property
    def created(self) -> list[str]:
        """The IDs and ARNs of what this call made, in the order in which AWS names them."""
        if (
            not self.action.startswith(("Create", "Authorize", "Allocate"))
            or self.answer is None
            or self.answer.status != 200
        ):
            return []
        asked = set(map(str, self.parameters.values())) if self.service == "ec2" else set()
        found = _CREATED_ID.findall(self.answer.body) + _CREATED_ARN.findall(self.answer.body)
        return [text for text in dict.fromkeys(match.decode() for match in found) if text not in asked]


def classify(request: Message) -> tuple[str, str, str]:
    """The service, the region and the action of a signed request."""
    scope = _SCOPE.search(request.headers.get("authorization", ""))
    region, service = scope.groups() if scope else ("", "")
    target = request.headers.get("x-amz-target")
    if target:
        return service, region, target.rpartition(".")[2]
    action = re.search(rb"(?:^|&)Action=(\w+)", request.body)
    if action:
        return service, region, action.group(1).decode()
    return service, region, f"{request.method} {request.path}"


def chain(calls: Iterable[Call]) -> list[Call]:
    """The calls that had to wait for each other: how deep the work is, however wide it ran.

    By the time of their ends, each that began after the last one taken had ended.
    """
    taken: list[Call] = []
    for call in sorted(calls, key=lambda call: call.end):
        if not taken or call.start >= taken[-1].end:
            taken.append(call)
    return taken

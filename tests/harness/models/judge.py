"""Takes down the requests that proxies see, and judges them when there is time: at the end of each test.

Judging costs about a quarter of a millisecond a request, and would hold up the proxy, whose calls are timed.
"""

from __future__ import annotations

import re
import threading
import time
from collections import Counter, deque
from dataclasses import dataclass
from functools import cache

import botocore.session
from botocore.exceptions import UnknownServiceError
from botocore.model import OperationModel, ServiceModel

from ..wire import Message
from .checking import check
from .decoding import from_json, from_query
from .faults import Findings, Rule
from .limits import check_limits
from .rest import from_rest, operation_of

SIGNED_AS = {"states": "stepfunctions", "monitoring": "cloudwatch", "servicequotas": "service-quotas"}
"""The services that sign by another name than botocore's, by that name."""
MOST_WAITING = 5000
"""How many requests are kept before some are judged at once: a tool that runs for hours must not keep them all."""
LONGEST_BODY = 600


@dataclass(frozen=True)
class Fault:
    """One rule that a request breaks."""

    action: str
    """With its service in front: `ec2:CreateVpc`."""
    rule: Rule
    where: str
    what: str
    body: str

    @property
    def kind(self) -> tuple[str, Rule, str]:
        """What it has in common with others: which of several items it is makes no difference."""
        return self.action, self.rule, re.sub(r"\.\d+", ".*", self.where)

    def __str__(self) -> str:
        return f"{self.action}: {self.rule.value}: {self.where or 'the request'}: {self.what}\n  in {self.body}"


class Judge:
    """Collects from any number of proxies. `judge` says what is wrong with what came since it was last called."""

    def __init__(self, most_waiting: int = MOST_WAITING) -> None:
        self._most_waiting = most_waiting
        self.judged: Counter[str] = Counter()
        """How many requests were judged, by action."""
        self.faults = 0
        self.seconds = 0.0
        self._waiting: deque[tuple[str, str, Message]] = deque()
        self._found: list[Fault] = []
        self._lock = threading.Lock()

    def take(self, service: str, action: str, request: Message) -> None:
        """Takes a request down; `service` is what it was signed for."""
        self._waiting.append((service, action, request))
        if len(self._waiting) > self._most_waiting:
            self._judge_waiting()

    def judge(self) -> list[Fault]:
        """The faults of all requests that were taken down and not yet told of."""
        self._judge_waiting()
        with self._lock:
            found, self._found = self._found, []
        return found

    def __str__(self) -> str:
        return (
            f"AWS's API models: {self.judged.total()} requests judged, of {len(self.judged)} actions; "
            f"{self.faults} faults found, in {self.seconds:.1f} s"
        )

    def _judge_waiting(self) -> None:
        with self._lock:
            began = time.thread_time()
            while self._waiting:
                service, action, request = self._waiting.popleft()
                name, found = faults_of(service, action, request)
                self.judged[name] += 1
                self.faults += len(found)
                self._found += found
            self.seconds += time.thread_time() - began


def complaint(faults: list[Fault]) -> str:
    """One fault of each kind, with how many there are of it."""
    counts, first = Counter(fault.kind for fault in faults), {fault.kind: fault for fault in reversed(faults)}
    found = "\n".join(f"{counts[kind]} x {first[kind]}" for kind in counts)
    return f"AWS's API models, or a documented limit, refuse {len(faults)} things:\n{found}"


JUDGE = Judge()
"""That of every proxy that is not told otherwise."""


def faults_of(service: str, action: str, request: Message) -> tuple[str, list[Fault]]:
    """The action of one request, with its service in front, and all that is wrong with it."""
    findings = Findings()
    name = f"{service}:{action}"
    operation = _operation(service, action, request, findings)
    if operation is not None:
        name = f"{service}:{operation.name}"
        protocol = operation.service_model.metadata["protocol"]
        read = {"ec2": from_query, "query": from_query, "json": from_json}.get(protocol, from_rest)
        asked = read(request, operation, findings)
        check(operation.input_shape, asked, findings)
        check_limits(name, asked, findings)
    body = request.body[:LONGEST_BODY].decode(errors="replace")
    return name, [Fault(name, rule, where, what, body) for rule, where, what in findings.found]


def _operation(service: str, action: str, request: Message, findings: Findings) -> OperationModel | None:
    model = model_of(service)
    if model is None:
        findings.add(Rule.ACTION, "", f"there is no model of the service {service!r}")
        return None
    operation = operation_of(model, request) if model.metadata["protocol"].startswith("rest") else _named(model, action)
    if operation is None:
        findings.add(Rule.ACTION, "", f"{service} has no {action}")
    return operation


@cache
def _named(model: ServiceModel, action: str) -> OperationModel | None:
    return model.operation_model(action) if action in model.operation_names else None


@cache
def model_of(service: str) -> ServiceModel | None:
    """AWS's model of the service that signs by this name."""
    try:
        return botocore.session.get_session().get_service_model(SIGNED_AS.get(service, service))
    except (UnknownServiceError, ValueError):
        return None

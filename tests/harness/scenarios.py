"""The life of an environment with something going wrong in it, held against a life in which nothing did.

A life is a create, an update and a delete. A trial disturbs each at most once, has the same request sent again until it
is done, as whoever retries would, and compares the account with the undisturbed one after each.
"""

from __future__ import annotations

import difflib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from itertools import zip_longest
from typing import Any

from .account import Account
from .calls import Call
from .faults import Fault, Rule
from .function import Function
from .proxy import Proxy
from .requests import NAME, create, delete
from .runtime import Answer, FunctionDied, TimedOut
from .stand import Stand

CLOCK_MARGIN = 2.1
"""A killed invocation keeps its lease until its own deadline; the next one allows for clocks that differ."""
SHORT_LIFE = 5.0
"""What an invocation is given that is going to be killed: its lease has to run out."""
LONG_LIFE = 60.0
PATIENCE = 120.0
"""How long a request is sent again until it must be done."""
PASSING = ("Busy", "Throttled")
"""The errors after which a caller sends the same request again."""


class Stage(Enum):
    """What is asked for in a life, one after the other."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"

    @property
    def request(self) -> dict[str, Any]:
        return REQUESTS[self]

    @property
    def done(self) -> str:
        """The status of the last answer."""
        return "deleted" if self is Stage.DELETE else "ready"


TAGS = {"team": "fraud-detection"}
SPEC: dict[str, Any] = {
    "access": {"ssh_from": ["10.8.0.0/16"]},
    "egress": {"endpoints": ["s3", "sts"]},
    "training": {"read": ["arn:aws:s3:::acme-fraud-features/v3/"]},
    "tags": TAGS,
}
CHANGED: dict[str, Any] = {
    "access": {"ssh_from": ["10.9.0.0/16"], "services_ports": [443, 8443]},
    "egress": {"endpoints": ["s3", "dynamodb"]},
    "flow_logs": {"retention_days": 30},
    "tags": {**TAGS, "cost-center": "ml-1042"},
}
REQUESTS = {
    Stage.CREATE: create(clock="10:00", **SPEC),
    Stage.UPDATE: create(clock="10:30", **CHANGED),
    Stage.DELETE: delete(clock="11:00"),
}


@dataclass(frozen=True)
class Point:
    """One call of a stage: the nth with its action, which is the same call in every life."""

    stage: Stage
    service: str
    action: str
    nth: int
    mutating: bool

    def __str__(self) -> str:
        return f"{self.stage.value}: {self.service}:{self.action}#{self.nth}"

    def is_of(self, call: Call) -> bool:
        return (call.service, call.action) == (self.service, self.action)


@dataclass(frozen=True)
class Disturbance:
    """What goes wrong at a point: a fault, or with none the function is killed after it."""

    point: Point
    fault: Fault | None = None

    def __str__(self) -> str:
        return f"{self.point}, {self.fault.value if self.fault else 'killed after the effect'}"

    @property
    def kills(self) -> bool:
        return self.fault is None

    def put_into(self, proxy: Proxy, kill: Callable[[], None]) -> Rule:
        if self.fault is not None:
            return proxy.inject(self.fault, where=self.point.is_of, nth=self.point.nth)
        return proxy.hook(where=self.point.is_of, nth=self.point.nth, after=lambda call: kill())


@dataclass(frozen=True)
class Trial:
    """A life with at most one disturbance a stage."""

    disturbances: tuple[Disturbance, ...]

    def at(self, stage: Stage) -> Disturbance | None:
        return next((each for each in self.disturbances if each.point.stage is stage), None)

    def __str__(self) -> str:
        return " + ".join(map(str, self.disturbances))


@dataclass(frozen=True)
class Reference:
    """An undisturbed life: its calls, and what the account held after each stage."""

    points: dict[Stage, list[Point]]
    states: dict[Stage, dict[str, Any]]

    @property
    def stages(self) -> list[Stage]:
        return list(self.points)

    def disturbances(self, stage: Stage, *faults: Fault | None, mutating: bool = False) -> list[Disturbance]:
        """Each fault at each point of a stage, or at those that change something."""
        points = [point for point in self.points[stage] if point.mutating or not mutating]
        return [Disturbance(point, fault) for point in points for fault in faults]


@dataclass
class Outcome:
    """What came of a trial. `wrongs` says what was not as in the undisturbed life; empty is right."""

    trial: Trial
    fired: list[Disturbance] = field(default_factory=list)
    wrongs: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def unfired(self) -> list[Disturbance]:
        """What was to go wrong and did not, because the function never came to that call."""
        return [each for each in self.trial.disturbances if each not in self.fired]

    def __str__(self) -> str:
        return "\n".join([f"{self.trial}  ({self.seconds:.1f} s)", *self.wrongs])


def paired(*columns: list[Disturbance]) -> list[Trial]:
    """Trials that disturb one call of each stage, so that each life is used to the full."""
    return [Trial(tuple(each for each in row if each is not None)) for row in zip_longest(*columns)]


def undisturbed(stand: Stand, *stages: Stage) -> Reference:
    """A life in which nothing goes wrong. It must be right in itself."""
    reference = Reference({}, {})
    account = stand.clear()
    for stage in stages:
        stand.proxy.reset()
        with Function(stand.proxy.url) as function:
            answer = function.invoke(stage.request, LONG_LIFE)
        assert not answer.failed, f"{stage.value}: {answer.error_type}: {answer.error_message}"
        assert answer.payload["status"] == stage.done, answer.payload
        reference.points[stage] = list(_points(stage, stand.proxy.calls()))
        reference.states[stage] = state(account)
    assert not stand.complaints(), stand.complaints()
    return reference


def live(stand: Stand, trial: Trial, reference: Reference) -> Outcome:
    """A life with things going wrong in it."""
    outcome, account = Outcome(trial), stand.clear()
    began = time.monotonic()
    for stage in reference.stages:
        _pass(stand, stage, trial.at(stage), outcome)
        expected = reference.states[stage]
        wrong = difference(expected, state(account))
        outcome.wrongs += [f"after the {stage.value}, against an undisturbed one:\n{wrong}"] if wrong else []
        if outcome.wrongs:
            break
    if complaints := stand.complaints():
        outcome.wrongs.append(f"the emulator complained:\n{complaints}")
    outcome.seconds = time.monotonic() - began
    return outcome


def _pass(stand: Stand, stage: Stage, disturbance: Disturbance | None, outcome: Outcome) -> None:
    """One stage, sent again until it is done."""
    stand.proxy.reset()
    with Resender(stand.proxy, SHORT_LIFE if disturbance and disturbance.kills else LONG_LIFE) as resender:
        rule = disturbance.put_into(stand.proxy, resender.kill) if disturbance else None
        try:
            resender.send(stage.request, stage.done)
        except NotDone as error:
            outcome.wrongs.append(f"{stage.value}: {error}")
    stand.proxy.settle()
    if rule and rule.fired and disturbance:
        outcome.fired.append(disturbance)


class NotDone(Exception):
    """A request did not come to its end, or was answered as it must not be. Says all answers."""


class Resender:
    """Sends a request until it is done: to a process that lives, or to a fresh one, as Lambda would.

    `life` is what an invocation is given, until the function has been killed; from then on it is a long one.
    """

    def __init__(self, proxy: Proxy, life: float = LONG_LIFE) -> None:
        self._proxy, self._life = proxy, life
        self._function: Function | None = None
        self._lease_ends = 0.0

    def send(self, request: dict[str, Any], done: str) -> Answer:
        """The answer with the status `done`."""
        until = time.monotonic() + PATIENCE
        said: list[str] = []
        while time.monotonic() < until:
            answer = self._invoke(request, said)
            if answer is not None and said[-1] == done:
                return answer
            if answer is not None and said[-1] not in (*PASSING, "provisioning", "deleting"):
                break
            time.sleep(max(0.2, self._lease_ends - time.monotonic()))
        raise NotDone(f"answered {', '.join(said)}; wanted {done}")

    def kill(self) -> None:
        """Ends the process as Lambda does, in the middle of whatever it does."""
        assert self._function is not None
        self._function.kill()
        self._life = LONG_LIFE

    def _invoke(self, request: dict[str, Any], said: list[str]) -> Answer | None:
        """One invocation; None when it was killed. Appends to `said` what came of it."""
        if self._function is None:
            self._function = Function(self._proxy.url)
        life = self._life
        deadline = time.monotonic() + life
        try:
            answer = self._function.invoke(request, life)
        except (FunctionDied, TimedOut) as death:
            self._proxy.settle()
            self._function.stop()
            self._function = None
            self._lease_ends = deadline + CLOCK_MARGIN
            said.append("killed" if isinstance(death, FunctionDied) else f"no answer within {life} s")
            return None
        if answer.failed:
            said.append(str(answer.error_type))
            if answer.error_type not in PASSING:
                said[-1] += f" ({answer.error_message})"
        else:
            said.append(answer.payload["status"])
        return answer

    def __enter__(self) -> Resender:
        return self

    def __exit__(self, *_: object) -> None:
        if self._function is not None:
            self._function.stop()


def state(account: Account) -> dict[str, Any]:
    """The environment in full, and how many things of each kind the whole account holds beside what AWS gives."""
    return {
        "environment": account.snapshot(NAME),
        "account": dict(Counter(left.split()[0] for left in account.leftovers())),
    }


def difference(expected: dict[str, Any], actual: dict[str, Any], lines: int = 60) -> str:
    """What differs between two states, in lines of a diff; empty when nothing does."""
    if expected == actual:
        return ""
    texts = [json.dumps(each, indent=1, sort_keys=True, default=str).splitlines() for each in (expected, actual)]
    found = list(difflib.unified_diff(*texts, "undisturbed", "disturbed", lineterm="", n=2))
    return "\n".join(found[:lines] + ([f"… {len(found) - lines} lines more"] if len(found) > lines else []))


def _points(stage: Stage, calls: list[Call]) -> Iterator[Point]:
    seen: Counter[tuple[str, str]] = Counter()
    for call in calls:
        seen[call.service, call.action] += 1
        nth = seen[call.service, call.action]
        yield Point(stage, call.service, call.action, nth, call.mutating)

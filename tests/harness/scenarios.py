"""The life of an environment with something going wrong in it, held against a life in which nothing did.

A life is a create, perhaps an update, and a delete. A trial disturbs each at most once, has the same request sent again
until it is done, as whoever retries would, and compares the whole account with the undisturbed one after each.
"""

from __future__ import annotations

import difflib
import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from itertools import zip_longest
from typing import Any

from .account import Account
from .by_hand import let_time_pass
from .calls import Call
from .faults import Fault, Rule
from .function import Function
from .gateway import Call as HttpCall
from .gateway import payload_2
from .proxy import Proxy
from .requests import NAME, create, delete
from .runtime import Answer, FunctionDied, TimedOut
from .stand import Stand

CLOCK_MARGIN = 2.0
"""Clocks differ: so much longer than it says a lease is minded."""
LIFE = 60.0
"""What an invocation is given."""
PATIENCE = 120.0
"""How long a request is sent again until it must be done."""
PASSING = ("Busy", "Throttled", "provisioning", "deleting")
"""The answers after which a caller sends the same request again."""
ACCEPTED, PASSING_OVER_HTTP = "202", ("429", "503")
"""The same over HTTP: that the request is written down, and that it is to be sent again."""
SWEEP = {"action": "sweep"}


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


SPEC: dict[str, Any] = {
    "access": {"ssh_from": ["10.8.0.0/16"]},
    "egress": {"endpoints": ["s3", "sts"]},
    "training": {"read": ["arn:aws:s3:::acme-fraud-features/v3/"]},
    "tags": {"team": "fraud-detection"},
}
CHANGED: dict[str, Any] = {
    "access": {"ssh_from": ["10.9.0.0/16"], "services_ports": [443, 8443]},
    "egress": {"endpoints": ["s3", "dynamodb"]},
    "flow_logs": {"retention_days": 30},
    "tags": {"team": "fraud-detection", "cost-center": "ml-1042"},
}
REQUESTS = {
    Stage.CREATE: create(clock="10:00", **SPEC),
    Stage.UPDATE: create(clock="10:30", **CHANGED),
    Stage.DELETE: delete(clock="11:00"),
}


# What goes wrong


@dataclass(frozen=True)
class Point:
    """One call of a stage: the nth with its action, whichever of several that run at once that is."""

    stage: Stage
    service: str
    action: str
    nth: int
    mutating: bool

    def __str__(self) -> str:
        return f"{self.stage.value}: {self.service}:{self.action}#{self.nth}"

    def is_of(self, call: Call) -> bool:
        """Whether a call has the action that is counted."""
        return (call.service, call.action) == (self.service, self.action)


@dataclass(frozen=True)
class Disturbance:
    """What goes wrong at a point: a fault, or with none the function is killed after it."""

    point: Point
    fault: Fault | None

    def __str__(self) -> str:
        return f"{self.point}, {self.fault.value if self.fault else 'killed after the effect'}"


@dataclass(frozen=True)
class Trial:
    """A life with at most one disturbance a stage."""

    disturbances: tuple[Disturbance, ...]
    swept: bool = False
    """Whether after a kill a sweep carries on, rather than the same request."""
    abandoned: bool = False
    """Whether nobody carries on a create that was killed: the delete comes next."""

    def at(self, stage: Stage) -> Disturbance | None:
        return next((each for each in self.disturbances if each.point.stage is stage), None)

    def __str__(self) -> str:
        ways = [way for way, taken in (("swept", self.swept), ("abandoned", self.abandoned)) if taken]
        return " + ".join([*map(str, self.disturbances), *ways])


@dataclass(frozen=True)
class Reference:
    """An undisturbed life: its calls, and what the account held after each stage."""

    points: dict[Stage, list[Point]]
    states: dict[Stage, dict[str, Any]]
    over_http: bool = False
    """Whether requests came over HTTP: then the calls are those of writing them down, and a sweep did the rest."""

    def kills(self, stage: Stage) -> list[Disturbance]:
        """A kill after each call of a stage that changes anything, be it the function's own record."""
        return [Disturbance(point, None) for point in self.points[stage] if point.mutating]

    def faults(self, stage: Stage) -> list[Disturbance]:
        """Each fault at each call of a stage."""
        return [Disturbance(point, fault) for point in self.points[stage] for fault in Fault]


def paired(*columns: Iterable[Disturbance], **how: bool) -> list[Trial]:
    """Trials that disturb one call of each stage, so that each life is used to the full."""
    return [Trial(tuple(each for each in row if each is not None), **how) for row in zip_longest(*columns)]


# Lives


@dataclass
class Outcome:
    """What came of a trial. `wrong` says what was not as in the undisturbed life; empty is right."""

    trial: Trial
    met: list[Disturbance] = field(default_factory=list)
    """What did go wrong; the function may never have come to some of the calls."""
    wrong: str = ""
    seconds: float = 0.0

    def __str__(self) -> str:
        return f"{self.trial}  ({self.seconds:.1f} s)\n{self.wrong}"


def undisturbed(stand: Stand, stages: Iterable[Stage], *, over_http: bool = False) -> Reference:
    """A life in which nothing goes wrong. It must be right in itself."""
    reference = Reference({}, {}, over_http)
    account = stand.clear()
    for stage in stages:
        stand.proxy.reset()
        with resender_of(reference)(stand.proxy, account) as resender:
            resender.send(stage.request, stage.done)
        calls = resender.first_calls if over_http else stand.proxy.calls()
        reference.points[stage] = list(_points(stage, calls))
        reference.states[stage] = state(account)
    assert not stand.complaints(), stand.complaints()
    return reference


def live(stand: Stand, trial: Trial, reference: Reference) -> Outcome:
    """A life with things going wrong in it."""
    outcome, account = Outcome(trial), stand.clear()
    began = time.monotonic()
    try:
        for stage, expected in reference.states.items():
            if _pass(stand, account, stage, outcome, resender_of(reference)):
                wrong = difference(expected, state(account))
                assert not wrong, f"after the {stage.value}, against an undisturbed one:\n{wrong}"
        assert not stand.complaints(), stand.complaints()
    except (AssertionError, NotDone) as error:
        outcome.wrong = str(error)
    outcome.seconds = time.monotonic() - began
    return outcome


def resender_of(reference: Reference) -> type[Resender]:
    return HttpResender if reference.over_http else Resender


def _pass(stand: Stand, account: Account, stage: Stage, outcome: Outcome, resender_type: type[Resender]) -> bool:
    """One stage, sent again until it is done; false if it was killed and abandoned."""
    trial, disturbance = outcome.trial, outcome.trial.at(stage)
    stand.proxy.reset()
    with resender_type(stand.proxy, account, sweeps=trial.swept) as resender:
        rule = resender.disturb(disturbance) if disturbance else None
        if trial.abandoned and disturbance and not disturbance.fault:
            resender.send_once(stage.request)
        else:
            resender.send(stage.request, stage.done)
    stand.proxy.settle()
    if rule and rule.fired and disturbance:
        outcome.met.append(disturbance)
    return not (trial.abandoned and rule)


@dataclass
class Tally:
    """What came of many trials, and those that went wrong."""

    title: str
    lives: int = 0
    met: int = 0
    unmet: list[Disturbance] = field(default_factory=list)
    wrong: list[Outcome] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        self.lives += 1
        self.met += len(outcome.met)
        self.unmet += [each for each in outcome.trial.disturbances if each not in outcome.met]
        if outcome.wrong:
            self.wrong.append(outcome)

    def __str__(self) -> str:
        ended = f"{self.lives - len(self.wrong)} of {self.lives} lives ended right"
        unmet = f", {len(self.unmet)} never came about" if self.unmet else ""
        return f"{self.title}: {self.met} points, {ended}{unmet}"

    def complaint(self) -> str:
        """All that went wrong; empty when nothing did."""
        return "\n\n".join(map(str, self.wrong))


class NotDone(Exception):
    """A request did not come to its end, or was answered as it must not be."""


class Resender:
    """Sends a request until it is done: to a process that lives, or to a fresh one, as Lambda would.

    The lease of a process that was killed has run out when the next begins. With `sweeps`, a sweep comes first.
    """

    def __init__(self, proxy: Proxy, account: Account, *, sweeps: bool = False) -> None:
        self._proxy, self._account, self._sweeps = proxy, account, sweeps
        self._function = Function(proxy.url)
        self._said: list[str] = []
        self.first_calls: list[Call] = []
        """The calls of the first answer that was one."""

    def disturb(self, disturbance: Disturbance) -> Rule:
        """Has something go wrong from now on."""
        where, nth, fault = disturbance.point.is_of, disturbance.point.nth, disturbance.fault
        if fault:
            return self._proxy.inject(fault, where=where, nth=nth)
        return self._proxy.hook(where=where, nth=nth, after=lambda call: self._function.kill())

    def send(self, request: dict[str, Any], done: str) -> Answer:
        """The answer with the status `done`."""
        until, swept = time.monotonic() + PATIENCE, False
        while time.monotonic() < until:
            answer = self.send_once(request)
            if answer is None and self._sweeps:
                self.send_once(SWEEP)
                swept = True
            elif answer is not None and self._said[-1] == done:
                if swept and answer.payload["changes"]:
                    raise NotDone(f"a sweep was to do this: {answer.payload['changes']}")
                return answer
            elif answer is not None and self._said[-1] not in PASSING:
                break
            else:
                time.sleep(0.2)
        raise NotDone(f"{request['action']} was answered {', '.join(self._said)}; it was to end {done}")

    def send_once(self, request: dict[str, Any]) -> Answer | None:
        """The answer to one invocation; None when it was killed."""
        try:
            answer = self._function.invoke(request, LIFE)
        except (FunctionDied, TimedOut) as death:
            self._said.append(str(death))
            self._revive()
            return None
        if answer.failed:
            passing = answer.error_type in PASSING
            self._said.append(str(answer.error_type) + ("" if passing else f" ({answer.error_message})"))
        else:
            self._said.append(str(answer.payload.get("statusCode", answer.payload.get("status", "swept"))))
        self.first_calls = self.first_calls or self._proxy.calls()
        return answer

    def _revive(self) -> None:
        """A fresh process, when what the last one began has taken effect and its lease is over."""
        self._proxy.settle()
        self._function.stop()
        let_time_pass(self._account, LIFE + CLOCK_MARGIN)
        self._function = Function(self._proxy.url)

    def __enter__(self) -> Resender:
        return self

    def __exit__(self, *_: object) -> None:
        self._function.stop()


class HttpResender(Resender):
    """Sends a request over HTTP until it is accepted; then sweeps, for no bus brings it about here.

    With `sweeps`, nobody sends a request again that was killed.
    """

    def send(self, request: dict[str, Any], done: str) -> Answer:
        """The answer of the sweep that did it."""
        until, event = time.monotonic() + PATIENCE, payload_2(_call(request))
        while time.monotonic() < until:
            answer = self.send_once(event)
            if self._said[-1] == ACCEPTED or (answer is None and self._sweeps):
                break
            if answer is not None and self._said[-1] not in PASSING_OVER_HTTP:
                raise NotDone(f"{request['action']} was answered {answer.payload}")
            time.sleep(0.2)
        while time.monotonic() < until:
            swept = self.send_once(SWEEP)
            self.send_once({"action": "describe", "environment": request["environment"]})
            if swept and self._said[-1].startswith({"ready": "ready", "deleted": "NotFound"}[done]):
                return swept
            time.sleep(0.2)
        raise NotDone(f"{request['action']} was answered {', '.join(self._said)}; it was to end {done}")


def _call(request: dict[str, Any]) -> HttpCall:
    """The same request over HTTP; the API received it when it was made."""
    method = {"create": "PUT", "delete": "DELETE"}[request["action"]]
    body = json.dumps(request["spec"]).encode() if "spec" in request else None
    moment = datetime.fromisoformat(request["requested_at"].replace("Z", "+00:00")).timestamp()
    return HttpCall(method, f"/environments/{request['environment']}", body, at=moment)


# What is compared


def state(account: Account) -> dict[str, Any]:
    """The environment in full, and how many things of each kind the whole account holds beside what AWS gives."""
    left = account.leftovers()
    counts = Counter(each.split()[0] for each in left)
    return {"environment": account.snapshot(NAME) if left else {}, "account": dict(counts)}


def difference(expected: dict[str, Any], actual: dict[str, Any], lines: int = 60) -> str:
    """What differs between two states, in lines of a diff; empty when nothing does."""
    if expected == actual:
        return ""
    before, after = (
        json.dumps(each, indent=1, sort_keys=True, default=str).splitlines() for each in (expected, actual)
    )
    found = list(difflib.unified_diff(before, after, "undisturbed", "disturbed", lineterm="", n=2))
    return "\n".join(found[:lines] + ([f"… {len(found) - lines} lines more"] if len(found) > lines else []))


def _points(stage: Stage, calls: Iterable[Call]) -> Iterator[Point]:
    seen: Counter[tuple[str, str]] = Counter()
    for call in calls:
        seen[call.service, call.action] += 1
        nth = seen[call.service, call.action]
        yield Point(stage, call.service, call.action, nth, call.mutating)

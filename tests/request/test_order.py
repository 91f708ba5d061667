"""Requests take effect in the order of the moments at which they were made, in whatever order they arrive."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import permutations
from typing import Any

from harness.account import Account
from harness.asking import ask
from harness.fixtures import Report
from harness.function import Function
from harness.proxy import Proxy
from harness.requests import NAME, create, delete
from harness.scenarios import difference
from harness.stand import Stand, Stands

RANDOM_SEQUENCES = 20
LONGEST = 6
LIFE = 30.0
SHORT_LIFE = 6.0
"""For a create after a delete: its exports have to rest for longer than anybody wants to wait here."""

SPECS: list[dict[str, Any]] = [
    {"access": {"ssh_from": ["10.8.0.0/16"]}, "tags": {"team": "a"}},
    {"access": {"ssh_from": ["10.9.0.0/16"]}, "tags": {"team": "b"}},
]
NETWORK: dict[str, Any] = {"network": {"cidr": "10.42.0.0/16", "availability_zones": 1}}


@dataclass(frozen=True, order=True)
class Request:
    """Requests in the order in which they take effect: at one moment a delete comes after a create."""

    clock: str
    deletes: bool = False
    spec: int = 0

    @property
    def event(self) -> dict[str, Any]:
        return delete(clock=self.clock) if self.deletes else create(clock=self.clock, **NETWORK, **SPECS[self.spec])

    def __str__(self) -> str:
        return f"{'delete' if self.deletes else f'create {self.spec}'} of {self.clock}"


Sequence = tuple[Request, ...]


def told(sequence: Iterable[Request]) -> str:
    return ", ".join(map(str, sequence))


class Model:
    """What Ringfence promises of a sequence, in a few lines."""

    def __init__(self) -> None:
        self.last: Request | None = None
        self.published = self.names_rest = False

    def expect(self, request: Request) -> set[str]:
        """What may be answered to a request."""
        if self.last is not None and request < self.last:
            return {"superseded"}
        self.last = request
        if request.deletes:
            self.names_rest |= self.published
            return {"deleted"}
        self.published = True
        return {"ready", "provisioning"} if self.names_rest else {"ready"}

    @property
    def spec(self) -> int | None:
        """Which environment stands in the end, if any."""
        return None if self.last is None or self.last.deletes else self.last.spec


def network(account: Account) -> dict[str, Any]:
    """The environment but for its exports."""
    return {**account.snapshot(NAME), "parameters": []}


def built(stand: Stand, spec: int) -> dict[str, Any]:
    """What one of the specs makes of an empty account."""
    account = stand.clear()
    with Function(stand.proxy.url) as function:
        ask(function, Request("10:00", spec=spec).event)
    return network(account)


def arrive(stand: Stand, sequence: Sequence, expected: list[dict[str, Any]]) -> str:
    """Sends a sequence to an empty account; what was not as promised, or nothing."""
    account, model = stand.clear(), Model()
    with Function(stand.proxy.url) as function:
        for number, request in enumerate(sequence, 1):
            allowed = model.expect(request)
            stand.proxy.forget()
            answer = function.invoke(request.event, SHORT_LIFE if model.names_rest else LIFE)
            status = answer.error_type or answer.payload["status"]
            if status not in allowed:
                return f"{number}. {request}: {status} instead of {allowed}: {answer.error_message or ''}"
            if status == "superseded" and stand.proxy.mutations(records=True):
                return f"{number}. {request}: superseded, and yet {stand.proxy.mutations(records=True)}"
    if model.spec is None:
        return "\n".join(account.leftovers())
    return difference(expected[model.spec], network(account))


def assert_in_order(stands: Stands, sequences: list[Sequence]) -> None:
    """Every sequence must end as the last of its requests says."""
    expected = list(stands.run(built, range(len(SPECS))))
    found = stands.run(lambda stand, sequence: arrive(stand, sequence, expected), sequences)
    wrong = [f"{told(sequence)}:\n{what}" for sequence, what in zip(sequences, found, strict=True) if what]
    assert not wrong, f"{len(wrong)} of {len(sequences)} sequences:\n" + "\n\n".join(wrong)


FIRST, AFTERWARDS, BETWEEN = Request("10:00"), Request("11:00", deletes=True), Request("10:30", spec=1)


def test_every_order_of_arrival_ends_as_the_last_request_says(stands: Stands) -> None:
    ends_deleted = permutations([FIRST, AFTERWARDS, BETWEEN])
    ends_built = permutations([FIRST, Request("10:15", deletes=True), BETWEEN])
    doubled = [tuple(each for each in order for _ in range(2)) for order in ends_deleted]
    repeated = [order + order[::-1] for order in ends_built]
    assert_in_order(stands, doubled + repeated)


def test_random_sequences_end_as_the_model_says(stands: Stands, seed: int, report: Report) -> None:
    """Creates of the same moment are the same request here; `test_two_creates_of_one_moment…` is about others."""
    chance = random.Random(seed)
    clocks = ["10:00", "10:00:00.001", "10:30", "11:00"]

    def one() -> Request:
        number = chance.randrange(len(clocks))
        deletes = chance.random() < 0.4
        return Request(clocks[number], deletes, spec=0 if deletes else number % len(SPECS))

    sequences = [tuple(one() for _ in range(chance.randint(2, LONGEST))) for _ in range(RANDOM_SEQUENCES)]
    assert_in_order(stands, sequences)
    report(f"{len(sequences)} random sequences of requests ended as the model says")


def test_two_creates_of_one_moment_end_alike_whichever_comes_first(stands: Stands) -> None:
    """Which of them stands is told by what they ask for, and by nothing else."""

    def arrive(stand: Stand, order: tuple[int, ...]) -> tuple[list[str], dict[str, Any]]:
        account = stand.clear()
        with Function(stand.proxy.url) as function:
            answers = [function.invoke(Request("10:00", spec=spec).event) for spec in order]
        return [answer.payload["status"] for answer in answers], network(account)

    (one, one_end), (other, other_end) = stands.run(arrive, [(0, 1), (1, 0)])
    assert sorted([one, other]) == [["ready", "ready"], ["ready", "superseded"]]
    assert one_end == other_end


def test_an_earlier_request_does_nothing(function: Function, proxy: Proxy) -> None:
    ask(function, create(clock="11:00"))
    proxy.forget()
    assert ask(function, delete(clock="10:59:59.999"), "superseded")["changes"] == []
    assert ask(function, create(clock="10:00", tags={"team": "a"}), "superseded")["changes"] == []
    assert proxy.mutations(records=True) == []

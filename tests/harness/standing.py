"""An environment that stands, for many tests one after the other: it is built once, and again only when it must be.

Whoever alters it and shows with `assert_intact` that it is as it was built hands it on to the next test.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any

from .account import Account
from .asking import ask, refusal
from .calls import Call
from .emulator import Emulator
from .function import Function
from .kinds import KINDS
from .proxy import Proxy


@dataclass(repr=False)
class Bench:
    """An account, and a function that works in it through a proxy."""

    emulator: Emulator
    proxy: Proxy
    account: Account
    function: Function

    def assert_refused(self, event: Any, kind: str = "InvalidRequest", *, unheard: bool = False) -> str:
        """The message of a refusal that leaves no trace, and of which AWS has not even heard if it is `unheard`."""
        self.proxy.forget()
        message = refusal(self.function, event, kind)
        assert self.proxy.mutations(records=True) == []
        assert not unheard or self.proxy.calls() == []
        return message


@dataclass(repr=False)
class Standing(Bench):
    """An environment in an account of its own. `proxy` has seen nothing of its making: that is in `calls`."""

    wish: dict[str, Any]
    """What it was built from."""
    event: dict[str, Any]
    """The last request for it."""
    answer: dict[str, Any]
    calls: list[Call]
    as_built: dict[str, Any]
    """The snapshot of it."""
    intact: bool = True
    """Whether it is known to be as it was built."""

    @property
    def name(self) -> str:
        return str(self.answer["environment"])

    @property
    def vpc(self) -> str:
        return self.exports["vpc_id"]

    @property
    def exports(self) -> dict[str, Any]:
        """What it published, by name; lists as lists."""
        return self.answer["exports"]

    def snapshot(self) -> dict[str, Any]:
        return self.account.snapshot(self.name)

    def find(self, kind: str, label: str) -> dict[str, Any]:
        """A resource of EC2, by its kind and by what its name says after the environment's."""
        place = "resource-id" if kind == "flow_logs" else "vpc-id"
        found = self.account.resources(kind, {place: self.vpc, "tag:Name": f"{self.name}-{label}"})
        assert len(found) == 1, f"{len(found)} {kind} are called {label}"
        return found[0]

    def id(self, kind: str, label: str) -> str:
        return str(self.find(kind, label)[KINDS[kind].id])

    def again(self) -> dict[str, Any]:
        """The payload of the answer to the last request, sent once more."""
        return ask(self.function, self.event)

    def later(self, **spec: Any) -> dict[str, Any]:
        """A later request for it: the spec that it was built from, with other values for whole parts of it."""
        moment = datetime.fromisoformat(self.event["requested_at"].replace("Z", "+00:00")) + timedelta(minutes=1)
        return self.wish | {"requested_at": moment.isoformat(), "spec": self.wish["spec"] | spec}

    def update(self, **spec: Any) -> dict[str, Any]:
        """The payload of the answer to such a request."""
        self.event = self.later(**spec)
        return ask(self.function, self.event)

    def assert_intact(self) -> None:
        """It must be as it was built."""
        assert self.snapshot() == self.as_built
        self.intact = True


class Workshop:
    """One bench for tests that follow each other: with an empty account, or with an environment that stands."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._started = ExitStack()
        self._proxy = self._started.enter_context(Proxy(emulator.port))
        self._function: Function | None = None
        self._standing: Standing | None = None

    def borrow(self, wish: dict[str, Any]) -> Standing:
        """The environment that this request makes, as it was built, with an honest proxy in front of it."""
        standing = self._standing
        if standing is None or standing.wish != wish or not standing.intact or not self._is_there(standing):
            standing = self._standing = self._build(wish)
        self._proxy.reset()
        return standing

    def clear(self) -> Bench:
        """An empty account with an honest proxy in front of it. The function may have worked before."""
        self._standing = None
        self._proxy.reset()
        self._emulator.reset()
        if self._function is None or not self._function.alive:
            self._function = self._started.enter_context(Function(self._proxy.url))
        return Bench(self._emulator, self._proxy, Account(self._emulator), self._function)

    def _is_there(self, standing: Standing) -> bool:
        """Whether nobody reset the emulator meanwhile."""
        return standing.account.vpcs(standing.name) == [standing.vpc]

    def _build(self, wish: dict[str, Any]) -> Standing:
        bench = self.clear()
        answer = ask(bench.function, wish)
        calls, as_built = bench.proxy.calls(), bench.account.snapshot(answer["environment"])
        return Standing(**vars(bench), wish=wish, event=wish, answer=answer, calls=calls, as_built=as_built)

    def __enter__(self) -> Workshop:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._started.close()

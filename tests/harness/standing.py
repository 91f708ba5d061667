"""An environment that stands, for many tests one after the other: it is built once, and again only when it must be.

Whoever alters it and shows with `assert_intact` that it is as it was built hands it on to the next test.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from .account import Account
from .asking import ask
from .calls import Call
from .emulator import Emulator
from .function import Function
from .proxy import Proxy


@dataclass(repr=False)
class Standing:
    """An environment in an account of its own. `proxy` has seen nothing of its making: that is in `calls`."""

    emulator: Emulator
    proxy: Proxy
    account: Account
    function: Function
    event: dict[str, Any]
    """What it was built from."""
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
        found = self.account.resources(kind, {"vpc-id": self.vpc, "tag:Name": f"{self.name}-{label}"})
        assert len(found) == 1, f"{len(found)} {kind} are called {label}"
        return found[0]

    def assert_intact(self) -> None:
        """It must be as it was built."""
        assert self.snapshot() == self.as_built
        self.intact = True


class Workshop:
    """Keeps one environment standing, with a function that knows it."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._started = ExitStack()
        self._proxy = self._started.enter_context(Proxy(emulator.port))
        self._function: Function | None = None
        self._standing: Standing | None = None

    def borrow(self, event: dict[str, Any]) -> Standing:
        """The environment that this event makes, as it was built, with an honest proxy in front of it."""
        standing = self._standing
        if standing is None or standing.event != event or not standing.intact or not self._is_there(standing):
            standing = self._standing = self._build(event)
        self._proxy.reset()
        return standing

    def _is_there(self, standing: Standing) -> bool:
        """Whether nobody reset the emulator meanwhile."""
        return standing.account.vpcs(standing.name) == [standing.vpc]

    def _build(self, event: dict[str, Any]) -> Standing:
        self._proxy.reset()
        self._emulator.reset()
        account = Account(self._emulator)
        if self._function is None or not self._function.alive:
            self._function = self._started.enter_context(Function(self._proxy.url))
        answer = ask(self._function, event)
        calls, built = self._proxy.calls(), account.snapshot(answer["environment"])
        return Standing(self._emulator, self._proxy, account, self._function, event, answer, calls, built)

    def __enter__(self) -> Workshop:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._started.close()

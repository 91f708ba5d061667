"""Test stands: emulated accounts with a proxy in front of each, side by side, so that trials wait at the same time."""

from __future__ import annotations

import os
import queue
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from types import TracebackType
from typing import TypeVar

from .account import Account
from .emulator import Emulator
from .proxy import Proxy

Trial = TypeVar("Trial")
Outcome = TypeVar("Outcome")

STANDS_VARIABLE = "RINGFENCE_STANDS"
STANDS = 3
"""As many as keep two cores busy."""


class Stand:
    """An emulator and a proxy, for one trial at a time."""

    def __init__(self) -> None:
        self.emulator = Emulator()
        self.proxy = Proxy(self.emulator.port)
        self._complained = ""

    def clear(self) -> Account:
        """An empty account behind an honest proxy."""
        self.proxy.reset()
        self.emulator.reset()
        self._complained = self.emulator.complaints()
        return Account(self.emulator)

    def complaints(self) -> str:
        """What the emulator complained of since the account was empty."""
        return self.emulator.complaints().removeprefix(self._complained)

    def stop(self) -> None:
        self.proxy.stop()
        self.emulator.stop()

    def __enter__(self) -> Stand:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class Stands:
    """Stands that work side by side, started when there is work for them."""

    def __init__(self, most: int | None = None) -> None:
        self.most = most or int(os.environ.get(STANDS_VARIABLE, STANDS))
        self._started = ExitStack()
        self._free: queue.SimpleQueue[Stand | None] = queue.SimpleQueue()
        for _ in range(self.most):
            self._free.put(None)

    def run(self, work: Callable[[Stand, Trial], Outcome], trials: Iterable[Trial]) -> Iterable[Outcome]:
        """The outcome of every trial, in the order of the trials, as soon as there is one."""

        def run(trial: Trial) -> Outcome:
            stand = self._free.get()
            try:
                stand = stand or self._started.enter_context(Stand())
                return work(stand, trial)
            finally:
                self._free.put(stand)

        with ThreadPoolExecutor(self.most) as threads:
            yield from threads.map(run, trials)

    def __enter__(self) -> Stands:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._started.close()

"""A function that is held in the middle of a request, so that others meet it there."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from .calls import Call
from .function import Function
from .proxy import Proxy
from .runtime import Answer


@dataclass
class Holder:
    """A function that is in the middle of a request, until it is let go."""

    proxy: Proxy
    function: Function
    threads: ThreadPoolExecutor
    held: threading.Event = field(default_factory=threading.Event)
    free: threading.Event = field(default_factory=threading.Event)
    _answer: Future[Answer] | None = None

    def begin(self, request: dict[str, Any], action: str, life: float = 60, *, nth: int = 1) -> None:
        """Sends a request, and returns when the function waits for its first, or nth, call of this action."""
        self.proxy.hook(action, nth=nth, before=self._wait)
        self._answer = self.threads.submit(self.function.invoke, request, life)
        assert self.held.wait(20), "it never came to that call"

    def finish(self) -> Answer:
        """Lets it go on; its answer."""
        assert self._answer is not None
        self.free.set()
        return self._answer.result(60)

    def _wait(self, _: Call) -> None:
        self.held.set()
        self.free.wait()

"""Many environments at once, through several processes of the function, asked for again until they are there."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from .function import Function
from .scenarios import PASSING

LIFE = 300.0
"""What an invocation is given, as the template has it."""


@dataclass(frozen=True)
class Served:
    """What became of a request: its last answer's status or error, after how many seconds, and what came before it."""

    environment: str
    outcome: str
    seconds: float
    before: tuple[str, ...]


class Fleet:
    """Processes of the function that work side by side, each on one request at a time."""

    def __init__(self, endpoint: str, size: int, path: Path | None = None) -> None:
        self._started = ExitStack()
        with ThreadPoolExecutor(size) as threads:
            start = threads.map(lambda _: self._started.enter_context(Function(endpoint, path=path)), range(size))
            self.functions = list(start)

    def serve(self, requests: Iterable[dict[str, Any]], patience: float) -> list[Served]:
        """Hands out requests that all come at once, each to whichever process is free, and asks again for what is not
        done; in the order in which they were done. After `patience` seconds nobody asks again."""
        began = time.monotonic()
        waiting: queue.SimpleQueue[tuple[dict[str, Any], tuple[str, ...]]] = queue.SimpleQueue()
        for request in requests:
            waiting.put((request, ()))
        served: list[Served] = []

        def work(function: Function) -> None:
            while True:
                try:
                    request, before = waiting.get_nowait()
                except queue.Empty:
                    return
                answer = function.invoke(request, LIFE)
                outcome = str(answer.error_type if answer.failed else answer.payload["status"])
                seconds = time.monotonic() - began
                if outcome in PASSING and seconds < patience:
                    waiting.put((request, (*before, outcome)))
                else:
                    served.append(Served(request["environment"], outcome, seconds, before))

        with ThreadPoolExecutor(len(self.functions)) as threads:
            list(threads.map(work, self.functions))
        return served

    def __enter__(self) -> Fleet:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._started.close()

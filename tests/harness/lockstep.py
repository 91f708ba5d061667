"""Calls in step: all that are asked for at one moment go on together, so that a count of steps is free of timing."""

from __future__ import annotations

import asyncio


class Lockstep:
    """Holds calls back until nothing has happened for `quiet` seconds, then lets all that wait go on at once.

    So no call begins while an earlier step is under way but those that can, and the calls of one step overlap: their
    chain has one link a step, however slow the emulator. To be used in the loop of the proxy alone.
    """

    def __init__(self, quiet: float) -> None:
        self._quiet = quiet
        self._waiting: list[asyncio.Future[None]] = []
        self._under_way = 0
        self._timer: asyncio.TimerHandle | None = None

    async def enter(self) -> None:
        """Waits for the next step."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._wait_anew()
        await turn

    def leave(self) -> None:
        """Says that a call that went on has its answer."""
        self._under_way -= 1
        self._wait_anew()

    def _wait_anew(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(self._quiet, self._step)

    def _step(self) -> None:
        if self._under_way:  # What ends last sets the timer again.
            return
        turns = [turn for turn in self._waiting if not turn.done()]
        self._waiting, self._under_way = [], len(turns)
        for turn in turns:
            turn.set_result(None)

"""The proxy between the function and the emulator: it sees every call, and can make any of them go wrong.

It runs in a thread of its own with its own event loop. What the test calls may be called at any time, from any thread.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any

from . import answers
from .answers import Reply
from .buckets import Buckets
from .calls import Call, chain, classify
from .emulator import client
from .faults import Bucket, Fault, Hook, Rule, Where, bucket, matching
from .freshness import Freshness
from .lockstep import Lockstep
from .models.judge import JUDGE, Judge
from .wire import READ_AT, THROUGH_PROXY, Message, read_message

LARGEST_HEAD = 1 << 20


class Proxy:
    """Forwards to `port` on the loopback from its creation until `stop`; `url` is where clients go.

    Every request that it sees is one for the judge, whatever becomes of it here.
    """

    def __init__(self, port: int, judge: Judge = JUDGE) -> None:
        self._upstream = port
        self._judge = judge
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._under_way = 0
        self._connections: set[asyncio.Task[Any]] = set()
        self._calls: list[Call]
        self._lockstep: Lockstep | None = None
        self._clear()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        self._server = self._submit(self._listen())
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    # What has been seen

    def calls(self, action: str | None = None, *, where: Where | None = None) -> list[Call]:
        """The calls so far that have ended, in the order in which they came."""
        admits = matching(action, where)
        with self._lock:
            return [call for call in self._calls if call.end and admits(call)]

    def mutations(self, *, records: bool = False) -> list[Call]:
        """The calls that change something; those to the function's own table only if asked for."""
        return self.calls(where=lambda call: call.mutating and (records or not call.record))

    def depth(self) -> int:
        """How many calls had to wait for each other."""
        return len(chain(self.calls()))

    def on_call(self, listener: Callable[[Call], None]) -> None:
        """Has every call reported when it has ended, in the proxy's thread, which must not be kept waiting."""
        self._listeners.append(listener)

    def settle(self, timeout: float = 10.0) -> None:
        """Waits until no call is under way: after a kill, what was already sent still takes effect."""
        with self._idle:
            if not self._idle.wait_for(lambda: self._under_way == 0, timeout):
                raise TimeoutError(f"{self._under_way} calls are still under way")

    def forget(self) -> None:
        """Empties the log and counts anew; rules and settings stay."""
        with self._lock:
            self._calls, self._began = [], time.monotonic()

    # What goes wrong

    def inject(
        self,
        fault: Fault,
        action: str | None = None,
        *,
        where: Where | None = None,
        nth: int = 1,
        times: int | None = 1,
    ) -> Rule:
        """Makes calls fail, by default the first. `nth` counts, from now on, the calls that are meant."""
        return self._add(Rule(matching(action, where), nth, times, fault=fault))

    def reply(
        self,
        reply: Reply,
        action: str | None = None,
        *,
        where: Where | None = None,
        nth: int = 1,
        times: int | None = None,
    ) -> Rule:
        """Answers calls in AWS's place, by default all of them from now on: `reply(answers.denied, "CreateVpc")`."""
        return self._add(Rule(matching(action, where), nth, times, reply=reply))

    def hook(
        self,
        action: str | None = None,
        *,
        where: Where | None = None,
        nth: int = 1,
        times: int | None = 1,
        before: Hook | None = None,
        after: Hook | None = None,
        withhold: bool = False,
    ) -> Rule:
        """Has functions called around calls. They may wait: only the call at hand waits with them.

        With `withhold`, the client never gets the answer: its connection is cut after the hook.
        """
        fault = Fault.CUT_AFTER if withhold else None
        return self._add(Rule(matching(action, where), nth, times, fault=fault, before=before, after=after))

    def stale(
        self,
        seconds: float,
        action: str | None = None,
        *,
        where: Where | None = None,
        nth: int = 1,
        times: int | None = 1,
    ) -> Rule:
        """Makes reads of EC2 and IAM lag; needs `Emulator.configure(history_seconds=…)` before the writes."""
        return self._add(Rule(matching(action, where or (lambda call: not call.mutating)), nth, times, stale=seconds))

    def lag(self, seconds: float) -> None:
        """Hides what Create calls make for its first seconds, from reads and from calls that name it."""
        self._freshness.seconds = seconds

    def delay(self, seconds: float) -> None:
        """Adds a latency to every call, on its way there."""
        self._latency = seconds

    def pace(self, seconds: float) -> None:
        """Has every call take so long in all, what the emulator needs for it included: AWS does many at a time."""
        self._pace = seconds

    def in_step(self, quiet: float) -> None:
        """Has calls wait until none has begun or ended for `quiet` seconds, and then go on together."""
        self._lockstep = Lockstep(quiet)

    def throttle(self, actions: Iterable[str], capacity: float, refill_per_second: float) -> None:
        """Puts a token bucket over actions that share it."""
        self._buckets.append(bucket(actions, capacity, refill_per_second))

    def throttle_as_aws(self) -> None:
        """Puts a full token bucket over every action that AWS is known to bound."""
        self._buckets.append(Buckets())

    def reset(self) -> None:
        """An honest proxy again, with an empty log and no listeners."""
        self.settle()
        with self._lock:
            self._clear()

    # Life

    def client(self, service: str, attempts: int = 1) -> Any:
        """A boto3 client that goes through the proxy, and tries so often."""
        return client(service, self.url, attempts)

    def stop(self) -> None:
        """Closes every connection and ends the thread."""
        self._submit(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # Inside

    def _clear(self) -> None:
        self._calls = []
        self._began = time.monotonic()
        self._listeners: list[Callable[[Call], None]] = []
        self._rules: list[Rule] = []
        self._buckets: list[Bucket | Buckets] = []
        self._latency = self._pace = 0.0
        self._lockstep = None
        self._freshness = Freshness()

    def _add(self, rule: Rule) -> Rule:
        with self._lock:
            self._rules.append(rule)
        return rule

    def _submit(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout=10)

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=LARGEST_HEAD)

    async def _close(self) -> None:
        self._server.close()
        connections = list(self._connections)
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of a client, with one of its own to the emulator."""
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)  # Nobody else holds on to it once the client is dead.
        task.add_done_callback(self._connections.discard)
        upstream_reader, upstream_writer = await asyncio.open_connection(
            "127.0.0.1", self._upstream, limit=LARGEST_HEAD
        )

        async def forward(message: Message) -> Message:
            upstream_writer.write(message.encode())
            answer = await read_message(upstream_reader)
            if answer is None:
                raise ConnectionError("the emulator hung up")
            return answer

        try:
            while (request := await read_message(reader)) is not None:
                answer = await self._handle(request, forward)
                if answer is None:
                    writer.transport.abort()
                    return
                writer.write(answer.encode())
                await writer.drain()
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            upstream_writer.close()

    async def _handle(self, request: Message, forward: Callable[[Message], Any]) -> Message | None:
        """One call from its log entry to the answer, or to None when the connection is to be cut."""
        with self._lock:
            call = Call(len(self._calls) + 1, *classify(request), request=request, start=self._now())
            self._calls.append(call)
            self._judge.take(call.service, call.action, request)
            self._under_way += 1
            rules = [rule for rule in self._rules if rule.applies(call)]
        try:
            answer = await self._in_turn(call, rules, forward)
            await asyncio.sleep(max(0.0, call.start + self._pace - self._now()))
            call.status = answer.status if answer else 0
            return answer
        finally:
            call.end = self._now()
            with self._idle:
                self._under_way -= 1
                self._idle.notify_all()
            for listener in self._listeners:
                listener(call)

    async def _in_turn(self, call: Call, rules: list[Rule], forward: Callable[[Message], Any]) -> Message | None:
        lockstep = self._lockstep
        if lockstep is None:
            return await self._pass(call, rules, forward)
        await lockstep.enter()
        try:
            return await self._pass(call, rules, forward)
        finally:
            lockstep.leave()

    async def _pass(self, call: Call, rules: list[Rule], forward: Callable[[Message], Any]) -> Message | None:
        """Sends a call on, unless something happens to it on the way there or back."""
        if self._latency:
            await asyncio.sleep(self._latency)
        for rule in rules:
            await self._run(rule.before, call)
        asked = answers.Asked(call.service, call.action)
        fault = next((rule.fault for rule in rules if rule.fault), None)
        refusals = [each for each in self._buckets if not each.take(call)]
        if fault is None and refusals:
            fault = Fault.THROTTLE
        call.fault = fault.value if fault else None
        reply = next((rule.reply for rule in rules if rule.reply), None)
        if reply is not None:
            call.fault = "answered in AWS's place"
            return reply(asked)
        if fault is Fault.THROTTLE:
            return answers.throttled(asked)
        if fault is Fault.ERROR_BEFORE:
            return answers.broken(asked)
        if fault is Fault.CUT_BEFORE:
            return None
        unseen = self._freshness.named_by(call)
        if unseen:
            call.fault = f"{unseen} is not seen yet"
            return answers.unseen(unseen)
        request = call.request.with_header(THROUGH_PROXY, "yes")
        stale = max((rule.stale for rule in rules), default=0.0)
        if stale:
            call.fault = f"read as of {stale} s ago"
            request = request.with_header(READ_AT, str(stale))
        call.answer = await forward(request)
        self._freshness.learn(call)
        for rule in rules:
            await self._run(rule.after, call)
        if fault is Fault.ERROR_AFTER:
            return answers.broken(asked)
        if fault is Fault.CUT_AFTER:
            return None
        return self._freshness.hide(call)

    async def _run(self, hook: Hook | None, call: Call) -> None:
        if hook is not None:
            await self._loop.run_in_executor(None, hook, call)

    def _now(self) -> float:
        return time.monotonic() - self._began

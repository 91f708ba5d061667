"""The life of one environment: made, judged, asked for again, looked at, removed, and judged to be gone."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from .calls import Calls, until
from .options import Option
from .sight import Sight

READY_SECONDS = 1_200.0
GONE_SECONDS = 1_800.0
"""AWS takes minutes over interface endpoints, and a function that was cut short goes on when it is asked again."""
LOOKS = 30
"""How often AWS is looked at until it shows what was just done: for a minute, at the usual pace."""
AGAIN = {"Throttled", "Busy", "Internal", "Lambda.Unknown", "Sandbox.Timedout"}
"""The errors after which the same request is sent again."""


def now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Life:
    """What came of it."""

    option: Option
    faults: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    """How long what took."""
    begun: bool = False
    """Whether there may be something to remove."""

    @property
    def kept(self) -> bool:
        return self.begun and not self.faults


class Watch:
    """Looks at the interface endpoints of an environment while the function works, and times their states."""

    def __init__(self, sight: Sight, environment: str, poll_seconds: float) -> None:
        self._sight, self._environment, self._poll_seconds = sight, environment, poll_seconds
        self._since: dict[tuple[str, str], float] = {}
        self.seconds: dict[str, float] = {}
        """By state, the longest that an endpoint was seen in it."""
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join(timeout=30)

    def _look(self) -> None:
        while not self._over.wait(self._poll_seconds):
            try:
                states = self._sight.endpoint_states(self._environment)
            except Exception:  # noqa: BLE001, S112 - a look that failed is in the report already; the next one may do.
                continue
            moment = time.monotonic()
            for endpoint, state in states.items():
                began = self._since.setdefault((endpoint, state), moment)
                self.seconds[state] = max(self.seconds.get(state, 0.0), moment - began)


class Lives:
    """Lives environments by a function, one after the other."""

    def __init__(self, calls: Calls, sight: Sight, function: str, run: str) -> None:
        self._calls, self._sight, self._function, self._run = calls, sight, function, run

    def live(self, life: Life) -> None:
        """A whole life. Whatever happens in it, `remove` is for the caller to call."""
        option, environment = life.option, life.option.environment
        request = {
            "action": "create",
            "environment": environment,
            "requested_at": now(),
            "spec": option.request(self._run),
        }
        plan = {key: value for key, value in request.items() if key != "requested_at"} | {"action": "plan"}
        if self._ask(life, plan, "plan") is None:
            return
        life.begun = True
        watch = Watch(self._sight, environment, self._calls.poll_seconds)
        try:
            made = self._until(life, request, "ready", READY_SECONDS, "create until ready")
        finally:
            watch.stop()
            for state, seconds in watch.seconds.items():
                life.seconds[f"an interface endpoint is {state}"] = seconds
        if made is None:
            return
        exports = made["exports"]
        poll = self._calls.poll_seconds
        until(lambda: not self._sight.faults(option, exports), LOOKS * poll, poll)
        life.faults += self._sight.faults(option, exports)
        again = self._ask(life, request, "create again")
        if again is not None and again.get("changes") != []:
            life.faults.append(f"the same request again changed {again.get('changes')}")
        described = self._ask(life, {"action": "describe", "environment": environment}, "describe")
        if described is not None and described.get("status") != "ready":
            life.faults.append(f"describe says {described.get('status')}: {described.get('error')}")

    def remove(self, environment: str, life: Life | None = None) -> list[str]:
        """Removes an environment, and says what is left of it."""
        life = life or Life(Option(environment.removeprefix("acceptance-")))
        watch = Watch(self._sight, environment, self._calls.poll_seconds)
        try:
            request = {"action": "delete", "environment": environment, "requested_at": now()}
            self._until(life, request, "deleted", GONE_SECONDS, "delete until gone", {*AGAIN, "Blocked"})
        finally:
            watch.stop()
            if "deleting" in watch.seconds:
                life.seconds["an interface endpoint is deleting"] = watch.seconds["deleting"]
        began = time.monotonic()
        poll = self._calls.poll_seconds
        until(lambda: not self._sight.left(environment), LOOKS * poll, poll)
        life.seconds["AWS shows what is deleted"] = time.monotonic() - began
        left = self._sight.left(environment)
        life.faults += [f"left behind: {each}" for each in left]
        return left

    def _ask(self, life: Life, event: dict[str, Any], what: str) -> dict[str, Any] | None:
        """The answer to a request that is to succeed at once; a fault where it does not."""
        error, payload, seconds = self._calls.invoke(self._function, event)
        life.seconds[what] = seconds
        if error is None:
            return dict(payload)
        life.faults.append(f"{what}: {error}: {payload.get('errorMessage')}")
        return None

    def _until(
        self,
        life: Life,
        event: dict[str, Any],
        status: str,
        seconds: float,
        what: str,
        again: Collection[str] = AGAIN,
    ) -> dict[str, Any] | None:
        """Sends a request until its answer has this status."""
        began = time.monotonic()
        said = ""
        while time.monotonic() - began < seconds:
            error, payload, _ = self._calls.invoke(self._function, event)
            life.seconds[what] = time.monotonic() - began
            if error is None and payload.get("status") == status:
                return dict(payload)
            said = (
                f"{error}: {payload.get('errorMessage')}"
                if error
                else f"{payload.get('status')}: {payload.get('waiting_for')}"
            )
            if error is not None and error not in again:
                break
            time.sleep(self._calls.poll_seconds)
        life.faults.append(f"{what}: ended after {time.monotonic() - began:.0f} s with {said}")
        return None

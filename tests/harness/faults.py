"""What can go wrong between a client and AWS, and when.

A `Rule` says to which calls something happens; what happens is a `Fault`, or a function of the test's own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum

from .answers import Reply
from .calls import Call


class Fault(Enum):
    """The ways in which a call can fail. After the effect means: AWS did it, and the client does not know."""

    THROTTLE = "throttle"
    ERROR_BEFORE = "5xx before the effect"
    ERROR_AFTER = "5xx after the effect"
    CUT_BEFORE = "connection cut before the effect"
    CUT_AFTER = "connection cut after the effect"

    @property
    def takes_effect(self) -> bool:
        return self in (Fault.ERROR_AFTER, Fault.CUT_AFTER)


Hook = Callable[[Call], object]
Where = Callable[[Call], bool]


@dataclass
class Rule:
    """Something that happens to the calls from the `nth` to the `nth + times - 1`, counting those that `where` admits.

    Counting begins with the rule, at one. With `times=None` it goes on for ever.
    """

    where: Where
    nth: int = 1
    times: int | None = 1
    fault: Fault | None = None
    reply: Reply | None = None
    """What the client hears instead of AWS, which never sees the call."""
    stale: float = 0.0
    """A read is answered as AWS would have answered it so many seconds ago."""
    before: Hook | None = None
    """Called before the request goes on to AWS; it may wait."""
    after: Hook | None = None
    """Called when AWS has answered, before the client hears of it; it may wait, or kill the client."""
    seen: int = 0
    fired: list[Call] = field(default_factory=list)
    """The calls that it happened to."""

    def applies(self, call: Call) -> bool:
        """Counts the call, and says whether it is one of those."""
        if not self.where(call):
            return False
        self.seen += 1
        if self.seen < self.nth or (self.times is not None and self.seen >= self.nth + self.times):
            return False
        self.fired.append(call)
        return True


@dataclass
class Bucket:
    """A token bucket as EC2 keeps one for an action, or for several that share it."""

    actions: frozenset[str]
    capacity: float
    refill_per_second: float
    tokens: float = field(init=False)
    at: float = field(init=False)

    def __post_init__(self) -> None:
        self.tokens, self.at = self.capacity, time.monotonic()

    def take(self, call: Call) -> bool:
        """Whether there is a token left for the call; true for actions of no concern to this bucket."""
        if call.action not in self.actions:
            return True
        now = time.monotonic()
        self.tokens = min(self.capacity, self.tokens + (now - self.at) * self.refill_per_second)
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


def matching(action: str | None, where: Where | None) -> Where:
    """One condition out of the two ways to name calls; neither means every call."""

    def admits(call: Call) -> bool:
        return (action is None or call.action == action) and (where is None or where(call))

    return admits


def bucket(actions: Iterable[str], capacity: float, refill_per_second: float) -> Bucket:
    return Bucket(frozenset(actions), capacity, refill_per_second)

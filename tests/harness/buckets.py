"""AWS's token buckets, one for each action of an account and region, and how soon they let a fleet be made.

EC2 publishes its own (https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html). What SSM publishes for
PutParameter without higher throughput is less than this.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from .calls import Call
from .faults import Bucket

ENDPOINT_ACTIONS = ("CreateVpcEndpoint", "ModifyVpcEndpoint", "DeleteVpcEndpoints")


@dataclass(frozen=True)
class Rate:
    """How many calls may come at once, and how many a second after that."""

    capacity: float
    refill_per_second: float

    def seconds_for(self, calls: int) -> float:
        """The least time in which so many calls get through, from a full bucket."""
        return max(0.0, calls - self.capacity) / self.refill_per_second


ENDPOINTS, CHANGING, READING, PARAMETERS = Rate(4, 0.3), Rate(50, 5), Rate(100, 20), Rate(10, 10)


def rate(call: Call) -> Rate | None:
    """What an action is bounded by; None where nothing is known to bound it."""
    if call.service == "ssm" and call.action == "PutParameter":
        return PARAMETERS
    if call.service != "ec2":
        return None
    if call.action in ENDPOINT_ACTIONS:
        return ENDPOINTS
    return CHANGING if call.mutating else READING


@dataclass
class Buckets:
    """A full bucket for each action that is bounded."""

    _of_action: dict[str, Bucket] = field(default_factory=dict)

    def take(self, call: Call) -> bool:
        """Whether there is a token left for the call."""
        bound = rate(call)
        if bound is None:
            return True
        full = Bucket(frozenset([call.action]), bound.capacity, bound.refill_per_second)
        return self._of_action.setdefault(f"{call.service}:{call.action}", full).take(call)


def at_best(calls: Iterable[Call], times: int) -> list[tuple[str, int, float]]:
    """The bounded actions of one piece of work that is to be done so many times: for each action how many calls that
    makes, and the seconds that its bucket needs for them. The slowest first: nothing can be done sooner than that."""
    bounds = {call.action: bound for call in calls if (bound := rate(call))}
    counts = Counter(call.action for call in calls if call.action in bounds)
    found = [(action, count * times, bounds[action].seconds_for(count * times)) for action, count in counts.items()]
    return sorted(found, key=lambda each: -each[2])

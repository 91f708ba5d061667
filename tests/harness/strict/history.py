"""Reads that lag behind writes, as EC2's and IAM's do.

Before every write a copy is taken of what reads would show. A read that carries the header `wire.READ_AT` is answered
from the state of so many seconds ago: whole, consistent and out of date.
"""

from __future__ import annotations

import copy
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .settings import settings

OBSERVED = {
    "ec2": (
        "vpcs",
        "subnets",
        "route_tables",
        "network_acls",
        "groups",
        "vpc_end_points",
        "enis",
        "flow_logs",
        "internet_gateways",
        "egress_only_internet_gateways",
        "tags",
    ),
    "iam": ("roles", "instance_profiles"),
}
"""By service, the attributes of moto's backend that a lagging read sees as they were."""

_past: dict[str, deque[tuple[float, dict[str, Any]]]] = {service: deque() for service in OBSERVED}
"""By service, until when a state was the present one, oldest first."""


def forget() -> None:
    for states in _past.values():
        states.clear()


def record(service: str, backend: Any) -> None:
    """Keeps the state of a backend that is about to be written to."""
    if service not in OBSERVED or not settings.history_seconds:
        return
    states, now = _past[service], time.monotonic()
    while states and states[0][0] < now - settings.history_seconds:
        states.popleft()
    states.append((now, _copy(backend, OBSERVED[service])))


@contextmanager
def read_at(service: str, backend: Any, seconds_ago: float) -> Iterator[None]:
    """Puts the past state in the place of the present one while a read goes on.

    https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
    """
    moment = time.monotonic() - seconds_ago
    past = next((state for until, state in _past.get(service, ()) if until > moment), None)
    if past is None:  # Nothing was written since.
        yield
        return
    present = {name: getattr(backend, name) for name in past}
    vars(backend).update(past)
    try:
        yield
    finally:
        vars(backend).update(present)


def _copy(backend: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """A deep copy in which everything still belongs to the one backend."""
    return copy.deepcopy({name: getattr(backend, name) for name in names}, {id(backend): backend})

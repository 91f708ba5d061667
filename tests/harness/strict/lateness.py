"""What shows late to who did it: fresh IDs, and VPCs that are deleted. Tests, who ask past the proxy, see what is.

https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .. import answers
from ..calls import READING, Call
from ..freshness import Freshness
from ..wire import THROUGH_PROXY, Message
from .settings import settings

DESCRIBES_VPCS = "DescribeVpcs"

_fresh = Freshness()
_deleted: list[tuple[float, Any, Any, dict[str, str]]] = []
"""Until when, in which backend, a VPC that is gone is listed, with its tags."""


def forget() -> None:
    _fresh.forget()
    _deleted.clear()


def is_clients(request: Message) -> bool:
    """Whether a request comes from the function, and not from a test."""
    return THROUGH_PROXY in request.headers


def unseen(call: Call) -> Message | None:
    """The refusal of a description that names what was made a moment ago; None where there is nothing amiss."""
    _fresh.seconds = settings.fresh_seconds
    named = _fresh.named_by(call) if call.action.startswith(READING) else None
    return answers.unseen(named) if named else None


def seen(call: Call) -> Message:
    """The answer to a call as the function gets it: without what was made a moment ago. Learns what it made."""
    assert call.answer is not None
    if call.service != "ec2":
        return call.answer
    _fresh.learn(call)
    return _fresh.hide(call)


def remember(backend: Any, vpc: Any, tags: dict[str, str]) -> None:
    """A VPC was deleted."""
    if settings.deleted_vpc_seconds:
        _deleted.append((time.monotonic() + settings.deleted_vpc_seconds, backend, vpc, dict(tags)))


@contextmanager
def with_deleted(backend: Any) -> Iterator[None]:
    """Lists the VPCs that were deleted a moment ago among the others."""
    now = time.monotonic()
    _deleted[:] = [each for each in _deleted if each[0] > now]
    back = [(vpc, tags) for _, of, vpc, tags in _deleted if of is backend and vpc.id not in backend.vpcs]
    for vpc, tags in back:
        backend.vpcs[vpc.id] = vpc
        backend.tags[vpc.id] = tags
    try:
        yield
    finally:
        for vpc, _ in back:
            del backend.vpcs[vpc.id]
            backend.tags.pop(vpc.id, None)

"""EventBridge: what one call of PutEvents takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.events.models import EventsBackend

from .errors import json_refusal
from .patching import wrap

MOST_BYTES = 256 * 1024


@wrap(EventsBackend)
def put_events(original: Callable[..., Any], self: Any, events: list[dict[str, Any]]) -> Any:
    """moto takes entries of any size together.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html says how they are counted. The limit was
    256 KB for long and is 1 MB by now; who keeps the smaller one is right under both.
    """
    size = sum(len(str(value).encode()) for event in events for value in event.values())
    if size > MOST_BYTES:
        raise json_refusal("events", "PutEvents", "ValidationException")
    return original(self, events)

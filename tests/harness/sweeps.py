"""Sweeps: asking for one, and what there is to look after."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from .asking import ask
from .function import Function
from .scenarios import SWEEP
from .schemas import assert_described

FIELDS = {"action", "environments", "changes", "failed", "orphans"}
SMALL: dict[str, Any] = {"network": {"prefix_length": 24, "availability_zones": 1}}
"""A spec that is soon built."""
TOO_LITTLE = 2.0
"""With so much left an invocation begins nothing."""
NO_TIME = 11.0
"""So little that a sweep looks and hands over all that it finds."""


def sweep(function: Function, event: Any = SWEEP, **options: Any) -> dict[str, Any]:
    """The answer to a sweep, which must have been able to look."""
    answer = function.invoke(event, **options)
    assert not answer.failed, f"{answer.error_type}: {answer.error_message}"
    assert answer.payload.keys() - {"handed_over"} == FIELDS
    assert answer.payload["action"] == "sweep"
    assert_described("sweep", answer.payload)
    return answer.payload


def untroubled(environments: int) -> dict[str, Any]:
    """What a sweep answers that finds nothing to do."""
    return {"action": "sweep", "environments": environments, "changes": [], "failed": [], "orphans": []}


def changed(answer: dict[str, Any]) -> set[str]:
    """The environments that a sweep changed something of."""
    return {change["environment"] for change in answer["changes"]}


def from_now(**span: float) -> str:
    """A moment: `from_now(minutes=-5)`"""
    return (datetime.now(timezone.utc) + timedelta(**span)).isoformat()


def record_only(function: Function, request: dict[str, Any]) -> None:
    """Has a request recorded and nothing done of it: its invocation has no time to begin."""
    begun = {"create": "provisioning", "delete": "deleting"}[request["action"]]
    for _ in range(5):
        if not function.invoke(request, TOO_LITTLE).failed:  # On a busy machine it may have no time even for that.
            break
    assert ask(function, request, begun, deadline_seconds=TOO_LITTLE)["changes"] == []

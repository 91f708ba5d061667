"""The requests that tests send, in the shortest form that carries them: the event of a direct invocation."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

DAY = datetime(2025, 6, 2, tzinfo=timezone.utc)
NAME = "fraud-v3"


def at(clock: str) -> str:
    """A moment of a day in the past: `at("10:00")`, `at("10:00:00.250")`."""
    hours, minutes, *seconds = clock.split(":")
    moment = DAY + timedelta(hours=int(hours), minutes=int(minutes), seconds=float(seconds[0]) if seconds else 0)
    return moment.isoformat().replace("+00:00", "Z")


def create(name: str = NAME, clock: str = "10:00", **spec: Any) -> dict[str, Any]:
    return {"action": "create", "environment": name, "requested_at": at(clock), "spec": spec}


def delete(name: str = NAME, clock: str = "11:00") -> dict[str, Any]:
    return {"action": "delete", "environment": name, "requested_at": at(clock)}


def on_the_bus(request: dict[str, Any]) -> dict[str, Any]:
    """The same request as EventBridge carries it: nobody waits for the answer."""
    return {
        "version": "0",
        "id": "7bf73129-1428-4cd3-a780-95db273d1602",
        "detail-type": "Training Environment Request",
        "source": "com.acme.ml-platform",
        "account": "123456789012",
        "time": request["requested_at"],
        "region": "us-east-1",
        "resources": [],
        "detail": request,
    }

"""Asking the function, and taking it at its word: a request goes in, its payload comes out, or its refusal."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from .function import Function
from .requests import NAME
from .schemas import assert_described

EVENTS = Path(__file__).parent.parent.parent / "events"


def event(name: str) -> dict[str, Any]:
    """A file of `events/`."""
    return json.loads((EVENTS / f"{name}.json").read_text())


def describe(name: str = NAME) -> dict[str, Any]:
    return {"action": "describe", "environment": name}


def plan(name: str = NAME, **spec: Any) -> dict[str, Any]:
    return {"action": "plan", "environment": name, "spec": spec}


def ask(function: Function, event: Any, status: str = "ready", **options: Any) -> dict[str, Any]:
    """The payload of an answer that must have this status."""
    answer = function.invoke(event, **options)
    assert not answer.failed, f"{answer.error_type}: {answer.error_message}"
    assert answer.payload["status"] == status, answer.payload
    assert_described("answer", answer.payload)
    return answer.payload


def refusal(function: Function, event: Any, kind: str, **options: Any) -> str:
    """The message of an error that must be of this type."""
    answer = function.invoke(event, **options)
    assert answer.failed, f"expected {kind}, got {answer.payload}"
    assert answer.error_type == kind, f"expected {kind}, got {answer.error_type}: {answer.error_message}"
    assert answer.error_message
    return answer.error_message


def pointers(message: str) -> list[str]:
    """The JSON pointers in a refusal, one a fault, sorted."""
    return sorted(re.findall(r"(?:^|; )(/\S*): ", message))

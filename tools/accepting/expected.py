"""What the doubles of the tests answer, and how long they take: what a run in a real account is compared with."""

from __future__ import annotations

import fnmatch
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.strict import settings as strict

from .calls import Called

RECORDED = Path(__file__).parents[2] / "tests" / "recorded"
"""The answers of AWS that the strict emulator and the proxy of the tests answer from."""
TIMES: dict[str, float] = dict(getattr(strict, "TIMES", {}))
"""The seconds that the strict emulator takes where it is as slow as AWS."""


@dataclass(frozen=True)
class Difference:
    """A failed call that is answered otherwise by the doubles, or not at all."""

    call: Called
    times: int
    why: str


def recorded() -> list[dict[str, Any]]:
    """Every recorded answer."""
    files = sorted(RECORDED.glob("*.json"))
    return [answer for file in files for answer in json.loads(file.read_text())["answers"]]


def differences(failed: list[Called], answers: list[dict[str, Any]]) -> list[Difference]:
    """The failed calls whose code or status no recorded answer of their action has, each with how often it came."""
    counted: dict[tuple[str, str, str, int | None], list[Called]] = {}
    for call in failed:
        counted.setdefault((call.who, call.action, call.code, call.status), []).append(call)
    found = []
    for calls in counted.values():
        why = _difference(calls[0], answers)
        if why:
            found.append(Difference(calls[0], len(calls), why))
    return found


def _difference(call: Called, answers: list[dict[str, Any]]) -> str | None:
    of_action = [each for each in answers if any(fnmatch.fnmatchcase(call.action, one) for one in each["actions"])]
    if not of_action and call.who != "function":
        return None  # The function does not call it, so that no double has to answer it.
    if not of_action:
        return "nothing is recorded of this action"
    of_code = [each for each in of_action if each["code"] == call.code]
    if not of_code:
        known = sorted({each["code"] for each in of_action})
        return f"this code is not recorded of the action; recorded are {', '.join(known)}"
    if call.status is not None and all(each["status"] != call.status for each in of_code if not each.get("entry")):
        statuses = sorted({each["status"] for each in of_code})
        return f"recorded with the status {', '.join(map(str, statuses))}"
    return None

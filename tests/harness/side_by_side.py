"""Runs test files side by side, in processes of their own: a test waits most of its time, as AWS has it wait.

Each process has emulators of its own, so files share nothing. Tests of one file stay together and in order: they share
what the file has built. What a process has to say at its end is told to the one that started it.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

import pytest

from .models.judge import JUDGE

MOST = 8
"""More would need more memory than a small machine has: a process and its emulators take up to a gigabyte."""
LONGEST_FIRST = (
    "test_killed.py",
    "test_ends.py",
    "test_reference.py",
    "test_options_killed.py",
    "test_options.py",
    "test_mistakes.py",
    "test_stack_permissions.py",
    "test_acceptance.py",
    "test_state_machines.py",
    "test_tokens.py",
    "test_doctor.py",
    "test_openapi.py",
    "test_waiting.py",
    "test_at_once.py",
    "test_deadline.py",
    "test_throttling.py",
)
"""The files that take over a minute, lest one of them begins when all others have ended."""

_seconds: list[float] = []
_late: list[str] = []


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Two processes for each processor."""
    return min(MOST, 2 * (os.cpu_count() or 1))


def is_one_of_many(config: pytest.Config) -> bool:
    """Whether this process was started by another one to run a part of the tests."""
    return hasattr(config, "workerinput")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if is_one_of_many(config):
        place = {name: index for index, name in enumerate(LONGEST_FIRST)}
        items.sort(key=lambda item: place.get(item.path.name, len(place)))


def tell(config: pytest.Config, seconds: float, late: str | None) -> None:
    """Tells the process that started this one what it judged, how long it ran, and of faults after its last test."""
    output: dict[str, Any] | None = getattr(config, "workeroutput", None)
    if output is not None:
        output["judged"] = {"requests": dict(JUDGE.judged), "faults": JUDGE.faults, "seconds": JUDGE.seconds}
        output["ran"], output["late"] = seconds, late


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object | None) -> None:
    """Takes up what a process told."""
    told: dict[str, Any] = getattr(node, "workeroutput", None) or {}
    if "judged" not in told:
        return
    JUDGE.judged.update(Counter(told["judged"]["requests"]))
    JUDGE.faults += told["judged"]["faults"]
    JUDGE.seconds += told["judged"]["seconds"]
    _seconds.append(told["ran"])
    if told["late"]:
        _late.append(told["late"])


def seconds_of_all() -> float:
    """For how long the processes of others ran, together; 0 where there were none."""
    return sum(_seconds)


def late_complaints() -> list[str]:
    """What the processes of others complained of after their last tests."""
    return _late

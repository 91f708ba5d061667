"""Several things are altered by hand at once: the next `create` restores them all."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest
from botocore.exceptions import ClientError

from harness.drift import Drift
from harness.standing import Standing
from repair import test_repair_access, test_repair_network, test_repair_services

DRIFTS: list[Drift] = [*test_repair_network.drifts, *test_repair_access.drifts, *test_repair_services.drifts]
ROUNDS = 6
AT_MOST = 7
RESTED = 60.0
"""Time enough for the name of a parameter of another type to rest, half a minute, before it is made anew."""


@pytest.mark.parametrize("number", range(ROUNDS))
def test_all_of_it_is_restored(standing: Standing, seed: int, number: int) -> None:
    chance = random.Random(seed + number)
    drifts = chance.sample(DRIFTS, chance.randint(2, AT_MOST))
    for drift in drifts:
        with suppress(ClientError, AssertionError, IndexError):  # What it would alter is gone, or not as it expects.
            drift(standing)
    told = ", ".join(drift.__name__ for drift in drifts)
    answer = standing.function.invoke(standing.event, deadline_seconds=RESTED)
    assert not answer.failed, f"{told}: {answer.error_type}: {answer.error_message}"
    assert answer.payload["status"] == "ready", told
    assert standing.snapshot() == standing.as_built, told
    standing.intact = True

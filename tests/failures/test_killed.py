"""Killed after any call that changes something, an environment ends whole, or gone without a trace."""

from __future__ import annotations

import random

import pytest

from harness.fixtures import TryLives
from harness.scenarios import Reference, Stage, paired

SAMPLE = 10
"""How many of the lives are carried on in other ways than the usual; `make faults` has them all."""


@pytest.mark.at_once("every life must come to the same calls, which waiting adds to")
def test_the_same_request_again_ends_whole(try_lives: TryLives, reference: Reference) -> None:
    """After every single call of a create and of a delete, the function's own records included."""
    trials = paired(reference.kills(Stage.CREATE), reference.kills(Stage.DELETE))
    tally = try_lives("killed, asked again", trials)
    assert tally.unmet == []


def test_a_sweep_carries_on(try_lives: TryLives, reference: Reference, seed: int) -> None:
    chance = random.Random(seed)
    kills = [chance.sample(reference.kills(stage), SAMPLE) for stage in (Stage.CREATE, Stage.DELETE)]
    try_lives("killed, swept", paired(*kills, swept=True))


def test_a_delete_takes_down_what_was_half_made(try_lives: TryLives, reference: Reference, seed: int) -> None:
    kills = random.Random(seed).sample(reference.kills(Stage.CREATE), SAMPLE)
    try_lives("killed, abandoned and deleted", paired(kills, abandoned=True))

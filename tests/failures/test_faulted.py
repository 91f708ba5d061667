"""A fault on any one call, reads included, changes nothing about the end: a sample; `make faults` has them all."""

from __future__ import annotations

import random

from harness.fixtures import TryLives
from harness.scenarios import Reference, Stage, paired

SAMPLE = 25
"""How many lives, each with one fault in its create and one in its delete."""


def test_a_sample_of_faults_changes_nothing(try_lives: TryLives, reference: Reference, seed: int) -> None:
    chance = random.Random(seed)
    faults = [chance.sample(reference.faults(stage), SAMPLE) for stage in (Stage.CREATE, Stage.DELETE)]
    try_lives("faulted", paired(*faults))

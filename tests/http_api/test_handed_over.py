"""A request over HTTP that is killed or disturbed while it is written down ends as one whole environment, or none."""

from __future__ import annotations

import random

from harness.fixtures import TryLives
from harness.scenarios import Reference, Stage, paired

SAMPLE = 8
"""How many lives, each with one fault at its PUT and one at its DELETE; `make faults` has them all."""
STAGES = (Stage.CREATE, Stage.DELETE)


def test_the_same_request_again_is_done(try_lives: TryLives, reference_over_http: Reference) -> None:
    kills = [reference_over_http.kills(stage) for stage in STAGES]
    assert [[kill.point.action for kill in each] for each in kills] == [
        ["TransactWriteItems", "PutEvents"],
        ["PutItem", "PutEvents"],
    ]
    assert try_lives("over HTTP, killed, asked again", paired(*kills), reference_over_http).unmet == []


def test_a_sweep_does_what_was_written_down(try_lives: TryLives, reference_over_http: Reference) -> None:
    kills = [reference_over_http.kills(stage) for stage in STAGES]
    assert try_lives("over HTTP, killed, swept", paired(*kills, swept=True), reference_over_http).unmet == []


def test_a_sample_of_faults_changes_nothing(try_lives: TryLives, reference_over_http: Reference, seed: int) -> None:
    chance = random.Random(seed)
    faults = [chance.sample(reference_over_http.faults(stage), SAMPLE) for stage in STAGES]
    try_lives("over HTTP, faulted", paired(*faults), reference_over_http)

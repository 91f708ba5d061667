"""Killed after any call that makes, alters or removes what an option adds, or with one of them failing, an environment
ends whole or gone."""

from __future__ import annotations

import random
from collections.abc import Iterable
from itertools import zip_longest
from typing import Any

import pytest

from harness.calls import Call
from harness.faults import Fault
from harness.requests import create, delete
from harness.scenarios import Disturbance, Point, Resender, Stage, _points, difference, state
from harness.stand import Stand, Stands

REQUESTS: dict[Stage, dict[str, Any]] = {
    Stage.CREATE: create(
        access={"instance_connect": True}, egress={"allow_domains": ["pypi.org"]}, training={"cluster": True}
    ),
    Stage.UPDATE: create(clock="10:30", egress={"allow_domains": ["conda.anaconda.org"]}),
    Stage.DELETE: delete(clock="11:00"),
}
SAMPLE = 5
FAULTS = 15
"""How many of the calls fail in some way, in each stage."""
Kills = list[Disturbance | None]


def concerns_an_option(call: Call) -> bool:
    names = ("PlacementGroup", "InstanceConnectEndpoint", "CreateTags")
    return call.mutating and (call.service == "route53resolver" or call.action.endswith(names))


def life(stand: Stand, kills: Kills, expected: dict[Stage, Any], swept: bool = False) -> str:
    """One life, killed at most once a stage; what was wrong in the end."""
    account = stand.clear()
    for (stage, request), kill in zip(REQUESTS.items(), kills, strict=True):
        stand.proxy.reset()
        with Resender(stand.proxy, account, sweeps=swept) as resender:
            rule = resender.disturb(kill) if kill else None
            resender.send(request, stage.done)
        stand.proxy.settle()
        assert not rule or rule.fired, f"{kill} never came about"
        if wrong := difference(expected[stage], state(account)):
            return f"{kill}\n{wrong}"
    return stand.complaints()


Undisturbed = tuple[dict[Stage, list[Point]], dict[Stage, Any]]


def undisturbed(stand: Stand, _: object) -> Undisturbed:
    account, states = stand.clear(), {}
    points: dict[Stage, list[Point]] = {}
    for stage, request in REQUESTS.items():
        stand.proxy.reset()
        with Resender(stand.proxy, account) as resender:
            resender.send(request, stage.done)
        points[stage] = list(_points(stage, [call for call in stand.proxy.calls() if concerns_an_option(call)]))
        states[stage] = state(account)
    return points, states


@pytest.fixture(scope="module")
def reference(stands: Stands) -> Undisturbed:
    (found,) = stands.run(undisturbed, [None])
    return found


def rows(columns: Iterable[list[Point]]) -> list[Kills]:
    kills = [[Disturbance(point, None) for point in points] for points in columns]
    return [list(row) for row in zip_longest(*kills)]


def test_the_same_request_again_ends_whole(stands: Stands, reference: Undisturbed) -> None:
    points, states = reference
    assert [len(points[stage]) for stage in REQUESTS] == [11, 3, 6]
    trials = rows(points.values())
    wrong = [text for text in stands.run(lambda stand, kills: life(stand, kills, states), trials) if text]
    assert not wrong, "\n\n".join(wrong)


def test_a_sweep_carries_on(stands: Stands, reference: Undisturbed, seed: int) -> None:
    points, states = reference
    chance = random.Random(seed)
    sampled = rows(chance.sample(of_stage, min(SAMPLE, len(of_stage))) for of_stage in points.values())
    wrong = [text for text in stands.run(lambda stand, kills: life(stand, kills, states, True), sampled) if text]
    assert not wrong, "\n\n".join(wrong)


def test_a_fault_changes_nothing_about_the_end(stands: Stands, reference: Undisturbed, seed: int) -> None:
    """Throttles, 5xx and cut connections, before and after the effect."""
    points, states = reference
    chance = random.Random(seed)
    faults = [[Disturbance(point, fault) for point in of_stage for fault in Fault] for of_stage in points.values()]
    sampled = [list(row) for row in zip_longest(*(chance.sample(of_stage, FAULTS) for of_stage in faults))]
    wrong = [text for text in stands.run(lambda stand, row: life(stand, row, states), sampled) if text]
    assert not wrong, "\n\n".join(wrong)

"""A fault at any one call of a sweep, or reads that lag, change nothing about what it comes to."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from harness.by_hand import ssh_from
from harness.calls import Call
from harness.faults import Fault
from harness.fixtures import Report
from harness.requests import NAME, create
from harness.standing import Bench, Standing
from harness.sweeps import SMALL, changed, sweep, untroubled

SAMPLE = 4
LAG = 3.0


@pytest.fixture(scope="module")
def wish() -> dict[str, Any]:
    return create(**SMALL)


def drift(standing: Standing) -> None:
    """What takes calls of several services to repair."""
    standing.account.ec2.authorize_security_group_ingress(
        GroupId=standing.id("security_groups", "training-security-group"), IpPermissions=ssh_from("10.9.0.0/16")
    )
    standing.account.iam.delete_role_policy(RoleName="fraud-v3-us-east-1-training", PolicyName="training")
    standing.account.ssm.put_parameter(Name="/ringfence/fraud-v3/exports", Value="{}", Overwrite=True)


def points(calls: list[Call]) -> Iterator[tuple[str, int]]:
    """Each call by its action, and by how many of that action have come."""
    seen: Counter[str] = Counter()
    for call in calls:
        seen[call.action] += 1
        yield call.action, seen[call.action]


def test_one_fault_changes_nothing(standing: Standing, seed: int, report: Report) -> None:
    drift(standing)
    standing.proxy.forget()
    assert changed(sweep(standing.function)) == {NAME}
    assert standing.snapshot() == standing.as_built
    faults = [(action, nth, fault) for action, nth in points(standing.proxy.calls()) for fault in Fault]
    for action, nth, fault in random.Random(seed).sample(faults, SAMPLE):
        standing.proxy.reset()
        drift(standing)
        standing.proxy.inject(fault, action, nth=nth)
        answer = sweep(standing.function)
        told = f"{fault.value} at {action} {nth}"
        assert (changed(answer), answer["failed"]) == ({NAME}, []), told
        assert standing.snapshot() == standing.as_built, told
    standing.assert_intact()
    report(f"{SAMPLE} of {len(faults)} faults in sweeps ended right")


def test_what_was_made_a_moment_ago_is_not_made_again(bench: Bench) -> None:
    """Though the sweep does not see it yet."""
    bench.emulator.configure(history_seconds=2 * LAG)
    created = bench.function.invoke(create(**SMALL)).payload
    assert created["status"] == "ready"
    before = bench.account.snapshot(NAME)
    bench.proxy.stale(LAG, times=None)
    answer = sweep(bench.function)
    assert (answer["environments"], answer["failed"], answer["orphans"]) == (1, [], [])
    bench.proxy.reset()
    assert bench.account.vpcs(NAME) == [created["exports"]["vpc_id"]]
    assert bench.account.snapshot(NAME) == before
    assert sweep(bench.function) == untroubled(1)

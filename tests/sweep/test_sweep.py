"""A sweep looks at every environment and says what it found; where nothing is wrong it changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from harness import answers
from harness.asking import ask, event, refusal
from harness.requests import create, delete
from harness.scenarios import SWEEP
from harness.standing import Bench
from harness.sweeps import SMALL, sweep, untroubled

OWN_LEASE = ["PutItem", "DeleteItem"]
"""All that a sweep writes that finds nothing to do."""


@pytest.mark.parametrize("carried", [SWEEP, event("eventbridge-sweep")], ids=["direct", "eventbridge"])
def test_of_an_empty_region(bench: Bench, carried: dict[str, Any]) -> None:
    assert sweep(bench.function, carried) == untroubled(0)
    assert bench.account.records() == []


def test_it_leaves_alone_what_is_as_it_should_be(bench: Bench) -> None:
    """Also what is gone, which is no environment any more."""
    ask(bench.function, create("alpha", **SMALL))
    ask(bench.function, create("gone", **SMALL))
    ask(bench.function, delete("gone"), "deleted")
    before = bench.account.records()
    for carried in (SWEEP, event("eventbridge-sweep")):
        bench.proxy.forget()
        assert sweep(bench.function, carried) == untroubled(1)
        assert [call.action for call in bench.proxy.mutations(records=True)] == OWN_LEASE
    assert bench.account.records() == before


@pytest.mark.parametrize("action", ["DescribeSubnets", "GetAccountAuthorizationDetails", "Query"])
def test_it_fails_when_it_could_not_look(bench: Bench, action: str) -> None:
    """And leaves no lease behind that would keep the next one from looking."""
    bench.proxy.reply(answers.denied, action)
    assert action in refusal(bench.function, SWEEP, "AccessDenied")
    bench.proxy.reset()
    assert sweep(bench.function) == untroubled(0)


def test_it_does_not_fail_because_its_lease_could_not_be_given_up(bench: Bench) -> None:
    """It has looked and done its work, and the lease runs out."""
    bench.proxy.reply(answers.denied, "DeleteItem")
    assert sweep(bench.function) == untroubled(0)


@pytest.mark.parametrize("field", [{"environment": "fraud-v3"}, {"spec": {}}, {"limit": 5}, {"force": True}])
def test_it_takes_no_arguments(bench: Bench, field: dict[str, Any]) -> None:
    (name,) = field
    assert f"/{name}" in bench.assert_refused(SWEEP | field, unheard=True)

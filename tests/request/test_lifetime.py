"""`ttl` and `expires_at`: what they are counted from, and a request that comes after its own end."""

from __future__ import annotations

import pytest

from harness.asking import ask, describe
from harness.by_hand import make_vpc
from harness.requests import create, delete
from harness.standing import Bench


def test_a_time_to_live_counts_from_the_request_and_may_be_extended(bench: Bench) -> None:
    first = ask(bench.function, create(ttl="365d") | {"requested_at": "2026-06-02T10:00:00Z"})
    assert first["expires_at"] == "2027-06-02T10:00:00Z"
    later = ask(bench.function, create(expires_at="2031-01-01T00:00:00Z") | {"requested_at": "2026-06-02T11:00:00Z"})
    assert (later["expires_at"], later["changes"]) == ("2031-01-01T00:00:00Z", [])
    assert ask(bench.function, describe())["expires_at"] == "2031-01-01T00:00:00Z"
    assert "expires_at" not in ask(bench.function, create() | {"requested_at": "2026-06-02T12:00:00Z"})


@pytest.mark.parametrize("end", [{"ttl": "8h"}, {"expires_at": "2025-06-02T10:00:01Z"}], ids=["ttl", "expires_at"])
def test_a_request_that_arrives_after_its_own_end_builds_nothing(bench: Bench, end: dict[str, str]) -> None:
    answer = ask(bench.function, create(**end), "deleted")
    assert (answer["exports"], answer["changes"]) == ({}, [])
    assert bench.proxy.mutations() == []


def test_it_needs_no_block_that_somebody_else_has_by_now(bench: Bench) -> None:
    make_vpc(bench.account.ec2, "10.42.0.0/16")
    answer = ask(bench.function, create(ttl="8h", network={"cidr": "10.42.0.0/16"}), "deleted")
    assert answer["changes"] == []


def test_it_removes_what_stands(bench: Bench) -> None:
    ask(bench.function, create())
    ask(bench.function, create(clock="10:30", ttl="8h"), "deleted")
    assert bench.account.leftovers() == []
    ask(bench.function, delete(), "deleted")

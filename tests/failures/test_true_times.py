"""Whole lives in the times that AWS takes, unscaled: roles that do not count, IDs that do not show, endpoints that come
and go, and VPCs that are listed when they are gone."""

from __future__ import annotations

from typing import Any

import pytest

from harness.asking import ask, describe
from harness.requests import NAME, create, delete
from harness.standing import Bench
from harness.strict.settings import TIMES

COMPLETE: dict[str, Any] = {
    "network": {"cidr": "10.42.0.0/16"},
    "access": {"instance_connect": True, "ssh_from": ["10.8.0.0/16"]},
    "egress": {"endpoints": ["s3", "ecr.api"], "allow_domains": ["pypi.org"]},
    "training": {"cluster": True},
    "tags": {"team": "vision"},
}


def at(clock: str, **spec: Any) -> dict[str, Any]:
    return create(clock=clock, **{**COMPLETE, **spec})


@pytest.fixture
def slow(bench: Bench) -> Bench:
    """An account in which AWS takes its time."""
    bench.emulator.configure(time_scale=1)
    return bench


def test_a_life_with_every_option(slow: Bench) -> None:
    made = ask(slow.function, at("10:00"))
    assert made["isolation"]["isolated"]
    refused = [call for call in slow.proxy.calls("CreateFlowLogs") if call.status != 200]
    assert refused, "the role counted at once: nothing was tried"
    built = slow.account.snapshot(NAME)
    slow.proxy.forget()
    assert ask(slow.function, at("10:10"))["changes"] == []
    assert slow.proxy.mutations() == []
    changed = ask(slow.function, at("10:20", egress={"endpoints": ["s3", "logs"]}, tags={"team": "speech"}))
    assert {each["op"] for each in changed["changes"]} >= {"create", "delete"}
    assert slow.account.snapshot(NAME) != built
    ask(slow.function, delete(clock="10:30"), "deleted")
    assert slow.account.leftovers() == []


def test_an_endpoint_that_was_deleted_by_hand_comes_back_when_its_name_is_free(slow: Bench) -> None:
    ask(slow.function, at("10:00"))
    (endpoint,) = slow.account.resources("endpoints", {"vpc-endpoint-type": "Interface"})
    slow.account.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"]])
    ask(slow.function, at("10:10"))
    assert ask(slow.function, describe())["status"] == "ready"
    found = slow.account.resources("endpoints")
    assert [each["State"] for each in found] == ["available", "available"]
    assert endpoint["VpcEndpointId"] not in {each["VpcEndpointId"] for each in found}


def test_the_times_are_those_that_are_told_of() -> None:
    assert TIMES == {
        "role_seconds": 8,
        "tag_seconds": 2,
        "fresh_seconds": 1,
        "endpoint_seconds": 5,
        "deleted_vpc_seconds": 1,
    }

"""The schemas in `schemas/` say of requests what the function says of them, and of answers what they are.

What a schema refuses, the function refuses; what a schema allows, the function takes, but for what `harness/left.py`
lists. The function is asked at a moment that lies too far ahead: that alone is then wrong with a request that it would
take, and all that is wrong comes in one answer.
"""

from __future__ import annotations

import json
import time
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from harness.asking import pointers, refusal
from harness.function import Function
from harness.gateway import Call, send
from harness.left import LEFT, Fault, Left
from harness.requests import NAME
from harness.schemas import altered, load, names, validator, values
from harness.standing import Bench

SPEC = load("spec")
REQUEST = load("request")
AHEAD = "2999-01-01T00:00:00Z"

bounded = settings(
    max_examples=250,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)


def faults(function: Function, spec: Any) -> list[Fault]:
    """What the function finds wrong with a spec."""
    call = Call(
        "POST",
        f"/environments/{NAME}/plan",
        json.dumps(spec).encode(),
        {"Content-Type": "application/json"},
        at=time.time() + 3600,
    )
    refused = send(function, call)
    assert refused.status == 400, refused
    found = [Fault(each["pointer"], each["detail"]) for each in refused.json["errors"]]
    assert any(fault.pointer == "/requested_at" for fault in found)
    return [fault for fault in found if fault.pointer != "/requested_at"]


def assert_agreed(function: Function, spec: Any) -> None:
    found = faults(function, spec)
    if validator("spec").is_valid(spec):
        assert [fault for fault in found if not fault.is_left()] == []
    else:
        assert found, "the schema refuses what the function takes"


@bounded
@given(spec=values(SPEC, SPEC))
def test_a_spec_that_the_schema_allows_is_taken(bench: Bench, spec: Any) -> None:
    assert validator("spec").is_valid(spec)
    assert_agreed(bench.function, spec)


@bounded
@given(spec=altered(values(SPEC, SPEC)))
def test_a_spec_that_the_schema_refuses_is_refused(bench: Bench, spec: Any) -> None:
    assert_agreed(bench.function, spec)


@pytest.mark.parametrize("left", LEFT.values(), ids=LEFT)
def test_what_the_schema_leaves_to_the_function(bench: Bench, left: Left) -> None:
    assert validator("spec").is_valid(left.example)
    found = faults(bench.function, left.example)
    assert found and all(left.is_it(fault) for fault in found), found


@bounded
@given(request=altered(values(REQUEST, REQUEST)))
def test_a_request_is_taken_and_refused_as_its_schema_has_it(bench: Bench, request: Any) -> None:
    if not isinstance(request, dict):
        return
    message = refusal(bench.function, request | {"requested_at": AHEAD}, "InvalidRequest")
    found = [pointer for pointer in pointers(message) if not pointer.startswith("/spec/")]
    if validator("request").is_valid(request | {"requested_at": AHEAD}):
        assert found == ["/requested_at"]
    else:
        assert pointers(message) != ["/requested_at"], "the schema refuses what the function takes"


@pytest.mark.parametrize("name", names())
def test_a_schema_is_one(name: str) -> None:
    jsonschema_rs.meta.validate(load(name))
    assert validator(name).is_valid(None) is False

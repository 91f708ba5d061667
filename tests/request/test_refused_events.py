"""An event that is no request is told what was expected, and nothing is done."""

from __future__ import annotations

from typing import Any

import pytest

from harness.asking import describe, plan, pointers, refusal
from harness.requests import create, delete, on_the_bus
from harness.standing import Standing

NAMES = ["", "ab", "Fraud", "1fraud", "fraud-", "fraud_v3", "f" * 33, "fraud v3", "../fraud", None, 7]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_none(built: Standing, name: Any) -> None:
    assert pointers(built.assert_refused(create() | {"environment": name}, unheard=True)) == ["/environment"]


# Events that are no requests

EVENTS: dict[str, tuple[Any, str]] = {
    "array": ([create()], "expected an EventBridge event or a request with an action"),
    "number": (7, "expected an EventBridge event or a request with an action"),
    "null": (None, "expected an EventBridge event or a request with an action"),
    "text": ("create", "expected an EventBridge event or a request with an action"),
    "malformed_json": (b'{"action": "create", ', "expected an EventBridge event or a request with an action"),
    "no_json_at_all": (b"\xff\xfe\x00", "expected an EventBridge event or a request with an action"),
    "empty": ({}, "no known carrier"),
    "no_known_carrier": ({"Records": [{"Sns": {}}]}, "Records"),
    "unknown_action": ({"action": "destroy", "environment": "fraud-v3"}, "/action: "),
    "no_action": (on_the_bus({"environment": "fraud-v3", "requested_at": "2025-06-02T10:00:00Z"}), "/action: "),
    "no_environment": ({"action": "create"}, "/environment: "),
    "field_of_another_action": (delete() | {"spec": {}}, "/spec: "),
    "another_detail_type": (on_the_bus(create()) | {"detail-type": "Order Placed"}, "Training Environment Request"),
    "detail_that_is_no_object": (on_the_bus(create()) | {"detail": "create"}, "object"),
    "limit_out_of_bounds": ({"action": "list", "limit": 0}, "/limit: "),
    "unknown_view": (describe() | {"view": "png"}, "/view: "),
}


@pytest.mark.parametrize(("event", "said"), EVENTS.values(), ids=EVENTS)
def test_what_is_no_request_is_told_what_was_expected(built: Standing, event: Any, said: str) -> None:
    assert said in built.assert_refused(event, unheard=True)


def test_a_huge_event_is_refused_in_few_words(built: Standing) -> None:
    huge = create(tags={f"key-{number}": "x" * 1000 for number in range(5000)})
    assert len(built.assert_refused(huge, unheard=True)) < 1000
    nested: Any = {}
    for _ in range(120):
        nested = {"spec": nested}
    built.assert_refused(create() | {"spec": nested}, unheard=True)


def test_a_page_that_nobody_handed_out(built: Standing) -> None:
    refusal(built.function, {"action": "list", "next_token": "bm9uc2Vuc2U"}, "InvalidRequest")


def test_what_is_wrong_with_one_request_does_not_spoil_the_next(built: Standing) -> None:
    events: list[Any] = [b"{", [], create(network={"cidr": "10.0.0.0/8"})]
    for event in events:
        refusal(built.function, event, "InvalidRequest")
    assert not built.function.invoke(plan()).failed

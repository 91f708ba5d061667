"""The log: JSON lines, each of a request's with whose it is, and nothing in them that is nobody's business."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conftest import StartFunction
from harness.account import Account
from harness.asking import ask, describe, event, refusal
from harness.emulator import Emulator
from harness.function import Function
from harness.requests import create, delete, on_the_bus

Line = dict[str, Any]
Logged = Callable[..., list[Line]]


@pytest.fixture
def logged(start_function: StartFunction, account: Account) -> Logged:
    """What a function of its own logs while it does something."""

    def run(work: Callable[[Function], Any]) -> list[Line]:
        function = start_function()
        work(function)
        function.kill()
        assert function.errors == ""
        return function.logs

    return run


def life(function: Function) -> None:
    ask(function, event("eventbridge-create"))
    ask(function, describe())
    ask(function, event("eventbridge-delete"), "deleted")


def test_every_line_says_whose_it_is(logged: Logged) -> None:
    lines = logged(life)
    assert not [line for line in lines if "raw" in line], "a line that is no JSON object"
    assert {line["environment"] for line in lines} == {"fraud-v3"}
    ids = dict.fromkeys((line["request_id"], line["action"]) for line in lines)
    assert [action for _, action in ids] == ["create", "describe", "delete"]
    assert len({request_id for request_id, _ in ids}) == 3
    for line in lines:
        assert line["level"] in ("INFO", "WARN", "ERROR")
        assert line["timestamp"]
        assert line["message"]


def test_every_change_is_there_with_its_type_name_and_id(logged: Logged) -> None:
    answers: list[dict[str, Any]] = []
    lines = logged(lambda function: answers.append(ask(function, create())))
    changes = [line for line in lines if line["message"] == "changed"]
    assert [(line["resource_type"], line["resource"], line.get("id")) for line in changes] == [
        (each["type"], each["resource"], each.get("id")) for each in answers[0]["changes"]
    ]


def test_a_failure_is_one_line_with_its_type_and_message(logged: Logged, emulator: Emulator) -> None:
    emulator.configure(quotas={"subnets_per_vpc": 0})
    said: list[str] = []
    lines = logged(lambda function: said.append(refusal(function, on_the_bus(create()), "QuotaExceeded")))
    assert {(line["action"], line["environment"], line["carrier"]) for line in lines} == {
        ("create", "fraud-v3", "eventbridge")
    }
    errors = [line for line in lines if line["level"] == "ERROR"]
    assert [(line["error_type"], line["message"]) for line in errors] == [("QuotaExceeded", said[0])]


def test_what_is_no_request_has_a_request_id_at_least(logged: Logged) -> None:
    def send(function: Function) -> None:
        refusal(function, b"{", "InvalidRequest")
        refusal(function, create(network={"cidr": "8.8.8.0/24"}), "InvalidRequest")

    lines = logged(send)
    assert lines
    assert all(line.get("request_id") for line in lines)


def test_neither_policies_nor_credentials_nor_the_spec_are_logged(logged: Logged) -> None:
    spec = {"tags": {"secret": "hush-hush"}, "training": {"read": ["arn:aws:s3:::very-private-bucket"]}}

    def send(function: Function) -> None:
        ask(function, create(**spec))
        ask(function, delete(), "deleted")

    told = repr(logged(send))
    for text in ("Statement", "sts:AssumeRole", "aws:SourceVpc", "testing", "hush-hush", "very-private-bucket"):
        assert text not in told, text

"""`list` says which environments there are, by name, a page at a time."""

from __future__ import annotations

import functools
import operator
from typing import Any

from harness.asking import ask, refusal
from harness.function import Function
from harness.requests import create, delete
from harness.schemas import assert_described
from harness.standing import Bench
from harness.sweeps import SMALL

NAMES = ["alpha", "beta", "gamma"]


def listing(function: Function, **fields: Any) -> dict[str, Any]:
    answer = function.invoke({"action": "list", **fields})
    assert not answer.failed, answer.error_message
    assert answer.payload["action"] == "list"
    assert_described("list", answer.payload)
    return answer.payload


def pages(function: Function, limit: int) -> list[list[str]]:
    """The names on every page."""
    found: list[list[str]] = []
    token: dict[str, str] = {}
    while True:
        page = listing(function, limit=limit, **token)
        found.append([each["environment"] for each in page["environments"]])
        if "next_token" not in page:
            return found
        token = {"next_token": page["next_token"]}


def test_of_none(bench: Bench) -> None:
    assert listing(bench.function) == {"action": "list", "environments": []}
    assert bench.proxy.mutations(records=True) == []


def test_every_environment_is_there_once_with_its_state(bench: Bench) -> None:
    for name in reversed(NAMES):
        ask(bench.function, create(name, ttl="365d") | {"requested_at": "2026-06-02T10:00:00Z"})
    bench.proxy.forget()
    found = listing(bench.function)["environments"]
    assert [each["environment"] for each in found] == NAMES
    for each in found:
        assert (each["status"], each["requested_at"]) == ("ready", "2026-06-02T10:00:00Z")
        assert each["expires_at"] == "2027-06-02T10:00:00Z"
        assert [each["vpc_id"]] == bench.account.vpcs(each["environment"])
    assert bench.proxy.mutations(records=True) == []
    assert {call.service for call in bench.proxy.calls()} == {"dynamodb"}

    for limit in (1, 2, 3, 100):
        found_pages = pages(bench.function, limit)
        assert functools.reduce(operator.iadd, found_pages, []) == NAMES
        assert max(map(len, found_pages)) <= limit

    ask(bench.function, delete("beta") | {"requested_at": "2026-06-02T11:00:00Z"}, "deleted")
    assert functools.reduce(operator.iadd, pages(bench.function, 1), []) == ["alpha", "gamma"]


def test_what_failed_is_there_with_the_reason(bench: Bench) -> None:
    bench.emulator.configure(quotas={"subnets_per_vpc": 0})
    message = refusal(bench.function, create(), "QuotaExceeded")
    (found,) = listing(bench.function)["environments"]
    assert (found["status"], found["error"]["kind"], found["error"]["message"]) == ("failed", "QuotaExceeded", message)


def test_what_was_refused_is_not_there(bench: Bench) -> None:
    refusal(bench.function, create(network={"availability_zones": ["us-east-1z"]}), "InvalidRequest")
    assert listing(bench.function)["environments"] == []


def test_one_whose_record_cannot_be_read_is_listed_with_why_and_hides_no_other(bench: Bench) -> None:
    for name in NAMES:
        ask(bench.function, create(name, **SMALL))
    key = {"kind": {"S": "environment"}, "name": {"S": "beta"}}
    item = bench.account.dynamodb.get_item(TableName=bench.account.table, Key=key)["Item"]
    bench.account.dynamodb.put_item(TableName=bench.account.table, Item=item | {"wish": {"S": "perhaps"}})
    found = {each["environment"]: each for each in listing(bench.function)["environments"]}
    assert {name: each["status"] for name, each in found.items()} == {
        "alpha": "ready",
        "beta": "failed",
        "gamma": "ready",
    }
    assert "wish" in found["beta"]["error"]["message"]

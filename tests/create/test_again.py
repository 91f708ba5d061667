"""The same request again: nothing to do, and nothing done."""

from __future__ import annotations

from typing import Any

import pytest

from harness.account import Account
from harness.asking import ask, event
from harness.emulator import Emulator
from harness.function import Function
from harness.proxy import Proxy
from harness.requests import create, delete, on_the_bus
from harness.standing import Standing

TOMORROW = "2025-06-03T00:00:00Z"


@pytest.fixture(scope="module")
def wish() -> dict[str, Any]:
    return event("eventbridge-create")


def test_the_same_event_changes_nothing(built: Standing) -> None:
    answer = built.again()
    assert answer["changes"] == []
    assert built.proxy.mutations() == []
    assert {key: answer[key] for key in ("exports", "spec", "requested_at", "isolation")} == {
        key: built.answer[key] for key in ("exports", "spec", "requested_at", "isolation")
    }
    built.assert_intact()


def test_a_later_request_for_the_same_changes_nothing_but_the_record(standing: Standing, wish: dict[str, Any]) -> None:
    answer = ask(standing.function, wish | {"time": TOMORROW})
    assert (answer["changes"], answer["requested_at"]) == ([], TOMORROW)
    assert standing.proxy.mutations() == []
    assert standing.snapshot() == standing.as_built


def test_what_found_everything_in_order_is_not_ready_once_another_request_came_between(standing: Standing) -> None:
    """It takes no lease, so that its only write has to notice."""
    with Function(standing.proxy.url) as other:
        standing.proxy.hook("PutItem", before=lambda _: ask(other, delete() | {"requested_at": TOMORROW}, "deleted"))
        ask(standing.function, standing.event, "superseded")
    assert standing.account.leftovers() == []


def test_an_account_of_many_pages_is_read_to_its_end(
    emulator: Emulator, proxy: Proxy, account: Account, function: Function
) -> None:
    emulator.configure(page_size=5)
    request = on_the_bus(create())
    ask(function, request)
    proxy.forget()
    assert ask(function, request)["changes"] == []
    assert proxy.mutations() == []
    ask(function, delete(), "deleted")
    assert account.leftovers() == []

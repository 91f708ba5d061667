"""The files of `events/`, one a carrier, and what each of them leaves to its carrier: the moment of the request."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from harness.asking import EVENTS, ask, event, plan, pointers
from harness.gateway import reply
from harness.requests import create, delete, on_the_bus
from harness.standing import Bench

STORY = {
    "eventbridge-create": "ready",
    "invoke-describe": "ready",
    "scheduler-create": "ready",
    "step-functions-create": "ready",
    "eventbridge-sweep": None,
    "eventbridge-delete": "deleted",
    "invoke-delete": "deleted",
}
"""The files in the order in which they make sense, and the status that each is answered with, if with one."""

OVER_HTTP = {
    "function-url-plan": (200, "deleted"),
    "http-api-create": (202, "provisioning"),
    "rest-api-describe": (200, "provisioning"),
}
"""The files that come over HTTP, what they are answered with, and the status in the answer."""

BATCHES: dict[str, list[str]] = {"sqs-create": []}
"""The files that come from a queue, each with the messages that are to be sent again."""


def test_every_file_is_an_event_that_does_what_its_name_says(bench: Bench) -> None:
    assert sorted([*STORY, *OVER_HTTP, *BATCHES]) == sorted(path.stem for path in EVENTS.glob("*.json"))
    for name, status in STORY.items():
        answer = bench.function.invoke(event(name))
        assert not answer.failed, f"{name}: {answer.error_message}"
        assert (answer.payload["action"], answer.payload.get("status")) == (name.rpartition("-")[2], status), name
    assert bench.account.leftovers() == []


def test_every_file_that_comes_over_http_is_answered_so(bench: Bench) -> None:
    for name, (status, standing) in OVER_HTTP.items():
        answer = reply(bench.function.invoke(event(name)).payload)
        assert answer.status == status, f"{name}: {answer.body}"
        assert (answer.json["action"], answer.json["status"]) == (name.rpartition("-")[2], standing), name
    (record,) = bench.account.records("environment")
    assert record["request_order"].startswith("2025-06-02T07:30:00.250")


def test_every_file_that_comes_from_a_queue_is_done(bench: Bench) -> None:
    ask(bench.function, event("eventbridge-create"))
    for name, again in BATCHES.items():
        assert bench.function.invoke(event(name)).payload == {"batchItemFailures": again}
    assert ask(bench.function, event("invoke-describe"))["environment"] == "fraud-v3"


SECOND = len("2025-06-02T10:00:00")


def from_now(minutes: float) -> str:
    return (datetime.now(timezone.utc) + timedelta(minutes=minutes)).isoformat()


def test_an_event_on_the_bus_was_requested_when_it_came_to_be(bench: Bench) -> None:
    request = delete()
    del request["requested_at"]
    wrapped = on_the_bus(delete()) | {"detail": request, "time": "2025-06-02T07:30:00Z"}
    assert ask(bench.function, wrapped, "deleted")["requested_at"] == "2025-06-02T07:30:00Z"


def test_what_the_request_itself_says_goes_before(bench: Bench) -> None:
    wrapped = on_the_bus(delete(clock="10:00")) | {"time": "2025-06-03T00:00:00Z"}
    assert ask(bench.function, wrapped, "deleted")["requested_at"] == "2025-06-02T10:00:00Z"


def test_a_bare_request_was_requested_now(bench: Bench) -> None:
    before = from_now(0)
    answer = ask(bench.function, {"action": "delete", "environment": "fraud-v3"}, "deleted")
    assert before[:SECOND] <= answer["requested_at"][:SECOND] <= from_now(0)[:SECOND]


def test_any_bus_source_and_further_field_will_do(bench: Bench) -> None:
    wrapped = on_the_bus(delete()) | {"source": "aws.partner/example.com/ml", "replay-name": "again"}
    ask(bench.function, wrapped, "deleted")


@pytest.mark.parametrize("by_the_carrier", [False, True], ids=["itself", "by_the_carrier"])
@pytest.mark.parametrize("minutes", [6, 600_000])
def test_a_request_from_the_future_is_refused(bench: Bench, minutes: float, by_the_carrier: bool) -> None:
    ahead = create() | {"requested_at": from_now(minutes)}
    if by_the_carrier:
        ahead = on_the_bus(ahead)
        del ahead["detail"]["requested_at"]
    assert pointers(bench.assert_refused(ahead, unheard=True)) == ["/requested_at"]


def test_clocks_may_differ_a_little(bench: Bench) -> None:
    assert not bench.function.invoke(plan() | {"requested_at": from_now(4)}).failed


def test_a_moment_may_be_written_with_an_offset(bench: Bench) -> None:
    request = delete() | {"requested_at": "2025-06-02T12:00:00.250+02:00"}
    assert ask(bench.function, request, "deleted")["requested_at"] == "2025-06-02T10:00:00.25Z"

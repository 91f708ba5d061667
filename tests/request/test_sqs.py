"""Messages of an SQS queue: each is a request of its own, and what failed or is unfinished is asked for again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.asking import describe, refusal
from harness.faults import Fault
from harness.fixtures import StartFunction
from harness.function import Function
from harness.holding import Holder
from harness.requests import NAME, create, delete, on_the_bus
from harness.standing import Bench, Standing

SENT = 1_748_849_400_250


def batch(*bodies: Any) -> dict[str, Any]:
    """A batch whose messages are called 0, 1, …; a body that is a text goes as it is."""
    return {
        "Records": [
            {
                "messageId": str(index),
                "receiptHandle": "handle",
                "body": body if isinstance(body, str) else json.dumps(body),
                "attributes": {"SentTimestamp": str(SENT), "SenderId": "AIDAIENQZJOLO23YVJ4VO"},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:environment-requests",
                "awsRegion": "us-east-1",
            }
            for index, body in enumerate(bodies)
        ]
    }


def left_over(function: Function, event: Any, **options: Any) -> list[str]:
    answer = function.invoke(event, **options)
    assert not answer.failed, answer.error_message
    assert set(answer.payload) == {"batchItemFailures"}
    assert all(set(each) == {"itemIdentifier"} for each in answer.payload["batchItemFailures"])
    return [each["itemIdentifier"] for each in answer.payload["batchItemFailures"]]


def test_one_bad_message_does_not_fail_the_others(bench: Bench) -> None:
    event = batch(
        on_the_bus(create()),
        "{",
        create("other"),
        create() | {"spec": {"vpc": 1}},
        batch(create()),
        describe("no-such"),
    )
    assert left_over(bench.function, event) == ["1", "3", "4", "5"]
    assert len(bench.account.vpcs(NAME)) == len(bench.account.vpcs("other")) == 1


def test_a_bare_request_was_made_when_it_was_sent(bench: Bench) -> None:
    request = create()
    del request["requested_at"]
    assert left_over(bench.function, batch(request)) == []
    (record,) = bench.account.records("environment")
    assert record["request_order"].startswith("2025-06-02T07:30:00.250")


def test_who_asked_is_known_from_an_event_alone(bench: Bench) -> None:
    left_over(bench.function, batch(on_the_bus(create()), create("other")))
    records = {record["name"]: record.get("requested_by") for record in bench.account.records("environment")}
    assert records == {NAME: "123456789012 com.acme.ml-platform", "other": None}


def test_the_order_of_messages_means_nothing(bench: Bench) -> None:
    left_over(bench.function, batch(delete(clock="11:00"), create(clock="10:00"), create(clock="12:00")))
    left_over(bench.function, batch(create(clock="12:00"), delete(clock="13:00"), create(clock="12:30")))
    assert left_over(bench.function, batch(delete(clock="13:00"))) == []
    assert bench.account.leftovers() == []


def test_a_busy_environment_is_left_to_whoever_is_at_work(holder: Holder, other: Function) -> None:
    holder.begin(create(), "CreateSubnet")
    assert left_over(other, batch(create(tags={"team": "fraud"}), on_the_bus(create()))) == []
    holder.finish()


def test_what_is_unfinished_is_asked_for_again(bench: Bench, start_function: StartFunction) -> None:
    bench.proxy.hook("CreateSubnet", before=lambda call: bench.proxy.delay(0.5), times=1)
    assert left_over(bench.function, batch(create(), describe("no-such")), deadline_seconds=4.5) != []
    bench.proxy.reset()
    assert left_over(bench.function, batch(create())) == []


def test_what_there_is_no_time_for_is_not_begun(bench: Bench) -> None:
    assert left_over(bench.function, batch(create(), delete("other")), deadline_seconds=1.9) == ["0", "1"]
    assert bench.proxy.calls() == []


def test_a_fault_of_aws_fails_its_own_message(built: Standing) -> None:
    built.proxy.inject(Fault.THROTTLE, action="GetItem", times=None)
    assert left_over(built.function, batch(describe(), {"action": "list"})) == ["0"]
    built.proxy.reset()


@pytest.mark.parametrize("records", [{}, [{}], [{"messageId": "1"}], [{"eventSource": "aws:s3"}], None])
def test_what_is_no_batch_is_refused_whole(built: Standing, records: Any) -> None:
    refusal(built.function, {"Records": records}, "InvalidRequest")


def test_an_empty_batch_leaves_nothing(built: Standing) -> None:
    assert left_over(built.function, batch()) == []


def test_each_line_says_whose_it_is(bench: Bench) -> None:
    before = len(bench.function.logs)
    left_over(bench.function, batch(create(), create("other"), "{"))
    lines = [line for line in bench.function.logs[before:] if line.get("message_id") in ("0", "1")]
    owners = {(line["message_id"], line["environment"], line["action"]) for line in lines}
    assert owners == {("0", NAME, "create"), ("1", "other", "create")}
    assert any(line.get("message_id") == "2" and line["level"] == "ERROR" for line in bench.function.logs[before:])

"""The log: JSON lines, each of a request's with whose it is, and nothing in them that is nobody's business."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from harness import answers
from harness.account import Account
from harness.asking import ask, describe, event, refusal
from harness.emulator import Emulator
from harness.faults import Fault
from harness.fixtures import StartFunction
from harness.function import Function
from harness.gateway import Call, payload_2
from harness.proxy import Proxy
from harness.requests import NAME, create, delete, on_the_bus

Line = dict[str, Any]
Logged = Callable[..., list[Line]]


@pytest.fixture
def logged(start_function: StartFunction, account: Account) -> Logged:
    """What a function of its own logs while it does something."""

    def run(work: Callable[[Function], Any], **environment: str | None) -> list[Line]:
        function = start_function(environment=environment)
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
    said: list[dict[str, Any]] = []
    lines = logged(lambda function: said.append(ask(function, create())))
    changes = [line for line in lines if line["message"] == "changed"]
    assert [(line["op"], line["resource_type"], line["resource"], line.get("id")) for line in changes] == [
        (each["op"], each["type"], each["resource"], each.get("id")) for each in said[0]["changes"]
    ]


def test_every_change_says_how_long_it_took_and_by_which_ids_aws_knows_its_calls(logged: Logged, proxy: Proxy) -> None:
    lines = logged(lambda function: ask(function, create()))
    given = {call.answer.headers.get("x-amzn-requestid"): call for call in proxy.calls() if call.answer}
    changes = [line for line in lines if line["message"] == "changed"]
    for line in changes:
        calls = [given[each] for each in line["aws_request_ids"].split()]
        assert any(call.mutating for call in calls), line
        took = max(call.end for call in calls) - min(call.start for call in calls)
        assert line["milliseconds"] >= int(took * 1000) - 1
    (vpc,) = [line for line in changes if (line["op"], line["resource"]) == ("create", "vpc")]
    assert "CreateVpc" in [given[each].action for each in vpc["aws_request_ids"].split()]


def test_a_request_is_a_line_at_its_begin_and_one_at_its_end(logged: Logged) -> None:
    lines = logged(life)
    ends = [line for line in lines if line["message"] == "answered"]
    assert [line["action"] for line in lines if line["message"] == "requested"] == ["create", "describe", "delete"]
    assert [(line["action"], line["status"]) for line in ends] == [
        ("create", "ready"),
        ("describe", "ready"),
        ("delete", "deleted"),
    ]
    assert all(line["milliseconds"] > 0 and line["calls"] > 0 and line["throttles"] == 0 for line in ends)
    assert all(line["trace"].startswith("Root=1-") for line in lines)
    assert len({line["trace"] for line in lines}) == 3


def test_an_error_of_aws_has_its_code_its_id_and_all_that_it_came_of(logged: Logged, proxy: Proxy) -> None:
    proxy.reply(answers.denied_for_good, "CreateFlowLogs")
    lines = logged(lambda function: refusal(function, create(), "AccessDenied"))
    failed = [line for line in lines if line["message"] == "call failed"]
    assert {(line["api_action"], line["code"], line["http_status"]) for line in failed} >= {
        ("ec2:CreateFlowLogs", "UnauthorizedOperation", 403)
    }
    assert all("You are not authorized" in line["error"] and line["level"] == "WARN" for line in failed)
    steps = [line for line in lines if line["message"] == "step failed"]
    assert {(line["resource"], line["code"]) for line in steps} == {("flow-log", "UnauthorizedOperation")}


def test_a_cut_connection_is_told_down_to_its_cause(logged: Logged, proxy: Proxy) -> None:
    proxy.inject(Fault.CUT_BEFORE, "CreateVpc")
    lines = logged(lambda function: ask(function, create(), deadline_seconds=90))
    (failed,) = [line for line in lines if line["message"] == "call failed"]
    assert (failed["api_action"], failed["code"]) == ("ec2:CreateVpc", "")
    assert failed["error"].startswith("dispatch failure: ") and "connection" in failed["error"]


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


SECRET: dict[str, Any] = {
    "tags": {"secret": "hush-hush"},
    "training": {
        "read": ["arn:aws:s3:::very-private-bucket/in/"],
        "write": ["arn:aws:s3:::very-private-bucket/out/"],
        "kms_keys": ["arn:aws:kms:us-east-1:123456789012:key/0f0f0f0f-1111-2222-3333-444444444444"],
    },
}
HEADERS = {"Content-Type": "application/json", "Authorization": "Bearer open-sesame"}
EARLIER = 1_748_849_400.0
NEVER_LOGGED = (
    "Statement",
    "sts:AssumeRole",
    "aws:SourceVpc",
    "testing",
    "hush-hush",
    "very-private-bucket",
    "0f0f0f0f-1111",
    "AWS4-HMAC-SHA256",
    "Bearer",
    "open-sesame",
)


@pytest.mark.parametrize("level", [None, "trace"], ids=["as deployed", "all that RUST_LOG can ask of it"])
@pytest.mark.parametrize("broken", [None, "PutRolePolicy", "ModifyVpcEndpoint"])
def test_neither_policies_nor_credentials_nor_the_spec_are_logged(
    logged: Logged, proxy: Proxy, broken: str | None, level: str | None
) -> None:
    if broken:
        proxy.reply(answers.denied_for_good, broken)

    def send(function: Function) -> None:
        function.invoke(payload_2(Call("PUT", f"/environments/{NAME}", json.dumps(SECRET).encode(), HEADERS, EARLIER)))
        function.invoke(create(**SECRET))
        function.invoke(delete())

    lines = logged(send, RUST_LOG=level and f"warn,ringfence={level}")
    assert len(lines) > 50
    told = repr(lines)
    assert [text for text in NEVER_LOGGED if text in told] == []

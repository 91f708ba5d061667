"""The HTTP API, through both payload formats: what is asked, what is recorded and handed over, what is refused."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any
from xml.etree import ElementTree

import pytest

from harness import answers
from harness.asking import ask, describe
from harness.bus import Bus
from harness.by_hand import make_gateway
from harness.faults import Fault
from harness.gateway import PAYLOADS, USER, Call, Reply, payload_1, payload_2, send
from harness.requests import NAME
from harness.standing import Bench, Standing
from harness.sweeps import sweep
from harness.wire import Message

Send = Callable[[Call], Reply]

PATH = f"/environments/{NAME}"
JSON = {"Content-Type": "application/json"}
PROBLEM = "application/problem+json"
REQUEST = "Training Environment Request"
MEGABYTE = 1 << 20
SHORT = 3.0
"""Seconds until the deadline of an invocation that is to run out of time."""


def throttled_for(milliseconds: str, service: str) -> Message:
    return answers.throttled(service).with_header("x-amz-retry-after", milliseconds)


def put(spec: Any = None, path: str = PATH, **headers: str) -> Call:
    body = None if spec is None else json.dumps(spec).encode()
    return Call("PUT", path, body, JSON | {name.replace("_", "-"): value for name, value in headers.items()})


def get(path: str = PATH, **headers: str) -> Call:
    return Call("GET", path, None, {name.replace("_", "-"): value for name, value in headers.items()})


def problem(reply: Reply, status: int) -> dict[str, Any]:
    assert reply.status == status, reply
    assert reply.headers["content-type"] == PROBLEM
    assert reply.json["status"] == status
    assert {"type", "title", "detail"} <= set(reply.json)
    return reply.json


@pytest.fixture
def bus(bench: Bench) -> Bus:
    return Bus(bench.emulator)


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_an_environment_is_asked_for_made_looked_at_and_removed(
    bench: Bench, bus: Bus, payload: Callable[..., dict[str, Any]]
) -> None:
    over_http: Send = partial(send, bench.function, payload=payload)
    prefix = "/prod" if payload is payload_1 else ""
    accepted = over_http(put({"tags": {"team": "fraud"}}))
    assert (accepted.status, accepted.headers["location"]) == (202, prefix + PATH)
    assert int(accepted.headers["retry-after"]) > 0
    assert (accepted.json["status"], accepted.json["action"]) == ("provisioning", "create")
    assert bench.account.vpcs(NAME) == []
    assert over_http(get()).json["status"] == "provisioning"
    (handed_over,) = bus.events(REQUEST)
    ask(bench.function, handed_over)
    seen = over_http(get())
    assert (seen.status, seen.json["status"]) == (200, "ready")
    assert seen.json["exports"]["vpc_id"] == bench.account.vpcs(NAME)[0]
    assert seen.json["spec"]["tags"] == {"team": "fraud"}
    assert [each["environment"] for each in over_http(get("/environments?limit=5")).json["environments"]] == [NAME]
    assert over_http(Call("POST", f"{PATH}/plan", b'{"tags": {"team": "fraud"}}', JSON)).json["changes"] == []
    gone = over_http(Call("DELETE", PATH))
    assert (gone.status, gone.json["status"]) == (202, "deleting")
    (handed_over,) = bus.events(REQUEST)
    ask(bench.function, handed_over, "deleted")
    assert bench.account.leftovers() == []
    problem(over_http(get()), 404)
    problem(over_http(Call("DELETE", PATH)), 404)


def test_what_the_bus_does_not_take_the_next_sweep_does(bench: Bench, bus: Bus) -> None:
    bench.proxy.inject(Fault.ERROR_BEFORE, action="PutEvents", times=None)
    accepted = send(bench.function, put())
    assert accepted.status == 202 and "sweep" in accepted.json["waiting_for"][0]
    assert bus.events() == []
    bench.proxy.reset()
    sweep(bench.function)
    assert send(bench.function, get()).json["status"] == "ready"


def test_who_asked_is_in_the_record_and_in_the_log(bench: Bench) -> None:
    before = len(bench.function.logs)
    send(bench.function, put())
    (record,) = bench.account.records("environment")
    assert record["requested_by"] == USER
    lines = bench.function.logs[before:]
    assert lines and all(line["requested_by"] == USER and line["environment"] == NAME for line in lines[1:])


def test_it_was_requested_when_the_api_received_it(bench: Bench) -> None:
    moment = 1_748_849_400.25
    accepted = send(bench.function, Call("PUT", PATH, at=moment))
    assert accepted.json["requested_at"] == "2025-06-02T07:30:00.25Z"
    late = problem(send(bench.function, Call("DELETE", PATH, at=moment - 1)), 409)
    assert late["type"].endswith(":Superseded")
    ahead = problem(send(bench.function, Call("DELETE", PATH, at=time.time() + 600)), 400)
    assert "clock" in ahead["detail"]


def test_the_same_call_again_is_the_same_request(bench: Bench, bus: Bus) -> None:
    call = Call("PUT", PATH, at=1_748_849_400.25)
    replies = [send(bench.function, call) for _ in range(2)]
    assert [reply.status for reply in replies] == [202, 202]
    assert replies[0].json == replies[1].json
    first, second = bus.events(REQUEST)
    assert first["detail"] == second["detail"]


def test_a_put_may_ask_that_there_be_none(bench: Bench) -> None:
    assert send(bench.function, put(If_None_Match="*")).status == 202
    problem(send(bench.function, put(If_None_Match="*")), 412)
    assert send(bench.function, put()).status == 202


def test_two_calls_for_the_same_block_conflict(bench: Bench) -> None:
    spec = {"network": {"cidr": "10.42.0.0/16"}}
    assert send(bench.function, put(spec)).status == 202
    refused = problem(send(bench.function, put(spec, "/environments/other")), 409)
    assert refused["errors"][0]["pointer"] == "/network/cidr"
    assert [record["name"] for record in bench.account.records("environment")] == [NAME]


def test_a_protected_environment_is_not_deleted(bench: Bench) -> None:
    send(bench.function, put({"deletion_protection": True}))
    assert problem(send(bench.function, Call("DELETE", PATH)), 409)["type"].endswith(":Protected")


def test_a_create_after_its_own_expiry_removes(bench: Bench, bus: Bus) -> None:
    accepted = send(bench.function, put({"expires_at": "2025-06-02T08:00:00Z"}))
    assert (accepted.status, accepted.json["status"]) == (202, "deleting")
    (handed_over,) = bus.events()
    ask(bench.function, handed_over, "deleted")


def test_what_the_caller_has_already_is_not_sent_again(built: Standing) -> None:
    for path in (PATH, "/environments", "/"):
        first = send(built.function, get(path))
        assert first.status == 200
        again = send(built.function, get(path, If_None_Match=first.headers["etag"]))
        assert (again.status, again.body, again.headers["etag"]) == (304, "", first.headers["etag"])
        assert send(built.function, get(path, If_None_Match='"other"')).status == 200
        head = send(built.function, Call("HEAD", path))
        assert (head.status, head.body, head.headers["etag"]) == (200, "", first.headers["etag"])


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_the_diagram_is_an_image(built: Standing, payload: Callable[..., dict[str, Any]]) -> None:
    over_http: Send = partial(send, built.function, payload=payload)
    path = f"{PATH}/diagram.svg"
    drawn = over_http(get(path))
    assert (drawn.status, drawn.headers["content-type"]) == (200, "image/svg+xml")
    policy = drawn.headers["content-security-policy"].split("; ")
    assert policy == ["default-src 'none'", "style-src 'unsafe-inline'", "sandbox"]
    assert drawn.headers["x-content-type-options"] == "nosniff"
    root = ElementTree.fromstring(drawn.body)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert built.vpc in "".join(root.itertext())
    again = over_http(get(path, If_None_Match=drawn.headers["etag"]))
    assert (again.status, again.body, again.headers["etag"]) == (304, "", drawn.headers["etag"])
    head = over_http(Call("HEAD", path))
    assert (head.status, head.body, head.headers["etag"]) == (200, "", drawn.headers["etag"])
    assert "other" in problem(over_http(get("/environments/other/diagram.svg")), 404)["detail"]
    assert problem(over_http(get("/environments/Fraud/diagram.svg")), 400)["errors"][0]["parameter"] == "name"
    problem(over_http(Call("DELETE", path)), 405)
    problem(over_http(get(f"{PATH}/diagram.png")), 404)
    assert built.proxy.mutations(records=True) == []


def test_the_diagram_changes_with_what_aws_reports(standing: Standing) -> None:
    path = f"{PATH}/diagram.svg"
    known = send(standing.function, get(path)).headers["etag"]
    gateway = make_gateway(standing.account.ec2, standing.vpc)
    drawn = send(standing.function, get(path, If_None_Match=known))
    assert drawn.status == 200 and gateway in drawn.body


def test_an_api_in_a_stage_and_a_body_in_base64(built: Standing) -> None:
    call = Call("POST", f"{PATH}/plan/", json.dumps(built.wish["spec"]).encode(), JSON)
    assert send(built.function, call, payload_2, stage="prod", encode=True).json["changes"] == []
    assert send(built.function, call, payload_1, encode=True).json["changes"] == []


def test_a_name_may_be_encoded(built: Standing) -> None:
    assert send(built.function, get("/environments/fraud%2Dv3/")).json["environment"] == NAME


REFUSED: dict[str, tuple[Call, int]] = {
    "no_route": (get("/environment"), 404),
    "no_route_below": (get(f"{PATH}/plan/now"), 404),
    "two_slashes": (get(f"/{PATH}"), 404),
    "no_such_environment": (get("/environments/other"), 404),
    "bad_name": (get("/environments/Fraud"), 400),
    "name_with_a_slash": (get("/environments/..%2Ffraud"), 400),
    "no_method": (Call("PATCH", PATH, b"{}", JSON), 405),
    "no_method_of_the_list": (put({}, "/environments"), 405),
    "no_json": (Call("PUT", PATH, b"{", JSON), 400),
    "not_utf_8": (Call("PUT", PATH, b'"\xff"', JSON), 400),
    "no_object": (put([]), 400),
    "unknown_field": (put({"vpc": {}}), 400),
    "form": (Call("PUT", PATH, b"a=b", {"Content-Type": "application/x-www-form-urlencoded"}), 415),
    "large": (Call("PUT", PATH, b" " * 65537, JSON), 413),
    "six_megabytes": (Call("PUT", PATH, b"[" * (6 * MEGABYTE), JSON), 413),
    "unknown_parameter": (get("/environments?offset=3"), 400),
    "parameter_twice": (get("/environments?limit=3&limit=4"), 400),
    "foreign_token": (get("/environments?next_token=No"), 400),
    "if_match": (put(If_Match='"tag"'), 400),
}


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
@pytest.mark.parametrize(("call", "status"), REFUSED.values(), ids=REFUSED)
def test_refusals(built: Standing, call: Call, status: int, payload: Callable[..., dict[str, Any]]) -> None:
    refused = send(built.function, call, payload)
    found = problem(refused, status)
    assert ("allow" in refused.headers) == (status == 405)
    assert len(found["detail"]) < 500
    assert built.proxy.mutations(records=True) == []


def test_every_bad_field_is_pointed_at(built: Standing) -> None:
    call = put({"network": {"cidr": "8.8.0.0/16"}, "ttl": "soon", "access": {"ports": []}})
    errors = problem(send(built.function, call), 400)["errors"]
    assert sorted(error["pointer"] for error in errors) == ["/access/ports", "/network/cidr", "/ttl"]
    (error,) = problem(send(built.function, get("/environments/Fraud")), 400)["errors"]
    assert error["parameter"] == "name"


def test_what_a_plan_refuses_a_put_refuses(built: Standing) -> None:
    refused = problem(send(built.function, put({"network": {"cidr": "10.43.0.0/16"}})), 409)
    assert refused["errors"][0]["pointer"] == "/network/cidr"
    assert built.proxy.mutations(records=True) == []
    assert ask(built.function, describe())["spec"]["network"]["prefix_length"] == 16


@pytest.mark.parametrize(
    ("wait", "tries", "seconds"), [("20", 6, 30.0), ("60000", 1, SHORT)], ids=["tries are over", "time is over"]
)
@pytest.mark.parametrize("call", [get(), put({"tags": {"team": "other"}})], ids=["GET", "PUT"])
def test_throttling_is_said(standing: Standing, call: Call, wait: str, tries: int, seconds: float) -> None:
    """Whether the SDK gives up first, or the time is over while it waits for as long as AWS asks it to."""
    throttled = standing.proxy.reply(partial(throttled_for, wait), action="GetItem")
    refused = send(standing.function, call, deadline_seconds=seconds)
    assert "dynamodb:GetItem" in problem(refused, 429)["detail"]
    assert int(refused.headers["retry-after"]) > 0
    assert len(throttled.fired) == tries
    standing.proxy.reset()
    standing.assert_intact()


@pytest.mark.parametrize("call", [get(), put({"tags": {"team": "other"}})], ids=["GET", "PUT"])
def test_a_call_that_hangs_is_no_throttling(standing: Standing, call: Call) -> None:
    over = threading.Event()

    def wait(_: Any) -> None:
        over.wait()

    standing.proxy.hook("GetItem", before=wait)
    refused = send(standing.function, call, deadline_seconds=SHORT)
    over.set()
    problem(refused, 503)
    assert int(refused.headers["retry-after"]) > 0
    standing.proxy.settle()
    standing.proxy.reset()
    standing.assert_intact()


def test_a_large_payload_is_refused_quickly(built: Standing) -> None:
    """Within a second of work: how long it takes by the clock depends on who else works on this machine."""
    start = b'{"action": "create", "environment": "fraud-v3", "spec": '
    text, items = b'{"tags": {"k": "' + b"x" * (6 * MEGABYTE) + b'"}}}', b"[" + b"0," * (3 * MEGABYTE) + b"0]}"
    records = b'{"Records": [' + b"0," * (3 * MEGABYTE) + b"0]}"
    over_http = json.dumps(payload_2(put())).encode().replace(b"{", b'{"more": [' + b"0," * (3 * MEGABYTE) + b"0],", 1)
    for event in (start + text, start + items, b'{"action": ["' + b"[" * (6 * MEGABYTE), records, over_http):
        before = built.function.processor_seconds
        assert built.function.invoke(event).error_type == "InvalidRequest"
        after = built.function.processor_seconds
        assert before is None or after is None or after - before < 1


def test_options_and_the_page(bench: Bench) -> None:
    options = send(bench.function, Call("OPTIONS", PATH))
    assert (options.status, options.headers["allow"]) == (204, "GET, PUT, DELETE, HEAD, OPTIONS")
    page = send(bench.function, get("/"))
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    assert bench.proxy.calls() == []

"""Traces: X-Ray's header goes on with what an invocation asks of AWS; a file shows where the time of a request goes."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from harness.account import Account
from harness.asking import ask
from harness.fixtures import StartFunction
from harness.proxy import Proxy
from harness.requests import create, delete
from harness.runtime import FunctionDied
from harness.sweeps import SMALL, sweep

HEADER = "x-amzn-trace-id"
VARIABLE = "RINGFENCE_TRACE_FILE"
MICROSECONDS = 1e6

Span = dict[str, Any]


def test_the_header_of_the_invocation_goes_on_with_every_call_and_event(
    start_function: StartFunction, proxy: Proxy
) -> None:
    function = start_function()
    for request, status in ((create(**SMALL), "ready"), (delete(), "deleted")):
        proxy.forget()
        ask(function, request, status)
        header = function.runtime.traces[-1]
        calls = proxy.calls()
        assert {call.request.headers.get(HEADER) for call in calls} == {header}
        (sent,) = [call for call in calls if call.action == "PutEvents"]
        assert [entry["TraceHeader"] for entry in json.loads(sent.request.body)["Entries"]] == [header]
    assert len(set(function.runtime.traces)) == 2


def spans(file: Path) -> list[Span]:
    """The spans of a trace, each of which must have ended."""
    events = json.loads(file.read_text())
    begun: dict[tuple[Any, ...], list[Span]] = {}
    found = []
    for event in events:
        assert {"name", "cat", "ph", "id", "pid", "tid", "ts"} <= set(event)
        key = (event["cat"], event["id"], event["name"])
        if event["ph"] == "b":
            begun.setdefault(key, []).append(event)
        else:
            assert event["ph"] == "e"
            span = begun[key].pop()
            found.append({**span, "end": event["ts"]})
            assert event["ts"] >= span["ts"]
    assert not any(begun.values())
    return found


def test_a_trace_shows_each_call_and_the_rounds_that_it_is_part_of(
    start_function: StartFunction, proxy: Proxy, tmp_path: Path
) -> None:
    file = tmp_path / "out.json"
    function = start_function(environment={VARIABLE: str(file)})
    assert json.loads(file.read_text()) == []
    ask(function, create(**SMALL))
    function.kill()
    found = spans(file)
    calls = [span for span in found if span["cat"] == "call"]
    assert Counter(span["name"].partition(".")[2] for span in calls) == Counter(call.action for call in proxy.calls())
    rounds = [span for span in found if span["cat"] == "round"]
    (request,) = [span for span in rounds if span["name"] == "request"]
    assert {span["name"] for span in rounds} >= {"request", "observe", "plan", "apply", "prove", "publish"}
    for span in found:
        assert request["ts"] <= span["ts"] <= span["end"] <= request["end"], span
    assert {span["id"] for span in rounds} == {request["id"]}, "one under the other"
    assert len({span["id"] for span in calls}) == len(calls), "side by side"
    longest = max(call.end - call.start for call in proxy.calls())
    assert (request["end"] - request["ts"]) / MICROSECONDS >= longest
    lines = [line for line in function.logs if line.get("message") == "changed"]
    assert lines and all(line["action"] == "create" for line in lines), "the log is as without"
    assert not [line for line in function.logs if line.get("level") in ("DEBUG", "TRACE")]


def test_a_trace_is_whole_when_the_function_is_killed(
    start_function: StartFunction, proxy: Proxy, tmp_path: Path
) -> None:
    file = tmp_path / "out.json"
    function = start_function(environment={VARIABLE: str(file)})
    proxy.hook("CreateSubnet", before=lambda _: function.kill(), withhold=True)
    with pytest.raises(FunctionDied):
        function.invoke(create(**SMALL))
    events = json.loads(file.read_text())
    begun = [event["name"] for event in events if event["ph"] == "b"]
    assert "EC2.CreateSubnet" in begun and "request" in begun


def test_environments_of_one_sweep_are_told_apart(
    start_function: StartFunction, account: Account, tmp_path: Path
) -> None:
    file = tmp_path / "out.json"
    function = start_function(environment={VARIABLE: str(file)})
    for name in ("one", "two"):
        ask(function, create(name, **SMALL))
        account.ssm.delete_parameter(Name=f"/ringfence/{name}/exports")
    sweep(function)
    function.kill()
    rounds = [span for span in spans(file) if span["cat"] == "round"]
    worked_on = [span["id"] for span in rounds if span["name"] == "environment"]
    assert len(set(worked_on)) == len(worked_on) == 2


@pytest.mark.parametrize("value", ["/no/such/folder/out.json", "/"])
def test_a_file_that_cannot_be_written_ends_it_and_is_named(start_function: StartFunction, value: str) -> None:
    function = start_function(environment={VARIABLE: value}, wait=False)
    with pytest.raises(FunctionDied):
        function.runtime.wait_until_polled(10)
    (said,) = [line["message"] for line in function.logs if line.get("level") == "ERROR"]
    assert VARIABLE in said and value in said and "cannot be written" in said
    assert function.exit_code not in (None, 0)

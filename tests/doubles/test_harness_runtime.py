"""The stand-in for Lambda: a process of the function lives, answers, fails, hangs and dies in it as it would there."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.function import Function
from harness.runtime import FunctionDied, TimedOut

SOURCE = '''\
    #!{python}
    """A Lambda function that does as it is told."""
    import json, os, sys, time
    from urllib.request import Request, urlopen

    api = f"http://{{os.environ['AWS_LAMBDA_RUNTIME_API']}}/2018-06-01/runtime"
    if "FAIL" in os.environ:
        said = {{"errorMessage": "RINGFENCE_TABLE is missing", "errorType": "Init"}}
        urlopen(Request(f"{{api}}/init/error", json.dumps(said).encode()))
        sys.exit(1)
    while True:
        work = urlopen(f"{{api}}/invocation/next")
        request, event = work.headers["Lambda-Runtime-Aws-Request-Id"], json.loads(work.read())
        print(json.dumps({{"request_id": request, "deadline": work.headers["Lambda-Runtime-Deadline-Ms"]}}), flush=True)
        if event == "die":
            sys.exit(3)
        if event == "hang":
            time.sleep(60)
        outcome = "error" if event == "fail" else "response"
        said = {{"errorType": "Conflict", "errorMessage": "taken"}} if event == "fail" else {{"was": event}}
        urlopen(Request(f"{{api}}/invocation/{{request}}/{{outcome}}", json.dumps(said).encode()))
'''


@pytest.fixture
def path(tmp_path: Path) -> Path:
    program = tmp_path / "bootstrap"
    program.write_text(textwrap.dedent(SOURCE).format(python=sys.executable))
    program.chmod(0o755)
    return program


@pytest.fixture
def function(path: Path) -> Iterator[Function]:
    with Function("http://127.0.0.1:1", path=path) as function:
        yield function


def test_it_answers_and_fails_again_and_again(function: Function) -> None:
    assert function.invoke({"action": "list"}).payload == {"was": {"action": "list"}}
    failed = function.invoke("fail")
    assert (failed.failed, failed.error_type, failed.error_message) == (True, "Conflict", "taken")
    assert not function.invoke({}).failed
    assert len({line["request_id"] for line in function.logs}) == 3
    assert function.cold_start_seconds > 0


def test_it_is_killed_at_its_deadline(function: Function) -> None:
    with pytest.raises(TimedOut):
        function.invoke("hang", deadline_seconds=0.2)
    assert not function.alive


def test_a_death_is_told_at_once(function: Function) -> None:
    with pytest.raises(FunctionDied, match="ended with 3"):
        function.invoke("die")
    with pytest.raises(FunctionDied):
        function.invoke({})


def test_a_kill_leaves_nothing(function: Function) -> None:
    function.kill()
    assert function.exit_code == -9
    with pytest.raises(FunctionDied):
        function.invoke({})


def test_a_failed_start_says_why(path: Path) -> None:
    with pytest.raises(FunctionDied, match="RINGFENCE_TABLE is missing"):
        Function("http://127.0.0.1:1", path=path, environment={"FAIL": "1"})

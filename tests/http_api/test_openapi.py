"""`openapi.yaml` describes the HTTP API: the routes that the code has, and what schemathesis finds out by asking.

That answers are as described is seen to wherever tests ask over HTTP, by `harness/gateway.py`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from openapi_spec_validator import validate_url

from harness import api, schemas
from harness.gateway import Call, Gateway, Reply
from harness.sources import sources
from harness.standing import Bench

TESTS = Path(__file__).parents[1]
CARGO = (TESTS.parent / "Cargo.toml").read_text()
ANY = "[^/]+"
SECONDS = 400
"""Far more than it takes."""


def test_the_description_is_one() -> None:
    validate_url(api.FILE.as_uri())


def test_its_version_is_that_of_the_program() -> None:
    assert f'\nversion = "{api.load()["info"]["version"]}"\n' in CARGO


def test_every_route_is_described_and_no_other() -> None:
    (code,) = (source.code for source in sources() if source.name == "event/http/route.rs")
    routes = re.findall(r'Route \{ path: "([^"]+)", target: \w+::\w+, methods: &\[([^\]]+)\] \}', code)
    taken = {(path, method) for path, methods in routes for method in re.findall(r'"(\w+)"', methods)}
    assert taken and set(api.operations()) == taken


def test_parameters_are_the_fields_of_a_request() -> None:
    (fields,) = (each["properties"] for each in schemas.load("request")["oneOf"] if each["title"] == "list")
    described = {each["name"]: each["schema"] for each in api.operations()["/environments", "GET"]["parameters"][:2]}
    assert described == {name: {**fields[name]} for name in described if fields[name].pop("description")}


def test_only_the_page_is_open() -> None:
    assert [path for path, asked in api.operations().items() if asked.get("security") == []] == [("/", "GET")]


def schemathesis(folder: Path, url: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Asks whatever the description lets anybody ask; what it writes stays in `folder`."""
    command: list[Path | str] = [
        Path(sys.executable).with_name("schemathesis"),
        "--config-file",
        TESTS / "schemathesis.toml",
        "run",
    ]
    return subprocess.run(
        [*command, api.FILE, "--url", url, "--no-color", "--warnings", "off", *options],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def test_schemathesis_finds_nothing(bench: Bench, tmp_path: Path) -> None:
    with Gateway(bench.function) as gateway:
        run = schemathesis(tmp_path, gateway.url)
    assert run.returncode == 0, run.stdout + run.stderr
    tested = re.search(r"Tested: (\d+)", run.stdout)
    assert tested and int(tested[1]) == len(api.operations()), run.stdout


HTML = {"content-type": "text/html; charset=utf-8"}
WRONG: dict[str, tuple[str, str, int, dict[str, Any]]] = {
    "Missing required response headers": ("GET", "/", 200, {"headers": HTML}),
    "Unsupported method": ("POST", "/", 405, {"status": 200}),
    "Response violates schema": ("GET", "/environments", 200, {"body": '{"action": "list"}'}),
    "Schema-violating request accepted": ("GET", "/environments", 400, {"status": 304, "body": ""}),
    "Undocumented status code": ("DELETE", f"/environments/{ANY}", 404, {"status": 201}),
    "Undocumented Content-Type": ("DELETE", f"/environments/{ANY}", 400, {"headers": HTML}),
    "Server error": ("GET", f"/environments/{ANY}", 404, {"status": 500}),
    "valid_data_is_taken": ("GET", f"/environments/{ANY}/diagram.svg", 404, {"status": 400, "body": "{}"}),
}
"""What schemathesis has to find, and what somebody else might answer: to what, in the place of which status."""


class Careless(Gateway):
    """A gateway that makes all these mistakes."""

    def answer(self, call: Call) -> Reply:
        reply = super().answer(call)
        path = urlsplit(call.target).path
        for method, pattern, status, changes in WRONG.values():
            if (call.method, reply.status) == (method, status) and re.fullmatch(pattern, path):
                return replace(reply, **changes)
        return reply


def test_schemathesis_would_find(bench: Bench, tmp_path: Path) -> None:
    cheap = "(getPage|listEnvironments|describeEnvironment|deleteEnvironment|drawEnvironment)"
    with Careless(bench.function) as gateway:
        run = schemathesis(
            tmp_path,
            gateway.url,
            "--include-operation-id-regex",
            cheap,
            "--phases",
            "coverage",
            "--continue-on-failure",
        )
    assert run.returncode == 1, run.stdout + run.stderr
    assert [found for found in WRONG if found not in run.stdout] == [], run.stdout

"""What ARCHITECTURE.md says is never true of a room is not: who may use whom, what is pure, where AWS is spoken."""

from __future__ import annotations

import re
from functools import cache

import pytest

from harness.sources import Source, sources

MOST_LINES = 420

USES: dict[str, set[str]] = {
    "main": {"event", "settings", "telemetry"},
    "measured": {"model/scope", "model/spec", "model/stack", "observed", "registry", "resources"},
    "event": {
        "answer",
        "aws",
        "clock",
        "controller",
        "deadline",
        "model/failure",
        "model/fault",
        "model/name",
        "model/request",
        "model/status",
        "settings",
        "telemetry",
    },
    "controller": {
        "answer",
        "apply",
        "aws",
        "clock",
        "deadline",
        "doctor",
        "model/failure",
        "model/fault",
        "model/name",
        "model/partition",
        "model/plan",
        "model/policy",
        "model/request",
        "model/scope",
        "model/spec",
        "model/stack",
        "model/status",
        "notify",
        "observed",
        "picture",
        "proof",
        "registry",
        "resources",
        "settings",
        "telemetry",
    },
    "doctor": {
        "aws",
        "deadline",
        "model/policy",
        "model/request",
        "model/scope",
        "model/stack",
        "registry",
        "settings",
    },
    "apply": {"answer", "aws", "deadline", "model/plan", "resources"},
    "notify": {"aws", "model/request", "registry"},
    "registry": {"aws", "model/failure", "model/fault", "model/name", "model/request", "model/spec", "model/status"},
    "resources": {
        "aws",
        "model/failure",
        "model/partition",
        "model/plan",
        "model/policy",
        "model/stack",
        "observed",
    },
    "aws": {"model/failure", "model/scope"},
    "picture": {"model/name", "model/stack", "model/status", "observed", "proof"},
    "answer": {"model/failure", "model/name", "model/plan", "model/request", "model/spec", "model/status", "proof"},
    "proof": {"observed"},
    "model/status": set(),
    "model/stack": {"model/partition", "model/policy", "model/scope", "model/spec", "observed"},
    "model/request": {"model/fault", "model/name", "model/spec", "model/text"},
    "model/spec": {"model/fault", "model/partition", "model/text"},
    "model/failure": {"model/fault"},
    "model/name": {"model/text"},
    "model/fault": {"model/text"},
    "model/text": {"model/fault"},
    "observed": set(),
    "model/plan": set(),
    "model/policy": {"model/partition", "model/scope"},
    "model/scope": {"model/partition"},
    "model/partition": set(),
    "clock": set(),
    "deadline": set(),
    "settings": set(),
    "telemetry": set(),
    "lib": set(),
}
"""The rooms, highest first, each with those that it may use: all further down, but for what is on one floor."""

ONE_FLOOR = {"model/fault", "model/text"}

PURE = (
    "answer.rs",
    "controller/creation.rs",
    "controller/blockers.rs",
    "controller/pending.rs",
    "controller/denials.rs",
    "controller/explain.rs",
    "controller/next_move.rs",
    "controller/proof.rs",
    "controller/resolve.rs",
    "controller/stale.rs",
    "controller/triage.rs",
    "doctor/asked.rs",
    "doctor/bounds.rs",
    "doctor/commands.rs",
    "doctor/pool.rs",
    "doctor/questions.rs",
    "doctor/report.rs",
    "event/carried.rs",
    "event/carrier.rs",
    "event/http",
    "event/json.rs",
    "event/sqs.rs",
    "model",
    "observed",
    "picture",
    "proof",
    "registry/attribute.rs",
    "registry/claims.rs",
    "registry/names.rs",
    "registry/record.rs",
    "resources/choice.rs",
    "resources/draft.rs",
    "resources/endpoint_room.rs",
    "resources/publication.rs",
    "resources/removal.rs",
)
"""Files and folders that hold nothing but functions of their arguments."""

IMPURE = {
    "AWS": r"\baws_(?:sdk|config|smithy)\w*",
    "waiting": r"\basync\b|\.await\b|\btokio\b|\bfutures_util\b|\bstd::thread\b",
    "the clock": r"\bclock::|::now\(|\bSystemTime\b|\bInstant\b",
    "chance": r"\brand\b|\bfastrand\b|\bgetrandom\b|\bRandomState\b",
    "the outside": r"\bstd::(?:env|fs|io|process)\b|\bprint(?:ln)?!|\btracing\b",
}

ONLY_IN: dict[str, tuple[str, ...]] = {
    r"\baws_sdk_\w+": ("aws", "doctor", "notify", "registry", "resources"),
    r"\baws_(?:config|smithy)\w*": ("aws",),
    r"\b(?:lambda_runtime|aws_lambda_events)::": ("event", "main"),
    r"\bTimestamp::now\(|\bSystemTime::now\(": ("clock",),
    r"\bstd::env\b": ("main",),
    r"\.send\(\)": ("aws", "doctor", "notify", "registry", "resources"),
}
"""What only some rooms may do."""

HOLDS_MORE = {"observed/lib.rs"}
"""A `mod.rs`, or a `lib.rs`, that does more than name and hand on; there should be none."""

DECLARATION = re.compile(
    r"\s*(?:#\[[^\]]*\]\s*)*(?:pub(?:\([\w\s]+\))?\s+)?(?:mod\s+\w+|use\s+[\w:{}\s,*]+|extern\s+crate\s+\w+);"
)


def room(source: Source) -> str:
    """The room that a file is in: a part of the function or of the model, or else a whole crate."""
    first, *rest = source.name.split("/")
    return f"model/{rest[0]}".removesuffix(".rs") if first == "model" else first.removesuffix(".rs")


def uses(source: Source) -> set[str]:
    """The rooms that a file names after `crate::`, or after the name of another crate."""
    found: set[str] = set()
    for path in re.finditer(r"\b(crate|ringfence(?:_\w+)?)::(?=(\w+|\{))", source.code):
        names = {path[2]} if path[2] != "{" else set(first_names(source.code[path.end() + 1 :]))
        crate = source.crate if path[1] == "crate" else path[1].removeprefix("ringfence").removeprefix("_")
        found |= {f"model/{name}" for name in names} if crate == "model" else {crate} if crate else names
    return found - {room(source), "self"}


def first_names(code: str) -> list[str]:
    """The first names of what stands between braces, the opening one left out: `a::{b, c}, d}` gives a and d."""
    depth, names, first = 0, [], True
    for token in re.findall(r"\w+|[{},]", code):
        if token == "}" and depth == 0:
            break
        depth += {"{": 1, "}": -1}.get(token, 0)
        if depth == 0 and first and token.isidentifier():
            names.append(token)
        first = token == "," and depth == 0
    return names


@cache
def graph() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for source in sources():
        if source.name == "model/lib.rs":
            continue  # It names the rooms of the model, and is none.
        found.setdefault(room(source), set()).update(uses(source))
    return found


def test_the_table_knows_every_room() -> None:
    assert set(graph()) == set(USES)


@pytest.mark.parametrize("name", USES)
def test_a_room_uses_what_it_may_and_no_other(name: str) -> None:
    assert graph()[name] == USES[name]


def test_rooms_use_what_is_further_down() -> None:
    order = list(USES)
    upwards = [
        (name, other)
        for name, others in USES.items()
        for other in others
        if order.index(other) < order.index(name) and {name, other} != ONE_FLOOR
    ]
    assert upwards == []


@pytest.mark.parametrize("name", PURE)
def test_pure_rooms_are_pure(name: str) -> None:
    files = [
        source for source in sources() if source.name in (name, f"{name}.rs") or source.name.startswith(f"{name}/")
    ]
    assert files, "there is no such room"
    found = {
        f"{source.name}: {what} ({match[0]})"
        for source in files
        for what, pattern in IMPURE.items()
        for match in re.finditer(pattern, source.code)
    }
    assert found == set()


@pytest.mark.parametrize("pattern", ONLY_IN)
def test_some_things_are_done_in_some_rooms_only(pattern: str) -> None:
    rooms = {room(source) for source in sources() if re.search(pattern, source.code)}
    assert rooms <= set(ONLY_IN[pattern])
    assert rooms, "nobody does it: the line can go"


@pytest.mark.parametrize(
    "source", [source for source in sources() if source.name.endswith(("mod.rs", "/lib.rs"))], ids=lambda s: s.name
)
def test_a_mod_names_and_hands_on(source: Source) -> None:
    rest = DECLARATION.sub("", source.code).strip()
    assert bool(rest) == (source.name in HOLDS_MORE), rest[:200]


def test_files_are_short_enough_to_read() -> None:
    assert {source.name: source.lines for source in sources() if source.lines > MOST_LINES} == {}

"""What ARCHITECTURE.md says is never true of a room is not: who may use whom, what is pure, where AWS is spoken."""

from __future__ import annotations

import re
from functools import cache

import pytest

from harness.sources import Source, sources

MOST_LINES = 420

USES: dict[str, set[str]] = {
    "main": {"event", "settings", "telemetry"},
    "measured": {"observed", "registry", "resources", "spec", "stack"},
    "event": {
        "answer",
        "aws",
        "clock",
        "controller",
        "deadline",
        "failure",
        "fault",
        "name",
        "request",
        "settings",
        "telemetry",
        "text",
    },
    "controller": {
        "answer",
        "apply",
        "aws",
        "clock",
        "deadline",
        "doctor",
        "failure",
        "fault",
        "isolation",
        "name",
        "notify",
        "observed",
        "partition",
        "picture",
        "plan",
        "policy",
        "registry",
        "request",
        "resources",
        "settings",
        "spec",
        "stack",
        "telemetry",
    },
    "doctor": {"aws", "deadline", "policy", "registry", "request", "settings", "stack"},
    "apply": {"answer", "aws", "deadline", "plan", "resources"},
    "notify": {"aws", "registry", "request"},
    "registry": {"answer", "aws", "failure", "fault", "name", "request", "spec"},
    "resources": {"aws", "failure", "observed", "partition", "plan", "policy", "stack"},
    "aws": {"failure"},
    "picture": {"answer", "isolation", "name", "observed", "stack"},
    "answer": {"failure", "isolation", "name", "plan", "request", "spec"},
    "isolation": {"observed"},
    "stack": {"observed", "partition", "policy", "spec"},
    "request": {"fault", "name", "spec", "text"},
    "spec": {"fault", "partition", "text"},
    "failure": {"fault"},
    "name": {"text"},
    "fault": {"text"},
    "text": {"fault"},
    "observed": set(),
    "plan": set(),
    "policy": {"partition"},
    "partition": set(),
    "clock": set(),
    "deadline": set(),
    "settings": set(),
    "telemetry": set(),
    "lib": set(),
}
"""The rooms, highest first, each with those that it may use: all further down. `fault` and `text` are on one floor."""

ONE_FLOOR = {"fault", "text"}

PURE = (
    "answer.rs",
    "controller/blockers.rs",
    "controller/coming.rs",
    "controller/denials.rs",
    "controller/explain.rs",
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
    "event/http",
    "event/json.rs",
    "event/sqs.rs",
    "failure.rs",
    "fault",
    "isolation",
    "name.rs",
    "observed",
    "partition.rs",
    "picture",
    "plan.rs",
    "policy",
    "registry/claims.rs",
    "registry/names.rs",
    "registry/record.rs",
    "request",
    "resources/choice.rs",
    "resources/draft.rs",
    "resources/endpoint_room.rs",
    "resources/publication.rs",
    "resources/removal.rs",
    "spec",
    "stack",
    "text.rs",
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

HOLDS_MORE = {"observed/mod.rs"}
"""A `mod.rs` that does more than name and hand on; there should be none."""

DECLARATION = re.compile(
    r"\s*(?:#\[[^\]]*\]\s*)*(?:pub(?:\([\w\s]+\))?\s+)?(?:mod\s+\w+|use\s+[\w:{}\s,*]+|extern\s+crate\s+\w+);"
)


def room(source: Source) -> str:
    return source.name.split("/")[0].removesuffix(".rs")


def uses(source: Source) -> set[str]:
    """The rooms that a file names after `crate::`, or `ringfence::` in the binary."""
    found: set[str] = set()
    for path in re.finditer(r"\b(?:crate|ringfence)::(?=(\w+|\{))", source.code):
        found.update([path[1]] if path[1] != "{" else first_names(source.code[path.end() + 1 :]))
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
    "source", [source for source in sources() if source.name.endswith("mod.rs")], ids=lambda s: s.name
)
def test_a_mod_names_and_hands_on(source: Source) -> None:
    rest = DECLARATION.sub("", source.code).strip()
    assert bool(rest) == (source.name in HOLDS_MORE), rest[:200]


def test_files_are_short_enough_to_read() -> None:
    assert {source.name: source.lines for source in sources() if source.lines > MOST_LINES} == {}

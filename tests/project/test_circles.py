"""The files of a room need each other in one direction only: each can be read without those that need it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import pytest

from harness.sources import Source, sources

ROOMS = sorted({source.name.split("/")[0] for source in sources() if "/" in source.name})
"""Every room of the function, and every crate below it."""

Names = tuple[str, ...]

USE = re.compile(r"\b(pub(?:\([^)]*\))?\s+)?use\s+([^;]+);")
PATH = re.compile(r"\b(?:super|crate)(?:::\w+)+")


def module(source: Source) -> Names:
    """Where the code of a file stands: `resources/firewall/mod.rs` is `resources::firewall`."""
    return tuple(source.name.removesuffix(".rs").removesuffix("/mod").removesuffix("/lib").split("/"))


def spread(tree: str) -> Iterator[Names]:
    """The names that a `use` brings: `a::{b, c::{self, d as e}}` brings `a::b`, `a::c` and `a::c::d`."""
    head, brace, rest = tree.strip().partition("{")
    start = tuple(part for part in re.sub(r"\s+as\s+\w+", "", head).strip().split("::") if part and part != "self")
    start = ("self", *start) if head.strip().startswith("self") else start
    if not brace:
        yield start
        return
    depth, part = 0, ""
    for character in rest.rstrip().removesuffix("}") + ",":
        depth += {"{": 1, "}": -1}.get(character, 0)
        if character == "," and not depth:
            if part.strip():
                yield from (start + name for name in spread(part))
            part = ""
        else:
            part += character


def absolute(name: Names, at: Names, crate: str) -> Names | None:
    """The name as it is called here; `None` where it is none of this crate."""
    if name[:1] == ("crate",):
        return ((crate,) if crate else ()) + name[1:]
    if name[:1] not in {("super",), ("self",)}:
        return None
    while name[:1] in {("super",), ("self",)}:
        at, name = (at[:-1] if name[0] == "super" else at), name[1:]
    return at + name


@cache
def files(room: str) -> dict[Names, Source]:
    return {module(source): source for source in sources() if module(source)[0] == room}


@cache
def handed_on(room: str) -> dict[Names, Names]:
    """What the `mod.rs` of a room and of its folders hand on, and from where."""
    found = {}
    for at, source in files(room).items():
        for public, tree in USE.findall(source.code):
            found.update(
                {at + name[-1:]: at + name for name in spread(tree) if public and name[0] not in {"crate", "super"}}
            )
    return found


def holder(room: str, name: Names) -> Names | None:
    """The file that a name leads to, through whatever hands it on."""
    for length in range(len(name), 0, -1):
        start, from_where = name[:length], handed_on(room).get(name[:length])
        if from_where and from_where[:length] != start:  # Else a file is called as what it holds.
            return holder(room, from_where + name[length:])
        if start in files(room):
            return start
    return None


def needs(room: str, at: Names) -> set[Names]:
    """The files that one names."""
    source = files(room)[at]
    code = source.code
    named = [name for _, tree in USE.findall(code) for name in spread(tree)]
    named += [tuple(path.split("::")) for path in PATH.findall(USE.sub("", code))]
    led = (absolute(name, at, source.crate) for name in named)
    held = {holder(room, name) for name in led if name}
    return {each for each in held if each and each != at}


def needed(room: str) -> dict[Names, set[Names]]:
    """What each file needs, but for those that only name and hand on."""
    own = files(room).items()
    return {at: needs(room, at) for at, source in own if not source.name.endswith(("mod.rs", "/lib.rs"))}


def test_files_are_seen_to_need_others() -> None:
    """Else nothing would be held to anything."""
    counted = [len(others) for room in ROOMS for others in needed(room).values()]
    assert sum(counted) > len(counted)


@pytest.mark.parametrize("room", ROOMS)
def test_no_file_needs_one_that_needs_it(room: str) -> None:
    left = needed(room)
    while ends := [at for at, others in left.items() if not others & left.keys()]:
        for at in ends:
            del left[at]
    assert {
        "/".join(at): sorted("/".join(other) for other in others & left.keys()) for at, others in left.items()
    } == {}

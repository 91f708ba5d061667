"""The function's Rust sources, read far enough to hold them to what the project says of itself.

No parser: comments and tests are cut away, texts are blanked out, and braces are counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
SRC = ROOT / "src"
CRATES = ROOT / "crates"

_TOKEN = re.compile(
    r"""
    (?P<comment> //[^\n]* | /\*.*?\*/ )
  | (?P<text> \bb?r(?P<hashes>\#*)".*?"(?P=hashes) | "(?:\\.|[^"\\])*" )
  | (?P<character> '(?:\\[^\n]{1,10}?|[^'\\\n])' )
    """,
    re.VERBOSE | re.DOTALL,
)
_FUNCTION = re.compile(r"\bfn\s+(\w+)")
_IN_TESTS = r"(?:test|any\(test, feature = \"testing\"\))"
_ATTRIBUTE_OF_TESTS = re.compile(rf"#\[cfg_attr\(\s*{_IN_TESTS},.*?\)\s*\]", re.DOTALL)
_TESTS = re.compile(r"#\[cfg\((?:test|any\(test, feature = \"[^\"]*\"\))\)\]\s*(?:pub(?:\(\w+\))?\s+)?mod\s+\w+\s*")


@dataclass(frozen=True)
class Function:
    """A function that stands in no other: closures and constants within it are parts of it."""

    name: str
    code: str


@dataclass(frozen=True)
class Source:
    """One file."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        """Its path from `src`, such as `registry/record.rs`.

        In another crate its path from there, after the crate's name, such as `model/plan.rs`.
        """
        return _name(self.path)

    @property
    def crate(self) -> str:
        """The name of the crate that it is a part of; empty for the function."""
        return "" if self.path.is_relative_to(SRC) else self.path.relative_to(CRATES).parts[0]

    @cached_property
    def code(self) -> str:
        """What is compiled into the function: without comments, and without what only tests are made of."""
        code = _TOKEN.sub(lambda found: " " if found["comment"] else found[0], self.text)
        code = _ATTRIBUTE_OF_TESTS.sub("", code)
        while found := _TESTS.search(_blank(code)):
            end = found.end()
            inline = code[end : end + 1] == "{"
            code = code[: found.start()] + code[_closing(_blank(code), end) if inline else end + 1 :]
        return code

    @cached_property
    def functions(self) -> list[Function]:
        """Its functions, also those of `impl` blocks, in order."""
        return list(_functions(self.code))

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    @property
    def is_test(self) -> bool:
        """Whether the whole file is about tests: by its name, or by the folder that it stands in."""
        parts = self.name.split("/")
        return "tests" in parts or parts[-1] in ("tests.rs", "strategy.rs", "schema.rs")


@cache
def sources() -> list[Source]:
    """All files that are not about tests alone, by name."""
    paths = [*SRC.rglob("*.rs"), *CRATES.glob("*/src/**/*.rs")]
    read = (Source(path, path.read_text()) for path in sorted(paths, key=_name))
    return [source for source in read if not source.is_test]


@cache
def constants(path: str) -> dict[str, str]:
    """The texts that a file gives names to."""
    (code,) = (source.code for source in sources() if source.name == path)
    return dict(re.findall(r"\b(?:const|static)\s+(\w+)\s*:\s*&(?:'static\s+)?str\s*=\s*\"([^\"]*)\"", code))


def _name(path: Path) -> str:
    if path.is_relative_to(SRC):
        return path.relative_to(SRC).as_posix()
    crate, _, *rest = path.relative_to(CRATES).parts
    return "/".join([crate, *rest])


def _blank(code: str) -> str:
    """The code with all texts and characters blanked out, so that their braces are not counted."""
    return _TOKEN.sub(lambda found: found[0][0] + " " * (len(found[0]) - 2) + found[0][-1], code)


def _closing(blank: str, opening: int) -> int:
    """The end of the block that begins at `opening`."""
    depth = 0
    for brace in re.finditer(r"[{}]", blank[opening:]):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return opening + brace.end()
    raise ValueError("a block that does not end")


def _functions(code: str) -> Iterator[Function]:
    blank = _blank(code)
    start = 0
    while found := _FUNCTION.search(blank, start):
        body = re.compile(r"[{;]").search(blank, found.end())
        if body is None:
            return
        start = body.end()
        if body[0] == "{":
            start = _closing(blank, body.start())
            yield Function(found[1], code[found.start() : start])

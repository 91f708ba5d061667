"""Patterns of IAM, in which `*` and `?` are wildcards, and the forms of ARNs in which `${…}` stand for something."""

from __future__ import annotations

import re
from functools import cache
from itertools import zip_longest

PARTS = 6
"""Of an ARN: `arn`, partition, service, region, account, resource."""

Token = str
"""A character, `*` for any text, `?` for any character, or `WITHIN` for any text without a slash."""
WITHIN = "within"
NO_SLASHES = ("BucketName",)
"""What stands for one part of a path; other names may hold slashes."""


@cache
def overlap(pattern: str, form: str) -> bool:
    """Whether something is both of the pattern and of an ARN's form. An empty part is no region and no account."""
    pairs = zip_longest(pattern.split(":", PARTS - 1), form.split(":", PARTS - 1), fillvalue="")
    return all(_meet(tuple(left), _form(right)) for left, right in pairs)


@cache
def covers(wide: str, narrow: str) -> bool:
    """Whether all that a pattern stands for is also of the wider one: exact where `narrow` has wildcards, too."""
    return bool(re.fullmatch(re.escape(wide).replace(r"\*", ".*").replace(r"\?", "."), narrow, re.DOTALL))


@cache
def _form(text: str) -> tuple[Token, ...]:
    tokens: list[Token] = []
    for piece in re.split(r"(\$\{\w+\})", text):
        if piece.startswith("${"):
            tokens += ["?", WITHIN] if piece[2:-1] in NO_SLASHES else ["?", "*"]
        else:
            tokens += piece
    return tuple(tokens)


def _meet(left: tuple[Token, ...], right: tuple[Token, ...]) -> bool:
    @cache
    def meet(at: int, other: int) -> bool:
        one = left[at] if at < len(left) else None
        two = right[other] if other < len(right) else None
        if one is None and two is None:
            return True
        if one == "*":
            return meet(at + 1, other) or (two is not None and meet(at, other + 1))
        if two in ("*", WITHIN):
            allowed = one is not None and not (two == WITHIN and one == "/")
            return meet(at, other + 1) or (allowed and meet(at + 1, other))
        if one is None or two is None:
            return False
        return (one == two or "?" in (one, two)) and meet(at + 1, other + 1)

    return meet(0, 0)

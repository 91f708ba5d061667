"""Holds what a request asks for against the shape of the action's input: https://smithy.io/2.0/spec/constraint-traits.html"""

from __future__ import annotations

from functools import cache
from typing import Any

import regex
from botocore.model import Shape

from .faults import Findings, Rule

ASTRAL = r"\uD800\uDC00-\uDBFF\uDFFF"
"""How a pattern that was made for UTF-16 writes all that lies beyond it."""
ASCII = {r"\w": "a-zA-Z_0-9", r"\d": "0-9"}
PART = regex.compile(r"\\.|.", regex.DOTALL)
UNIONS = ("AttributeValue",)
"""Unions that their models, older than the word, do not call so.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
"""
LONGEST_QUOTE = 120


def check(shape: Shape | None, value: Any, findings: Findings, where: str = "") -> None:
    """Takes down every constraint that a value breaks, and those of what is in it."""
    if shape is None or value is None:  # What could not be read was taken down then.
        return
    kind = shape.type_name
    if kind == "structure":
        _structure(shape, value, findings, where)
    elif kind == "list":
        _bounds(Rule.SIZE, shape, len(value), findings, where, "items")
        for number, each in enumerate(value, 1):
            check(shape.member, each, findings, f"{where}.{number}")
    elif kind == "map":
        _bounds(Rule.SIZE, shape, len(value), findings, where, "entries")
        for key, each in value.items():
            check(shape.key, key, findings, f"{where}, its key")
            check(shape.value, each, findings, f"{where}.{key}")
    elif kind == "string":
        _text(shape, value, findings, where)
    elif kind == "blob":
        _bounds(Rule.LENGTH, shape, len(value), findings, where, "bytes")
    elif kind in ("integer", "long", "float", "double"):
        _bounds(Rule.RANGE, shape, value, findings, where, "")


def _structure(shape: Any, value: dict[str, Any], findings: Findings, where: str) -> None:
    if getattr(shape, "is_document_type", False):
        return
    for name in shape.required_members:
        if name not in value:
            findings.add(Rule.REQUIRED, f"{where}.{name}".lstrip("."), f"{shape.name} must have it")
    if (getattr(shape, "is_tagged_union", False) or shape.name in UNIONS) and len(value) != 1:
        findings.add(Rule.UNION, where, f"{shape.name} has the members {sorted(value)}")
    members = shape.members
    for name, each in value.items():
        check(members[name], each, findings, f"{where}.{name}".lstrip("."))


def _text(shape: Any, value: str, findings: Findings, where: str) -> None:
    if shape.enum and value not in shape.enum:
        findings.add(Rule.ENUM, where, f"{_quoted(value)} is none of {', '.join(shape.enum)}"[:400])
    _bounds(Rule.LENGTH, shape, len(value), findings, where, "characters")
    pattern = shape.metadata.get("pattern")
    if pattern and not compiled(pattern).fullmatch(value):
        findings.add(Rule.PATTERN, where, f"{_quoted(value)} is not of the form {pattern}")


def _bounds(rule: Rule, shape: Any, size: float, findings: Findings, where: str, of: str) -> None:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if (least is not None and size < least) or (most is not None and size > most):
        findings.add(rule, where, f"{size} {of} where {least} to {most} may be".replace("  ", " "))


@cache
def compiled(pattern: str) -> Any:
    """A pattern as the services read it, which is as Java does: the whole text must match, and `\\w` is ASCII."""
    parts, in_class = [], False
    for part in PART.findall(pattern.replace(ASTRAL, r"\U00010000-\U0010FFFF")):
        in_class = part == "[" or (in_class and part != "]")
        known = ASCII.get(part)
        parts.append(part if known is None else known if in_class else f"[{known}]")
    return regex.compile("".join(parts))


def _quoted(text: str) -> str:
    return repr(text if len(text) <= LONGEST_QUOTE else text[:LONGEST_QUOTE] + "…")

"""Limits that a page of AWS states and no model has: the table `harness/limits.json`.

By action (`ec2:DeleteVpcEndpoints`), each limit is the path of what it bounds, as the model names it, how much of it
there may be, the page, and whether the page states it. In a path, `*` is each item of a list.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from .faults import Findings, Rule

TABLE = Path(__file__).parent.parent / "limits.json"


@cache
def limits() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = json.loads(TABLE.read_text())
    return found


def check_limits(action: str, asked: dict[str, Any], findings: Findings) -> None:
    """`action` has its service in front: `ec2:DeleteVpcEndpoints`."""
    for limit in limits().get(action, []):
        for where, value in _found(asked, limit["member"].split(".")):
            size = value if isinstance(value, int) else len(value)
            if size > limit["most"]:
                rule = Rule.LIMIT if limit["stated"] else Rule.RESTRAINT
                findings.add(rule, where, f"{size} where {limit['most']} may be; see {limit['page']}")


def _found(value: Any, path: list[str], where: str = "") -> Iterator[tuple[str, Any]]:
    """All that a path leads to, each with the path on which it stands."""
    if value is None:
        return
    if not path:
        yield where, value
    elif path[0] == "*":
        for number, each in enumerate(value, 1):
            yield from _found(each, path[1:], f"{where}.{number}")
    elif path[0] in value:
        yield from _found(value[path[0]], path[1:], f"{where}.{path[0]}".lstrip("."))

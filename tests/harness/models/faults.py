"""What can be wrong with a request."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class Rule(Enum):
    """What a request can break."""

    ACTION = "the service has no such action"
    PROTOCOL = "the request is not in the form of the service's protocol"
    UNKNOWN = "the action has no such member"
    TYPE = "the value is of another type"
    REQUIRED = "a member is missing"
    UNION = "exactly one member of a union is given"
    ENUM = "the value is none of those that there are"
    LENGTH = "the text is too short or too long"
    PATTERN = "the text has another form"
    RANGE = "the number is too small or too large"
    SIZE = "there are too few or too many"
    LIMIT = "a documented limit is not kept"
    RESTRAINT = "it is more than is asked for at once where nobody states a limit"


@dataclass
class Findings:
    """Collects what is wrong with one request."""

    found: list[tuple[Rule, str, str]] = field(default_factory=list)

    def add(self, rule: Rule, where: str, what: str) -> None:
        """`where` is the path of the member, as the model names it; `what` says what there is and what may be."""
        self.found.append((rule, where, what))

"""Answers as AWS gave them, from `tests/recorded/`: what the emulator refuses with, and what the proxy injects.

`src/aws/` is tested against the same files. An action is named as IAM names it, `ec2:CreateVpc`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "recorded"

CONDITIONS = ("not-yet", "exists", "in-use", "gone", "spreading", "throttled", "quota", "denied", "failing")
"""What every action that the function calls has an answer for, or a reason why it cannot be met."""

OTHERS = ("wrong", "credentials", "account", "unsupported")
"""What beside is recorded where somebody met it."""

ALIASES = {"dynamodb:TransactWriteItems": "dynamodb:UpdateItem"}
"""What IAM calls otherwise."""

EXAMPLES = {
    "account": "123456789012",
    "arn": "arn:aws:iam::123456789012:policy/example",
    "cidr": "10.0.0.0/24",
    "id": "(the ID)",
    "limit": "1",
    "name": "(the name)",
    "number": "100",
    "partition": "aws",
    "region": "eu-central-1",
    "resource": "arn:aws:ec2:eu-central-1:123456789012:example/(the ID)",
    "rule": "peer: 10.0.0.0/24, TCP, from port: 22, to port: 22, ALLOW",
    "trace": "1-0123abcd-0123456789abcdef01234567",
    "vpc": "vpc-0123456789abcdef0",
    "why": "",
}
"""What stands in a message where nobody says better."""


@dataclass(frozen=True)
class Answer:
    """One answer; `tests/recorded/README.md` says what the fields are."""

    actions: tuple[str, ...]
    when: tuple[str, ...]
    status: int
    code: str
    message: str
    means: str
    learnt: str
    entry: bool = False
    final: bool = False
    reasons: tuple[dict[str, str], ...] = ()
    kind: str = ""
    says: tuple[str, ...] = ()
    field: str = ""
    guess: str = ""

    def is_of(self, action: str) -> bool:
        return matches(action, self.actions)

    def text(self, action: str, **words: Any) -> str:
        """Its message, about `action` and with these words in their places."""
        filled = {**EXAMPLES, "action": action, **words}
        text = self.message
        for name, word in filled.items():
            text = text.replace("{" + name + "}", str(word))
        return text


@dataclass(frozen=True)
class Never:
    """Conditions that cannot be met by some actions, and why."""

    actions: tuple[str, ...]
    when: tuple[str, ...]
    because: str
    but: tuple[str, ...] = ()

    def is_of(self, action: str) -> bool:
        return matches(action, self.actions) and not matches(action, self.but)


def matches(action: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(action, pattern) for pattern in patterns)


def _tuples(row: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}


@cache
def tables() -> dict[str, tuple[tuple[Answer, ...], tuple[Never, ...]]]:
    """By service, what it answers and what cannot be."""
    found = {}
    for path in sorted(FOLDER.glob("*.json")):
        table = json.loads(path.read_text())
        assert set(table) == {"answers", "never"}, path.name
        answers = tuple(Answer(**_tuples(row)) for row in table["answers"])
        found[path.stem] = answers, tuple(Never(**_tuples(row)) for row in table["never"])
    return found


def answers(action: str) -> list[Answer]:
    """All that is recorded of an action, what is its own first. `ec2:*` means any action of EC2."""
    action = ALIASES.get(action, action)
    service, _, name = action.partition(":")
    if service not in tables():
        raise KeyError(f"nothing is recorded of {service}")
    mine = [each for each in tables()[service][0] if name == "*" or each.is_of(action)]
    return sorted(mine, key=lambda each: any("*" in pattern for pattern in each.actions) != (name == "*"))


def is_recorded(action: str) -> bool:
    """Whether the function calls the action, so that what it answers is recorded."""
    action = ALIASES.get(action, action)
    answers, nevers = tables().get(action.partition(":")[0], ((), ()))
    named = [*(each.actions for each in answers), *(each.actions for each in nevers)]
    patterns = [pattern for actions in named for pattern in actions if not pattern.endswith(":*")]
    return matches(action, patterns)


def find(action: str, *, code: str | None = None, when: str | None = None, **marks: Any) -> Answer:
    """The first answer to an action with this code, or under this condition. Fails where none is recorded: an
    emulator or a proxy answers nothing that nobody has seen."""
    for each in answers(action):
        wanted = (code is None or each.code == code) and (when is None or when in each.when)
        if wanted and all(getattr(each, name) == mark for name, mark in marks.items()):
            return each
    raise KeyError(f"no answer to {action} is recorded with {code=} {when=} {marks}")

"""The report of a run, in Markdown, fit to be attached to a bug: no account number is left in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from . import expected
from .calls import NEW_RESOURCE, NEW_ROLE, NEW_TAG, Calls
from .life import Life

ACCOUNT = re.compile(r"(?<![0-9A-Za-z])\d{12}(?![0-9A-Za-z])")
KEY = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b")
SLOWER = 2.0
"""How many times as long as in the doubles something may take before it is told."""
IN_THE_DOUBLES = {
    "an interface endpoint is pending": "endpoint_seconds",
    "an interface endpoint is deleting": "endpoint_seconds",
    "AWS shows what is deleted": "deleted_vpc_seconds",
    NEW_ROLE: "role_seconds",
    NEW_RESOURCE: "fresh_seconds",
    NEW_TAG: "tag_seconds",
}
"""What was timed, and the setting of the strict emulator that it is compared with."""


def scrubbed(text: str) -> str:
    """The text with each account number replaced, the same by the same, and no access key."""
    names: dict[str, str] = {}
    replaced = ACCOUNT.sub(lambda found: names.setdefault(found[0], f"ACCOUNT-{len(names) + 1}"), text)
    return KEY.sub("ACCESS-KEY", replaced)


@dataclass
class Report:
    """All that a run comes to."""

    run: str
    region: str
    function: str
    level: str
    """What the function logs, as `RUST_LOG` says."""
    bound: float
    lives: list[Life]
    removed: list[str]
    """What an earlier run had left."""
    left: list[str]
    ended: str
    """How the run ended: `whole`, or what broke it off."""

    def text(self, calls: Calls) -> str:
        lines = [
            "# Acceptance of Ringfence",
            "",
            (
                f"Run {self.run} in {self.region}, by the function `{self.function}` (`RUST_LOG={self.level}`). "
                f"It ended {self.ended}. Cost bound: ${self.bound:.2f}."
            ),
            "",
            *self._lives(),
            *self._differences(calls),
            *self._times(calls),
            *_listed("Left by an earlier run, and removed", self.removed),
            *_listed("Left behind, and not removed", self.left),
        ]
        return scrubbed("\n".join(lines).rstrip() + "\n")

    def _lives(self) -> list[str]:
        rows = [
            [life.option.name, "kept" if life.kept else "not begun" if not life.begun else "broken"]
            for life in self.lives
        ]
        faults = [f"- {life.option.name}: {_line(fault)}" for life in self.lives for fault in life.faults]
        return [
            "## Lives",
            "",
            *_table(["option", "promise"], rows),
            "",
            *(["Faults:", "", *faults, ""] if faults else []),
        ]

    def _differences(self, calls: Calls) -> list[str]:
        found = expected.differences(calls.failed, expected.recorded())
        rows = [
            [
                call.who,
                call.action,
                call.code or "-",
                str(call.status or "-"),
                str(each.times),
                each.why,
                call.message,
                call.request_id,
            ]
            for each in found
            for call in [each.call]
        ]
        seen = (
            f"{calls.made} calls of this run and {calls.logged} lines of the function's log were seen; "
            f"{len(calls.failed)} calls failed, which is a part of how it works."
        )
        if calls.cut:
            seen += " Of some invocations only the end of the log could be read."
        if "debug" not in self.level:
            seen += " The function logs no failed call that it expects: `LogFilter=ringfence=debug` shows all."
        header = ["who", "action", "code", "status", "times", "in the doubles", "message", "request"]
        what = _table(header, rows) if rows else ["None."]
        return ["## Answers that differ from the doubles'", "", seen, "", *what, ""]

    def _times(self, calls: Calls) -> list[str]:
        longest = dict(calls.seconds)
        for life in self.lives:
            for what, seconds in life.seconds.items():
                longest[what] = max(longest.get(what, 0.0), seconds)
        rows = []
        for what, seconds in sorted(longest.items()):
            double = expected.TIMES.get(IN_THE_DOUBLES.get(what, ""))
            differs = double is not None and seconds > double * SLOWER
            rows.append(
                [what, f"{seconds:.1f}", "-" if double is None else f"{double:.1f}", "differs" if differs else ""]
            )
        return [
            "## Times",
            "",
            "The longest of all lives, in seconds.",
            "",
            *_table(["what", "here", "doubles", ""], rows),
            "",
        ]


def _table(header: list[str], rows: list[list[str]]) -> list[str]:
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    return lines + ["| " + " | ".join(_line(cell) for cell in row) + " |" for row in rows]


def _line(text: Any) -> str:
    return " ".join(str(text).replace("|", r"\|").split())


def _listed(title: str, items: list[str]) -> list[str]:
    return [f"## {title}", "", *(f"- {_line(each)}" for each in items), ""] if items else []

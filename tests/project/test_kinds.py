"""Every resource kind stands in the list of kinds, as what it is: a duty that is not asked for would be lost."""

from __future__ import annotations

import re

from harness.sources import sources

LIST = "resources/kinds.rs"
LISTED = re.compile(r"Kind::(\w+)::<(?:super::)?[\w:]*?(\w+)>\(\)")
IMPLEMENTED = re.compile(r"\bimpl\s+(Observe|Manage)\s+for\s+(\w+)")

CALLED = {
    frozenset({"Observe", "Manage"}): "managed",
    frozenset({"Observe"}): "observed",
    frozenset({"Manage"}): "seen_with_others",
}
"""How the list calls a kind that does so much."""


def test_the_list_asks_of_each_kind_all_that_it_does() -> None:
    duties: dict[str, set[str]] = {}
    for source in sources():
        if source.name.startswith("resources/"):
            for duty, kind in IMPLEMENTED.findall(source.code):
                duties.setdefault(kind, set()).add(duty)
    (code,) = [source.code for source in sources() if source.name == LIST]
    listed = [(kind, called) for called, kind in LISTED.findall(code)]
    assert len(listed) == len(dict(listed)), "a kind stands there twice"
    assert dict(listed) == {kind: CALLED[frozenset(each)] for kind, each in duties.items()}

"""Writes the table of what the function may do into docs/security.md, from `template.yaml`, as `make schemas` does."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from harness import template

DOCUMENT = Path(__file__).parents[1] / "docs" / "security.md"
BEGIN, END = "<!-- permissions: written by `make schemas` -->\n", "<!-- permissions: end -->"
ROLE = "ExecutionRole"
GIVEN, HAS = "aws:RequestTag/", "aws:ResourceTag/"
HEAD = ["statement", "allows", "on", "why so"]

Statement = dict[str, Any]


def statements() -> Iterator[tuple[str, Statement]]:
    """Every statement of the function's role, with the resource of the template that it stands in."""
    resources = template.load()["Resources"]
    role = resources[ROLE]["Properties"]
    for policy in role["Policies"]:
        yield from ((ROLE, each) for each in policy["PolicyDocument"]["Statement"])
    for reference in role["ManagedPolicyArns"]:
        name = reference["Ref"]
        yield from ((name, each) for each in resources[name]["Properties"]["PolicyDocument"]["Statement"])


def comments(holder: str, sid: str) -> str:
    """What the template says above a statement, and beside its actions."""
    written = re.search(
        rf"^(?P<above>(?: +#.*\n)*) +- Sid: {sid}\n(?P<rest>(?:(?! +- Sid:).*\n)*)", template.text(holder), re.MULTILINE
    )
    assert written, f"{holder} has no {sid}"
    said = [" ".join(line.strip().lstrip("#").strip() for line in written["above"].splitlines())]
    beside = re.findall(r"^ +- [a-z0-9]+:\w+ # (.*)$", written["rest"], re.MULTILINE)
    said += [each for each in beside if each != "As above."]
    return " ".join(filter(None, said))


def actions(statement: Statement) -> str:
    """The actions, by their services."""
    services: dict[str, list[str]] = {}
    for action in statement["Action"]:
        service, name = action.split(":")
        services.setdefault(service, []).append(f"`{name}`")
    return "; ".join(f"{service}: {', '.join(names)}" for service, names in services.items())


def resource(named: Any) -> str:
    """A resource, without what is the same in all: partition, service, and this region and account."""
    if named == "*":
        return "everything"
    if isinstance(named, str):
        return f"`{named}`"
    [(function, value)] = named.items()
    if function == "GetAtt":
        return f"`{value.removesuffix('.Arn')}`"
    if function == "Ref":
        return f"`{value}`"
    if function == "If":
        return " or ".join(resource(each) for each in value[1:])
    assert function == "Sub", function
    text = re.sub(r"\$\{(?:AWS::)?(\w+)\}", r"<\1>", value)
    if not text.startswith("arn:"):
        return f"`{text}`"
    *_, account, name = text.split(":", 5)
    return f"`{name}`" + (" of any account" if account == "*" else "")


def conditions(statement: Statement) -> Iterator[str]:
    """What has to be so, in few words: the tags of the installation stand for both of them."""
    for operator, keys in statement.get("Condition", {}).items():
        if operator == "Null":
            assert set(keys.values()) == {"true"}, statement["Sid"]
            yield "without the tags " + ", ".join(f"`{key.removeprefix(HAS)}`" for key in keys)
            continue
        assert operator in {"StringEquals", "StringEqualsIfExists", "ForAllValues:StringEquals"}, operator
        for key, value in keys.items():
            if key in {f"{GIVEN}ringfence:managed-by", f"{HAS}ringfence:managed-by"}:
                continue
            if key == f"{GIVEN}ringfence:installation":
                yield "given its tags"
            elif key == f"{HAS}ringfence:installation":
                yield "with its tags" + (" or none" if operator == "StringEqualsIfExists" else "")
            else:
                values = value if isinstance(value, list) else [value]
                yield f"`{key}`: {' or '.join(resource(each) for each in values)}"


def row(holder: str, statement: Statement) -> list[str]:
    assert statement["Effect"] == "Allow", statement["Sid"]
    named = statement["Resource"]
    on = ", ".join(resource(each) for each in (named if isinstance(named, list) else [named]))
    held = "; ".join([on, *conditions(statement)])
    return [f"`{statement['Sid']}`", actions(statement), held, comments(holder, statement["Sid"])]


def table() -> str:
    """The whole table."""
    rows = [HEAD, ["---"] * len(HEAD), *(row(holder, statement) for holder, statement in statements())]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in rows)


def rewritten(text: str) -> str:
    """A page with the table in its place, in the stead of what stood there."""
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise SystemExit(f"{DOCUMENT} has no place for the table: it needs one {BEGIN.strip()!r} and one {END!r}")
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}{table()}{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    DOCUMENT.write_text(rewritten(DOCUMENT.read_text()))

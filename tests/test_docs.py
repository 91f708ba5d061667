"""The tables of the README and of ARCHITECTURE.md name what the code has, all of it and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness import template
from harness.sources import sources

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted(ROOT.glob("*.md"))
README = (ROOT / "README.md").read_text()
CODE = {source.name: source.code for source in sources()}


def rows(header: str) -> dict[str, str]:
    """The rows of the README's table whose first column has this title, each by every name in that column."""
    found = re.search(rf"^\| {re.escape(header)} \|.*\n\|[- |]+\|\n((?:\|.*\n)+)", README, re.MULTILINE)
    assert found, f"the README has no table of {header}"
    named: dict[str, str] = {}
    for row in found[1].splitlines():
        first, rest = row.strip("| ").split("|", 1)
        named.update(dict.fromkeys(re.findall(r"`([^`]+)`", first), rest))
    return named


def words(file: str, start: str) -> list[str]:
    """The texts of a list in the code that follows `start`."""
    listed = re.search(rf"{start}\s*(?:=\s*)?&?\[([^\]]*)\]", CODE[file])
    assert listed, f"{file} has no {start}"
    return re.findall(r'"(\w+)"', listed[1])


def unavailable() -> set[str]:
    found = re.findall(r'\(\["(\w+)", "(\w+)"\]', CODE["spec/unavailable.rs"])
    return {f"{room}.{field}" for room, field in found}


def spec_fields() -> set[str]:
    fields = set(words("spec/root.rs", r"const FIELDS: &\[&str\]"))
    for room in ("network", "access", "egress", "training", "flow_logs"):
        fields.remove(room)
        start = r"\.fields\([^\[]*" if room == "egress" else r"const FIELDS: &\[&str\]"
        fields.update(f"{room}.{field}" for field in words(f"spec/{room}.rs", start))
    return fields


def test_every_field_of_the_spec_is_described() -> None:
    assert set(rows_of_spec()) == spec_fields()


def rows_of_spec() -> dict[str, str]:
    """The table of the spec is the one that begins with a default."""
    section = README.split("\n## The spec\n")[1].split("\n## ")[0]
    named: dict[str, str] = {}
    for row in re.findall(r"^\| (`.*)\|$", section, re.MULTILINE):
        first, rest = row.split("|", 1)
        named.update(dict.fromkeys(re.findall(r"`([^`]+)`", first), rest))
    return named


def test_what_is_not_available_yet_is_said_to_be_so() -> None:
    assert unavailable()
    assert {field for field, text in rows_of_spec().items() if "*not available yet*" in text} == unavailable()


def test_every_error_type_and_status_is_described() -> None:
    kinds = set(re.findall(r'Self::\w+ => "(\w+)"', CODE["failure.rs"]))
    assert set(rows("`errorType`")) == kinds
    statuses = re.search(r"enum Status \{([^}]*)\}", CODE["answer.rs"])
    assert statuses
    assert set(rows("`status`")) == {word.lower() for word in re.findall(r"\w+", statuses[1])}


def test_every_export_is_described() -> None:
    assert set(rows("name")) == set(words("stack/exports.rs", r"const NAMES: \[&str; \d+\]")) | {"exports"}


def test_every_parameter_of_the_template_is_described() -> None:
    described = rows("parameter")
    assert list(described) == list(template.load()["Parameters"])
    for name, parameter in template.load()["Parameters"].items():
        default = parameter["Default"]
        assert described[name].split("|")[0].strip() == (f"`{default}`" if default != "" else "none"), name


def test_the_checks_are_counted_right() -> None:
    count = re.search(r"\[Option<Check>; (\d+)\]", CODE["isolation/prove.rs"])
    assert count and f"`isolation` holds {count[1]} checks" in README


def test_every_room_is_in_the_architecture() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    rooms = {name.split("/")[0].removesuffix(".rs") for name in CODE} - {"lib"}
    assert {room for room in rooms if f"`src/{room}/`" not in text and f"`src/{room}.rs`" not in text} == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    text = document.read_text()
    anchors = {
        re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^#+ (.+)$", text, re.M)
    }
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("#"):
            assert target[1:] in anchors, target
        elif not target.startswith("https://"):
            assert (ROOT / target).exists(), target

"""The pages name what code and template have, all of it and nothing else, count right, and lead to each other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import permissions
from harness import template
from harness.sources import ROOT, constants, sources
from project.test_rooms import PURE

DOCS = ROOT / "docs"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text()
CODE = {source.name: source.code for source in sources()}

NUMBERS = {
    ("docs/operations.md", "up to {} environments a sweep"): ("controller/sweep.rs", "LOOKS"),
    ("docs/operations.md", "works on {} environments at a time"): ("controller/sweep.rs", "AT_ONCE"),
    ("docs/design/lease.md", "first {} free blocks"): ("registry/claims.rs", "CHOICES"),
    ("docs/design/lease.md", "With {} seconds left nothing new begins"): ("deadline.rs", "MARGIN"),
    ("docs/design/lease.md", "{} seconds of margin stand between clocks"): ("registry/record.rs", "CLOCK_MARGIN"),
    ("docs/design/create-vpc.md", "by its tags for {} seconds after the attempt"): ("registry/record.rs", "READS_LAG"),
    ("docs/design/lag.md", "is tried again for {} seconds where it concerns a step"): ("apply/step.rs", "PATIENCE"),
    ("docs/design/lag.md", "once it has lasted for {} seconds"): ("apply/step.rs", "TAGS_COUNT_WITHIN"),
    ("docs/design/lag.md", "reads lag for up to {} seconds"): ("controller/next_move.rs", "READS_MAY_LAG"),
    ("docs/design/sweep.md", "at most {} a sweep"): ("controller/sweep.rs", "LOOKS"),
    ("docs/design/sweep.md", "**At most {} at once**"): ("controller/sweep.rs", "AT_ONCE"),
    ("docs/design/sweep.md", "may well take {} seconds"): ("controller/sweep.rs", "WORK_TAKES"),
    ("docs/design/sweep.md", "first seen over {} hours ago"): ("controller/orphans.rs", "AGE"),
}
"""Sentences that hold a number, and the constant that it comes from."""

WORDS = {"two": 2, "four": 4, "five": 5}

README_LINES = 150
"""How long the first page may be. It says what this is and where to read on; all else stands on a page of its own."""


def page(name: str) -> str:
    return (DOCS / name).read_text()


def rows(document: str, header: str) -> dict[str, str]:
    """The rows of a page's table whose first column has this title, each by every name in that column."""
    found = re.search(rf"^\| {re.escape(header)} \|.*\n\|[- |]+\|\n((?:\|.*\n)+)", page(document), re.MULTILINE)
    assert found, f"{document} has no table of {header}"
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


def test_every_status_is_described() -> None:
    statuses = re.search(r"enum Status \{([^}]*)\}", CODE["model/status.rs"])
    assert statuses
    assert set(rows("requests.md", "`status`")) == {word.lower() for word in re.findall(r"\w+", statuses[1])}


def test_every_export_is_described() -> None:
    names = words("model/stack/exports.rs", r"const NAMES: \[&str; \d+\]")
    assert set(rows("exports.md", "name")) == {*names, "exports"}


def test_every_parameter_of_the_template_is_described() -> None:
    described = rows("deploy.md", "parameter")
    assert list(described) == list(template.load()["Parameters"])
    for name, parameter in template.load()["Parameters"].items():
        default = parameter["Default"]
        assert described[name].split("|")[0].strip() == (f"`{default}`" if default != "" else "none"), name


def test_the_checks_are_counted_right() -> None:
    count = re.search(r"\[Option<Check>; (\d+)\]", CODE["proof/prove.rs"])
    assert count and f"`isolation` holds {count[1]} checks" in page("requests.md")


def test_every_check_is_made() -> None:
    declared = (ROOT / "crates" / "proof" / "src" / "answer.rs").read_text()
    names = re.findall(r"^    (\w+) = \"[\w-]+\", \w+;$", declared, re.MULTILINE)
    assert names and set(names) == set(re.findall(r"Findings::of\(CheckName::(\w+)\)", "".join(CODE.values())))


def test_every_alarm_is_described_with_its_threshold() -> None:
    described = rows("operations.md", "alarm")
    alarms = template.resources("AWS::CloudWatch::Alarm")
    assert list(described) == list(alarms)
    for name, alarm in alarms.items():
        properties, said = alarm["Properties"], described[name].split("|")[0]
        assert properties["Period"] == 300, name
        periods = {1: "", 2: "in two periods", 3: "in three periods"}[properties["EvaluationPeriods"]]
        assert periods in said, name
        assert periods or ("two periods" not in said and "three periods" not in said), name
        threshold = properties["Threshold"]
        assert not threshold or f"{threshold:,} " in said, name
        assert properties["Namespace"] != "Ringfence" or f"`{properties['MetricName']}`" in said, name


def test_every_role_and_policy_of_the_template_is_described() -> None:
    kinds = ("AWS::IAM::Role", "AWS::IAM::ManagedPolicy")
    standing = {name for kind in kinds for name in template.resources(kind)}
    assert set(rows("security.md", "in the template")) - {"PermissionsBoundaryArn"} == standing


def test_the_table_of_permissions_is_what_the_template_says() -> None:
    committed = permissions.DOCUMENT.read_text()
    assert permissions.rewritten(committed) == committed, "run `make schemas`"
    sids = [statement["Sid"] for _, statement in permissions.statements()]
    assert len(sids) == len(set(sids))


def test_every_room_is_in_the_architecture() -> None:
    of_model = {name.split("/")[1].removesuffix(".rs") for name in CODE if name.startswith("model/")} - {"lib"}
    crates = {source.crate for source in sources()} - {""}
    rooms = {name.split("/")[0].removesuffix(".rs") for name in CODE} - {"lib"} - crates
    named = {room for room in rooms if f"`src/{room}/`" in ARCHITECTURE or f"`src/{room}.rs`" in ARCHITECTURE}
    assert rooms - named == set()
    assert {crate for crate in crates if f"| `crates/{crate}/` |" not in ARCHITECTURE} == set()
    rows = "".join(re.findall(r"^\| (`.*?`) \|", ARCHITECTURE, re.MULTILINE))
    assert {room for room in of_model if f"`{room}`" not in rows} == set()


def test_what_is_pure_is_in_the_architecture() -> None:
    listed = re.search(r"^\*\*Pure\*\* are (.*?)\. ", ARCHITECTURE, re.MULTILINE | re.DOTALL)
    assert listed and set(re.findall(r"`([^`]+)`", listed[1])) == set(PURE)


@pytest.mark.parametrize(("where", "source"), NUMBERS.items(), ids=[sentence for _, sentence in NUMBERS])
def test_numbers_are_those_of_the_code(where: tuple[str, str], source: tuple[str, str]) -> None:
    (document, sentence), (file, name) = where, source
    constant = re.search(rf"\bconst {name}: \w+ = \D*?(\d+)\)?;", CODE[file])
    assert constant, f"{file} has no {name}"
    before, after = (re.escape(part) for part in sentence.split("{}"))
    said = re.search(rf"{before}(\w+){after}", re.sub(r"\s+", " ", (ROOT / document).read_text()))
    assert said, f"{document} does not say: {sentence}"
    assert WORDS.get(said[1].lower()) == int(constant[1]) or said[1] == constant[1]


def test_every_action_is_described() -> None:
    actions = re.search(r"\bAction \{(.*?)\}", CODE["model/request.rs"], re.DOTALL)
    assert actions
    described = rows("requests.md", "field")["action"]
    assert {each for each in re.findall(r'"(\w+)"', actions[1]) if f"`{each}`" not in described} == set()


def test_every_announcement_is_described() -> None:
    sent = constants("notify.rs").values()
    announced = {text for text in sent if text.startswith("Training Environment")}
    assert announced and {text for text in announced if f"`{text}`" not in page("operations.md")} == set()


def prose(document: Path) -> str:
    """A page without its examples: what stands in them is no heading and no link."""
    return re.sub(r"^```.*?^```$", "", document.read_text(), flags=re.MULTILINE | re.DOTALL)


def anchors(document: Path) -> set[str]:
    """What a link may point at: each heading, as GitHub names it."""
    titles = re.findall(r"^#+ (.+)$", prose(document), re.MULTILINE)
    names = [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles]
    assert len(names) == len(set(names)), f"{document.name} has two headings of one name"
    return set(names)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    text = prose(document)
    assert not re.search(r"^\[[^\]]+\]:", text, re.MULTILINE), "links stand where they are used"
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        there = (document.parent / path).resolve() if path else document
        assert there.exists() and there.is_relative_to(ROOT.resolve()), target
        assert not anchor or anchor in anchors(there), target


def test_the_first_page_is_short_and_leads_to_all_others() -> None:
    first = (ROOT / "README.md").read_text()
    assert len(first.splitlines()) <= README_LINES
    pages = {path.name for path in DOCS.glob("*.md")} - {"README.md"}
    linked = set(re.findall(r"\]\(docs/([\w-]+\.md)(?:#[\w-]+)?\)", first))
    assert linked == pages
    under = {str(path.relative_to(DOCS)) for path in DOCS.glob("*/*.md")}
    assert set(re.findall(r"^- \[[^\]]+\]\(([^)]+)\): ", page("README.md"), re.MULTILINE)) == pages | under


def test_every_part_of_the_benchmark_has_its_place() -> None:
    parts = re.search(r"^PARTS[^{]*\{(.*?)^\}", (ROOT / "tools" / "bench.py").read_text(), re.MULTILINE | re.DOTALL)
    assert parts
    document = page("benchmarks.md")
    places = re.findall(
        r"^<!-- (\w+): written by `make bench` -->$.*?^<!-- \1: end -->$", document, re.MULTILINE | re.DOTALL
    )
    assert sorted(places) == sorted(re.findall(r'"(\w+)":', parts[1]))

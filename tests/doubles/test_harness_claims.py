"""A double is a claim about AWS: each rule of the strict emulator says where it is from, or that nobody says it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from harness.emulator import TESTS

STRICT = TESTS / "harness" / "strict"
PUTS_INTO_MOTO = {"wrap", "replace", "add", "action"}
"""The decorators of the functions that change what moto answers."""
RULES = {"gate": {"check", "_check_tags", "_check_tagged_resources", "page"}, "log_groups": {"check_key"}}
"""By module, the functions that hold rules beside those."""
ALL_RULES = {"endpoint_checks"}
"""Modules in which every function is a rule."""
SOURCE = re.compile(r"https://\S+\.\S+")
WITHOUT = ("Nobody says", "It changes no answer")
"""What a rule says that has no address: why it is safe whatever AWS does, or that there is nothing to claim."""


def rules() -> Iterator[tuple[str, ast.FunctionDef]]:
    for path in sorted(STRICT.glob("*.py")):
        if path.stem == "patching":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and is_rule(path.stem, node):
                yield f"{path.stem}.{node.name}", node


def is_rule(module: str, function: ast.FunctionDef) -> bool:
    calls = [each.func if isinstance(each, ast.Call) else each for each in function.decorator_list]
    decorated = any(isinstance(each, ast.Name) and each.id in PUTS_INTO_MOTO for each in calls)
    is_public = module in ALL_RULES and not function.name.startswith("_")
    return decorated or is_public or function.name in RULES.get(module, ())


def says_why(text: str | None) -> bool:
    return bool(text) and (SOURCE.search(text or "") is not None or any(each in (text or "") for each in WITHOUT))


FOUND = dict(rules())


def test_there_are_rules() -> None:
    assert len(FOUND) > 80
    assert all(f"{module}.{name}" in FOUND for module, names in RULES.items() for name in names)


@pytest.mark.parametrize("rule", FOUND)
def test_a_rule_names_its_source(rule: str) -> None:
    text = ast.get_docstring(FOUND[rule])
    assert says_why(text), f"where is this from? {text}"


def test_a_rule_without_a_source_would_be_found() -> None:
    assert not says_why(None)
    assert not says_why("moto has no quota.")
    assert says_why("moto has no quota.\n\nhttps://docs.aws.amazon.com/a.html")

"""The table of what one call takes holds every list that the function gives a call, and nothing else."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.model import OperationModel

from harness.sources import Source, sources

TABLE: dict[str, list[dict[str, Any]]] = json.loads((Path(__file__).parents[1] / "harness" / "limits.json").read_text())
ACTION = re.compile(r'"((?:dynamodb|ec2|events|iam|logs|route53resolver|ssm|sts):[A-Z]\w+)"')
TRANSACTION = "dynamodb:TransactWriteItems"
"""Goes by the names of its parts in IAM, and so in the sources."""


@cache
def operation(action: str) -> OperationModel:
    service, name = action.split(":")
    return botocore.session.get_session().get_service_model(service).operation_model(name)


def lists(action: str) -> list[str]:
    """The lists in what an action is asked, and its tags where they are a map."""
    shape = operation(action).input_shape
    members = shape.members if shape else {}
    return [name for name, of in members.items() if of.type_name == "list" or (of.type_name, name) == ("map", "tags")]


def given(source: Source) -> dict[str, list[str]]:
    """By action that the file calls, the lists that something in it is given. The SDK's methods go by their names."""
    actions = set(ACTION.findall(source.code))
    if ".transact_write_items()" in source.code:
        actions.add(TRANSACTION)
    methods = set(re.findall(r"\.(?:set_)?(\w+)\(", source.code))
    of = {action: [name for name in lists(action) if xform_name(name) in methods] for action in actions}
    return {action: found for action, found in of.items() if found}


CALLING = [source for source in sources() if ".send()" in source.code]


@pytest.mark.parametrize("source", CALLING, ids=lambda source: source.name)
def test_every_list_that_a_call_is_given_has_a_limit(source: Source) -> None:
    known = {action: {row["member"] for row in rows} for action, rows in TABLE.items()}
    missing = [
        f"{action} {member}"
        for action, members in given(source).items()
        for member in members
        if member not in known.get(action, set())
    ]
    assert not missing, f"src/aws/limits.rs lacks {', '.join(missing)}"


@pytest.mark.parametrize("action", TABLE)
def test_what_the_table_names_is_called_and_is_there(action: str) -> None:
    assert any(action in given(source) or action in set(ACTION.findall(source.code)) for source in CALLING)
    for row in TABLE[action]:
        shape = operation(action).input_shape
        for part in row["member"].split("."):
            shape = shape.member if part == "*" else shape.members[part]
        model = shape.metadata.get("max")
        assert not row["stated"] or model is None or row["most"] <= model
        assert row["page"].startswith("https://")

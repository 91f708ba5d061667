"""What `template.yaml` declares, read as plain YAML: CloudFormation's own tags are taken for what they stand on."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

TEMPLATE = Path(__file__).parent.parent.parent / "template.yaml"


class _Loader(yaml.SafeLoader):
    """Knows `!Ref`, `!Sub` and all the others, and keeps `{"Ref": …}`, `{"Sub": …}` of them."""


def _keep(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        return {suffix: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {suffix: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {suffix: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _keep)


@cache
def load(path: Path = TEMPLATE) -> dict[str, Any]:
    """The whole template. Not to be altered."""
    return yaml.load(path.read_text(), _Loader)  # noqa: S506 - it is a safe loader.


def resources(kind: str, path: Path = TEMPLATE) -> dict[str, dict[str, Any]]:
    """The resources of one type, by their logical names."""
    found = load(path)["Resources"].items()
    return {name: resource for name, resource in found if resource["Type"] == kind}


def text(name: str, path: Path = TEMPLATE) -> str:
    """A resource as it is written, with its comments."""
    found = re.search(rf"^  {name}:\n(?:(?:    .*)?\n)+", path.read_text(), re.MULTILINE)
    assert found, f"the template has no {name}"
    return found[0]


def create_table(dynamodb: Any, name: str, path: Path = TEMPLATE) -> None:
    """Makes the function's table, with the keys and the time to live that the template declares."""
    tables = list(resources("AWS::DynamoDB::Table", path).values())
    assert len(tables) == 1, "the template declares one table"
    properties = tables[0]["Properties"]
    dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=properties["AttributeDefinitions"],
        KeySchema=properties["KeySchema"],
        BillingMode="PAY_PER_REQUEST",
    )
    expiry = properties.get("TimeToLiveSpecification", {})
    if expiry.get("Enabled"):
        dynamodb.update_time_to_live(
            TableName=name,
            TimeToLiveSpecification={"AttributeName": expiry["AttributeName"], "Enabled": True},
        )

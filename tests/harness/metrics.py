"""What CloudWatch makes of the lines that the function writes, judged by the specification of their format."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Any

from jsonschema_rs import Draft7Validator

NAMESPACE = "Ringfence"

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["_aws"],
    "properties": {
        "_aws": {
            "type": "object",
            "required": ["Timestamp", "CloudWatchMetrics"],
            "properties": {
                "Timestamp": {"type": "integer", "minimum": 0},
                "CloudWatchMetrics": {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/directive"}},
            },
        }
    },
    "definitions": {
        "directive": {
            "type": "object",
            "required": ["Namespace", "Dimensions", "Metrics"],
            "properties": {
                "Namespace": {"type": "string", "minLength": 1, "maxLength": 1024},
                "Dimensions": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "array",
                        "maxItems": 30,
                        "items": {"type": "string", "minLength": 1, "maxLength": 250},
                    },
                },
                "Metrics": {"type": "array", "maxItems": 100, "items": {"$ref": "#/definitions/metric"}},
            },
        },
        "metric": {
            "type": "object",
            "required": ["Name"],
            "properties": {
                "Name": {"type": "string", "minLength": 1, "maxLength": 1024},
                "Unit": {"enum": ["Count", "Milliseconds"]},
                "StorageResolution": {"enum": [1, 60]},
            },
        },
    },
}
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
with the units that are in use here."""

Metric = tuple[str, tuple[str, ...]]
"""A metric as CloudWatch tells them apart: its name, and the values of its dimensions."""


@cache
def validator() -> Draft7Validator:
    return Draft7Validator(SCHEMA)


def measured(lines: Iterable[dict[str, Any]]) -> dict[Metric, list[float]]:
    """The values of each metric, in their order. A line that CloudWatch would not take whole is an error."""
    values: dict[Metric, list[float]] = defaultdict(list)
    for line in lines:
        validator().validate(line)
        for directive in line["_aws"]["CloudWatchMetrics"]:
            assert directive["Namespace"] == NAMESPACE
            for dimensions in directive["Dimensions"]:
                where = tuple(line[name] for name in dimensions)
                assert all(isinstance(value, str) and value for value in where), line
                for metric in directive["Metrics"]:
                    value = line[metric["Name"]]
                    new = value if isinstance(value, list) else [value]
                    assert 1 <= len(new) <= 100 and all(isinstance(each, int | float) for each in new), line
                    values[metric["Name"], where].extend(new)
    return values


def units(lines: Iterable[dict[str, Any]]) -> dict[str, str]:
    """The unit of each metric."""
    directives = [each for line in lines for each in line["_aws"]["CloudWatchMetrics"]]
    return {metric["Name"]: metric["Unit"] for directive in directives for metric in directive["Metrics"]}

"""Comparable forms: IDs become names, moments disappear, and what AWS gives in any order is sorted.

Two environments that were built from one request are equal in this form, whatever happened while they were built.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

ID = re.compile(
    r"\b(vpc-cidr-assoc|vpc|subnet|rtb|rtbassoc|acl|aclassoc|sg|sgr|vpce|fl|igw|eigw|eni|nat|pl|eice|pg|dopt)-[0-9a-f]{8,17}\b"
)
ENVIRONMENT = "<environment>"
"""What stands for an environment's own name."""
MOMENTS = {
    "CreateDate",
    "CreationDate",
    "CreationTime",
    "CreationTimestamp",
    "creationTime",
    "LastModifiedDate",
    "LastUsed",
    "RoleLastUsed",
    "RoleId",
    "InstanceProfileId",
    "Version",
    "MacAddress",
    "DnsEntries",
    "ResponseMetadata",
}
"""Members that differ between any two resources and say nothing about either. `Version` is that of a parameter."""


class Names:
    """The names that stand for IDs: `<Name of the resource>`, or its kind for what has no name of its own."""

    def __init__(self, environment: str) -> None:
        self._environment = re.compile(rf"(?<![a-z0-9-]){re.escape(environment)}(?![a-z0-9])")
        self._names: dict[str, str] = {}

    def learn(self, resource_id: str, name: str) -> None:
        self._names[resource_id] = f"<{name}>"

    def text(self, text: str) -> str:
        """A text with every ID replaced, and the environment's own name."""
        text = ID.sub(lambda found: self._names.get(found.group(), f"<{found.group(1)}>"), text)
        return self._environment.sub(ENVIRONMENT, text)

    def form(self, value: Any) -> Any:
        """Any answer of boto3 in comparable form. JSON in texts is compared as what it says."""
        if isinstance(value, dict):
            return {self.text(key): self.form(item) for key, item in value.items() if key not in MOMENTS}
        if isinstance(value, (list, tuple)):
            return ordered(self.form(item) for item in value)
        if isinstance(value, str):
            return self.form(_parsed(value)) if value[:1] in "{[" and _parsed(value) is not None else self.text(value)
        return value


def ordered(items: Iterable[Any]) -> list[Any]:
    """A list sorted by what is in it."""
    return sorted(items, key=lambda item: json.dumps(item, sort_keys=True, default=str))


def tags(items: Iterable[dict[str, str]] | None) -> dict[str, str]:
    """Tags as a dict, from either of the two spellings that AWS has."""
    return {tag.get("Key", tag.get("key", "")): tag.get("Value", tag.get("value", "")) for tag in items or []}


def _parsed(text: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, (dict, list)) else None

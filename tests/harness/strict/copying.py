"""Copies of an environment, made of what moto holds of it: under other names, IDs and addresses, and in no time.

A thousand environments take the function and moto the better part of an hour, and differ in nothing else.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from types import MethodType
from typing import Any

from moto import backends
from moto.core.base_backend import BaseBackend
from moto.core.models import DEFAULT_ACCOUNT_ID

from ..emulator import REGION

_ID = r"(?:vpc|subnet|rtb|rtbassoc|acl|aclassoc|sg|sgr|vpce|fl|vpc-cidr-assoc)-[0-9a-f]{8,17}"
_ROLE_ID = r"\b(?:AROA|AIPA)[0-9A-Z]{12,}\b"
_ADDRESS = r"\b\d+\.\d+\.\d+\.\d+\b"

Container = dict[Any, Any]


def copy_environment(name: str, block: str, copies: list[tuple[str, str]]) -> None:
    """Copies the environment `name`, whose network has `block`, once for each name and block of the same size.

    The name must be no part of another environment's.
    """
    containers = list(_containers())
    tags = _backend("ec2").tags
    of_it = {name, *(key for key in tags if key.startswith("vpc-") and name in tags[key].values())}
    found = [
        (into, key, value)
        for into in containers
        for key, value in into.items()
        if any(sign in text for text in _texts((key, value)) for sign in of_it)
    ]
    known = re.compile(f"{_ID}|{_ROLE_ID}")
    ids = {each for _, key, value in found for text in _texts((key, value)) for each in known.findall(text)}
    for other, other_block in copies:
        copier = Copier(name, other, IPv4Network(block), IPv4Network(other_block), ids)
        for into, key, value in found:
            into[copier.copy(key)] = copier.copy(value)


def _backend(service: str, region: str = REGION) -> Any:
    return backends.get_backend(service)[DEFAULT_ACCOUNT_ID][region]  # type: ignore[call-overload]


def _containers() -> Iterator[Container]:
    """Where moto keeps what an environment consists of, each by its ID, name or ARN."""
    ec2, iam, logs, ssm = _backend("ec2"), _backend("iam", "aws"), _backend("logs"), _backend("ssm")
    yield from (ec2.vpcs, ec2.route_tables, ec2.network_acls, ec2.vpc_end_points, ec2.flow_logs, ec2.tags)
    yield from (ec2.subnet_associations, ec2.groups, *ec2.subnets.values())
    yield from (iam.roles, iam.instance_profiles, iam.tagger.tags)
    yield from (logs.groups, logs.tagger.tags, ssm._parameters, ssm._resource_tags["Parameter"])


def _texts(value: Any, seen: set[int] | None = None) -> Iterator[str]:
    """Every text in a value and in what it consists of, its backend aside."""
    seen = set() if seen is None else seen
    if isinstance(value, str):
        yield value
    elif id(value) not in seen and not isinstance(value, BaseBackend):
        seen.add(id(value))
        if isinstance(value, dict):
            parts = [*value.keys(), *value.values()]
        elif isinstance(value, list | tuple | set):
            parts = list(value)
        else:
            parts = list(getattr(value, "__dict__", {}).values())
        for part in parts:
            yield from _texts(part, seen)


class Copier:
    """Copies values whole, under other names, IDs and addresses. What the original has once the copy has once."""

    def __init__(self, name: str, other: str, block: IPv4Network, other_block: IPv4Network, ids: set[str]) -> None:
        self._block, self._offset = block, int(other_block.network_address) - int(block.network_address)
        self._copied: dict[int, Any] = {}
        self._texts = {name: other, **{each: _other_id(each) for each in ids}}
        self._pattern = re.compile(f"{_ID}|{_ROLE_ID}|{_ADDRESS}|{re.escape(name)}")

    def copy(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._pattern.sub(self._other, value)
        if isinstance(value, IPv4Network | IPv4Address):
            return type(value)(self.copy(str(value)))
        if id(value) in self._copied:
            return self._copied[id(value)]
        return self._copy_whole(value)

    def _copy_whole(self, value: Any) -> Any:
        if isinstance(value, dict):
            made: Any = value.copy() if type(value) is not dict else {}
            self._copied[id(value)] = made
            made.clear()
            made.update({self.copy(key): self.copy(each) for key, each in value.items()})
        elif isinstance(value, list):
            made = self._copied[id(value)] = []
            made.extend(map(self.copy, value))
        elif isinstance(value, tuple | set):
            made = self._copied[id(value)] = type(value)(map(self.copy, value))
        elif isinstance(value, MethodType):
            made = MethodType(value.__func__, self.copy(value.__self__))
        elif hasattr(value, "__dict__") and not isinstance(value, BaseBackend | type) and not callable(value):
            made = self._copied[id(value)] = object.__new__(type(value))
            vars(made).update({name: self.copy(each) for name, each in vars(value).items()})
        else:
            made = value
        return made

    def _other(self, found: re.Match[str]) -> str:
        text = found[0]
        if text in self._texts:
            return self._texts[text]
        try:
            address = IPv4Address(text)
        except ValueError:
            return text
        return str(address + self._offset) if address in self._block else text


def _other_id(known: str) -> str:
    """An ID that nothing has yet, of the same form."""
    kind, dash, rest = known.rpartition("-")
    if dash:
        return f"{kind}-{secrets.token_hex(9)[: len(rest)]}"
    return known[:4] + secrets.token_hex(16).upper()[: len(known) - 4]

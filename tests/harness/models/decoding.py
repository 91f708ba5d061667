"""What a request asks for: its parameters as one tree of the names and types that the model of its action has.

The protocols are described at https://smithy.io/2.0/aws/protocols/index.html: EC2's own of query, query, and JSON.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from botocore.model import OperationModel, Shape

from ..wire import Message
from .faults import Findings, Rule

INTEGER = re.compile(r"-?\d+")
NOT_NUMBERED = ("Action", "Version")
"""The parameters of a query that belong to every action."""


def from_query(request: Message, operation: OperationModel, findings: Findings) -> dict[str, Any]:
    """The parameters of a form, for both kinds of query."""
    service = operation.service_model
    fields = parse_qsl(request.body.decode(), keep_blank_values=True)
    asked = dict(fields)
    if len(asked) < len(fields):
        findings.add(Rule.PROTOCOL, "", "a parameter is given twice")
    if asked.get("Version") != service.api_version:
        findings.add(Rule.PROTOCOL, "Version", f"{asked.get('Version')!r} is not {service.api_version}")
    tree: dict[str, Any] = {}
    for name, value in asked.items():
        if name not in NOT_NUMBERED:
            _plant(tree, name, value, findings)
    if operation.input_shape is None:
        for name in tree:
            findings.add(Rule.UNKNOWN, name, "the action takes no parameters")
        return {}
    read = Ec2Form(findings) if service.protocol == "ec2" else QueryForm(findings)
    return dict(read.structure(operation.input_shape, tree, ""))


def from_json(request: Message, operation: OperationModel, findings: Findings) -> dict[str, Any]:
    """The parameters of a JSON document that is the whole body."""
    service = operation.service_model
    target = f"{service.metadata['targetPrefix']}.{operation.name}"
    if request.headers.get("x-amz-target") != target:
        findings.add(Rule.PROTOCOL, "X-Amz-Target", f"{request.headers.get('x-amz-target')!r} is not {target}")
    kind = f"application/x-amz-json-{service.metadata.get('jsonVersion', '1.0')}"
    if request.headers.get("content-type") != kind:
        findings.add(Rule.PROTOCOL, "Content-Type", f"{request.headers.get('content-type')!r} is not {kind}")
    return json_body(request.body, operation.input_shape, findings)


def json_body(body: bytes, shape: Shape | None, findings: Findings) -> dict[str, Any]:
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        findings.add(Rule.PROTOCOL, "", "the body is no JSON")
        return {}
    if shape is None:
        for name in document:
            findings.add(Rule.UNKNOWN, name, "the action takes no parameters")
        return {}
    return dict(Json(findings).value(shape, document, "") or {})


def _plant(tree: dict[str, Any], name: str, value: str, findings: Findings) -> None:
    """`A.1.B` becomes a leaf B of a branch 1 of a branch A."""
    *branches, leaf = name.split(".")
    at = tree
    for branch in branches:
        at = at.setdefault(branch, {})
        if not isinstance(at, dict):
            findings.add(Rule.PROTOCOL, name, "it is both a value and more")
            return
    if isinstance(at.get(leaf), dict):
        findings.add(Rule.PROTOCOL, name, "it is both a value and more")
    at[leaf] = value


class Reader:
    """Reads a value of each type. What is of another type is taken down, and left out."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings

    def value(self, shape: Shape, given: Any, where: str) -> Any:
        read: Callable[[Shape, Any, str], Any] = getattr(self, shape.type_name)
        return read(shape, given, where)

    def _wrong(self, where: str, given: Any, kind: str) -> None:
        self._findings.add(Rule.TYPE, where, f"{given!r} is no {kind}")

    def timestamp(self, shape: Shape, given: Any, where: str) -> Any:
        if shape.serialization.get("timestampFormat") == "unixTimestamp" or isinstance(given, int | float):
            return given if isinstance(given, int | float) else self._wrong(where, given, "number of seconds")
        try:
            return datetime.fromisoformat(str(given).replace("Z", "+00:00"))
        except ValueError:
            return self._wrong(where, given, "moment")

    def blob(self, shape: Shape, given: Any, where: str) -> Any:
        try:
            return base64.b64decode(given, validate=True)
        except (binascii.Error, TypeError, ValueError):
            return self._wrong(where, given, "Base64")

    def string(self, shape: Shape, given: Any, where: str) -> Any:
        return given if isinstance(given, str) else self._wrong(where, given, "text")

    character = string


class Json(Reader):
    """Values as JSON has them. What is null is not given."""

    def structure(self, shape: Any, given: Any, where: str) -> Any:
        if not isinstance(given, dict):
            return self._wrong(where, given, "structure")
        if getattr(shape, "is_document_type", False):
            return given
        members = {member.serialization.get("name", name): name for name, member in shape.members.items()}
        found = {}
        for name, value in given.items():
            if name not in members:
                self._findings.add(Rule.UNKNOWN, f"{where}.{name}".lstrip("."), f"{shape.name} has no such member")
            elif value is not None:
                member = members[name]
                found[member] = self.value(shape.members[member], value, f"{where}.{member}".lstrip("."))
        return found

    def list(self, shape: Any, given: Any, where: str) -> Any:
        if not isinstance(given, list):
            return self._wrong(where, given, "list")
        return [self.value(shape.member, each, f"{where}.{number}") for number, each in enumerate(given, 1)]

    def map(self, shape: Any, given: Any, where: str) -> Any:
        if not isinstance(given, dict):
            return self._wrong(where, given, "map")
        return {key: self.value(shape.value, each, f"{where}.{key}") for key, each in given.items()}

    def boolean(self, shape: Shape, given: Any, where: str) -> Any:
        return given if isinstance(given, bool) else self._wrong(where, given, "boolean")

    def integer(self, shape: Shape, given: Any, where: str) -> Any:
        whole = isinstance(given, int) and not isinstance(given, bool)
        return given if whole else self._wrong(where, given, "whole number")

    long = integer

    def double(self, shape: Shape, given: Any, where: str) -> Any:
        number = isinstance(given, int | float) and not isinstance(given, bool)
        return given if number else self._wrong(where, given, "number")

    float = double


class QueryForm(Reader):
    """Values as the query protocol numbers and writes them: `Tags.member.1.Key`."""

    def name(self, name: str, member: Any) -> str:
        """How a member of a structure is called in a form."""
        if member.type_name == "list" and member.serialization.get("flattened"):
            return str(member.member.serialization.get("name", member.serialization.get("name", name)))
        return str(member.serialization.get("name", name))

    def items(self, shape: Any, given: Any) -> Any:
        """The branch that holds the numbered items of a list."""
        if shape.serialization.get("flattened"):
            return given
        return given.get(shape.member.serialization.get("name", "member")) if len(given) == 1 else None

    def structure(self, shape: Any, given: Any, where: str) -> Any:
        if not isinstance(given, dict):
            return self._wrong(where, given, "structure")
        members = {self.name(name, member): name for name, member in shape.members.items()}
        found = {}
        for name, value in given.items():
            if name not in members:
                self._findings.add(Rule.UNKNOWN, f"{where}.{name}".lstrip("."), f"{shape.name} has no such member")
            else:
                member = members[name]
                found[member] = self.value(shape.members[member], value, f"{where}.{member}".lstrip("."))
        return found

    def list(self, shape: Any, given: Any, where: str) -> Any:
        if given == "":
            return []
        items = self.items(shape, given) if isinstance(given, dict) else None
        if not isinstance(items, dict) or set(items) != {str(number + 1) for number in range(len(items))}:
            return self._wrong(where, given, "list numbered from 1 on")
        numbered = sorted(items.items(), key=lambda item: int(item[0]))
        return [self.value(shape.member, each, f"{where}.{number}") for number, each in numbered]

    def map(self, shape: Any, given: Any, where: str) -> Any:
        entries = given if shape.serialization.get("flattened") or not isinstance(given, dict) else given.get("entry")
        if not isinstance(entries, dict):
            return self._wrong(where, given, "map")
        key, value = shape.key.serialization.get("name", "key"), shape.value.serialization.get("name", "value")
        pairs = list(entries.values())
        if not all(isinstance(each, dict) and set(each) == {key, value} for each in pairs):
            return self._wrong(where, given, "map of keys and values")
        return {each[key]: self.value(shape.value, each[value], f"{where}.{each[key]}") for each in pairs}

    def boolean(self, shape: Shape, given: Any, where: str) -> Any:
        return given == "true" if given in ("true", "false") else self._wrong(where, given, "boolean")

    def integer(self, shape: Shape, given: Any, where: str) -> Any:
        whole = isinstance(given, str) and INTEGER.fullmatch(given)
        return int(given) if whole else self._wrong(where, given, "whole number")

    long = integer

    def double(self, shape: Shape, given: Any, where: str) -> Any:
        try:
            return float(given)
        except (TypeError, ValueError):
            return self._wrong(where, given, "number")

    float = double


class Ec2Form(QueryForm):
    """The same as EC2 has it: names begin with a capital, and every list is flat."""

    def name(self, name: str, member: Any) -> str:
        given = member.serialization.get("queryName")
        if given:
            return str(given)
        name = str(member.serialization.get("name", name))
        return name[0].upper() + name[1:]

    def items(self, shape: Any, given: Any) -> Any:
        return given

    def list(self, shape: Any, given: Any, where: str) -> Any:
        if given == "":  # EC2 has no way to write an empty list: it reads one empty item, if anything.
            return self._wrong(where, given, "list numbered from 1 on")
        return super().list(shape, given, where)

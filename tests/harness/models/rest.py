"""What a request asks for where the action is a method and a path: members stand in path, query, headers and body."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote

from botocore.model import OperationModel, ServiceModel

from ..wire import Message
from .decoding import QueryForm, json_body
from .faults import Findings, Rule

LABEL = re.compile(r"\{(\w+)(\+?)\}")


def operation_of(service: ServiceModel, request: Message) -> OperationModel | None:
    """The action whose method and path these are; of several the one with the longest path outside its labels."""
    path, _, query = request.path.partition("?")
    names = {name for name, _ in parse_qsl(query, keep_blank_values=True)}
    fits = [
        (len(LABEL.sub("", pattern)), len(wanted), operation)
        for method, pattern, form, wanted, operation in _routes(service)
        if method == request.method and form.fullmatch(path) and wanted <= names
    ]
    return max(fits, key=lambda each: each[:2])[2] if fits else None


@cache
def _routes(service: ServiceModel) -> list[tuple[str, str, re.Pattern[str], frozenset[str], OperationModel]]:
    return list(_each_route(service))


def _each_route(service: ServiceModel) -> Iterator[tuple[str, str, re.Pattern[str], frozenset[str], OperationModel]]:
    for name in service.operation_names:
        operation = service.operation_model(name)
        pattern, _, query = operation.http["requestUri"].partition("?")
        wanted = frozenset(name for name, _ in parse_qsl(query, keep_blank_values=True))
        yield operation.http["method"], pattern, _form(pattern), wanted, operation


def _form(pattern: str) -> re.Pattern[str]:
    """The paths that a pattern stands for: `/2015-03-31/functions/{FunctionName}`."""
    parts, end = [], 0
    for label in LABEL.finditer(pattern):
        parts += [re.escape(pattern[end : label.start()]), f"(?P<{label[1]}>{'.+' if label[2] else '[^/]+'})"]
        end = label.end()
    return re.compile("".join([*parts, re.escape(pattern[end:])]))


def from_rest(request: Message, operation: OperationModel, findings: Findings) -> dict[str, Any]:
    """The parameters out of all the places where they may stand."""
    shape: Any = operation.input_shape
    if shape is None:
        return {}
    path, _, query = request.path.partition("?")
    labels = _form(operation.http["requestUri"].partition("?")[0]).fullmatch(path)
    given = {name: unquote(value) for name, value in (labels.groupdict() if labels else {}).items()}
    asked = parse_qsl(query, keep_blank_values=True)
    constant = dict(parse_qsl(operation.http["requestUri"].partition("?")[2], keep_blank_values=True))
    text, in_query = QueryForm(findings), set(constant)
    found: dict[str, Any] = {}
    for name, member in shape.members.items():
        key, location = member.serialization.get("name", name), member.serialization.get("location")
        places = {
            "uri": [given[key]] if key in given else [],
            "header": [request.headers[key.lower()]] if key.lower() in request.headers else [],
            "querystring": [value for of, value in asked if of == key],
        }
        if location == "querystring":
            in_query.add(key)
        if places.get(location):
            found[name] = _value(text, member, places[location], name)
    for name in {name for name, _ in asked} - in_query:
        findings.add(Rule.UNKNOWN, name, f"{operation.name} has no such parameter in its query")
    return found | _body(request, operation, findings)


def _value(text: QueryForm, member: Any, values: list[str], where: str) -> Any:
    if member.type_name == "list":
        return [text.value(member.member, each, where) for each in values]
    return text.value(member, values[0], where)


def _body(request: Message, operation: OperationModel, findings: Findings) -> dict[str, Any]:
    """What stands in the body: one member as it is, or all that stand nowhere else."""
    shape: Any = operation.input_shape
    payload = shape.serialization.get("payload")
    if payload and shape.members[payload].type_name in ("blob", "string"):
        if not request.body:
            return {}
        return {payload: request.body if shape.members[payload].type_name == "blob" else request.body.decode()}
    if not request.body or operation.service_model.protocol != "rest-json":
        if request.body:
            findings.add(Rule.PROTOCOL, "", f"nobody here reads the {operation.service_model.protocol} of this body")
        return {}
    if payload:
        return {payload: json_body(request.body, shape.members[payload], findings)}
    found = json_body(request.body, shape, findings)
    elsewhere = {name for name in found if shape.members[name].serialization.get("location")}
    for name in elsewhere:
        findings.add(Rule.UNKNOWN, name, f"{operation.name} has it elsewhere than in the body")
    return {name: value for name, value in found.items() if name not in elsewhere}

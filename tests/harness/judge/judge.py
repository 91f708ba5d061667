"""What is wrong with policies, statement by statement, and with what a role has of them together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from .patterns import covers
from .reference import ANY_RESOURCE, Action, ResourceType, actions_like, type_of_key

Statement = dict[str, Any]

OPERATORS = {
    "String": ("String", "ARN"),
    "Arn": ("ARN",),
    "Bool": ("Bool",),
    "Numeric": ("Numeric",),
    "Null": ("String", "ARN", "Bool", "Numeric", "Date"),
}
"""The types of keys that operators are for, by what the operators begin with. AWS compares ARNs as texts as well."""


def listed(value: Any) -> list[str]:
    return list(value) if isinstance(value, list) else [value]


def faults(statement: Statement, partition: str) -> Iterator[str]:
    """All that is wrong with a statement alone."""
    actions = [action for pattern in listed(statement["Action"]) for action in _known(pattern)]
    yield from (
        f"there is no action {each}" for each in listed(statement["Action"]) if each != "*" and not _known(each)
    )
    yield from _faults_of_operators(statement)
    if "Resource" not in statement or listed(statement["Action"]) == ["*"]:
        return
    resources = listed(statement["Resource"])
    yield from (
        f"{each} is not of the partition {partition}"
        for each in resources
        if each != ANY_RESOURCE and not each.startswith(f"arn:{partition}:")
    )
    wild = any("*" in each for each in listed(statement["Action"]))
    for action in [] if wild else actions:
        yield from _faults_of_action(action, resources, statement)
    yield from _faults_of_idle_keys(statement, actions, resources)
    for resource in set(resources) - {ANY_RESOURCE}:
        if not any(_grants(action, kind, resource, statement) for action in actions for kind in action.types):
            yield f"{resource} is no resource of any of its actions under its conditions"


def _known(pattern: str) -> tuple[Action, ...]:
    return actions_like(pattern) if ":" in pattern else ()


def _faults_of_action(action: Action, resources: list[str], statement: Statement) -> Iterator[str]:
    if not action.types:
        if ANY_RESOURCE not in resources:
            yield f"{action.name} takes no resource"
        unknown = [key for key in asked(statement) if not action.knows(key, None)]
        yield from (f"{action.name} knows no {key}" for key in unknown)
        return
    matched = [kind for kind in action.types if any(kind.matches(each) for each in resources)]
    if not matched:
        names = ", ".join(kind.name for kind in action.types)
        yield f"{action.name} is about {names}, of which none is among its resources"
    elif not any(_knows_all(action, kind, statement) for kind in matched):
        names = ", ".join(kind.name for kind in matched)
        unknown = [key for key in asked(statement) if not any(action.knows(key, kind) for kind in matched)]
        yield f"{action.name} on {names} knows no {', '.join(unknown) or 'such keys together'}"
    narrower = [kind for kind in action.types if kind.required]
    if statement["Effect"] == "Allow" and "Principal" not in statement and narrower and ANY_RESOURCE in resources:
        yield f"{action.name} is allowed on everything, and takes {', '.join(kind.name for kind in narrower)}"


def _knows_all(action: Action, kind: ResourceType, statement: Statement) -> bool:
    return all(action.knows(key, kind) for key in asked(statement))


def _grants(action: Action, kind: ResourceType, resource: str, statement: Statement) -> bool:
    return kind.matches(resource) and _knows_all(action, kind, statement)


def asked(statement: Statement) -> list[str]:
    """The keys without which the statement holds for no request."""
    return [
        key
        for operator, compared in statement.get("Condition", {}).items()
        for key, values in compared.items()
        if not operator.endswith("IfExists") and (operator, listed(values)) != ("Null", ["true"])
    ]


def _faults_of_idle_keys(statement: Statement, actions: Iterable[Action], resources: list[str]) -> Iterator[str]:
    """A key that none of the requests ever has, so that its condition says nothing."""
    for key in {key for compared in statement.get("Condition", {}).values() for key in compared} - set(
        asked(statement)
    ):
        kinds = [(action, kind) for action in actions for kind in (*action.types, None)]
        if not any(
            action.knows(key, kind) for action, kind in kinds if kind is None or any(map(kind.matches, resources))
        ):
            yield f"no request has {key}"


def _faults_of_operators(statement: Statement) -> Iterator[str]:
    for operator, compared in statement.get("Condition", {}).items():
        quantifier, _, name = operator.rpartition(":")
        base = re.sub("IfExists$", "", name)
        beginning = next((each for each in OPERATORS if base.startswith(each)), None)
        for key in compared:
            kind = type_of_key(key)
            if kind is None or beginning is None:
                yield f"there is no {'operator ' + operator if kind else 'condition key ' + key}"
            elif kind.removeprefix("ArrayOf") not in OPERATORS[beginning]:
                yield f"{operator} compares no {kind}, which {key} is"
            elif quantifier and not kind.startswith("ArrayOf") and key != "events:source":
                yield f"{operator} is for keys with several values, and {key} has one"


def role_faults(statements: Iterable[Statement]) -> Iterator[str]:
    """What is wrong with all statements of a role together: a resource that an action needs and nothing allows."""
    allowed: dict[Action, list[Statement]] = {}
    for statement in statements:
        if statement["Effect"] == "Allow":
            for pattern in listed(statement["Action"]):
                for action in _known(pattern):
                    allowed.setdefault(action, []).append(statement)
    for action, granting in allowed.items():
        for kind in (kind for kind in action.types if kind.required):
            if not any(
                _grants(action, kind, resource, each) for each in granting for resource in listed(each["Resource"])
            ):
                yield f"{action.name} needs a {kind.name}, and nothing allows it on one"


def cut(statement: Statement, boundary: list[Statement], given: dict[str, str]) -> Iterator[str]:
    """What a statement grants and a boundary does not admit.

    `given` is what every request that can be granted has anyhow, by condition key.
    """
    if statement["Effect"] != "Allow":
        return
    for action in listed(statement["Action"]):
        for resource in listed(statement["Resource"]):
            if not any(_admits(each, action, resource, statement, given) for each in boundary):
                yield f"the boundary does not admit {action} on {resource}"


def _admits(boundary: Statement, action: str, resource: str, statement: Statement, given: dict[str, str]) -> bool:
    """Whether one statement of a boundary admits all that the statement allows of the action on the resource."""
    return (
        boundary["Effect"] == "Allow"
        and any(covers(each.lower(), action.lower()) for each in listed(boundary["Action"]))
        and any(covers(each, resource) for each in listed(boundary["Resource"]))
        and all(
            _implied(operator, key, listed(values), statement, given)
            for operator, compared in boundary.get("Condition", {}).items()
            for key, values in compared.items()
        )
    )


def _implied(operator: str, key: str, values: list[str], statement: Statement, given: dict[str, str]) -> bool:
    """Whether what the statement asks for, or what is given, makes a condition of the boundary true."""
    if key in given:
        return values == ["false"] if operator == "Null" else given[key] in values
    narrower = [
        listed(compared[key])
        for name, compared in statement.get("Condition", {}).items()
        if key in compared and name in ("StringEquals", "ArnEquals", operator)
    ]
    return any(all(any(covers(wide, each) for wide in values) for each in alternatives) for alternatives in narrower)

"""IAM's policy simulator, which moto has not: what the policies of a role say of an action, a resource and a context.

As https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html has it: each action is judged on
each resource; an explicit denial goes before everything, then what does not admit it (an organization, a boundary),
then what allows it. What condition operators mean:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import unquote

from moto.core.responses import ActionResult
from moto.iam.exceptions import NotFoundException
from moto.iam.responses import IamResponse

from .patching import add
from .settings import settings

Context = dict[str, list[str]]
Found = tuple[str, dict[str, Any]]
"""The simulator's name of a policy, and a statement of it."""


@add(IamResponse)
def simulate_principal_policy(self: Any) -> ActionResult:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html"""
    arn = self._get_param("PolicySourceArn")
    role = next((role for role in self.backend.roles.values() if role.arn == arn), None)
    if role is None:
        raise NotFoundException(f"The role with ARN {arn} cannot be found.")
    context: Context = {
        each["ContextKeyName"].lower(): each["ContextKeyValues"] for each in self._get_param("ContextEntries", [])
    }
    resources = self._get_param("ResourceArns", []) or ["*"]
    results = [_result(self.backend, role, action, resources, context) for action in self._get_param("ActionNames")]
    return ActionResult({"EvaluationResults": results, "IsTruncated": False})


def _result(backend: Any, role: Any, action: str, resources: list[str], context: Context) -> dict[str, Any]:
    of_resources = [_judged(backend, role, action, resource, context) for resource in resources]
    decisions = [each["EvalResourceDecision"] for each in of_resources]
    worst = next((each for each in ("explicitDeny", "implicitDeny") if each in decisions), "allowed")
    first = next(each for each in of_resources if each["EvalResourceDecision"] == worst)
    result = {
        "EvalActionName": action,
        "EvalResourceName": first["EvalResourceName"],
        "EvalDecision": worst,
        "MatchedStatements": first["MatchedStatements"],
        "MissingContextValues": [],
        "OrganizationsDecisionDetail": {"AllowedByOrganizations": action not in settings.kept_by_organization},
        "ResourceSpecificResults": of_resources,
    }
    if detail := first.get("PermissionsBoundaryDecisionDetail"):
        result["PermissionsBoundaryDecisionDetail"] = detail
    return result


def _judged(backend: Any, role: Any, action: str, resource: str, context: Context) -> dict[str, Any]:
    statements = [each for each in _of_role(backend, role) if _is_about(each[1], action, resource, context)]
    denying = [name for name, statement in statements if statement["Effect"] == "Deny"]
    allowing = [name for name, statement in statements if statement["Effect"] == "Allow"]
    result: dict[str, Any] = {"EvalResourceName": resource, "MissingContextValues": []}
    boundary = role.permissions_boundary
    bounded = True
    if boundary:
        arn = boundary if isinstance(boundary, str) else boundary["PermissionsBoundaryArn"]
        bounds = [each for each in _of_managed(backend, arn) if _is_about(each[1], action, resource, context)]
        bounded = bool(bounds) and all(statement["Effect"] == "Allow" for _, statement in bounds)
        result["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": bounded}
    admitted = bounded and action not in settings.kept_by_organization
    decision = "explicitDeny" if denying else "allowed" if allowing and admitted else "implicitDeny"
    matched = denying or allowing
    return {
        **result,
        "EvalResourceDecision": decision,
        "MatchedStatements": [{"SourcePolicyId": name, "SourcePolicyType": "role"} for name in matched],
    }


def _of_role(backend: Any, role: Any) -> Iterator[Found]:
    for name, text in role.policies.items():
        yield from _statements(f"role_{role.name}_{name}", text)
    for arn in role.managed_policies:
        yield from _of_managed(backend, arn)


def _of_managed(backend: Any, arn: str) -> Iterator[Found]:
    policy = backend.managed_policies.get(arn)
    if policy is not None:
        version = next(each for each in policy.versions if each.version_id == policy.default_version_id)
        yield from _statements(policy.name, version.document)


@cache
def _statements(name: str, text: str) -> tuple[Found, ...]:
    statements = json.loads(unquote(text) if text.lstrip().startswith("%") else text)["Statement"]
    return tuple((name, statement) for statement in (statements if isinstance(statements, list) else [statements]))


def _is_about(statement: dict[str, Any], action: str, resource: str, context: Context) -> bool:
    return (
        _matches_element(statement, "Action", action.lower(), str.lower)
        and _matches_element(statement, "Resource", resource, str)
        and all(
            _holds(operator, _list(values), context.get(key.lower()))
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def _matches_element(statement: dict[str, Any], element: str, value: str, normal: Any) -> bool:
    if f"Not{element}" in statement:
        return not any(_like(normal(pattern), value) for pattern in _list(statement[f"Not{element}"]))
    return any(_like(normal(pattern), value) for pattern in _list(statement[element]))


def _holds(operator: str, wanted: list[str], found: list[str] | None) -> bool:
    name = operator.removeprefix("ForAllValues:").removesuffix("IfExists")
    if name == "Null":
        return wanted == [str(found is None).lower()]
    if found is None:
        return operator != name or name in ("StringNotEquals", "StringNotLike")
    compare = {
        "StringEquals": lambda one: one in wanted,
        "StringLike": lambda one: any(_like(pattern, one) for pattern in wanted),
        "ArnLike": lambda one: any(_like(pattern, one) for pattern in wanted),
        "ArnEquals": lambda one: any(_like(pattern, one) for pattern in wanted),
        "StringNotEquals": lambda one: one not in wanted,
        "StringNotLike": lambda one: not any(_like(pattern, one) for pattern in wanted),
        "Bool": lambda one: one in wanted,
    }.get(name)
    if compare is None:
        raise NotImplementedError(f"the condition operator {operator}")
    every = operator.startswith("ForAllValues:") or name in ("StringNotEquals", "StringNotLike")
    return (all if every else any)(compare(one) for one in found)


def _like(pattern: str, text: str) -> bool:
    return _expression(pattern).fullmatch(text) is not None


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile("".join({"*": ".*", "?": "."}.get(each, re.escape(each)) for each in pattern), re.DOTALL)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]

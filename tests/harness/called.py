"""Which API actions the code calls, read off its sources: each by the client and the method that stand there."""

from __future__ import annotations

import re
from functools import cache

from botocore.session import get_session

from .sources import Function, sources

SERVICES = {
    "dynamodb": "dynamodb",
    "ec2": "ec2",
    "events": "events",
    "iam": "iam",
    "logs": "logs",
    "quotas": "servicequotas",
    "route53resolver": "route53resolver",
    "ssm": "ssm",
    "sts": "sts",
}
"""The clients, each with what IAM calls its service."""
MODELS = {"servicequotas": "service-quotas"}
"""What botocore calls a service where it is not as IAM does."""

TRANSACTION = "dynamodb:TransactWriteItems"
PARTS = {
    "ConditionCheck": "dynamodb:ConditionCheckItem",
    "Delete": "dynamodb:DeleteItem",
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
}
"""IAM knows no transactions, but what they are made of: by the type that the SDK has for it."""

CALLING = [source for source in sources() if ".send()" in source.code]


@cache
def operations(service: str) -> dict[str, str]:
    """The operations of a service, by their names in the SDK."""
    names = get_session().get_service_model(MODELS.get(service, service)).operation_names
    return {name.lower(): name for name in names}


def calls(function: Function) -> list[str]:
    """The API operations that a function calls, in order, as IAM would write them."""
    clients = dict(SERVICES)
    other_names = re.findall(rf"\blet (\w+) = &[\w.]*\b({'|'.join(SERVICES)});", function.code)
    clients |= {name: SERVICES[client] for name, client in other_names}
    found = re.findall(rf"\b({'|'.join(clients)})\s*\.\s*([a-z0-9_]+)\(\)", function.code)
    return [f"{clients[client]}:{pascal(clients[client], method)}" for client, method in found]


def pascal(service: str, method: str) -> str:
    """The operation behind a method of a client."""
    operation = operations(service).get(method.replace("_", ""))
    assert operation, f"{service} has no operation {method}"
    return operation


def parts() -> set[str]:
    """What transactions are made of."""
    code = "".join(source.code for source in CALLING)
    return {action for kind, action in PARTS.items() if re.search(rf"\b{kind}::builder\(", code)}


def names(function: Function, file: dict[str, str]) -> list[str]:
    """The actions that a function names in the errors of its calls."""
    own = dict(re.findall(r"\bconst (\w+): &str = \"([^\"]*)\"", function.code))
    found = re.findall(r"\.named\((?:\"([^\"]+)\"|(\w+))\)", function.code)
    return [text or own.get(name) or file[name] for text, name in found]


def called() -> set[str]:
    """Every action that the code calls."""
    found = {call for source in CALLING for function in source.functions for call in calls(function)}
    return found - {TRANSACTION} | (parts() if TRANSACTION in found else set())

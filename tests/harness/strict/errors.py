"""The errors that moto has no class for, as AWS was seen to give them: see `harness/recorded.py`."""

from __future__ import annotations

from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.ec2.exceptions import EC2ClientError

from ..recorded import find

DELETED_BY = {
    "networkAcl": "DeleteNetworkAcl",
    "routeTable": "DeleteRouteTable",
    "subnet": "DeleteSubnet",
    "vpc": "DeleteVpc",
}
"""By the name of a kind in messages, the action that the kind is deleted with."""


def refusal(code: str, action: str = "*", **words: Any) -> EC2ClientError:
    """An error of EC2, about this action where several answer with the code."""
    return EC2ClientError(code, find(f"ec2:{action}", code=code).text(f"ec2:{action}", **words))


def json_refusal(service: str, action: str, code: str, when: str | None = None, **words: Any) -> JsonRESTError:
    """An error of a service that speaks JSON."""
    action = f"{service}:{action}"
    return JsonRESTError(code, find(action, code=code, when=when).text(action, **words))


class DryRunOperation(EC2ClientError):
    def __init__(self) -> None:
        super().__init__("DryRunOperation", find("ec2:*", code="DryRunOperation").message)


class Invalid(EC2ClientError):
    """InvalidParameterValue, the code that EC2 gives to most of what it does not like."""

    def __init__(self, why: str) -> None:
        code = "InvalidParameterValue"
        super().__init__(code, find("ec2:*", code=code).text("ec2:*", why=why))


def not_found(kind: str, resource_id: str) -> EC2ClientError:
    """`kind` as it stands in the code: VpcID, SubnetID, NetworkAclID, …"""
    return refusal(f"Invalid{kind}.NotFound", id=resource_id)


def limit_exceeded(kind: str, **words: Any) -> EC2ClientError:
    """A quota is used up: VpcLimitExceeded and its kin."""
    return refusal(f"{kind}LimitExceeded", **words)


def in_use(kind: str, resource_id: str) -> EC2ClientError:
    """DependencyViolation, with the kind written as AWS writes it: vpc, subnet, networkAcl, routeTable."""
    return refusal("DependencyViolation", DELETED_BY[kind], id=resource_id)

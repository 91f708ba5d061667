"""The errors of EC2 that moto has no class for, with AWS's codes and wording."""

from __future__ import annotations

from moto.ec2.exceptions import DependencyViolationError, EC2ClientError


class DryRunOperation(EC2ClientError):
    def __init__(self) -> None:
        super().__init__("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")


class Invalid(EC2ClientError):
    """InvalidParameterValue, the code that EC2 gives to most of what it does not like."""

    def __init__(self, message: str) -> None:
        super().__init__("InvalidParameterValue", message)


def not_found(kind: str, resource_id: str) -> EC2ClientError:
    """`kind` as it stands in the code: VpcID, SubnetID, NetworkAclID, …"""
    return EC2ClientError(f"Invalid{kind}.NotFound", f"The {kind} '{resource_id}' does not exist")


def limit_exceeded(kind: str, message: str = "") -> EC2ClientError:
    """A quota is used up: VpcLimitExceeded and its kin."""
    return EC2ClientError(f"{kind}LimitExceeded", message or f"The maximum number of {kind}s has been reached.")


def in_use(kind: str, resource_id: str) -> EC2ClientError:
    """DependencyViolation, with the kind written as AWS writes it: vpc, subnet, networkAcl, routeTable."""
    return DependencyViolationError(f"The {kind} '{resource_id}' has dependencies and cannot be deleted.")

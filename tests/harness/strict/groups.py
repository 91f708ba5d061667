"""Security groups: what refers to them keeps them, and their rules change all at once or not at all."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import (
    InvalidPermissionDuplicateError,
    InvalidPermissionNotFoundError,
    InvalidSecurityGroupNotFoundError,
    InvalidSecurityGroupRuleIdNotFoundError,
    RulesPerSecurityGroupLimitExceededError,
)
from moto.ec2.models.security_groups import SecurityGroup, SecurityGroupBackend, SecurityGroupRule
from moto.ec2.responses.security_groups import SecurityGroups

from .errors import Invalid, limit_exceeded, refusal
from .patching import replace, wrap
from .settings import settings

ICMP = ("icmp", "1", "icmpv6", "58")
ANY = "-1"
OWN = ""
"""What stands for this account where a call names none."""


WORDS = re.compile(r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{1,255}")
"""What names and descriptions consist of, those of rules as well.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html
"""


@wrap(SecurityGroupBackend)
def create_security_group(
    original: Callable[..., SecurityGroup],
    self: Any,
    name: str,
    description: str,
    vpc_id: str | None = None,
    **rest: Any,
) -> SecurityGroup:
    """moto takes an unknown VPC and the name `default`, has no quota, and its default groups admit nobody.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html,
    https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html and, for the default group,
    https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
    """
    is_default = rest.get("is_default")
    if not is_default:
        if name.startswith("sg-") or not WORDS.fullmatch(name) or not WORDS.fullmatch(description):
            raise Invalid(f"Invalid security group name or description: {name!r}, {description!r}")
        if vpc_id and any(name.lower() == group.name.lower() for group in self.groups.get(vpc_id, {}).values()):
            raise refusal("InvalidGroup.Duplicate", name=name, vpc=vpc_id)
        if vpc_id:
            self.get_vpc(vpc_id)
        if name.lower() == "default":
            raise refusal("InvalidGroup.Reserved", name=name)
        if sum(len(groups) for groups in self.groups.values()) >= settings.quotas.security_groups:
            raise limit_exceeded("SecurityGroup")
    group = original(self, name, description, vpc_id=vpc_id, **rest)
    if is_default:
        own = {"GroupId": group.id, "UserId": self.account_id, "OwnerId": self.account_id}
        group.ingress_rules.append(SecurityGroupRule(self, "-1", group.id, None, None, None, own, is_egress=False))
    return group


@wrap(SecurityGroupBackend)
def delete_security_group(
    original: Callable[..., None], self: Any, name: str | None = None, group_id: str | None = None
) -> None:
    """moto lets a group go that other groups name, that interfaces wear, or that is a VPC's default.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSecurityGroup.html; CannotDelete in
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    """
    group = self.get_security_group_from_id(group_id) if group_id else self.get_security_group_from_name(name)
    if group is None:
        raise InvalidSecurityGroupNotFoundError(group_id or name)
    if group.is_default:
        raise refusal("CannotDelete", id=group.id)
    if next(_users(self, group.id), None):
        raise refusal("DependencyViolation", "DeleteSecurityGroup", id=group.id)
    self.tags.pop(group.id, None)
    original(self, group_id=group.id)


def _users(backend: Any, group_id: str) -> Iterator[str]:
    """The IDs of the groups and interfaces that need a group."""
    for groups in backend.groups.values():
        for other in groups.values():
            rules = other.ingress_rules + other.egress_rules
            if other.id != group_id and any(rule.source_group.get("GroupId") == group_id for rule in rules):
                yield other.id
    for interface in backend.enis.values():
        if any(group.id == group_id for group in interface.group_set):
            yield interface.id


def _same(one: SecurityGroupRule, other: SecurityGroupRule) -> bool:
    """Whether EC2 takes two rules for the same one: descriptions make no difference to it."""
    return _identity(one) == _identity(other)


def _identity(rule: SecurityGroupRule) -> tuple[Any, ...]:
    """All that a call must say exactly: for ICMP the type and the code stand where others have ports
    (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupIngress.html)."""
    return (
        "icmpv6" if rule.ip_protocol == "58" else rule.ip_protocol,
        rule.from_port,
        rule.to_port,
        _canonical(rule.cidr_ipv4),
        _canonical(rule.cidr_ipv6),
        rule.source_group.get("GroupId"),
        rule.source_group.get("UserId"),
        rule.prefix_list_id,
    )


def _canonical(block: str | None) -> str | None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html: blocks lose the bits of their hosts."""
    return str(ipaddress.ip_network(block, strict=False)) if block else None


def _check_rule(backend: Any, group: SecurityGroup, rule: SecurityGroupRule) -> None:
    """moto takes any description, ports that are the wrong way round, and groups that nobody made.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html; InvalidGroup.NotFound in
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    """
    if rule.description and not WORDS.fullmatch(rule.description):
        raise Invalid(f"Invalid rule description: {rule.description!r}")
    ports = rule.from_port, rule.to_port
    if rule.ip_protocol in ("tcp", "udp", "6", "17") and (
        None in ports or not 0 <= int(ports[0] or 0) <= int(ports[1] or 0) <= 65535
    ):
        raise Invalid(f"Invalid value for portRange: {rule.from_port} to {rule.to_port}")
    source = rule.source_group.get("GroupId")
    own = rule.source_group.get("UserId") in (None, group.owner_id)
    if source and own and backend.get_security_group_from_id(source) is None:
        raise InvalidSecurityGroupNotFoundError(source)


def _asked(
    backend: Any, group: SecurityGroup, permissions: list[dict[str, Any]], egress: bool
) -> list[SecurityGroupRule]:
    """The rules that a call to authorize or revoke names. moto takes ICMP that says code and no type, and no group of
    another account; where AWS finds the peering that it needs for that, nobody here asks."""
    for permission in permissions:
        if permission["ip_protocol"] in ICMP and str(permission["from_port"]) == ANY != str(permission["to_port"]):
            raise Invalid(f"Invalid value '{permission['to_port']}' for code: with every type goes every code.")
    return [
        rule
        for permission in permissions
        for rule in backend._iterate_security_rules(
            permission["ip_protocol"],
            group.id,
            permission["from_port"],
            permission["to_port"],
            permission["ip_ranges"],
            _source_groups(backend, permission["source_groups"], group.vpc_id),
            permission["prefix_list_ids"],
            is_egress=egress,
        )
    ]


def _source_groups(backend: Any, asked: list[dict[str, Any]], vpc_id: str | None) -> list[dict[str, Any]]:
    theirs = [
        {"OwnerId": each["UserId"], **each}
        for each in asked
        if each.get("UserId", OWN) not in (OWN, backend.account_id)
    ]
    ours = [each for each in asked if each.get("UserId", OWN) in (OWN, backend.account_id)]
    return [*backend._add_source_group(ours, vpc_id), *theirs]


def _group_of(response: Any) -> SecurityGroup:
    asked = response._get_param("GroupId") or response._get_param("GroupName")
    group = response.ec2_backend.get_security_group_by_name_or_id(asked)
    if group is None:
        raise InvalidSecurityGroupNotFoundError(asked)
    return group


def _authorize(response: Any, egress: bool) -> ActionResult:
    """moto keeps the rules before the one that fails, answers with those of the last permission only, and takes a rule
    for a new one if only its description differs.

    InvalidPermission.Duplicate and RulesPerSecurityGroupLimitExceeded in
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html.
    Nobody says that all rules of a refused call stay away; that is what makes the function look before it adds.
    """
    group = _group_of(response)
    permissions = list(response._process_rules_from_querystring())
    asked = _asked(response.ec2_backend, group, permissions, egress)
    if not asked:
        raise refusal("MissingParameter", name="ipPermissions or securityGroupRuleIds")
    for rule in asked:
        _check_rule(response.ec2_backend, group, rule)
    if len({_identity(rule) for rule in asked}) < len(asked):
        raise Invalid("The same permission must not appear multiple times")
    present = group.egress_rules if egress else group.ingress_rules
    if any(_same(rule, known) for rule in asked for known in present):
        raise InvalidPermissionDuplicateError
    if len(present) + len(asked) > settings.quotas.rules_per_security_group:
        raise RulesPerSecurityGroupLimitExceededError
    for rule in asked:
        rule.add_tags(permissions[0]["sgrule_tags"])
    present.extend(asked)
    return ActionResult({"Return": True, "SecurityGroupRules": asked})


def _revoke(response: Any, egress: bool) -> ActionResult:
    """moto forgets the rules of a first permission before it refuses a second one, minds descriptions, and does not
    drop the tags of a rule.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupIngress.html says that the values
    must match exactly. Nobody says that
    no rule of a refused call goes, which leaves most of them open and is so the safe answer.
    """
    group = _group_of(response)
    present = group.egress_rules if egress else group.ingress_rules
    rule_ids = response._get_param("SecurityGroupRuleIds", [])
    if rule_ids:
        for unknown in set(rule_ids) - {rule.id for rule in present}:
            raise InvalidSecurityGroupRuleIdNotFoundError(unknown)
        revoked = [rule for rule in present if rule.id in rule_ids]
    else:
        asked = _asked(response.ec2_backend, group, list(response._process_rules_from_querystring()), egress)
        revoked = [known for known in present if any(_same(rule, known) for rule in asked)]
        if not asked or len(revoked) < len(asked):
            raise InvalidPermissionNotFoundError
    for rule in revoked:
        response.ec2_backend.tags.pop(rule.id, None)
    present[:] = [rule for rule in present if rule not in revoked]
    return ActionResult({"Return": True})


@replace(SecurityGroups)
def authorize_security_group_ingress(self: Any) -> ActionResult:
    """See `_authorize`.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html
    """
    return _authorize(self, egress=False)


@replace(SecurityGroups)
def authorize_security_group_egress(self: Any) -> ActionResult:
    """See `_authorize`.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupEgress.html
    """
    return _authorize(self, egress=True)


@replace(SecurityGroups)
def revoke_security_group_ingress(self: Any) -> ActionResult:
    """See `_revoke`.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupIngress.html
    """
    return _revoke(self, egress=False)


@replace(SecurityGroups)
def revoke_security_group_egress(self: Any) -> ActionResult:
    """See `_revoke`.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupEgress.html
    """
    return _revoke(self, egress=True)

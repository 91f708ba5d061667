"""Which permissions a call takes: actions on resources, with the condition keys that AWS fills in.

What resources an action is about is AWS's own list, the Service Authorization Reference, which parliament brings along.
https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from botocore.exceptions import ClientError
from parliament import iam_definition

from ..calls import Call
from ..emulator import ACCOUNT, REGION, Emulator

EVERYTHING = "*"
TYPES = {
    "vpc": "vpc",
    "subnet": "subnet",
    "rtb": "route-table",
    "acl": "network-acl",
    "sg": "security-group",
    "vpce": "vpc-endpoint",
    "fl": "vpc-flow-log",
    "pl": "prefix-list",
    "eice": "instance-connect-endpoint",
    "pg": "placement-group",
}
"""The type of an EC2 resource by the prefix of its ID."""
ID = re.compile(rf"({'|'.join(TYPES)})-[0-9a-f]+")
FIREWALLS = {
    "FirewallDomainListId": "firewall-domain-list",
    "FirewallRuleGroupId": "firewall-rule-group",
    "FirewallRuleGroupAssociationId": "firewall-rule-group-association",
    "ResourceId": "firewall-config",
}
"""The type of a resource of Route 53 Resolver by the parameter that names it."""
FIREWALLS_MADE = {
    "CreateFirewallDomainList": "firewall-domain-list",
    "CreateFirewallRuleGroup": "firewall-rule-group",
    "AssociateFirewallRuleGroup": "firewall-rule-group-association",
}
TAG_KEY = re.compile(r"(?:^|\.)Tags?\.(?:member\.)?\d+\.Key$")
BOUND = {"iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"}
"""Asked for with the boundary that the role has (the others bring the one that they put on it)."""
TAGS_ITSELF = {"CreateRole": "TagRole", "CreateInstanceProfile": "TagInstanceProfile", "CreateLogGroup": "TagResource"}
"""The action that a creating call takes as well where it brings tags."""


@dataclass(frozen=True)
class Permission:
    """One thing that a call asks for. It is refused where any of them is."""

    action: str
    resource: str = EVERYTHING
    context: dict[str, str] = field(default_factory=dict)


def permissions(call: Call, emulator: Emulator) -> list[Permission]:
    """All that a call to the strict emulator takes, which says what carries which tags."""
    by_service = {"ec2": _of_ec2, "iam": _of_iam, "logs": _of_logs, "route53resolver": _of_resolver}
    return list(by_service[call.service](call, emulator))


def _of_ec2(call: Call, emulator: Emulator) -> Iterator[Permission]:
    """Each resource that the call names and each that it makes is asked about; those it makes have no ID yet."""
    action, parameters, types = f"ec2:{call.action}", call.parameters, _types("ec2", call.action)
    requested, found = _requested(_tags(parameters)), False
    for value in dict.fromkeys(parameters.values()):
        named = ID.fullmatch(value)
        if named and (kind := TYPES[named[1]]) in types:
            context = {**_carried(_ec2_tags(emulator, value)), **_tagging(call)}
            yield Permission(action, _arn("ec2", f"{kind}/{value}"), context)
            found = True
            if call.action == "CreateInstanceConnectEndpoint":
                yield Permission("ec2:CreateNetworkInterface", _arn("ec2", f"{kind}/{value}"), context)
    if call.action == "DeletePlacementGroup":  # By its name, which its ARN ends in.
        groups = emulator.client("ec2").describe_placement_groups(GroupNames=[parameters["GroupName"]])
        (group,) = groups["PlacementGroups"]
        carried = _carried({each["Key"]: each["Value"] for each in group["Tags"]})
        yield Permission(action, _arn("ec2", f"placement-group/{group['GroupName']}"), carried)
        found = True
    made = parameters.get("TagSpecification.1.ResourceType")
    if call.action.startswith("AuthorizeSecurityGroup"):
        made = "security-group-rule"
    if made:
        given = {"ec2:VpceServiceOwner": "amazon"} if made == "vpc-endpoint" else {}
        yield Permission(action, _arn("ec2", f"{made}/*"), {**requested, **given})
        if requested:
            yield Permission("ec2:CreateTags", _arn("ec2", f"{made}/*"), {**requested, "ec2:CreateAction": call.action})
    elif not found:
        yield Permission(action)
    if call.action == "CreateInstanceConnectEndpoint":
        yield Permission("ec2:CreateNetworkInterface", _arn("ec2", "network-interface/*"))
    if "DeliverLogsPermissionArn" in parameters:
        service = {"iam:PassedToService": "vpc-flow-logs.amazonaws.com"}
        yield Permission("iam:PassRole", parameters["DeliverLogsPermissionArn"], service)


def _of_iam(call: Call, emulator: Emulator) -> Iterator[Permission]:
    """Roles and instance profiles have paths, which most calls leave out."""
    parameters, iam = call.parameters, emulator.client("iam")
    requested, action = _requested(_tags(parameters)), f"iam:{call.action}"
    asked = {**requested, **_boundary(parameters)}
    kinds = {
        "role": ("RoleName", lambda name: iam.get_role(RoleName=name)["Role"]),
        "instance-profile": (
            "InstanceProfileName",
            lambda name: iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"],
        ),
    }
    about = [kind for kind in kinds if kind in _types("iam", call.action)]
    if not about:
        yield Permission(action)
    for kind in about:
        name = parameters[kinds[kind][0]]
        there = _found(kinds[kind][1], name)
        made = f"arn:aws:iam::{ACCOUNT}:{kind}{parameters.get('Path', '/')}{name}"
        arn = there["Arn"] if there else made
        carried = _carried({each["Key"]: each["Value"] for each in (there or {}).get("Tags", [])})
        bound = (there or {}).get("PermissionsBoundary") if action in BOUND else None
        context = {"iam:PermissionsBoundary": bound["PermissionsBoundaryArn"]} if bound else {}
        yield Permission(action, arn, {**asked, **context, **carried})
        if requested and call.action in TAGS_ITSELF:
            yield Permission(f"iam:{TAGS_ITSELF[call.action]}", arn, {**requested, **carried})
    if call.action == "AddRoleToInstanceProfile":
        role = iam.get_role(RoleName=parameters["RoleName"])["Role"]
        yield Permission("iam:PassRole", role["Arn"], {"iam:PassedToService": "ec2.amazonaws.com"})


def _of_logs(call: Call, emulator: Emulator) -> Iterator[Permission]:
    """A log group is called by its name or by its ARN."""
    parameters, action = call.parameters, f"logs:{call.action}"
    requested = _requested(parameters.get("tags", {}))
    if not _types("logs", call.action):
        yield Permission(action)
        return
    arn = parameters.get("resourceArn") or _arn("logs", f"log-group:{parameters['logGroupName']}")
    there = _found(lambda name: emulator.client("logs").list_tags_for_resource(resourceArn=name), arn)
    carried = _carried(there["tags"] if there else {})
    yield Permission(action, arn, {**requested, **carried})
    if requested and call.action in TAGS_ITSELF:
        yield Permission(f"logs:{TAGS_ITSELF[call.action]}", arn, {**requested, **carried})


def _of_resolver(call: Call, emulator: Emulator) -> Iterator[Permission]:
    """Lists, rule groups and associations of a DNS Firewall, and the setting of a VPC that goes by the VPC's ID."""
    parameters, action = call.parameters, f"route53resolver:{call.action}"
    types, resolver = _types("route53resolver", call.action), emulator.client("route53resolver")
    requested = _requested({each["Key"]: each["Value"] for each in parameters.get("Tags", [])})
    if not types:
        yield Permission(action)
    about = [
        _arn("route53resolver", f"{kind}/{parameters[name]}")
        for name, kind in FIREWALLS.items()
        if name in parameters and kind in types
    ]
    for arn in about + ([parameters["ResourceArn"]] if "ResourceArn" in parameters else []):
        there = _found(lambda name: resolver.list_tags_for_resource(ResourceArn=name), arn) or {"Tags": []}
        carried = _carried({each["Key"]: each["Value"] for each in there["Tags"]})
        yield Permission(action, arn, {**requested, **carried})
    if call.action in FIREWALLS_MADE:
        made = _arn("route53resolver", f"{FIREWALLS_MADE[call.action]}/*")
        yield Permission(action, made, requested)
        yield Permission("route53resolver:TagResource", made, requested)


@cache
def _types(service: str, action: str) -> frozenset[str]:
    """The types of resource that an action is about; none for one that takes no narrower resource."""
    listed = next(each for each in iam_definition if each["prefix"] == service)
    found = next(each for each in listed["privileges"] if each["privilege"] == action)
    return frozenset(each["resource_type"].rstrip("*") for each in found["resource_types"]) - {""}


def _boundary(parameters: dict[str, Any]) -> dict[str, str]:
    given = parameters.get("PermissionsBoundary")
    return {"iam:PermissionsBoundary": given} if given else {}


def _tagging(call: Call) -> dict[str, str]:
    """Tags are asked for of what is there by these two actions alone."""
    return _requested(_tags(call.parameters)) if call.action in ("CreateTags", "DeleteTags") else {}


def _tags(parameters: dict[str, Any]) -> dict[str, str]:
    keys = [name for name in parameters if TAG_KEY.search(name)]
    return {parameters[name]: parameters.get(name.removesuffix("Key") + "Value", "") for name in keys}


def _requested(tags: dict[str, str]) -> dict[str, str]:
    return {f"aws:RequestTag/{key}": value for key, value in tags.items()}


def _carried(tags: dict[str, str]) -> dict[str, str]:
    return {f"aws:ResourceTag/{key}": value for key, value in tags.items()}


def _ec2_tags(emulator: Emulator, resource: str) -> dict[str, str]:
    found = emulator.client("ec2").describe_tags(Filters=[{"Name": "resource-id", "Values": [resource]}])
    return {each["Key"]: each["Value"] for each in found["Tags"]}


def _found(look: Any, name: str) -> dict[str, Any] | None:
    """What is there under a name; None where nothing is."""
    try:
        return dict(look(name))
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchEntity", "ResourceNotFoundException"):
            return None
        raise


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"

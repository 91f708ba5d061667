"""One environment, whole and comparable: all that belongs to it, under names instead of IDs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import firewalls, normal
from .kinds import ENVIRONMENT_TAG, KINDS

if TYPE_CHECKING:
    from .account import Account

BY_CHANCE = ("PrivateIpAddress", "PrivateIpAddresses", "PrivateDnsName", "AvailableIpAddressCount", "SecurityGroupArn")
"""Members of EC2 resources that follow from IDs or from what else runs in a subnet."""
ATTRIBUTES = ("EnableDnsSupport", "EnableDnsHostnames")


def take(account: Account, environment: str, prefix: str) -> dict[str, Any]:
    """Everything of an environment, by kind: all `KINDS`, roles, profiles, log groups, parameters."""
    found = {
        **_network(account, environment),
        "roles": _roles(account, environment),
        "instance_profiles": _profiles(account, environment),
        "log_groups": _log_groups(account, environment),
        "placement_groups": _placement_groups(account, environment),
        **_firewalls(account, environment),
        "parameters": _parameters(account, f"{prefix}/{environment}/"),
    }
    names = normal.Names(environment)
    for prefix_list in account.ec2.describe_managed_prefix_lists()["PrefixLists"]:
        names.learn(prefix_list["PrefixListId"], f"prefix_list {prefix_list['PrefixListName']}")
    for name, kind in KINDS.items():
        for resource in found[name]:
            resource["Tags"] = normal.tags(resource.pop("TagSet", resource.get("Tags")))
            label = resource["Tags"].get("Name") or resource.get("GroupName", "")
            names.learn(resource[kind.id], f"{name} {names.text(label)}".rstrip())
    return {kind: normal.ordered(names.form(resource) for resource in found[kind]) for kind in sorted(found)}


def _network(account: Account, environment: str) -> dict[str, list[dict[str, Any]]]:
    """The VPCs that carry the environment's tag, and all that is in them, whatever its tags."""
    vpc_ids = account.vpcs(environment)
    found = {
        name: [resource for resource in account.resources(name) if vpc_ids and _is_in(resource, vpc_ids)]
        for name in KINDS
    }
    for vpc in found["vpcs"]:
        for attribute in ATTRIBUTES:
            asked = attribute[0].lower() + attribute[1:]
            vpc[attribute] = account.ec2.describe_vpc_attribute(VpcId=vpc["VpcId"], Attribute=asked)[attribute]["Value"]
    for resources in found.values():
        for resource in resources:
            for member in BY_CHANCE:
                resource.pop(member, None)
    return found


def _is_in(resource: dict[str, Any], vpc_ids: list[str]) -> bool:
    attached = [attachment.get("VpcId") for attachment in resource.get("Attachments", [])]
    return any(place in vpc_ids for place in (resource.get("VpcId"), resource.get("ResourceId"), *attached))


def _roles(account: Account, environment: str) -> list[dict[str, Any]]:
    """The roles with the environment's tag: trust, boundary, and every policy in full."""
    roles = []
    for listed in account.list_roles():
        name = {"RoleName": listed["RoleName"]}
        role = account.iam.get_role(**name)["Role"]
        role["Tags"] = normal.tags(role.get("Tags"))
        if role["Tags"].get(ENVIRONMENT_TAG) != environment:
            continue
        role["Policies"] = {
            policy: account.iam.get_role_policy(**name, PolicyName=policy)["PolicyDocument"]
            for policy in account.iam.list_role_policies(**name)["PolicyNames"]
        }
        role["AttachedPolicies"] = account.iam.list_attached_role_policies(**name)["AttachedPolicies"]
        roles.append(role)
    return roles


def _placement_groups(account: Account, environment: str) -> list[dict[str, Any]]:
    """The placement groups with the environment's tag."""
    groups = account.list_placement_groups()
    for group in groups:
        group["Tags"] = normal.tags(group.get("Tags"))
    return [group for group in groups if group["Tags"].get(ENVIRONMENT_TAG) == environment]


def _firewalls(account: Account, environment: str) -> firewalls.Found:
    """The parts of its DNS Firewall."""
    found = firewalls.everything(account.resolver)
    return {
        kind: [each for each in parts if each["Tags"].get(ENVIRONMENT_TAG) == environment]
        for kind, parts in found.items()
    }


def _profiles(account: Account, environment: str) -> list[dict[str, Any]]:
    """The instance profiles with the environment's tag, and the names of the roles that they hold."""
    profiles = []
    for profile in account.list_profiles():
        found = account.iam.get_instance_profile(InstanceProfileName=profile["InstanceProfileName"])
        profile["Tags"] = normal.tags(found["InstanceProfile"].get("Tags"))
        profile["Roles"] = [role["RoleName"] for role in profile["Roles"]]
        if profile["Tags"].get(ENVIRONMENT_TAG) == environment:
            profiles.append(profile)
    return profiles


def _log_groups(account: Account, environment: str) -> list[dict[str, Any]]:
    """The log groups with the environment's tag, also when they are retained."""
    groups = []
    for group in account.list_log_groups():
        group["Tags"] = account.logs.list_tags_log_group(logGroupName=group["logGroupName"])["tags"]
        if group["Tags"].get(ENVIRONMENT_TAG) == environment:
            groups.append(group)
    return groups


def _parameters(account: Account, path: str) -> list[dict[str, Any]]:
    """The parameters that an environment publishes, with their tags."""
    parameters = account.list_parameters(path)
    for parameter in parameters:
        found = account.ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=parameter["Name"])["TagList"]
        parameter["Tags"] = normal.tags(found)
    return parameters

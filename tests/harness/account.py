"""What there is in the account, asked of the emulator itself: past the proxy, and past what the function says."""

from __future__ import annotations

from functools import cache, cached_property
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from . import firewalls, snapshots, template
from .emulator import Emulator
from .function import TABLE
from .kinds import ENVIRONMENT_TAG, KINDS
from .normal import tags

PREFIX = "/ringfence"

OF_A_STACK = "Made by a stack"
"""The description of roles that are there before an environment is, and stay."""


class Account:
    """The account of an emulator. Making one makes the function's table, unless it is there."""

    def __init__(self, emulator: Emulator, table: str = TABLE) -> None:
        self.emulator, self.table = emulator, table
        if table not in self.dynamodb.list_tables()["TableNames"]:
            template.create_table(self.dynamodb, table)

    @cached_property
    def ec2(self) -> Any:
        return self.emulator.client("ec2")

    @cached_property
    def iam(self) -> Any:
        return self.emulator.client("iam")

    @cached_property
    def ssm(self) -> Any:
        return self.emulator.client("ssm")

    @cached_property
    def logs(self) -> Any:
        return self.emulator.client("logs")

    @cached_property
    def resolver(self) -> Any:
        return self.emulator.client("route53resolver")

    @cached_property
    def dynamodb(self) -> Any:
        return self.emulator.client("dynamodb")

    def vpcs(self, environment: str) -> list[str]:
        """The IDs of the VPCs that carry an environment's tag. There should be one."""
        return [vpc["VpcId"] for vpc in self.resources("vpcs", {f"tag:{ENVIRONMENT_TAG}": environment})]

    def parameters(self, environment: str, prefix: str = PREFIX) -> dict[str, str]:
        """What an environment publishes, by the names after its own."""
        path = f"{prefix}/{environment}/"
        return {each["Name"].removeprefix(path): each["Value"] for each in self.list_parameters(path)}

    def snapshot(self, environment: str, prefix: str = PREFIX) -> dict[str, Any]:
        """Everything that an environment consists of, without IDs and moments.

        What stands twice is there twice. Environments that differ in their names alone are equal.
        """
        return snapshots.take(self, environment, prefix)

    def leftovers(self) -> list[str]:
        """Everything but what AWS puts into an account and the function's table: empty after a delete."""
        default = [vpc["VpcId"] for vpc in self.resources("vpcs") if vpc["IsDefault"]]
        left, seen = [], set()
        for name, kind in KINDS.items():
            for resource in self.resources(name):
                seen.add(resource[kind.id])
                if resource.get("VpcId") not in default or not kind.is_given(resource):
                    label = tags(resource.get("Tags", resource.get("TagSet"))).get("Name", "")
                    left.append(f"{name} {resource[kind.id]} {label}".rstrip())
        seen |= {each["GroupId"] for each in self.list_placement_groups()}
        left += [f"tags of {each['ResourceId']}" for each in self.list_tags() if each["ResourceId"] not in seen]
        left += [f"placement_groups {each['GroupName']}" for each in self.list_placement_groups()]
        parts = firewalls.everything(self.resolver).items()
        left += [f"{kind} {each['Name']}" for kind, found in parts for each in found]
        left += [f"roles {role['RoleName']}" for role in self.list_roles()]
        left += [f"instance_profiles {each['InstanceProfileName']}" for each in self.list_profiles()]
        left += [f"policies {each['Arn']}" for each in self.iam.list_policies(Scope="Local")["Policies"]]
        left += [f"log_groups {group['logGroupName']}" for group in self.list_log_groups()]
        left += [f"parameters {each['Name']}" for each in self.list_parameters("/")]
        return sorted(left)

    def records(self, kind: str | None = None) -> list[dict[str, Any]]:
        """The items of the function's table, all or those of a kind, as plain values."""
        read = TypeDeserializer().deserialize
        items = self._pages(self.dynamodb, "scan", "Items", TableName=self.table)
        found = [{name: read(value) for name, value in item.items()} for item in items]
        return [item for item in found if kind in (None, item["kind"])]

    # Lists as AWS gives them

    def resources(self, name: str, filters: dict[str, str] | None = None) -> list[dict[str, Any]]:
        """EC2 resources of one of the `KINDS`, all or those that pass the filters."""
        kind = KINDS[name]
        wanted = [{"Name": key, "Values": [value]} for key, value in (filters or {}).items()]
        return self._pages(self.ec2, kind.operation, kind.member, Filters=wanted)

    def list_tags(self) -> list[dict[str, Any]]:
        """All tags of EC2, those on security group rules aside: a rule has no list of its own here."""
        found = self._pages(self.ec2, "describe_tags", "Tags")
        return [tag for tag in found if not tag["ResourceId"].startswith("sgr-")]

    def list_placement_groups(self) -> list[dict[str, Any]]:
        return list(self.ec2.describe_placement_groups()["PlacementGroups"])

    def list_roles(self) -> list[dict[str, Any]]:
        """All roles but those of a stack, which outlive environments."""
        found = self._pages(self.iam, "list_roles", "Roles")
        return [role for role in found if role.get("Description") != OF_A_STACK]

    def list_profiles(self) -> list[dict[str, Any]]:
        return self._pages(self.iam, "list_instance_profiles", "InstanceProfiles")

    def list_log_groups(self) -> list[dict[str, Any]]:
        return self._pages(self.logs, "describe_log_groups", "logGroups")

    def list_parameters(self, path: str) -> list[dict[str, Any]]:
        return self._pages(self.ssm, "get_parameters_by_path", "Parameters", Path=path, Recursive=True)

    @staticmethod
    def _pages(client: Any, operation: str, member: str, **arguments: Any) -> list[dict[str, Any]]:
        pages = _paginator(client, operation).paginate(**arguments)
        return [item for page in pages for item in page[member]]


@cache
def _paginator(client: Any, operation: str) -> Any:
    return client.get_paginator(operation)

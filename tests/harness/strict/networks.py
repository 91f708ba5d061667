"""VPCs and subnets: quotas, what must be gone before they can go, and what goes with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import InvalidAvailabilityZoneError, InvalidParameterCombination, InvalidVPCIdError
from moto.ec2.models.subnets import Subnet, SubnetBackend
from moto.ec2.models.vpcs import VPC, VPCBackend
from moto.ec2.responses.subnets import Subnets
from moto.ec2.responses.vpcs import VPCs

from . import lateness
from .errors import in_use, limit_exceeded
from .patching import replace, wrap
from .settings import settings


@wrap(VPCBackend)
def create_vpc(original: Callable[..., VPC], self: Any, *args: Any, **kwargs: Any) -> VPC:
    """moto has no quota.

    https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html; VpcLimitExceeded in
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    """
    if not kwargs.get("is_default") and len(self.vpcs) >= settings.quotas.vpcs:
        raise limit_exceeded("Vpc")
    return original(self, *args, **kwargs)


@replace(VPCBackend)
def delete_vpc(self: Any, vpc_id: str) -> VPC:
    """moto lets a VPC go with gateways, endpoints, groups and ACLs in it, and leaves its default ACL behind.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpc.html
    """
    if vpc_id not in self.vpcs:
        raise InvalidVPCIdError(vpc_id)
    if next(_dependents(self, vpc_id), None):
        raise in_use("vpc", vpc_id)
    for own in (self.route_tables, self.network_acls):
        for resource_id in [item.id for item in own.values() if item.vpc_id == vpc_id]:
            del own[resource_id]
            self.tags.pop(resource_id, None)
    for group_id in self.groups.pop(vpc_id, {}):
        self.tags.pop(group_id, None)
    vpc = self.vpcs.pop(vpc_id)
    lateness.remember(self, vpc, self.tags.pop(vpc_id, {}))
    return vpc


def _dependents(backend: Any, vpc_id: str) -> Iterator[str]:
    """The IDs of everything that keeps a VPC from being deleted."""
    yield from (subnet.id for subnet in backend.describe_subnets() if subnet.vpc_id == vpc_id)
    yield from (eni.id for eni in backend.enis.values() if eni.vpc_id == vpc_id)
    yield from (item.id for item in backend.vpc_end_points.values() if item.vpc_id == vpc_id)
    yield from (acl.id for acl in backend.network_acls.values() if acl.vpc_id == vpc_id and not acl.default)
    yield from (group.id for group in backend.groups.get(vpc_id, {}).values() if not group.is_default)
    yield from (
        table.id for table in backend.route_tables.values() if table.vpc_id == vpc_id and not table.main_association_id
    )
    yield from (
        gateway.id for gateway in backend.internet_gateways.values() if gateway.vpc and gateway.vpc.id == vpc_id
    )
    yield from (gateway.id for gateway in backend.egress_only_internet_gateways.values() if gateway.vpc_id == vpc_id)
    yield from (
        gateway.id
        for gateway in backend.vpn_gateways.values()
        if vpc_id in gateway.attachments and gateway.attachments[vpc_id].state == "attached"
    )


@wrap(SubnetBackend)
def create_subnet(
    original: Callable[..., Subnet], self: Any, vpc_id: str, cidr_block: str, *args: Any, **kwargs: Any
) -> Subnet:
    """moto makes a subnet in a zone of another region, and has no quota.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSubnet.html and
    https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
    """
    zone = args[1] if len(args) > 1 else kwargs.get("availability_zone")
    zones = [known.name for known in self.describe_availability_zones()]
    if zone is not None and zone not in zones:
        raise InvalidAvailabilityZoneError(zone, ", ".join(zones))
    if sum(subnet.vpc_id == vpc_id for subnet in self.describe_subnets()) >= settings.quotas.subnets_per_vpc:
        raise limit_exceeded("Subnet")
    return original(self, vpc_id, cidr_block, *args, **kwargs)


@wrap(SubnetBackend)
def delete_subnet(original: Callable[..., Subnet], self: Any, subnet_id: str) -> Subnet:
    """moto lets a subnet go with interfaces in it, and leaves its associations behind.

    DependencyViolation in https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html, as
    https://github.com/cloud-custodian/cloud-custodian/blob/main/tests/data/placebo/test_subnet_delete_with_dependencies/ec2.DeleteSubnet_1.json
    has it; https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSubnet.html
    """
    self.get_subnet(subnet_id)
    if any(eni.subnet_id == subnet_id for eni in self.enis.values()):
        raise in_use("subnet", subnet_id)
    for table in self.route_tables.values():
        table._associations = {key: target for key, target in table._associations.items() if target != subnet_id}
    for acl in self.network_acls.values():
        acl._associations = {key: item for key, item in acl._associations.items() if item.subnet_id != subnet_id}
    self.tags.pop(subnet_id, None)
    return original(self, subnet_id)


def _one_attribute(response: Any) -> None:
    """EC2 changes one attribute a call; moto takes any number."""
    names = [name for name, value in response._get_params().items() if isinstance(value, dict) and "Value" in value]
    if len(names) > 1:
        fields = ", ".join(name[0].lower() + name[1:] for name in names)
        raise InvalidParameterCombination(f"Fields for multiple attribute types specified: {fields}")


@wrap(VPCs)
def modify_vpc_attribute(original: Callable[..., ActionResult], self: Any) -> ActionResult:
    """moto takes several at once.
    https://docs.aws.amazon.com/cli/latest/reference/ec2/modify-vpc-attribute.html has them apart.
    """
    _one_attribute(self)
    return original(self)


@wrap(Subnets)
def modify_subnet_attribute(original: Callable[..., ActionResult], self: Any) -> ActionResult:
    """moto takes several at once.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySubnetAttribute.html
    """
    _one_attribute(self)
    return original(self)

"""Placement groups and EC2 Instance Connect Endpoints, which moto has nothing of."""

from __future__ import annotations

import time
import uuid
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.responses import EC2Response

from . import endpoint_parts as parts
from .errors import Invalid, limit_exceeded, not_found, refusal
from .patching import add
from .settings import settings

Item = dict[str, Any]

placement_groups: dict[str, Item] = {}
"""By name."""
doors: dict[str, Item] = {}
"""The endpoints, by ID."""


def forget() -> None:
    placement_groups.clear()
    doors.clear()


def _given_tags(response: Any, kind: str) -> dict[str, str]:
    return dict(response._parse_tag_specification().get(kind, {}))


def _matching(response: Any, items: list[Item], names: dict[str, str]) -> list[Item]:
    """Those that pass the filters of a request; one that is not known is refused."""
    filters = response._filters_from_querystring()
    unknown = [name for name in filters if name not in names and not name.startswith("tag:")]
    if unknown:
        raise Invalid(f"The filter '{unknown[0]}' is invalid")

    def value(item: Item, name: str) -> str | None:
        if name.startswith("tag:"):
            return {tag["Key"]: tag["Value"] for tag in item["Tags"]}.get(name.removeprefix("tag:"))
        return str(item[names[name]])

    return [item for item in items if all(value(item, name) in values for name, values in filters.items())]


def _tagged(backend: Any, item: Item, item_id: str) -> Item:
    tags = [{"Key": key, "Value": value} for key, value in backend.tags.get(item_id, {}).items()]
    return {**{name: value for name, value in item.items() if name[0].isupper()}, "Tags": tags}


# Placement groups


@add(EC2Response)
def create_placement_group(self: Any) -> ActionResult:
    """InvalidPlacementGroup.Duplicate in https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html;
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreatePlacementGroup.html
    """
    name = self._get_param("GroupName")
    if name in placement_groups:
        raise refusal("InvalidPlacementGroup.Duplicate", name=name)
    group = {
        "GroupName": name,
        "GroupId": f"pg-{uuid.uuid4().hex[:17]}",
        "Strategy": self._get_param("Strategy"),
        "State": "available",
    }
    placement_groups[name] = group
    self.ec2_backend.create_tags([group["GroupId"]], _given_tags(self, "placement-group"))
    return ActionResult({"PlacementGroup": _tagged(self.ec2_backend, group, group["GroupId"])})


@add(EC2Response)
def describe_placement_groups(self: Any) -> ActionResult:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribePlacementGroups.html"""
    found = [_tagged(self.ec2_backend, group, group["GroupId"]) for group in placement_groups.values()]
    names = {"group-name": "GroupName", "strategy": "Strategy"}
    return ActionResult({"PlacementGroups": _matching(self, found, names)})


@add(EC2Response)
def delete_placement_group(self: Any) -> ActionResult:
    """InvalidPlacementGroup.Unknown in https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html;
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeletePlacementGroup.html
    """
    name = self._get_param("GroupName")
    if name not in placement_groups:
        raise refusal("InvalidPlacementGroup.Unknown", "DeletePlacementGroup", name=name)
    self.ec2_backend.tags.pop(placement_groups.pop(name)["GroupId"], None)
    return EmptyResult()


# EC2 Instance Connect Endpoints


def settle(backend: Any) -> None:
    """Lets those endpoints be there, or be gone, whose time has come. Called before every call to EC2."""
    for door in [door for door in doors.values() if door["due"] <= time.monotonic()]:
        if door["State"] == "delete-in-progress":
            for interface in door["NetworkInterfaceIds"]:
                backend.enis.pop(interface, None)
            backend.tags.pop(door["InstanceConnectEndpointId"], None)
            del doors[door["InstanceConnectEndpointId"]]
        elif door["State"] == "create-in-progress":
            door["State"] = "create-complete"


@add(EC2Response)
def create_instance_connect_endpoint(self: Any) -> ActionResult:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateInstanceConnectEndpoint.html; one a VPC:
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/eice-quotas.html
    """
    backend = self.ec2_backend
    subnet = backend.get_subnet(self._get_param("SubnetId"))
    groups = self._get_param("SecurityGroupIds", [])
    for group in groups:
        if group not in backend.groups.get(subnet.vpc_id, {}):
            raise refusal("InvalidGroup.NotFound", id=group)
    if any(door["VpcId"] == subnet.vpc_id for door in doors.values()):
        raise limit_exceeded("InstanceConnectEndpoint")
    door_id = f"eice-{uuid.uuid4().hex[:17]}"
    interface = backend.create_network_interface(
        subnet,
        parts._free_address(backend, subnet.id),
        group_ids=groups,
        description=f"EC2 Instance Connect Endpoint {door_id}",
    )
    interface.interface_type, interface.requester_managed = "ec2_instance_connect_endpoint", True
    interface.status = "in-use"
    doors[door_id] = {
        "InstanceConnectEndpointId": door_id,
        "State": "create-in-progress" if settings.endpoint_seconds else "create-complete",
        "VpcId": subnet.vpc_id,
        "SubnetId": subnet.id,
        "SecurityGroupIds": list(groups),
        "NetworkInterfaceIds": [interface.id],
        "PreserveClientIp": bool(self._get_bool_param("PreserveClientIp")),
        "due": time.monotonic() + settings.endpoint_seconds,
    }
    backend.create_tags([door_id], _given_tags(self, "instance-connect-endpoint"))
    return ActionResult({"InstanceConnectEndpoint": _tagged(backend, doors[door_id], door_id)})


def _door(door_id: str) -> Item:
    if door_id not in doors:
        raise not_found("InstanceConnectEndpointId", door_id)
    return doors[door_id]


@add(EC2Response)
def modify_instance_connect_endpoint(self: Any) -> ActionResult:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceConnectEndpoint.html"""
    backend, door = self.ec2_backend, _door(self._get_param("InstanceConnectEndpointId"))
    groups, preserve = self._get_param("SecurityGroupIds", []), self._get_bool_param("PreserveClientIp")
    if groups:
        door["SecurityGroupIds"] = list(groups)
        for interface in door["NetworkInterfaceIds"]:
            backend.enis[interface]._group_set = [backend.get_security_group_from_id(group) for group in groups]
    if preserve is not None:
        door["PreserveClientIp"] = preserve
    return ActionResult({"Return": True})


@add(EC2Response)
def describe_instance_connect_endpoints(self: Any) -> ActionResult:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceConnectEndpoints.html"""
    asked = self._get_param("InstanceConnectEndpointIds", [])
    found = [_door(door_id) for door_id in asked] if asked else list(doors.values())
    tagged = [_tagged(self.ec2_backend, door, door["InstanceConnectEndpointId"]) for door in found]
    names = {"vpc-id": "VpcId", "subnet-id": "SubnetId", "state": "State"}
    return ActionResult({"InstanceConnectEndpoints": _matching(self, tagged, names)})


@add(EC2Response)
def delete_instance_connect_endpoint(self: Any) -> ActionResult:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteInstanceConnectEndpoint.html. Nobody says what
    AWS answers to a second delete: IncorrectState is its
    code for what is in the wrong state, and is waited out like an endpoint in use.
    """
    backend, door = self.ec2_backend, _door(self._get_param("InstanceConnectEndpointId"))
    if door["State"] == "delete-in-progress":
        raise refusal("IncorrectState", "DeleteInstanceConnectEndpoint")
    door |= {"State": "delete-in-progress", "due": time.monotonic() + settings.endpoint_seconds}
    answer = _tagged(backend, door, door["InstanceConnectEndpointId"])
    settle(backend)
    return ActionResult({"InstanceConnectEndpoint": answer})

"""The kinds of EC2 resource that an account is looked through for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

ENVIRONMENT_TAG = "ringfence:environment"


@dataclass(frozen=True)
class Kind:
    """A kind of EC2 resource: how it is listed, where its ID stands, which of them AWS puts in an account."""

    operation: str
    member: str
    id: str
    is_given: Callable[[dict[str, Any]], bool] = lambda resource: False


def _is_main(table: dict[str, Any]) -> bool:
    return any(association["Main"] for association in table["Associations"])


KINDS = {
    "vpcs": Kind("describe_vpcs", "Vpcs", "VpcId", lambda vpc: vpc["IsDefault"]),
    "subnets": Kind("describe_subnets", "Subnets", "SubnetId", lambda subnet: subnet["DefaultForAz"]),
    "route_tables": Kind("describe_route_tables", "RouteTables", "RouteTableId", _is_main),
    "network_acls": Kind("describe_network_acls", "NetworkAcls", "NetworkAclId", lambda acl: acl["IsDefault"]),
    "security_groups": Kind(
        "describe_security_groups", "SecurityGroups", "GroupId", lambda group: group["GroupName"] == "default"
    ),
    "endpoints": Kind("describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
    "instance_connect_endpoints": Kind(
        "describe_instance_connect_endpoints", "InstanceConnectEndpoints", "InstanceConnectEndpointId"
    ),
    "interfaces": Kind("describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId"),
    "flow_logs": Kind("describe_flow_logs", "FlowLogs", "FlowLogId"),
    "internet_gateways": Kind("describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
}

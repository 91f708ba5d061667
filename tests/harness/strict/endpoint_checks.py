"""What AWS looks at before it makes or changes a VPC endpoint, and moto does not."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from moto.ec2.exceptions import InvalidParameter, InvalidSecurityGroupNotFoundError, InvalidServiceName
from moto.ec2.models.vpcs import VPCBackend
from moto.ec2.utils import generate_route_id

from .errors import Invalid, limit_exceeded, refusal
from .settings import settings


@cache
def _services(account_id: str, region: str) -> dict[str, dict[str, Any]]:
    """By name and kind, what DescribeVpcEndpointServices says about a service."""
    known: list[dict[str, Any]] = VPCBackend._collect_default_endpoint_services(account_id, region)
    services = {f"{each['ServiceName']} {kind['ServiceType']}": each for each in known for kind in each["ServiceType"]}
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-networking.html, which moto does not know.
    directory_buckets = f"com.amazonaws.{region}.s3express"
    if f"{directory_buckets} Interface" in services:
        services[f"{directory_buckets} Gateway"] = services[f"{directory_buckets} Interface"]
    return services


def service(backend: Any, service_name: str, kind: str) -> None:
    """One that is offered, of this kind. InvalidServiceName in
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    """
    if f"{service_name} {kind}" not in _services(backend.account_id, backend.region_name):
        raise InvalidServiceName(service_name)


def quota(backend: Any, vpc_id: str, kind: str) -> None:
    """As many as there may be. https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html"""
    present = [endpoint for endpoint in backend.vpc_end_points.values() if endpoint.vpc_endpoint_type == kind]
    if kind == "Gateway":
        used, most = len(present), settings.quotas.gateway_endpoints
    else:
        used = sum(endpoint.vpc_id == vpc_id for endpoint in present)
        most = settings.quotas.interface_endpoints_per_vpc
    if used >= most:
        raise limit_exceeded("VpcEndpoint")


def policy(document: str | None) -> None:
    """JSON, whatever it allows. InvalidParameter in
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    """
    try:
        json.loads(document or "{}")
    except ValueError:
        raise InvalidParameter("Invalid Policy Document") from None


def security_groups(backend: Any, vpc_id: str, group_ids: list[str]) -> None:
    """Those of the VPC alone. InvalidGroup.NotFound in
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    """
    for group_id in group_ids:
        if group_id not in backend.groups.get(vpc_id, {}):
            raise InvalidSecurityGroupNotFoundError(group_id)


def routes(backend: Any, endpoint: Any, route_table_ids: list[str]) -> None:
    """A table must be of the endpoint's VPC and have no route to the service yet.

    https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html; RouteAlreadyExists in
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    """
    prefix_list = endpoint.destination_prefix_list_id
    for route_table_id in route_table_ids:
        table = backend.get_route_table(route_table_id)
        if table.vpc_id != endpoint.vpc_id:
            raise Invalid(f"Route table {route_table_id} and VPC {endpoint.vpc_id} belong to different networks")
        if generate_route_id(route_table_id, prefix_list) in table._routes:
            raise refusal("RouteAlreadyExists", id=route_table_id, name=prefix_list)


def zones(backend: Any, endpoint: Any, subnet_ids: list[str]) -> None:
    """An endpoint stands in one subnet of a zone, and only in zones where its service is offered.

    https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html; the codes:
    https://github.com/terraform-aws-modules/terraform-aws-vpc/issues/583 and
    https://github.com/terraform-aws-modules/terraform-aws-vpc/issues/785
    """
    taken = {backend.get_subnet(subnet_id).availability_zone for subnet_id in endpoint.subnet_ids}
    offer = _services(backend.account_id, backend.region_name).get(f"{endpoint.service_name} Interface")
    for subnet_id in subnet_ids:
        subnet = backend.get_subnet(subnet_id)
        if subnet.vpc_id != endpoint.vpc_id:
            raise Invalid(f"Subnet {subnet_id} does not belong to VPC {endpoint.vpc_id}")
        if subnet.availability_zone in taken:
            raise refusal("DuplicateSubnetsInSameZone", id=subnet_id)
        if offer and subnet.availability_zone not in offer["AvailabilityZones"]:
            raise InvalidParameter(
                f"The VPC endpoint service {endpoint.service_name} does not support the availability zone of the "
                f"subnet: {subnet_id}."
            )
        taken.add(subnet.availability_zone)


def private_dns(backend: Any, vpc: Any, endpoint: Any) -> None:
    """One endpoint a service may own its names, in a VPC that resolves names at all, and until it is gone.

    https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html and, for the message,
    https://github.com/hashicorp/terraform-provider-aws/issues/17535
    """
    if not (vpc.enable_dns_support and vpc.enable_dns_hostnames):
        raise InvalidParameter(
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true "
            f"for {vpc.id}"
        )
    for other in backend.vpc_end_points.values():
        same = other.vpc_id == vpc.id and other.service_name == endpoint.service_name and other.id != endpoint.id
        if same and other.private_dns_enabled:
            offer = _services(backend.account_id, backend.region_name)[f"{endpoint.service_name} Interface"]
            raise InvalidParameter(
                "private-dns-enabled cannot be set because there is already a conflicting DNS domain for "
                f"{offer.get('PrivateDnsName', endpoint.service_name)} in the VPC {vpc.id}"
            )

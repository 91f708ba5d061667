"""VPC endpoints: their routes, interfaces and groups come and go with them, in the time that AWS takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import InvalidParameter
from moto.ec2.models.managed_prefixes import ManagedPrefixListBackend
from moto.ec2.models.vpcs import VPCBackend, VPCEndPoint
from moto.ec2.responses.vpcs import VPCs
from moto.ec2.utils import create_dns_entries, random_vpc_ep_id

from . import endpoint_checks as checks
from . import endpoint_parts as parts
from .patching import replace, wrap
from .settings import settings

MOST_A_DELETE = 25


@replace(VPCBackend)
def create_vpc_endpoint(
    self: Any,
    vpc_id: str,
    service_name: str,
    endpoint_type: str | None,
    policy_document: str | None,
    route_table_ids: list[str],
    subnet_ids: list[str] | None = None,
    network_interface_ids: list[str] | None = None,
    dns_entries: dict[str, str] | None = None,
    client_token: str | None = None,
    security_group_ids: list[str] | None = None,
    tags: dict[str, str] | None = None,
    private_dns_enabled: bool | None = None,
) -> VPCEndPoint:
    """moto takes an unknown service and a second gateway for the same tables, gives the interfaces the default group
    and an address outside their subnet, and has no quota.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html; the group:
    https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
    """
    vpc = self.get_vpc(vpc_id)
    kind = endpoint_type or "Gateway"
    is_interface = kind == "Interface"
    groups = list(security_group_ids or [self.get_default_security_group(vpc_id).id]) if is_interface else []
    subnets = list(subnet_ids or []) if is_interface else []
    checks.service(self, service_name, kind)
    checks.quota(self, vpc_id, kind)
    checks.policy(policy_document)
    checks.security_groups(self, vpc_id, groups)
    endpoint_id = random_vpc_ep_id()
    endpoint: Any = VPCEndPoint(  # type: ignore[abstract]
        self,
        endpoint_id,
        vpc_id,
        service_name,
        kind,
        policy_document,
        route_table_ids=[],
        subnet_ids=[],
        dns_entries=[create_dns_entries(service_name, endpoint_id)] if is_interface else [],
        client_token=client_token,
        security_group_ids=groups,
        private_dns_enabled=bool(private_dns_enabled and is_interface),
        destination_prefix_list_id=None if is_interface else parts.prefix_list_of(self, service_name),
    )
    if endpoint.private_dns_enabled:
        checks.private_dns(self, vpc, endpoint)
    checks.routes(self, endpoint, route_table_ids)
    checks.zones(self, endpoint, subnets)
    endpoint.add_tags(tags or {})
    endpoint.changes_at = time.monotonic() + settings.endpoint_seconds
    endpoint.state = "pending" if is_interface and settings.endpoint_seconds else "available"
    self.vpc_end_points[endpoint.id] = endpoint
    parts.add_routes(self, endpoint, route_table_ids)
    parts.add_interfaces(self, endpoint, subnets)
    return endpoint


@replace(VPCBackend)
def delete_vpc_endpoints(self: Any, vpce_ids: list[str] | None = None) -> None:
    """moto keeps deleted endpoints for ever, and breaks down over one that was made without a type.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpcEndpoints.html; the states:
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcEndpoint.html
    """
    for endpoint in [self.vpc_end_points[known] for known in vpce_ids or [] if known in self.vpc_end_points]:
        parts.remove_routes(self, endpoint, list(endpoint.route_table_ids))
        if endpoint.state != "deleting":
            endpoint.state = "deleting"
            endpoint.changes_at = time.monotonic() + (settings.endpoint_seconds if endpoint.subnet_ids else 0)
    settle(self)


def settle(backend: Any) -> None:
    """Lets those endpoints be there, or be gone, whose time has come. Called before every call to EC2."""
    now = time.monotonic()
    for endpoint in [item for item in backend.vpc_end_points.values() if item.changes_at <= now]:
        if endpoint.state == "pending":
            endpoint.state = "available"
        elif endpoint.state == "deleting":
            parts.remove_interfaces(backend, endpoint, list(endpoint.subnet_ids))
            backend.tags.pop(endpoint.id, None)
            del backend.vpc_end_points[endpoint.id]


@replace(VPCBackend)
def modify_vpc_endpoint(
    self: Any,
    vpc_id: str,
    policy_doc: str | None,
    add_subnets: list[str] | None,
    remove_subnets: list[str] | None,
    remove_route_tables: list[str] | None,
    add_route_tables: list[str] | None,
    add_security_groups: list[str] | None,
    remove_security_groups: list[str] | None,
) -> None:
    """moto notes the new tables, subnets and groups down and touches neither routes nor interfaces.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcEndpoint.html
    """
    endpoint = self.describe_vpc_endpoints(vpc_end_point_ids=[vpc_id])[0]
    fresh = [table for table in add_route_tables or [] if table not in endpoint.route_table_ids]
    checks.policy(policy_doc)
    checks.security_groups(self, endpoint.vpc_id, add_security_groups or [])
    checks.routes(self, endpoint, fresh)
    checks.zones(self, endpoint, add_subnets or [])
    endpoint.modify(policy_doc, None, None, None, None, add_security_groups, remove_security_groups)
    parts.remove_routes(self, endpoint, remove_route_tables or [])
    parts.add_routes(self, endpoint, fresh)
    parts.remove_interfaces(self, endpoint, remove_subnets or [])
    parts.add_interfaces(self, endpoint, add_subnets or [])
    parts.dress_interfaces(self, endpoint)


@wrap(VPCs, "modify_vpc_endpoint")
def modify_private_dns(original: Callable[..., ActionResult], self: Any) -> ActionResult:
    """moto ignores what a change says about private DNS and about going back to the default policy.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcEndpoint.html
    """
    result = original(self)
    endpoint = self.ec2_backend.get_vpc_end_point(self._get_param("VpcEndpointId"))
    private_dns = self._get_bool_param("PrivateDnsEnabled")
    if private_dns and not endpoint.private_dns_enabled:
        checks.private_dns(self.ec2_backend, self.ec2_backend.get_vpc(endpoint.vpc_id), endpoint)
    if private_dns is not None:
        endpoint.private_dns_enabled = private_dns
    if self._get_bool_param("ResetPolicy"):
        endpoint.policy_document = parts.default_policy()
    return result


@wrap(VPCBackend)
def describe_vpc_endpoint_services(
    original: Callable[..., Any], self: Any, service_names: list[str], filters: list[dict[str, Any]], **rest: Any
) -> Any:
    """moto breaks down over a filter: it looks for `Value` where its own parser gives `Values`.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpointServices.html
    """
    given = [{"Name": each["Name"], "Value": each["Values"]} for each in filters]
    return original(self, service_names=service_names, filters=given, **rest)


@replace(VPCs, "delete_vpc_endpoints")
def answer_delete_vpc_endpoints(self: Any) -> ActionResult:
    """moto says nothing about endpoints that do not exist, and takes any number of them.

    https://github.com/couchbaselabs/cbdinocluster/pull/199 quotes the refusal.
    The others are listed as `unsuccessful`:
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpcEndpoints.html
    """
    asked = self._get_param("VpcEndpointIds", [])
    if len(asked) > MOST_A_DELETE:
        raise InvalidParameter(
            "Maximum number of VPC endpoints to delete was exceeded. "
            f"You can provide up to {MOST_A_DELETE} VPC endpoints."
        )
    unknown = [endpoint_id for endpoint_id in asked if endpoint_id not in self.ec2_backend.vpc_end_points]
    self.ec2_backend.delete_vpc_endpoints(vpce_ids=asked)
    code, message = "InvalidVpcEndpoint.NotFound", "The VPC endpoint ID '{}' does not exist"
    return ActionResult(
        {
            "Unsuccessful": [
                {"ResourceId": endpoint_id, "Error": {"Code": code, "Message": message.format(endpoint_id)}}
                for endpoint_id in unknown
            ]
        }
    )


@wrap(ManagedPrefixListBackend)
def create_default_pls(original: Callable[..., None], self: Any) -> None:
    """moto does not know the addresses of directory buckets; these are no real ones.

    https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html
    """
    original(self)
    self._create_aws_managed_prefix_list(
        name=f"com.amazonaws.{self.region_name}.s3express",
        address_family="IPv4",
        entries=[{"Cidr": "198.51.100.0/24", "Description": "default"}],
    )


@wrap(VPCBackend)
def describe_vpc_endpoints(original: Callable[..., Any], self: Any, *args: Any, **kwargs: Any) -> Any:
    """moto's endpoints are whole, and have no last error
    (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcEndpoint.html)."""
    found = original(self, *args, **kwargs)
    for endpoint in found:
        if endpoint.subnet_ids and endpoint.state in ("available", "partial"):
            endpoint.state = "partial" if settings.partial else "available"
            endpoint.last_error = {"Code": "SubnetFull", "Message": settings.partial} if settings.partial else None
    return found

"""What a VPC endpoint consists of beside itself: routes to its prefix list, or interfaces in its subnets."""

from __future__ import annotations

import ipaddress
import json
from typing import Any

from moto.ec2.models.vpcs import VPCEndPoint
from moto.ec2.utils import generate_route_id

RESERVED_ADDRESSES = 4
"""AWS keeps the first addresses of a subnet to itself."""


def default_policy() -> str:
    return json.dumps(VPCEndPoint.DEFAULT_POLICY)


def prefix_list_of(backend: Any, service_name: str) -> str | None:
    """The ID of the prefix list that holds a service's addresses."""
    lists = backend.managed_prefix_lists.values()
    return next((each.id for each in lists if each.prefix_list_name == service_name), None)


def add_routes(backend: Any, endpoint: Any, route_table_ids: list[str]) -> None:
    for route_table_id in route_table_ids:
        endpoint.route_table_ids.append(route_table_id)
        backend.create_route(
            route_table_id,
            None,
            gateway_id=endpoint.id,
            destination_prefix_list_id=endpoint.destination_prefix_list_id,
        )


def remove_routes(backend: Any, endpoint: Any, route_table_ids: list[str]) -> None:
    for route_table_id in route_table_ids:
        table = backend.route_tables.get(route_table_id)
        if table is not None:
            table._routes.pop(generate_route_id(route_table_id, endpoint.destination_prefix_list_id), None)
    endpoint.route_table_ids = [known for known in endpoint.route_table_ids if known not in route_table_ids]


def add_interfaces(backend: Any, endpoint: Any, subnet_ids: list[str]) -> None:
    """One interface a subnet: AWS's own, in use, with the endpoint's groups."""
    for subnet_id in subnet_ids:
        interface = backend.create_network_interface(
            backend.get_subnet(subnet_id),
            _free_address(backend, subnet_id),
            group_ids=endpoint.security_group_ids,
            description=f"VPC Endpoint Interface {endpoint.id}",
        )
        interface.interface_type = "vpc_endpoint"
        interface.requester_managed = True
        interface.status = "in-use"
        endpoint.subnet_ids.append(subnet_id)
        endpoint.network_interface_ids.append(interface.id)


def remove_interfaces(backend: Any, endpoint: Any, subnet_ids: list[str]) -> None:
    for interface_id in list(endpoint.network_interface_ids):
        if backend.enis[interface_id].subnet_id in subnet_ids:
            del backend.enis[interface_id]
            endpoint.network_interface_ids.remove(interface_id)
    endpoint.subnet_ids = [known for known in endpoint.subnet_ids if known not in subnet_ids]


def dress_interfaces(backend: Any, endpoint: Any) -> None:
    """Gives the interfaces the groups that the endpoint has now."""
    groups = [backend.get_security_group_from_id(group_id) for group_id in endpoint.security_group_ids]
    for interface_id in endpoint.network_interface_ids:
        backend.enis[interface_id]._group_set = groups


def _free_address(backend: Any, subnet_id: str) -> str:
    network = ipaddress.ip_network(backend.get_subnet(subnet_id).cidr_block)
    taken = {eni.private_ip_address for eni in backend.enis.values() if eni.subnet_id == subnet_id}
    hosts = (str(network[number]) for number in range(RESERVED_ADDRESSES, network.num_addresses - 1))
    return next(address for address in hosts if address not in taken)

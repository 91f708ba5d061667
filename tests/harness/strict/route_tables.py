"""Route tables: what is associated stays, and a subnet belongs to one table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.ec2.models.route_tables import RouteBackend, RouteTable

from .errors import Invalid, in_use, limit_exceeded, refusal
from .patching import replace, wrap
from .settings import settings


@wrap(RouteBackend)
def create_route_table(
    original: Callable[..., RouteTable], self: Any, vpc_id: str, *args: Any, **kwargs: Any
) -> RouteTable:
    """moto has no quota.

    https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
    """
    if sum(table.vpc_id == vpc_id for table in self.route_tables.values()) >= settings.quotas.route_tables_per_vpc:
        raise limit_exceeded("RouteTable")
    return original(self, vpc_id, *args, **kwargs)


@replace(RouteBackend)
def delete_route_table(self: Any, route_table_id: str) -> None:
    """moto deletes the main table, and leaves a deleted one in the lists of its gateway endpoints.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteRouteTable.html
    """
    table = self.get_route_table(route_table_id)
    if table._associations or table.main_association_id:
        raise in_use("routeTable", route_table_id)
    for endpoint in self.vpc_end_points.values():
        endpoint.route_table_ids = [known for known in endpoint.route_table_ids if known != route_table_id]
    del self.route_tables[route_table_id]
    self.tags.pop(route_table_id, None)


@wrap(RouteBackend)
def associate_route_table(
    original: Callable[..., str],
    self: Any,
    route_table_id: str,
    gateway_id: str | None = None,
    subnet_id: str | None = None,
) -> str:
    """moto answers with the association to another table as if it were the one that was asked for.

    Resource.AlreadyAssociated in https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html;
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateRouteTable.html
    """
    asked = self.get_route_table(route_table_id)
    if subnet_id and self.get_subnet(subnet_id).vpc_id != asked.vpc_id:
        raise Invalid(f"Route table {route_table_id} and subnet {subnet_id} belong to different networks")
    for table in self.route_tables.values():
        if table.id != route_table_id and subnet_id and subnet_id in table._associations.values():
            raise refusal("Resource.AlreadyAssociated", id=route_table_id)
    return original(self, route_table_id, gateway_id, subnet_id)

"""Drift: what somebody does to an environment by hand, and what the next `create` makes of it.

A module of tests registers each way to drift with its own `Drifts`, and repairs them one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from .by_hand import let_time_pass
from .requests import create
from .standing import Standing

Drift = Callable[[Standing], Any]

WISH = create(
    network={"cidr": "10.42.0.0/16", "availability_zones": ["us-east-1a", "us-east-1b"]},
    access={"ssh_from": ["10.8.0.0/16", "192.168.7.0/24"], "services_ports": [443, 8443]},
    egress={"endpoints": ["s3", "ecr.api"]},
    training={
        "services": ["ec2", "sagemaker"],
        "read": ["arn:aws:s3:::features/v3/"],
        "write": ["arn:aws:s3:::models/"],
    },
    tags={"team": "fraud-detection"},
)
"""An environment with a resource of every kind, some of them twice."""


class Drifts:
    """The ways to drift of one module, each a function that is called as what it does."""

    def __init__(self) -> None:
        self._drifts: list[Drift] = []

    def add(self, drift: Drift) -> Drift:
        self._drifts.append(drift)
        return drift

    def __iter__(self) -> Iterator[Drift]:
        return iter(self._drifts)

    def each(self) -> pytest.MarkDecorator:
        """Has a test run with each of them, as `drift`."""
        return pytest.mark.parametrize("drift", self._drifts, ids=[drift.__name__ for drift in self._drifts])


def assert_repaired(standing: Standing, drift: Drift) -> None:
    """The same request again must see the drift and undo it."""
    drift(standing)
    assert standing.again()["changes"]
    standing.assert_intact()


def delete_vpc_by_hand(standing: Standing) -> None:
    """The VPC with all that is in it, long after it was made. Its flow log stays: AWS does not mind."""
    ec2, inside = standing.account.ec2, {"vpc-id": standing.vpc}
    let_time_pass(standing.account, 60)
    endpoints = standing.account.resources("endpoints", inside)
    ec2.delete_vpc_endpoints(VpcEndpointIds=[each["VpcEndpointId"] for each in endpoints])
    for subnet in standing.account.resources("subnets", inside):
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    for tier in ("training", "services"):
        ec2.delete_route_table(RouteTableId=standing.id("route_tables", f"{tier}-route-table"))
        ec2.delete_network_acl(NetworkAclId=standing.id("network_acls", f"{tier}-network-acl"))
    groups = [
        standing.find("security_groups", f"{name}-security-group") for name in ("training", "services", "endpoints")
    ]
    for group in groups:
        ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=group["IpPermissions"])
    for group in groups[:2]:
        ec2.revoke_security_group_egress(GroupId=group["GroupId"], IpPermissions=group["IpPermissionsEgress"])
    for group in groups:
        ec2.delete_security_group(GroupId=group["GroupId"])
    ec2.delete_vpc(VpcId=standing.vpc)

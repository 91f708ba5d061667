"""Pools of Amazon VPC IPAM, which moto has none of: a test says which there are, and VPCs get blocks from them."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.responses.vpcs import VPCs

from .errors import not_found, refusal
from .patching import wrap
from .settings import settings


@wrap(VPCs)
def create_vpc(original: Callable[..., ActionResult], self: Any) -> ActionResult:
    """Gives a VPC the first free block of the pool that it names.

    https://docs.aws.amazon.com/vpc/latest/ipam/allocate-cidrs-ipam.html;
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html
    """
    parameters = self._get_params()
    pool = parameters.get("Ipv4IpamPoolId")
    if pool is None:
        return original(self)
    if parameters.get("CidrBlock") and parameters.get("Ipv4NetmaskLength"):
        raise refusal("InvalidParameterCombination", why="CidrBlock and Ipv4NetmaskLength exclude each other")
    if pool not in settings.ipam_pools:
        raise not_found("IpamPoolId", pool)
    taken = [ipaddress.IPv4Network(vpc.cidr_block) for vpc in self.ec2_backend.vpcs.values()]
    blocks = ipaddress.IPv4Network(settings.ipam_pools[pool]["cidr"]).subnets(
        new_prefix=int(parameters["Ipv4NetmaskLength"])
    )
    free = (block for block in blocks if not any(block.overlaps(other) for other in taken))
    block = next(free, None)
    if block is None:
        raise refusal("InsufficientCidrBlocks")
    self.params["CidrBlock"] = str(block)
    return original(self)


def describe_ipam_pools(self: Any) -> ActionResult:
    """The pools, by the one filter that anybody here uses.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeIpamPools.html
    """
    wanted = {value for each in self._get_params().get("Filters", []) for value in each["Values"]}
    found = [
        {
            "IpamPoolId": pool,
            "Locale": about.get("locale", self.region),
            "AddressFamily": about.get("family", "ipv4"),
            "State": "create-complete",
        }
        for pool, about in settings.ipam_pools.items()
        if not wanted or pool in wanted
    ]
    return ActionResult({"IpamPools": found})


VPCs.describe_ipam_pools = describe_ipam_pools  # type: ignore[attr-defined]

"""`network.ipam_pool_id`: Amazon VPC IPAM says which block a VPC gets."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest

from harness.asking import ask, plan, pointers, refusal
from harness.faults import Fault
from harness.requests import NAME, create, delete
from harness.standing import Bench

POOL = "ipam-pool-0123456789abcdef0"
OTHER = "ipam-pool-0fedcba9876543210"
SPEC: dict[str, Any] = {"egress": {"endpoints": []}}


def network(pool: str = POOL, length: int = 20) -> dict[str, Any]:
    return SPEC | {"network": {"ipam_pool_id": pool, "prefix_length": length}}


@pytest.fixture
def pools(bench: Bench) -> Bench:
    bench.emulator.configure(
        ipam_pools={
            POOL: {"cidr": "10.200.0.0/19"},
            OTHER: {"cidr": "10.201.0.0/16", "locale": "eu-west-1"},
            "ipam-pool-0123456789abcdef6": {"cidr": "10.202.0.0/16", "family": "ipv6"},
        }
    )
    return bench


def test_the_block_is_the_pools_and_everything_lies_in_it(pools: Bench) -> None:
    answer = ask(pools.function, create(**network()))
    assert answer["exports"]["vpc_cidr"] == "10.200.0.0/20"
    inside = ipaddress.IPv4Network("10.200.0.0/20")
    subnets = pools.account.resources("subnets", {"vpc-id": answer["exports"]["vpc_id"]})
    assert len(subnets) == 4
    assert all(ipaddress.IPv4Network(each["CidrBlock"]).subnet_of(inside) for each in subnets)
    pools.proxy.forget()
    assert ask(pools.function, create(**network()))["changes"] == []
    assert pools.proxy.mutations() == []
    ask(pools.function, delete(), "deleted")
    assert pools.account.leftovers() == []


def test_a_plan_names_everything_though_the_block_is_not_known(pools: Bench) -> None:
    planned = {each["resource"] for each in ask(pools.function, plan(**network()), "deleted")["changes"]}
    made = {each["resource"] for each in ask(pools.function, create(**network()))["changes"]}
    assert planned <= made
    # What a VPC comes with is emptied as a whole where the VPC is still to be made.
    assert all(resource.startswith("default-") for resource in made - planned), made - planned


def test_a_creation_whose_answer_was_lost_is_found_and_not_made_twice(pools: Bench) -> None:
    pools.proxy.inject(Fault.CUT_AFTER, "CreateVpc")
    ask(pools.function, create(**network()))
    assert len(pools.account.vpcs(NAME)) == 1


def test_a_full_pool_is_a_quota_that_is_used_up(pools: Bench) -> None:
    ask(pools.function, create("first-one", **network(length=19)))
    message = refusal(pools.function, create(**network()), "QuotaExceeded")
    assert POOL in message
    ask(pools.function, delete(), "deleted")
    assert pools.account.vpcs(NAME) == []


@pytest.mark.parametrize(
    ("pool", "said"),
    [(OTHER, "eu-west-1"), ("ipam-pool-0123456789abcdef6", "IPv6"), ("ipam-pool-00000000000000000", "no IPAM pool")],
    ids=["of another region", "of IPv6", "that is not there"],
)
def test_a_pool_that_no_vpc_can_be_made_from_is_refused(pools: Bench, pool: str, said: str) -> None:
    message = pools.assert_refused(create(**network(pool)))
    assert pointers(message) == ["/spec/network/ipam_pool_id"] and said in message


def test_what_stands_cannot_move_to_a_pool(pools: Bench) -> None:
    ask(pools.function, create(**SPEC))
    message = pools.assert_refused(create(clock="10:10", **network()), "Conflict")
    assert "/spec/network/ipam_pool_id" in pointers(message) or "/spec/network/prefix_length" in pointers(message)

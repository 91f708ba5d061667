"""Endpoints are exchanged for others where no more of them may stand: those that go count until they are gone."""

from __future__ import annotations

from typing import Any

import pytest

from harness.asking import ask, refusal
from harness.requests import NAME, create, delete
from harness.standing import Bench
from harness.sweeps import SMALL

FORMER, LATTER = ("logs", "sts"), ("kms", "ssm")


def wish(*services: str, clock: str = "10:00") -> dict[str, Any]:
    return create(clock=clock, **SMALL, egress={"endpoints": ["s3", *services]})


def interface_endpoints(bench: Bench) -> dict[str, str]:
    """The IDs of the environment's endpoints that are not on their way out, by service."""
    found = bench.account.resources("endpoints", {"vpc-endpoint-type": "Interface"})
    return {
        each["ServiceName"].rpartition(".")[2]: each["VpcEndpointId"] for each in found if each["State"] != "deleting"
    }


@pytest.fixture
def full(bench: Bench) -> Bench:
    """A VPC that holds as many interface endpoints as it may."""
    bench.emulator.configure(quotas={"interface_endpoints_per_vpc": len(FORMER)})
    ask(bench.function, wish(*FORMER))
    return bench


def test_one_that_is_going_counts(full: Bench) -> None:
    full.emulator.configure(endpoint_seconds=3600.0)
    standing = full.account.resources("endpoints", {"vpc-endpoint-type": "Interface"})[0]
    full.account.ec2.delete_vpc_endpoints(VpcEndpointIds=[standing["VpcEndpointId"]])
    with pytest.raises(full.account.ec2.exceptions.ClientError, match="VpcEndpointLimitExceeded"):
        full.account.ec2.create_vpc_endpoint(
            VpcId=standing["VpcId"],
            ServiceName="com.amazonaws.us-east-1.kms",
            VpcEndpointType="Interface",
            SubnetIds=standing["SubnetIds"],
        )


def test_some_are_exchanged_for_as_many_others(full: Bench) -> None:
    full.emulator.configure(endpoint_seconds=2.0)
    ask(full.function, wish(*LATTER, clock="10:10"))
    assert interface_endpoints(full).keys() == set(LATTER)


def test_those_that_go_already_are_waited_for(full: Bench) -> None:
    full.emulator.configure(endpoint_seconds=2.0)
    full.account.ec2.delete_vpc_endpoints(VpcEndpointIds=list(interface_endpoints(full).values()))
    ask(full.function, wish(*LATTER, clock="10:10"))
    assert interface_endpoints(full).keys() == set(LATTER)


def test_what_is_waited_for_is_named(full: Bench) -> None:
    full.emulator.configure(endpoint_seconds=3600.0)
    going = interface_endpoints(full)["logs"]
    full.account.ec2.delete_vpc_endpoints(VpcEndpointIds=[going])
    answer = ask(full.function, wish(*FORMER, "kms", clock="10:10"), "provisioning", deadline_seconds=8)
    (waiting,) = [each for each in answer["waiting_for"] if each.startswith("endpoint-kms: ")]
    assert f"{going} is deleting" in waiting


def test_where_nothing_goes_it_is_the_quota(full: Bench) -> None:
    message = refusal(full.function, wish(*FORMER, "kms", clock="10:10"), "QuotaExceeded")
    assert "ec2:CreateVpcEndpoint" in message
    ask(full.function, delete(), "deleted")
    assert full.account.leftovers() == []


def test_the_last_gateway_of_a_region_is_exchanged(bench: Bench) -> None:
    bench.emulator.configure(quotas={"gateway_endpoints": 1})
    ask(bench.function, create(**SMALL, egress={"endpoints": ["s3"]}))
    ask(bench.function, create(clock="10:10", **SMALL, egress={"endpoints": ["dynamodb"]}))
    (made,) = bench.account.resources("endpoints", {"tag:Name": f"{NAME}-endpoint-dynamodb"})
    assert made["VpcEndpointType"] == "Gateway"

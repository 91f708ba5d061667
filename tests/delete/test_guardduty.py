"""What GuardDuty puts into every VPC is known, checked and no exposure, and goes with the environment."""

from __future__ import annotations

from typing import Any

import pytest

from harness import guardduty
from harness.asking import ask, describe, refusal
from harness.by_hand import make_group, where
from harness.calls import Call
from harness.requests import delete
from harness.standing import Standing
from harness.sweeps import sweep, untroubled

SUBNET = "services-subnet-us-east-1a"


@pytest.fixture
def watched(standing: Standing) -> Standing:
    """An environment in an account that GuardDuty watches."""
    guardduty.watch(standing.account.ec2, standing.vpc, standing.id("subnets", SUBNET))
    return standing


def check(answer: dict[str, Any]) -> dict[str, Any]:
    (found,) = [each for each in answer["isolation"]["checks"] if each["check"] == "guardduty-contained"]
    return found


def endpoints(standing: Standing) -> list[str]:
    """The endpoints of GuardDuty that are in the VPC."""
    mine = where(vpc_id=standing.vpc, service_name=guardduty.SERVICE)
    found = standing.account.ec2.describe_vpc_endpoints(Filters=mine)["VpcEndpoints"]
    return [each["VpcEndpointId"] for each in found if each["State"] not in {"deleted", "deleting"}]


def test_it_is_no_exposure_and_nothing_to_repair(watched: Standing) -> None:
    watched.proxy.forget()
    again = watched.again()
    assert again["status"] == "ready" and again["changes"] == []
    assert sweep(watched.function) == untroubled(1)
    assert watched.proxy.mutations() == []
    said = ask(watched.function, describe())
    assert said["status"] == "ready" and said["isolation"]["isolated"]
    assert check(said)["holds"] and endpoints(watched)[0] in check(said)["because"]
    assert watched.account.parameters(watched.name)


def test_it_is_exposure_where_the_spec_refuses_it(watched: Standing) -> None:
    wish = watched.later(egress={**watched.wish["spec"]["egress"], "guardduty": "refuse"})
    said = refusal(watched.function, wish, "Exposed")
    assert endpoints(watched)[0] in said and "egress.guardduty" in said
    assert watched.account.parameters(watched.name) == {}
    assert endpoints(watched)


def test_what_only_claims_to_be_guardduty_s_is_exposure(standing: Standing) -> None:
    service = f"com.amazonaws.{guardduty.REGION}.sqs"
    endpoint, _ = guardduty.watch(standing.account.ec2, standing.vpc, standing.id("subnets", SUBNET), service)
    assert endpoint in refusal(standing.function, standing.event, "Exposed")
    assert standing.account.parameters(standing.name) == {}


def test_it_goes_with_the_environment(watched: Standing) -> None:
    said = ask(watched.function, delete(), "deleted")
    gone = {(change["resource"], change["type"]) for change in said["changes"]}
    assert ("guardduty-endpoint", "AWS::EC2::VPCEndpoint") in gone
    assert ("guardduty-security-group", "AWS::EC2::SecurityGroup") in gone
    assert watched.account.leftovers() == []


@pytest.mark.at_once("GuardDuty puts its endpoint back the moment that the one before is gone")
def test_it_goes_again_where_guardduty_puts_it_back_meanwhile(watched: Standing) -> None:
    subnet, ec2 = watched.id("subnets", SUBNET), watched.account.ec2
    (first,) = endpoints(watched)
    back: list[str] = []

    def put_back() -> None:
        back.append(guardduty.watch(ec2, watched.vpc, subnet)[0])

    def of_guardduty(call: Call) -> bool:
        return first.encode() in call.request.body

    watched.proxy.hook("DeleteVpcEndpoints", where=of_guardduty, after=lambda _: put_back())
    ask(watched.function, delete(), "deleted", deadline_seconds=60)
    assert back and back != [first]
    assert watched.account.leftovers() == []


def test_it_stays_while_somebody_else_holds_the_vpc(watched: Standing) -> None:
    """GuardDuty watches whoever is still in there; and it is not named as what stands in the way."""
    stranger = make_group(watched.account.ec2, watched.vpc, "bastion")
    (endpoint,) = endpoints(watched)
    said = refusal(watched.function, delete(), "Blocked")
    assert stranger in said and endpoint not in said and "GuardDuty" not in said
    assert endpoints(watched) == [endpoint]
    watched.account.ec2.delete_security_group(GroupId=stranger)
    ask(watched.function, delete(), "deleted")
    assert watched.account.leftovers() == []

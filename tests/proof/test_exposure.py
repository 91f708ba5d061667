"""An environment that somebody opened is not published any more, until it is closed again."""

from __future__ import annotations

from typing import Any

from harness import words
from harness.asking import ask, describe, refusal
from harness.by_hand import let_time_pass, make_gateway, make_group, ssh_from
from harness.mistakes import everything
from harness.requests import NAME, create
from harness.standing import Bench, Standing


def test_a_way_out_is_closed_and_the_gateway_that_is_not_ours_stays_and_is_named(standing: Standing) -> None:
    ec2 = standing.account.ec2
    gateway = make_gateway(ec2, standing.vpc)
    for name in ("training-route-table", "vpc-defaults"):
        table = standing.id("route_tables", name)
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)

    message = refusal(standing.function, standing.event, "Exposed")
    assert gateway in message
    assert standing.account.parameters(NAME) == {}
    found = standing.snapshot()
    assert len(found["internet_gateways"]) == 1
    assert not [line for line in words.lines(found) if "0.0.0.0/0 <" in line], "the routes are ours, and gone"
    assert ask(standing.function, describe(), "exposed")["exports"] == {}
    assert gateway in refusal(standing.function, standing.event, "Exposed")

    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=standing.vpc)
    ec2.delete_internet_gateway(InternetGatewayId=gateway)
    waiting = ask(standing.function, standing.event, "provisioning", deadline_seconds=4.0)
    assert (waiting["exports"], standing.account.parameters(NAME)) == ({}, {})
    let_time_pass(standing.account, 30)
    assert standing.again()["isolation"]["isolated"]
    standing.assert_intact()


def test_a_group_of_somebody_elses_that_admits_the_world_is_exposure(standing: Standing) -> None:
    ec2 = standing.account.ec2
    group = make_group(ec2, standing.vpc)
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=ssh_from("0.0.0.0/0"))
    assert group in refusal(standing.function, standing.event, "Exposed")
    assert standing.account.parameters(NAME) == {}


def test_a_group_of_somebody_elses_that_lets_everything_out_is_told_and_no_exposure(standing: Standing) -> None:
    """Every group that AWS, a controller or a person makes does, until somebody takes the rule away."""
    ec2 = standing.account.ec2
    group = make_group(ec2, standing.vpc)
    (made,) = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    if not made["IpPermissionsEgress"]:
        ec2.authorize_security_group_egress(GroupId=group, IpPermissions=everything("0.0.0.0/0"))
    published = standing.account.parameters(NAME)
    answer = standing.again()
    assert (answer["status"], answer["changes"]) == ("ready", [])
    assert standing.account.parameters(NAME) == published
    (told,) = [check for check in answer["isolation"]["checks"] if check["check"] == "no-foreign-open-egress"]
    assert (told["required"], told["holds"]) == (False, False) and group in told["because"]

    # With a route out, a packet finds a way by it. The route is mended, the gateway is somebody else's.
    gateway = make_gateway(ec2, standing.vpc)
    table = standing.id("route_tables", "training-route-table")
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    found = {check["check"]: check for check in ask(standing.function, describe(), "exposed")["isolation"]["checks"]}
    assert not found["nothing-reaches-out"]["holds"] and group in found["nothing-reaches-out"]["because"]


def test_a_group_of_ours_that_lets_everything_out_is_mended(standing: Standing) -> None:
    ec2 = standing.account.ec2
    group = standing.id("security_groups", "endpoints-security-group")
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=everything("0.0.0.0/0"))
    found = {check["check"]: check for check in ask(standing.function, describe(), "exposed")["isolation"]["checks"]}
    assert not found["no-open-group"]["holds"] and group in found["no-open-group"]["because"]
    assert found["no-foreign-open-egress"]["holds"]
    assert standing.again()["isolation"]["isolated"]
    standing.assert_intact()


def test_what_was_never_proved_was_never_published(bench: Bench) -> None:
    """Somebody opens the VPC while it is made."""

    def open_up(call: Any) -> None:
        make_gateway(bench.account.ec2, call.created[0])

    bench.proxy.hook("CreateVpc", after=open_up)
    refusal(bench.function, create(), "Exposed")
    assert bench.account.parameters(NAME) == {}
    assert bench.proxy.calls("PutParameter") == []

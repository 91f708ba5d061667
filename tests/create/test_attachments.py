"""`access.attachments`: what others may attach to the VPC, and where its routes may then lead."""

from __future__ import annotations

from typing import Any

from harness.asking import ask, describe, refusal
from harness.by_hand import make_vpc
from harness.requests import NAME, create, delete
from harness.standing import Bench

OFFICE = "192.168.0.0/16"
SPEC: dict[str, Any] = {"egress": {"endpoints": []}, "network": {"cidr": "10.42.0.0/16", "availability_zones": 1}}


def access(*attachments: str, ssh_from: str = OFFICE) -> dict[str, Any]:
    return {"access": {"ssh_from": [ssh_from], "attachments": list(attachments)}}


def peer_with_office(bench: Bench, vpc: str) -> str:
    office = make_vpc(bench.account.ec2, OFFICE)
    peering = bench.account.ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=office)
    peering_id = str(peering["VpcPeeringConnection"]["VpcPeeringConnectionId"])
    bench.account.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering_id)
    return peering_id


def training_table(bench: Bench) -> str:
    named = [{"Name": "tag:Name", "Values": [f"{NAME}-training-route-table"]}]
    (table,) = bench.account.ec2.describe_route_tables(Filters=named)["RouteTables"]
    return str(table["RouteTableId"])


def routes(bench: Bench) -> set[str]:
    (table,) = bench.account.ec2.describe_route_tables(RouteTableIds=[training_table(bench)])["RouteTables"]
    return {route["DestinationCidrBlock"] for route in table["Routes"]}


def holds(answer: dict[str, Any], name: str) -> tuple[bool, str]:
    (check,) = [check for check in answer["isolation"]["checks"] if check["check"] == name]
    return check["holds"], check["because"]


def test_what_the_spec_names_may_be_attached_and_routed_to_where_ssh_comes_from(bench: Bench) -> None:
    vpc = ask(bench.function, create(**SPEC, **access()))["exports"]["vpc_id"]
    peering = peer_with_office(bench, vpc)
    assert peering in refusal(bench.function, create(**SPEC, **access()), "Exposed")

    ask(bench.function, create(clock="10:10", **SPEC, **access(peering)))
    bench.account.ec2.create_route(
        RouteTableId=training_table(bench), DestinationCidrBlock="192.168.7.0/24", VpcPeeringConnectionId=peering
    )
    bench.proxy.forget()
    answer = ask(bench.function, create(clock="10:10", **SPEC, **access(peering)))
    assert (answer["changes"], bench.proxy.mutations()) == ([], [])
    assert routes(bench) == {"10.42.0.0/16", "192.168.7.0/24"}
    described = ask(bench.function, describe())
    assert holds(described, "no-gateway")[0] and peering in holds(described, "no-gateway")[1]
    assert holds(described, "no-route-out")[0]


def test_a_route_through_it_to_anywhere_else_goes(bench: Bench) -> None:
    vpc = ask(bench.function, create(**SPEC, **access()))["exports"]["vpc_id"]
    peering = peer_with_office(bench, vpc)
    ask(bench.function, create(clock="10:10", **SPEC, **access(peering)))
    for wide in ("192.0.0.0/8", "172.16.0.0/12"):
        bench.account.ec2.create_route(
            RouteTableId=training_table(bench), DestinationCidrBlock=wide, VpcPeeringConnectionId=peering
        )
    described = ask(bench.function, describe(), "exposed")
    held, because = holds(described, "no-route-out")
    assert not held and "192.0.0.0/8" in because and "access.ssh_from does not name" in because
    answer = ask(bench.function, create(clock="10:10", **SPEC, **access(peering)))
    assert {change["resource"] for change in answer["changes"]} >= {
        "training-route-table/192.0.0.0/8",
        "training-route-table/172.16.0.0/12",
    }
    assert routes(bench) == {"10.42.0.0/16"}


def test_a_transit_gateway_may_be_named_by_itself_or_by_its_attachment(bench: Bench) -> None:
    exports = ask(bench.function, create(**SPEC, **access()))["exports"]
    ec2 = bench.account.ec2
    transit = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    attached = ec2.create_transit_gateway_vpc_attachment(
        TransitGatewayId=transit, VpcId=exports["vpc_id"], SubnetIds=[exports["training_subnet_id"]]
    )
    attachment = attached["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]
    ec2.create_route(RouteTableId=training_table(bench), DestinationCidrBlock=OFFICE, TransitGatewayId=transit)
    for minute, named in enumerate((transit, attachment), start=10):
        ask(bench.function, create(clock=f"10:{minute}", **SPEC, **access(named)))
        assert routes(bench) == {"10.42.0.0/16", OFFICE}, named
    assert attachment in refusal(bench.function, create(clock="10:20", **SPEC, **access()), "Exposed")
    assert routes(bench) == {"10.42.0.0/16"}


def test_what_others_attached_stands_in_the_way_of_a_delete_and_is_named(bench: Bench) -> None:
    vpc = ask(bench.function, create(**SPEC, **access()))["exports"]["vpc_id"]
    gateway = bench.account.ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    bench.account.ec2.attach_vpn_gateway(VpcId=vpc, VpnGatewayId=gateway)
    ask(bench.function, create(clock="10:10", **SPEC, **access(gateway)))
    assert gateway in refusal(bench.function, delete(), "Blocked", deadline_seconds=8)
    bench.account.ec2.detach_vpn_gateway(VpcId=vpc, VpnGatewayId=gateway)
    ask(bench.function, delete(), "deleted")
    assert bench.account.vpcs(NAME) == []

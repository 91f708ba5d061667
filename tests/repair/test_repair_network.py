"""Somebody alters the network by hand: the next `create` restores it."""

from __future__ import annotations

from typing import Any

from harness.by_hand import entry
from harness.drift import Drift, Drifts, assert_repaired
from harness.standing import Standing

drifts = Drifts()
WORLD = "0.0.0.0/0"


# The VPC and its subnets


@drifts.add
def dns_hostnames_off(standing: Standing) -> None:
    standing.account.ec2.modify_vpc_attribute(VpcId=standing.vpc, EnableDnsHostnames={"Value": False})


@drifts.add
def dns_support_off(standing: Standing) -> None:
    standing.account.ec2.modify_vpc_attribute(VpcId=standing.vpc, EnableDnsSupport={"Value": False})


@drifts.add
def public_addresses_on(standing: Standing) -> None:
    subnet = standing.id("subnets", "training-subnet-us-east-1a")
    standing.account.ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})


@drifts.add
def subnet_deleted(standing: Standing) -> None:
    standing.account.ec2.delete_subnet(SubnetId=standing.id("subnets", "training-subnet-us-east-1b"))


@drifts.add
def subnets_of_a_tier_deleted(standing: Standing) -> None:
    for zone in ("us-east-1a", "us-east-1b"):
        standing.account.ec2.delete_subnet(SubnetId=standing.id("subnets", f"training-subnet-{zone}"))


# Route tables


def association(table: dict[str, Any]) -> str:
    """The ID of a table's first association."""
    return str(table["Associations"][0]["RouteTableAssociationId"])


@drifts.add
def subnet_taken_from_its_route_table(standing: Standing) -> None:
    table = standing.find("route_tables", "training-route-table")
    standing.account.ec2.disassociate_route_table(AssociationId=association(table))


@drifts.add
def subnet_given_to_another_tiers_route_table(standing: Standing) -> None:
    table, other = (standing.find("route_tables", f"{tier}-route-table") for tier in ("training", "services"))
    standing.account.ec2.replace_route_table_association(
        AssociationId=association(table), RouteTableId=other["RouteTableId"]
    )


@drifts.add
def subnets_given_to_one_route_table(standing: Standing) -> None:
    table, other = (standing.find("route_tables", f"{tier}-route-table") for tier in ("training", "services"))
    for each in table["Associations"]:
        standing.account.ec2.replace_route_table_association(
            AssociationId=each["RouteTableAssociationId"], RouteTableId=other["RouteTableId"]
        )


@drifts.add
def route_table_deleted(standing: Standing) -> None:
    table = standing.find("route_tables", "services-route-table")
    for each in table["Associations"]:
        standing.account.ec2.disassociate_route_table(AssociationId=each["RouteTableAssociationId"])
    standing.account.ec2.delete_route_table(RouteTableId=table["RouteTableId"])


# Network ACLs


@drifts.add
def acl_entry_removed(standing: Standing) -> None:
    acl = standing.id("network_acls", "training-network-acl")
    standing.account.ec2.delete_network_acl_entry(NetworkAclId=acl, RuleNumber=200, Egress=False)


@drifts.add
def acl_entry_changed(standing: Standing) -> None:
    acl = standing.id("network_acls", "services-network-acl")
    standing.account.ec2.replace_network_acl_entry(**entry(acl, 300) | {"CidrBlock": WORLD})


@drifts.add
def acl_entry_turned_into_a_denial(standing: Standing) -> None:
    acl = standing.id("network_acls", "training-network-acl")
    denial = {"Protocol": "-1", "RuleAction": "deny", "CidrBlock": "10.42.0.0/16"}
    standing.account.ec2.replace_network_acl_entry(NetworkAclId=acl, RuleNumber=100, Egress=True, **denial)


@drifts.add
def acl_entry_added(standing: Standing) -> None:
    acl = standing.id("network_acls", "training-network-acl")
    standing.account.ec2.create_network_acl_entry(**entry(acl, 50) | {"CidrBlock": WORLD})


@drifts.add
def default_acl_filled(standing: Standing) -> None:
    acl = standing.id("network_acls", "vpc-defaults")
    for egress in (False, True):
        standing.account.ec2.create_network_acl_entry(**entry(acl, 100, egress))


@drifts.add
def subnet_given_to_the_default_acl(standing: Standing) -> None:
    acl, default = (standing.find("network_acls", name) for name in ("training-network-acl", "vpc-defaults"))
    standing.account.ec2.replace_network_acl_association(
        AssociationId=acl["Associations"][0]["NetworkAclAssociationId"], NetworkAclId=default["NetworkAclId"]
    )


@drifts.add
def subnets_given_to_one_acl(standing: Standing) -> None:
    acl, other = (standing.find("network_acls", f"{tier}-network-acl") for tier in ("training", "services"))
    for each in acl["Associations"]:
        standing.account.ec2.replace_network_acl_association(
            AssociationId=each["NetworkAclAssociationId"], NetworkAclId=other["NetworkAclId"]
        )


@drifts.add
def acl_deleted(standing: Standing) -> None:
    acl, default = (standing.find("network_acls", name) for name in ("services-network-acl", "vpc-defaults"))
    for each in acl["Associations"]:
        standing.account.ec2.replace_network_acl_association(
            AssociationId=each["NetworkAclAssociationId"], NetworkAclId=default["NetworkAclId"]
        )
    standing.account.ec2.delete_network_acl(NetworkAclId=acl["NetworkAclId"])


@drifts.each()
def test_it_is_restored(standing: Standing, drift: Drift) -> None:
    assert_repaired(standing, drift)

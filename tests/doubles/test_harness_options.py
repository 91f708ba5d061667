"""What the emulator refuses of the kinds that moto has not, as AWS refuses it."""

from __future__ import annotations

from typing import Any

import pytest

from harness.account import Account
from harness.by_hand import make_group, make_subnet, make_vpc, refused
from harness.emulator import Emulator


@pytest.fixture
def resolver(account: Account) -> Any:
    return account.resolver


def make_list(resolver: Any, token: str = "list") -> str:
    made = resolver.create_firewall_domain_list(CreatorRequestId=token, Name="names")
    return str(made["FirewallDomainList"]["Id"])


def make_rule_group(resolver: Any) -> str:
    made = resolver.create_firewall_rule_group(CreatorRequestId="group", Name="rules")
    return str(made["FirewallRuleGroup"]["Id"])


def make_rule(resolver: Any, group: str, domains: str, token: str = "rule", priority: int = 1) -> None:
    resolver.create_firewall_rule(
        CreatorRequestId=token,
        FirewallRuleGroupId=group,
        FirewallDomainListId=domains,
        Priority=priority,
        Action="ALLOW",
        Name="rule",
    )


def test_a_placement_group_has_a_name_of_its_own(ec2: Any) -> None:
    ec2.create_placement_group(GroupName="one", Strategy="cluster")
    with refused("InvalidPlacementGroup.Duplicate"):
        ec2.create_placement_group(GroupName="one", Strategy="cluster")
    with refused("InvalidPlacementGroup.Unknown"):
        ec2.delete_placement_group(GroupName="other")
    with refused("InvalidParameterValue"):
        ec2.describe_placement_groups(Filters=[{"Name": "colour", "Values": ["red"]}])


def test_a_vpc_has_one_instance_connect_endpoint_that_holds_subnet_and_group(ec2: Any, emulator: Emulator) -> None:
    vpc = make_vpc(ec2)
    subnet, group = make_subnet(ec2, vpc), make_group(ec2, vpc)
    made = ec2.create_instance_connect_endpoint(SubnetId=subnet, SecurityGroupIds=[group], ClientToken="one")
    again = ec2.create_instance_connect_endpoint(SubnetId=subnet, SecurityGroupIds=[group], ClientToken="one")
    door = {"InstanceConnectEndpointId": made["InstanceConnectEndpoint"]["InstanceConnectEndpointId"]}
    assert again["InstanceConnectEndpoint"]["InstanceConnectEndpointId"] == door["InstanceConnectEndpointId"]
    with refused("InstanceConnectEndpointLimitExceeded"):
        ec2.create_instance_connect_endpoint(SubnetId=subnet, ClientToken="two")
    with refused("DependencyViolation"):
        ec2.delete_subnet(SubnetId=subnet)
    with refused("DependencyViolation"):
        ec2.delete_security_group(GroupId=group)
    emulator.configure(endpoint_seconds=60)
    ec2.delete_instance_connect_endpoint(**door)
    with refused("IncorrectState"):
        ec2.delete_instance_connect_endpoint(**door)


def test_the_same_token_makes_one_list_and_another_request_is_refused(resolver: Any) -> None:
    assert make_list(resolver) == make_list(resolver)
    with refused("ValidationException"):
        resolver.create_firewall_domain_list(CreatorRequestId="list", Name="other")


def test_what_is_in_use_stays(resolver: Any, ec2: Any) -> None:
    domains, group = make_list(resolver), make_rule_group(resolver)
    make_rule(resolver, group, domains)
    with refused("ConflictException"):
        resolver.delete_firewall_domain_list(FirewallDomainListId=domains)
    with refused("ConflictException"):
        resolver.delete_firewall_rule_group(FirewallRuleGroupId=group)
    vpc = make_vpc(ec2)
    placed = {"FirewallRuleGroupId": group, "VpcId": vpc, "Priority": 101, "Name": "it"}
    made = resolver.associate_firewall_rule_group(CreatorRequestId="one", **placed)
    with refused("ConflictException"):
        resolver.associate_firewall_rule_group(CreatorRequestId="two", **placed)
    association = {"FirewallRuleGroupAssociationId": made["FirewallRuleGroupAssociation"]["Id"]}
    resolver.update_firewall_rule_group_association(**association, MutationProtection="ENABLED")
    with refused("ConflictException"):
        resolver.disassociate_firewall_rule_group(**association)


def test_two_rules_have_neither_one_list_nor_one_priority(resolver: Any) -> None:
    group, one, other = make_rule_group(resolver), make_list(resolver), make_list(resolver, "other")
    make_rule(resolver, group, one)
    with refused("ValidationException"):
        make_rule(resolver, group, one, "again", 2)
    with refused("ValidationException"):
        make_rule(resolver, group, other, "other")


def test_what_is_not_there_is_not_found(resolver: Any) -> None:
    with refused("ResourceNotFoundException"):
        resolver.list_firewall_domains(FirewallDomainListId="rslvr-fdl-0")
    with refused("ResourceNotFoundException"):
        resolver.get_firewall_config(ResourceId="vpc-0")

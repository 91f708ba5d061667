"""Somebody alters what options add by hand: the next `create`, and the next sweep, restores it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from harness.drift import Drift, Drifts, assert_repaired
from harness.requests import NAME, create
from harness.standing import Standing
from harness.sweeps import changed, sweep

drifts = Drifts()


@pytest.fixture(scope="module")
def wish() -> dict[str, Any]:
    return create(
        network={"cidr": "10.42.0.0/16"},
        access={"instance_connect": True},
        egress={"endpoints": ["s3"], "allow_domains": ["pypi.org"]},
        training={"cluster": True},
    )


# The placement group and the endpoint


@drifts.add
def placement_group_deleted(standing: Standing) -> None:
    standing.account.ec2.delete_placement_group(GroupName=f"{NAME}-training-placement-group")


def door(standing: Standing) -> str:
    return standing.id("instance_connect_endpoints", "instance-connect-endpoint")


@drifts.add
def instance_connect_endpoint_given_another_group(standing: Standing) -> None:
    other = standing.id("security_groups", "vpc-defaults")
    standing.account.ec2.modify_instance_connect_endpoint(
        InstanceConnectEndpointId=door(standing), SecurityGroupIds=[other]
    )


@drifts.add
def instance_connect_endpoint_untagged(standing: Standing) -> None:
    standing.account.ec2.delete_tags(Resources=[door(standing)], Tags=[{"Key": "Name"}])


@drifts.add
def placement_group_untagged(standing: Standing) -> None:
    (group,) = standing.account.list_placement_groups()
    standing.account.ec2.delete_tags(Resources=[group["GroupId"]], Tags=[{"Key": "Name"}])


@drifts.add
def client_addresses_shown(standing: Standing) -> None:
    standing.account.ec2.modify_instance_connect_endpoint(
        InstanceConnectEndpointId=door(standing), PreserveClientIp=True
    )


@drifts.add
def group_of_the_instance_connect_endpoint_opened(standing: Standing) -> None:
    everywhere = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    standing.account.ec2.authorize_security_group_egress(
        GroupId=standing.id("security_groups", "instance-connect-security-group"), IpPermissions=everywhere
    )


@drifts.add
def options_untagged(standing: Standing) -> None:
    standing.account.ec2.delete_tags(Resources=[standing.vpc], Tags=[{"Key": "ringfence:options"}])


# DNS


def part(standing: Standing, kind: str, label: str) -> dict[str, Any]:
    """A list, a rule group or an association, by its name after the environment's."""
    found = getattr(standing.account.resolver, f"list_firewall_{kind}")()
    (items,) = [value for name, value in found.items() if name.startswith("Firewall")]
    (item,) = [each for each in items if each["Name"] == f"{NAME}-{label}"]
    return dict(item)


def rule(standing: Standing, label: str) -> dict[str, str]:
    """The arguments that name the rule about a list."""
    return {
        "FirewallRuleGroupId": part(standing, "rule_groups", "dns-firewall")["Id"],
        "FirewallDomainListId": part(standing, "domain_lists", label)["Id"],
    }


@drifts.add
def block_rule_deleted(standing: Standing) -> None:
    standing.account.resolver.delete_firewall_rule(**rule(standing, "blocked-domains"))


@drifts.add
def block_rule_lets_pass(standing: Standing) -> None:
    standing.account.resolver.update_firewall_rule(**rule(standing, "blocked-domains"), Action="ALERT")


@drifts.add
def block_rule_put_first(standing: Standing) -> None:
    standing.account.resolver.update_firewall_rule(**rule(standing, "blocked-domains"), Priority=50)


@drifts.add
def redirections_inspected(standing: Standing) -> None:
    standing.account.resolver.update_firewall_rule(
        **rule(standing, "allowed-domains"), FirewallDomainRedirectionAction="INSPECT_REDIRECTION_DOMAIN"
    )


@drifts.add
def rule_for_one_type_of_query_added(standing: Standing) -> None:
    standing.account.resolver.create_firewall_rule(
        **rule(standing, "blocked-domains"),
        CreatorRequestId=str(uuid.uuid4()),
        Name="by-hand",
        Priority=10,
        Action="ALLOW",
        Qtype="TXT",
    )


@drifts.add
def domain_added(standing: Standing) -> None:
    allowed = part(standing, "domain_lists", "allowed-domains")["Id"]
    standing.account.resolver.update_firewall_domains(
        FirewallDomainListId=allowed, Operation="ADD", Domains=["*.example.net"]
    )


@drifts.add
def block_list_narrowed(standing: Standing) -> None:
    blocked = part(standing, "domain_lists", "blocked-domains")["Id"]
    standing.account.resolver.update_firewall_domains(
        FirewallDomainListId=blocked, Operation="REPLACE", Domains=["example.net"]
    )


@drifts.add
def fail_open_switched_on(standing: Standing) -> None:
    standing.account.resolver.update_firewall_config(ResourceId=standing.vpc, FirewallFailOpen="ENABLED")


@drifts.add
def association_removed(standing: Standing) -> None:
    association = part(standing, "rule_group_associations", "dns-firewall")["Id"]
    standing.account.resolver.disassociate_firewall_rule_group(FirewallRuleGroupAssociationId=association)


@drifts.add
def association_protected(standing: Standing) -> None:
    association = part(standing, "rule_group_associations", "dns-firewall")["Id"]
    standing.account.resolver.update_firewall_rule_group_association(
        FirewallRuleGroupAssociationId=association, MutationProtection="ENABLED"
    )


@drifts.add
def firewall_removed(standing: Standing) -> None:
    association_removed(standing)
    for label in ("allowed-domains", "blocked-domains"):
        standing.account.resolver.delete_firewall_rule(**rule(standing, label))
    group = part(standing, "rule_groups", "dns-firewall")["Id"]
    standing.account.resolver.delete_firewall_rule_group(FirewallRuleGroupId=group)
    for label in ("allowed-domains", "blocked-domains"):
        found = part(standing, "domain_lists", label)["Id"]
        standing.account.resolver.delete_firewall_domain_list(FirewallDomainListId=found)


@pytest.mark.at_once("what somebody removes is gone at once, and the next step can be taken")
@drifts.each()
def test_it_is_restored(standing: Standing, drift: Drift) -> None:
    assert_repaired(standing, drift)


@pytest.mark.at_once("where a DNS Firewall takes its time to come back, exports are withdrawn meanwhile and rest")
@drifts.each()
def test_the_next_sweep_restores_it(standing: Standing, drift: Drift) -> None:
    drift(standing)
    answer = sweep(standing.function)
    assert (changed(answer), answer["failed"]) == ({NAME}, [])
    standing.assert_intact()


def test_an_endpoint_that_is_gone_is_made_anew(standing: Standing) -> None:
    """Its ID is published, so that more than itself changes."""
    before = door(standing)
    standing.account.ec2.delete_instance_connect_endpoint(InstanceConnectEndpointId=before)
    assert standing.again()["exports"]["instance_connect_endpoint_id"] == door(standing) != before
    assert standing.account.parameters(NAME)["instance_connect_endpoint_id"] == door(standing)


@pytest.mark.parametrize(
    ("kind", "label"),
    [("domain_lists", "allowed-domains"), ("domain_lists", "blocked-domains"), ("rule_groups", "dns-firewall")],
)
def test_the_tags_of_a_firewall_come_back(standing: Standing, kind: str, label: str) -> None:
    def untag(standing: Standing) -> None:
        arn = part(standing, kind, label)["Arn"]
        standing.account.resolver.untag_resource(ResourceArn=arn, TagKeys=["Name"])

    assert_repaired(standing, untag)

"""Rules of groups that must go, whatever they say: AWS takes back all of a call or none, and just what it is told."""

from __future__ import annotations

from typing import Any

import pytest

from harness import answers
from harness.asking import ask, describe
from harness.by_hand import all_from, make_group, refused, ssh_from, where
from harness.calls import Call
from harness.requests import create, delete
from harness.standing import Standing
from harness.sweeps import SMALL, sweep, untroubled

WORLD = "0.0.0.0/0"
THEIR_ACCOUNT = "210987654321"
PING = {"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1, "IpRanges": [{"CidrIp": WORLD}]}
EVERYTHING_OUT = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": WORLD}]}]
OF_EVERY_KIND: list[dict[str, Any]] = [
    PING,
    {"IpProtocol": "icmp", "FromPort": 3, "ToPort": 4, "IpRanges": [{"CidrIp": WORLD, "Description": "path MTU"}]},
    {"IpProtocol": "icmpv6", "FromPort": 128, "ToPort": 0, "Ipv6Ranges": [{"CidrIpv6": "::/0"}]},
    {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 9, "Ipv6Ranges": [{"CidrIpv6": "2001:db8::/32"}]},
    {"IpProtocol": "udp", "FromPort": 53, "ToPort": 53, "IpRanges": [{"CidrIp": "192.0.2.0/24"}]},
    {"IpProtocol": "50", "FromPort": -1, "ToPort": -1, "IpRanges": [{"CidrIp": WORLD}]},
    {
        "IpProtocol": "tcp",
        "FromPort": 443,
        "ToPort": 443,
        "UserIdGroupPairs": [{"GroupId": "sg-0123456789abcdef0", "UserId": THEIR_ACCOUNT}],
    },
]


@pytest.fixture(scope="module")
def wish() -> dict[str, Any]:
    return create(**SMALL)


def rules(standing: Standing, group: str) -> set[str]:
    """The IDs of a group's rules, as AWS tells them."""
    found = standing.account.ec2.describe_security_group_rules(Filters=where(group_id=group))
    return {rule["SecurityGroupRuleId"] for rule in found["SecurityGroupRules"]}


def default_group(standing: Standing) -> str:
    found = standing.account.ec2.describe_security_groups(Filters=where(vpc_id=standing.vpc, group_name="default"))
    return str(found["SecurityGroups"][0]["GroupId"])


def test_one_sweep_closes_what_somebody_opened(standing: Standing) -> None:
    group = standing.exports["training_sg_id"]
    before = rules(standing, group)
    standing.account.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[PING, *ssh_from(WORLD)])
    swept = sweep(standing.function)
    assert rules(standing, group) == before
    assert swept["failed"] == []
    assert ask(standing.function, describe())["isolation"]["isolated"]
    assert sweep(standing.function) == untroubled(1)
    standing.assert_intact()


@pytest.mark.parametrize("label", ["training", "default"])
def test_rules_of_every_kind_go_at_once(standing: Standing, label: str) -> None:
    ec2 = standing.account.ec2
    group = standing.exports["training_sg_id"] if label == "training" else default_group(standing)
    other = make_group(ec2, standing.vpc)
    ec2.revoke_security_group_egress(GroupId=other, IpPermissions=EVERYTHING_OUT)
    added = [*OF_EVERY_KIND, *all_from(other)]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=added)
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=added)
    standing.proxy.forget()
    standing.again()
    ec2.delete_security_group(GroupId=other)
    standing.assert_intact()
    revoked = standing.proxy.calls(where=lambda call: call.action.startswith("RevokeSecurityGroup"))
    assert len(revoked) == 2


def test_a_rule_that_goes_meanwhile_keeps_no_other(standing: Standing) -> None:
    """Between the look-up of the IDs and the call that names them, somebody else takes one of the rules away."""
    ec2, group = standing.account.ec2, standing.exports["training_sg_id"]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[PING, *ssh_from(WORLD)])

    def take_one(_: Call) -> None:
        ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[PING])

    standing.proxy.hook("RevokeSecurityGroupIngress", before=take_one)
    standing.again()
    standing.assert_intact()


def test_rules_that_do_not_show_among_their_ids_go_all_the_same(standing: Standing) -> None:
    """The look-up of the IDs is behind: the rules are named by what they say."""
    ec2, group = standing.account.ec2, standing.exports["training_sg_id"]
    standing.emulator.configure(history_seconds=60.0)
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[PING, *ssh_from(WORLD)])
    standing.proxy.stale(30.0, "DescribeSecurityGroupRules")
    standing.again()
    standing.assert_intact()


def test_a_default_group_that_names_ours_keeps_it_from_going_no_longer(standing: Standing) -> None:
    standing.account.ec2.authorize_security_group_ingress(
        GroupId=default_group(standing), IpPermissions=all_from(standing.exports["training_sg_id"])
    )
    ask(standing.function, delete(), "deleted")
    assert standing.account.leftovers() == []


def test_that_a_rule_was_not_found_is_looked_after(standing: Standing) -> None:
    """The rule that a new group comes with is named by what it says. AWS does not find it so, and there it is."""
    ask(standing.function, delete(), "deleted")
    standing.proxy.reply(
        lambda service: answers.error(service, 400, "InvalidPermission.NotFound", "The specified rule does not exist."),
        "RevokeSecurityGroupEgress",
        times=1,
    )
    made = ask(standing.function, create(clock="12:00", **SMALL))
    found = standing.account.ec2.describe_security_groups(Filters=where(vpc_id=made["exports"]["vpc_id"]))
    out = [rule for group in found["SecurityGroups"] for rule in group["IpPermissionsEgress"]]
    assert out
    assert not [cidr for rule in out for cidr in rule["IpRanges"]]


def test_a_group_of_somebody_else_and_ours_do_not_hold_each_other(standing: Standing) -> None:
    """A load balancer's group and the training group name each other. Whoever owns the first cannot delete it while a
    rule of ours names it, and while it is there the VPC cannot go."""
    ec2, training = standing.account.ec2, standing.exports["training_sg_id"]
    balancer = make_group(ec2, standing.vpc, name="k8s-elb")
    ec2.authorize_security_group_egress(GroupId=balancer, IpPermissions=all_from(training))
    ec2.authorize_security_group_ingress(GroupId=training, IpPermissions=all_from(balancer))
    ec2.authorize_security_group_ingress(GroupId=default_group(standing), IpPermissions=all_from(balancer))
    with refused("DependencyViolation"):
        ec2.delete_security_group(GroupId=balancer)
    answer = standing.function.invoke(delete())
    assert answer.error_type == "Blocked"
    assert balancer in str(answer.error_message)
    kept = standing.account.ec2.describe_security_groups(GroupIds=[training])["SecurityGroups"][0]
    assert kept["IpPermissions"], "only what names the group of somebody else goes"
    ec2.delete_security_group(GroupId=balancer)
    ask(standing.function, delete(), "deleted")
    assert standing.account.leftovers() == []

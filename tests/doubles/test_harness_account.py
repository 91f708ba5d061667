"""Snapshots are equal for equal environments, differ for any difference, and leftovers see whatever is left."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.account import Account

ENVIRONMENTS = ("fraud-v3", "vision-eu")
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}],
}


def tag(environment: str, name: str) -> list[dict[str, str]]:
    return [{"Key": "ringfence:environment", "Value": environment}, {"Key": "Name", "Value": f"{environment}-{name}"}]


def tagged(environment: str, kind: str) -> dict[str, Any]:
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": tag(environment, kind)}]}


def build(account: Account, environment: str) -> str:
    """A small environment by hand; gives the ID of its group."""
    ec2, iam = account.ec2, account.iam
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", **tagged(environment, "vpc"))["Vpc"]["VpcId"]
    ec2.create_subnet(
        VpcId=vpc, CidrBlock="10.0.0.0/24", AvailabilityZone="us-east-1a", **tagged(environment, "subnet")
    )
    group = ec2.create_security_group(
        VpcId=vpc, GroupName=f"{environment}-training", Description="training", **tagged(environment, "security-group")
    )["GroupId"]
    ec2.authorize_security_group_ingress(
        GroupId=group, IpPermissions=[{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}]
    )
    role = {"RoleName": f"{environment}-training"}
    iam.create_role(**role, AssumeRolePolicyDocument=json.dumps(TRUST), Tags=tag(environment, "role"))
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "s3:GetObject",
                "Resource": "arn:aws:s3:::data/*",
                "Condition": {"StringEquals": {"aws:SourceVpc": vpc}},
            }
        ],
    }
    iam.put_role_policy(**role, PolicyName="data", PolicyDocument=json.dumps(policy))
    account.ssm.put_parameter(
        Name=f"/ringfence/{environment}/vpc_id", Value=vpc, Type="String", Tags=tag(environment, "vpc_id")
    )
    return group


def test_equal_environments_have_equal_snapshots_and_nothing_of_each_other(account: Account) -> None:
    for environment in ENVIRONMENTS:
        build(account, environment)
    one, other = (account.snapshot(environment) for environment in ENVIRONMENTS)
    assert one == other
    assert [len(one[kind]) for kind in ("vpcs", "subnets", "security_groups", "roles", "parameters")] == [1, 1, 2, 1, 1]
    assert account.parameters("fraud-v3") == {"vpc_id": account.vpcs("fraud-v3")[0]}


def test_a_snapshot_is_whole(account: Account) -> None:
    build(account, "fraud-v3")
    told = json.dumps(account.snapshot("fraud-v3"))
    for part in (
        "EnableDnsHostnames",
        "aws:SourceVpc",
        "s3:GetObject",
        "sts:AssumeRole",
        "<vpcs <environment>-vpc>",
        "32767",
    ):
        assert part in told, part
    assert account.vpcs("fraud-v3")[0] not in told


@pytest.mark.parametrize("drift", ["rule", "entry", "tag", "policy", "parameter", "attribute", "twin"])
def test_any_difference_shows(account: Account, drift: str) -> None:
    group = build(account, "fraud-v3")
    before = account.snapshot("fraud-v3")
    assert account.snapshot("fraud-v3") == before
    vpc = account.vpcs("fraud-v3")[0]
    acl = account.resources("network_acls", {"vpc-id": vpc})[0]["NetworkAclId"]
    changes = {
        "rule": lambda: account.ec2.revoke_security_group_ingress(
            GroupId=group, IpPermissions=[{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}]
        ),
        "entry": lambda: account.ec2.delete_network_acl_entry(NetworkAclId=acl, RuleNumber=100, Egress=True),
        "tag": lambda: account.ec2.create_tags(Resources=[group], Tags=[{"Key": "team", "Value": "ml"}]),
        "policy": lambda: account.iam.delete_role_policy(RoleName="fraud-v3-training", PolicyName="data"),
        "parameter": lambda: account.ssm.put_parameter(Name="/ringfence/fraud-v3/vpc_id", Value="vpc", Overwrite=True),
        "attribute": lambda: account.ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True}),
        "twin": lambda: account.ec2.create_vpc(CidrBlock="10.0.0.0/16", **tagged("fraud-v3", "vpc")),
    }
    changes[drift]()
    assert account.snapshot("fraud-v3") != before


def test_leftovers_are_what_is_not_awss_own(account: Account) -> None:
    assert account.leftovers() == []
    build(account, "fraud-v3")
    account.logs.create_log_group(logGroupName="/ringfence/fraud-v3/flow")
    kinds = [each.split()[0] for each in account.leftovers()]
    assert kinds == [
        "log_groups",
        "network_acls",
        "parameters",
        "roles",
        "route_tables",
        "security_groups",
        "security_groups",
        "subnets",
        "vpcs",
    ]


def test_records_are_read_as_plain_values(account: Account) -> None:
    item = {"kind": {"S": "environment"}, "name": {"S": "fraud-v3"}, "generation": {"N": "3"}}
    account.dynamodb.put_item(TableName=account.table, Item=item)
    assert account.records() == [{"kind": "environment", "name": "fraud-v3", "generation": 3}]

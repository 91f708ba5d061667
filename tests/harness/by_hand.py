"""AWS by hand: what tests make past the function, each in one line.

The fixtures for these clients are in `conftest.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .account import Account
from .emulator import ACCOUNT, REGION, Emulator


@contextmanager
def refused(code: str) -> Iterator[None]:
    """The call inside must fail with this code."""
    with pytest.raises(ClientError) as caught:
        yield
    assert caught.value.response["Error"]["Code"] == code


def make_vpc(ec2: Any, cidr: str = "10.0.0.0/16", tags: dict[str, str] | None = None) -> str:
    return ec2.create_vpc(CidrBlock=cidr, **tagged("vpc", tags))["Vpc"]["VpcId"]


def make_subnet(
    ec2: Any, vpc: str, cidr: str = "10.0.0.0/24", zone: str = "us-east-1a", tags: dict[str, str] | None = None
) -> str:
    made = ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone, **tagged("subnet", tags))
    return made["Subnet"]["SubnetId"]


def make_group(ec2: Any, vpc: str, name: str = "training", tags: dict[str, str] | None = None) -> str:
    return ec2.create_security_group(VpcId=vpc, GroupName=name, Description=name, **tagged("security-group", tags))[
        "GroupId"
    ]


def make_acl(ec2: Any, vpc: str) -> str:
    return ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]


def make_table(ec2: Any, vpc: str) -> str:
    return ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]


def make_gateway(ec2: Any, vpc: str) -> str:
    """An internet gateway that is attached to a VPC."""
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(VpcId=vpc, InternetGatewayId=gateway)
    return gateway


def let_time_pass(account: Account, seconds: float) -> None:
    """Moves every moment that the function wrote down so far into the past, also those at which leases end."""
    table = {"TableName": account.table}
    for item in account.dynamodb.scan(**table)["Items"]:
        for name in [name for name in item if name.endswith(("_at", "_since", "_until"))]:
            item[name]["N"] = str(int(item[name]["N"]) - int(seconds * 1000))
        account.dynamodb.put_item(Item=item, **table)


def tagged(kind: str, tags: dict[str, str] | None) -> dict[str, Any]:
    """The argument that tags what a call makes; none without tags."""
    pairs = [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": pairs}]} if pairs else {}


def where(**filters: str) -> list[dict[str, Any]]:
    """Filters, with `_` for `-`: `where(vpc_id=…)`."""
    return [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in filters.items()]


def entry(acl: str, number: int, egress: bool = False) -> dict[str, Any]:
    """The arguments of an ACL entry for SSH."""
    return {
        "NetworkAclId": acl,
        "RuleNumber": number,
        "Protocol": "6",
        "RuleAction": "allow",
        "Egress": egress,
        "CidrBlock": "10.0.0.0/8",
        "PortRange": {"From": 22, "To": 22},
    }


def ssh_from(*cidrs: str, description: str = "by hand") -> list[dict[str, Any]]:
    """A group's rules for SSH."""
    ranges = [{"CidrIp": cidr, "Description": description} for cidr in cidrs]
    return [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": ranges}]


def all_from(group: str) -> list[dict[str, Any]]:
    """A group's rule for everything from another one."""
    return [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}]


def make_log_key(emulator: Emulator, *, allowed: bool = True) -> str:
    """The ARN of a KMS key that CloudWatch Logs may use, or may not."""
    whose = [{"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, {"Service": f"logs.{REGION}.amazonaws.com"}]
    statements = [{"Effect": "Allow", "Principal": each, "Action": "kms:*", "Resource": "*"} for each in whose]
    policy = {"Version": "2012-10-17", "Statement": statements if allowed else statements[:1]}
    return emulator.client("kms").create_key(Policy=json.dumps(policy))["KeyMetadata"]["Arn"]


def document(**statement: Any) -> str:
    """A policy with one statement that allows."""
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})

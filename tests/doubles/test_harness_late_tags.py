"""No condition of a policy sees a tag at once, whatever it was put on."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from harness.by_hand import document
from harness.cloud.late_tags import LateTags
from harness.cloud.permissions import Permission
from harness.proxy import Proxy

LATE = 0.4
TAGS = [{"Key": "team", "Value": "vision"}]
TRUST = document(Action="sts:AssumeRole", Principal={"Service": "ec2.amazonaws.com"})
HERE = "us-east-1:123456789012"


def of_ec2(proxy: Proxy) -> str:
    made = proxy.client("ec2").create_vpc(
        CidrBlock="10.0.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": TAGS}]
    )
    return f"arn:aws:ec2:{HERE}:vpc/{made['Vpc']['VpcId']}"


def of_ec2_later(proxy: Proxy) -> str:
    ec2 = proxy.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.create_tags(Resources=[vpc], Tags=TAGS)
    return f"arn:aws:ec2:{HERE}:vpc/{vpc}"


def of_iam(proxy: Proxy) -> str:
    iam = proxy.client("iam")
    return str(iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST, Tags=TAGS)["Role"]["Arn"])


def of_iam_later(proxy: Proxy) -> str:
    iam = proxy.client("iam")
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    iam.tag_role(RoleName="r", Tags=TAGS)
    return str(role)


def of_logs(proxy: Proxy) -> str:
    proxy.client("logs").create_log_group(logGroupName="/a/b", tags={"team": "vision"})
    return f"arn:aws:logs:{HERE}:log-group:/a/b"


def of_resolver(proxy: Proxy) -> str:
    made = proxy.client("route53resolver").create_firewall_domain_list(CreatorRequestId="a", Name="b", Tags=TAGS)
    return str(made["FirewallDomainList"]["Arn"])


@pytest.mark.at_once("the tags alone are late here")
@pytest.mark.parametrize("tag", [of_ec2, of_ec2_later, of_iam, of_iam_later, of_logs, of_resolver])
def test_a_tag_counts_after_a_while(proxy: Proxy, tag: Callable[[Proxy], str]) -> None:
    late = LateTags(LATE)
    proxy.on_call(late.learn)
    context: dict[str, Any] = {"aws:ResourceTag/team": "vision", "aws:ResourceTag/old": "a", "aws:RequestTag/team": "b"}
    asked = Permission("a:B", tag(proxy), context)
    proxy.settle()
    assert set(late.seen(asked).context) == {"aws:ResourceTag/old", "aws:RequestTag/team"}
    other = Permission("a:B", asked.resource + "0", context)
    assert late.seen(other) == other
    time.sleep(LATE)
    assert late.seen(asked) == asked


@pytest.mark.at_once("the tags alone are late here")
def test_the_same_tag_once_more_is_no_new_one(proxy: Proxy) -> None:
    late, ec2 = LateTags(LATE), proxy.client("ec2")
    proxy.on_call(late.learn)
    resource = of_ec2(proxy)
    asked = Permission("a:B", resource, {"aws:ResourceTag/team": "vision"})
    time.sleep(LATE)
    ec2.create_tags(Resources=[resource.rpartition("/")[2]], Tags=TAGS)
    proxy.settle()
    assert late.seen(asked) == asked
    ec2.create_tags(Resources=[resource.rpartition("/")[2]], Tags=[{"Key": "team", "Value": "speech"}])
    proxy.settle()
    assert late.seen(asked) != asked

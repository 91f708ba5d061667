"""What is surplus goes before what is lacking comes, where both count against one quota: in one invocation."""

from __future__ import annotations

import itertools
import time
from collections import defaultdict
from typing import Any

import pytest

from harness.asking import ask
from harness.by_hand import document, entry
from harness.calls import Call
from harness.requests import NAME, create
from harness.standing import Bench, Standing
from harness.sweeps import SMALL

MOST_TAGS = 46
ENTRIES_A_DIRECTION = 19
"""Beside the final denial."""
RULES_A_DIRECTION = 60
POLICY_CHARACTERS = 10240
"""White space aside."""
LATER = 1.0
TAGGING = (
    "CreateTags",
    "DeleteTags",
    "TagRole",
    "UntagRole",
    "TagInstanceProfile",
    "UntagInstanceProfile",
    "TagResource",
    "UntagResource",
    "AddTagsToResource",
    "RemoveTagsFromResource",
)


@pytest.fixture(scope="module")
def wish() -> dict[str, Any]:
    return create(**SMALL)


def slowly(_: Call) -> None:
    time.sleep(LATER)


def test_as_many_tags_as_there_may_be_are_exchanged_for_one(bench: Bench) -> None:
    """AWS refuses two calls at once that alter the tags of one resource. A tag may have no value."""
    many = {f"tag-{number:02}": "" if number % 2 else "value" for number in range(MOST_TAGS)}
    ask(bench.function, create(tags=many, **SMALL))
    bench.proxy.forget()
    assert ask(bench.function, create(tags=many, **SMALL))["changes"] == []
    bench.proxy.forget()
    bench.proxy.delay(0.05)
    made = ask(bench.function, create(clock="10:10", tags={"stage": "test"}, **SMALL))
    tagging = bench.proxy.calls(where=lambda call: call.action in TAGGING)
    assert len(tagging) > 2 * 14
    at_work: dict[str, list[Call]] = defaultdict(list)
    for call in tagging:
        for resource in tagged(call):
            at_work[resource].append(call)
    for resource, calls in at_work.items():
        for before, after in itertools.pairwise(calls):
            assert before.end <= after.start, f"{before.action} and {after.action} of {resource} at once"
    vpc = bench.account.ec2.describe_vpcs(VpcIds=[made["exports"]["vpc_id"]])["Vpcs"][0]
    keys = {tag["Key"] for tag in vpc["Tags"]}
    assert "stage" in keys
    assert not keys & many.keys()


def tagged(call: Call) -> list[str]:
    """The resources whose tags a call alters."""
    parameters = call.parameters
    several = [str(value) for name, value in parameters.items() if name.startswith("ResourceId.")]
    single = ["RoleName", "InstanceProfileName", "ResourceId", "resourceArn"]
    found = several + [f"{name} {parameters[name]}" for name in single if name in parameters]
    assert found, f"{call.action} {parameters}"
    return found


def test_an_acl_that_was_filled_by_hand(standing: Standing) -> None:
    ec2, acl = standing.account.ec2, standing.id("network_acls", "training-network-acl")
    for egress in (False, True):
        ec2.delete_network_acl_entry(NetworkAclId=acl, RuleNumber=100, Egress=egress)
        taken = [each["RuleNumber"] for each in entries(standing, egress)]
        free = (number for number in range(1000, 2000) if number not in taken)
        for number in list(free)[: ENTRIES_A_DIRECTION - len(taken)]:
            ec2.create_network_acl_entry(**entry(acl, number, egress))
    standing.proxy.hook("DeleteNetworkAclEntry", before=slowly)
    standing.again()
    standing.assert_intact()


def entries(standing: Standing, egress: bool) -> list[dict[str, Any]]:
    """Those of one direction but for the final denial."""
    found = standing.find("network_acls", "training-network-acl")["Entries"]
    return [each for each in found if each["Egress"] == egress and each["RuleNumber"] < 32767]


def test_denials_go_after_what_they_hide(standing: Standing) -> None:
    """Where somebody allows everything and denies it with a lower number, nothing is let through in between."""
    ec2, acl = standing.account.ec2, standing.id("network_acls", "training-network-acl")
    everything = {"NetworkAclId": acl, "Protocol": "-1", "Egress": False, "CidrBlock": "0.0.0.0/0"}
    ec2.create_network_acl_entry(RuleNumber=500, RuleAction="deny", **everything)
    ec2.create_network_acl_entry(RuleNumber=600, RuleAction="allow", **everything)
    standing.proxy.forget()
    standing.proxy.delay(0.05)
    standing.again()
    standing.assert_intact()
    gone = [call.parameters["RuleNumber"] for call in standing.proxy.calls("DeleteNetworkAclEntry")]
    assert gone == ["600", "500"]
    allowed, denied = standing.proxy.calls("DeleteNetworkAclEntry")
    assert allowed.end <= denied.start


@pytest.mark.parametrize("purpose", ["training", "flow-logs"])
@pytest.mark.parametrize("count", [1, 2])
def test_a_role_that_was_filled_by_hand(standing: Standing, purpose: str, count: int) -> None:
    """All inline policies of a role have one bound together, and ours is gone."""
    iam, role = standing.account.iam, {"RoleName": f"{NAME}-us-east-1-{purpose}"}
    iam.delete_role_policy(**role, PolicyName=purpose)
    for number in range(count):
        bucket = f"arn:aws:s3:::{{}}/{number}"
        room = POLICY_CHARACTERS // count - len(document(Action="s3:GetObject", Resource=bucket).replace(" ", "")) + 2
        text = document(Action="s3:GetObject", Resource=bucket.format("x" * room))
        iam.put_role_policy(**role, PolicyName=f"by-hand-{number}", PolicyDocument=text)
    standing.proxy.hook("DeleteRolePolicy", times=None, before=slowly)
    standing.again()
    standing.assert_intact()


def test_a_group_that_was_filled_by_hand(standing: Standing) -> None:
    ec2, group = standing.account.ec2, standing.exports["training_sg_id"]
    found = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
    for permissions, revoke, authorize in (
        (found["IpPermissions"], ec2.revoke_security_group_ingress, ec2.authorize_security_group_ingress),
        (found["IpPermissionsEgress"], ec2.revoke_security_group_egress, ec2.authorize_security_group_egress),
    ):
        ours = sum(len(each["UserIdGroupPairs"] + each["PrefixListIds"] + each["IpRanges"]) for each in permissions)
        lost = next(each for each in permissions if each["UserIdGroupPairs"])
        revoke(GroupId=group, IpPermissions=[lost])
        count = RULES_A_DIRECTION - ours + len(lost["UserIdGroupPairs"] + lost["PrefixListIds"] + lost["IpRanges"])
        blocks = [{"CidrIp": f"192.168.{number}.0/24"} for number in range(count)]
        authorize(
            GroupId=group, IpPermissions=[{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": blocks}]
        )
    standing.proxy.hook("RevokeSecurityGroupIngress", before=slowly)
    standing.proxy.hook("RevokeSecurityGroupEgress", before=slowly)
    standing.again()
    standing.assert_intact()

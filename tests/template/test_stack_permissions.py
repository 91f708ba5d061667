"""The function under exactly the policies that the template gives its role: they suffice, and they are held to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from harness import guardduty
from harness.asking import event
from harness.by_hand import make_vpc
from harness.cloud.cloud import Cloud
from harness.strict.settings import TIMES

NAME = "fraud-v3"
ANYBODY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
WEIGHTY = {
    "ec2:CreateTags",
    "ec2:CreateVpc",
    "ec2:CreateVpcEndpoint",
    "ec2:DeleteVpc",
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:PassRole",
    "iam:PutRolePermissionsBoundary",
    "iam:UpdateAssumeRolePolicy",
    "logs:DeleteLogGroup",
}
"""Some of what must have been asked for on the way, or nothing was checked."""
OPTIONS: dict[str, Any] = {
    "access": {"instance_connect": True},
    "egress": {"endpoints": ["s3"], "allow_domains": ["pypi.org"]},
    "training": {"cluster": True},
}
WEIGHTY_FOR_OPTIONS = {
    "ec2:CreateInstanceConnectEndpoint",
    "ec2:CreateNetworkInterface",
    "ec2:CreatePlacementGroup",
    "ec2:DeleteInstanceConnectEndpoint",
    "ec2:DeletePlacementGroup",
    "route53resolver:CreateFirewallRule",
    "route53resolver:DeleteFirewallRuleGroup",
    "route53resolver:TagResource",
    "route53resolver:UpdateFirewallDomains",
}
SPEC = event("eventbridge-create")["detail"]["spec"]


@pytest.fixture(scope="module")
def running_cloud() -> Iterator[Cloud]:
    with Cloud(auth=True) as cloud:
        yield cloud


@pytest.fixture
def cloud(running_cloud: Cloud) -> Iterator[Cloud]:
    """The stack without an environment, before the test and after it."""
    running_cloud.forget()
    running_cloud.checkpoint.refused.clear()
    in_tests = running_cloud.checkpoint.tags.seconds
    yield running_cloud
    running_cloud.checkpoint.tags.seconds = in_tests
    running_cloud.clear()
    assert running_cloud.account.leftovers() == []
    assert running_cloud.emulator.complaints() == ""


def ask(cloud: Cloud, action: str, **parts: Any) -> dict[str, Any]:
    failed, answer = cloud.invoke({"action": action, **parts})
    assert not failed, answer
    return dict(answer)


def create(cloud: Cloud, name: str, **spec: Any) -> dict[str, Any]:
    answer = ask(cloud, "create", environment=name, spec={**SPEC, **spec})
    assert answer["status"] == "ready"
    return answer


def denials(cloud: Cloud) -> set[str]:
    """The actions that either emulator has refused the function for want of permission."""
    near = [call for call in cloud.near.calls() if call.answer and b"AccessDenied" in call.answer.body]
    return {f"{call.service}:{call.action}" for call in near} | {each.action for each in cloud.checkpoint.refused}


def drift(cloud: Cloud, made: dict[str, str]) -> None:
    """What somebody might do by hand: each of it takes another permission to put right."""
    ec2, iam = cloud.account.ec2, cloud.account.iam
    vpc, subnet, role = made["vpc_id"], made["training_subnet_id"], made["ai_training_role_arn"].rpartition("/")[2]
    ec2.authorize_security_group_ingress(
        GroupId=made["training_sg_id"],
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.9.0.0/16"}]}],
    )
    ec2.delete_tags(Resources=[subnet], Tags=[{"Key": "Name"}])
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": False})
    ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
    for acl in cloud.account.resources("network_acls", {"vpc-id": vpc, "default": "false"}):
        entry = min(acl["Entries"], key=lambda entry: int(entry["RuleNumber"]))  # The last ones cannot be deleted.
        place = {"RuleNumber": entry["RuleNumber"], "Egress": entry["Egress"]}
        ec2.delete_network_acl_entry(NetworkAclId=acl["NetworkAclId"], **place)
    (policy,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    iam.delete_role_policy(RoleName=role, PolicyName=policy)
    iam.delete_role_permissions_boundary(RoleName=role)
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(ANYBODY))
    cloud.account.ssm.delete_parameter(Name=f"/ringfence/{NAME}/services_sg_id")


def test_the_role_suffices_for_a_whole_life(cloud: Cloud) -> None:
    ask(cloud, "plan", environment=NAME, spec=SPEC)
    made = create(cloud, NAME)["exports"]
    assert create(cloud, NAME)["changes"] == []
    drift(cloud, made)
    assert {"vpc", "training-role"} <= {each["resource"] for each in ask(cloud, "sweep")["changes"]}
    assert create(cloud, NAME)["changes"] == []
    create(cloud, NAME, tags={"team": "other"}, egress={"endpoints": ["s3", "dynamodb", "ecr.api"]})
    create(cloud, NAME, access={}, egress={"endpoints": ["s3"]})
    assert ask(cloud, "describe", environment=NAME)["status"] == "ready"
    assert len(ask(cloud, "list")["environments"]) == 1
    ask(cloud, "delete", environment=NAME)
    assert denials(cloud) == set()
    assert WEIGHTY - cloud.checkpoint.granted == set()


def test_the_role_suffices_to_remove_what_guardduty_made(cloud: Cloud) -> None:
    made = create(cloud, "watched")["exports"]
    guardduty.watch(cloud.account.ec2, made["vpc_id"], made["services_subnet_id"])
    ask(cloud, "delete", environment="watched")
    assert denials(cloud) == set()


def test_the_role_suffices_for_every_option(cloud: Cloud) -> None:
    name = "with-options"
    create(cloud, name, **OPTIONS)
    assert create(cloud, name, **OPTIONS)["changes"] == []
    create(cloud, name, **{**OPTIONS, "egress": {"endpoints": ["s3"], "allow_domains": ["*.pythonhosted.org"]}})
    assert ask(cloud, "sweep")["changes"] == []
    create(cloud, name, access={}, egress={}, training={})
    create(cloud, name, **OPTIONS)
    ask(cloud, "delete", environment=name)
    assert denials(cloud) == set()
    assert WEIGHTY_FOR_OPTIONS - cloud.checkpoint.granted == set()


def test_tags_that_do_not_count_yet_are_waited_for(cloud: Cloud) -> None:
    """In AWS's own time."""
    cloud.checkpoint.tags.seconds = TIMES["tag_seconds"]
    cloud.checkpoint.late.clear()
    create(cloud, "late-tags", **OPTIONS)
    create(cloud, "late-tags", **OPTIONS, tags={"team": "other"})
    ask(cloud, "delete", environment="late-tags")
    assert cloud.checkpoint.late, "every tag counted at once: nothing was tried"
    assert denials(cloud) == set()


@pytest.mark.parametrize("action", ["ec2:CreateSubnet", "iam:CreateRole", "logs:CreateLogGroup", "ssm:PutParameter"])
def test_an_action_that_is_taken_away_is_named(cloud: Cloud, action: str) -> None:
    name = f"without-{action.rpartition(':')[2].lower()}"
    with cloud.checkpoint.without(action):
        failed, answer = cloud.invoke({"action": "create", "environment": name, "spec": SPEC})
    assert (failed, answer["errorType"]) == (True, "AccessDenied")
    assert action in answer["errorMessage"]
    assert denials(cloud) == {action}
    ask(cloud, "delete", environment=name)


def test_what_is_not_its_own_is_out_of_the_functions_reach(cloud: Cloud) -> None:
    vpc = make_vpc(cloud.account.ec2)
    group = cloud.account.ec2.create_security_group(GroupName="theirs", Description="theirs", VpcId=vpc)["GroupId"]
    cloud.account.ec2.create_tags(Resources=[group], Tags=[{"Key": "Name", "Value": "theirs"}])
    ec2, iam = cloud.strict.client("ec2"), cloud.strict.client("iam")
    path = "/ringfence/us-east-1/"
    ours = {"ringfence:managed-by": "ringfence", "ringfence:installation": "ringfence"}
    tags = [{"Key": key, "Value": value} for key, value in ours.items()]
    refusals: list[Callable[[], object]] = [
        lambda: ec2.delete_vpc(VpcId=vpc),
        lambda: ec2.create_tags(Resources=[vpc], Tags=tags),
        lambda: ec2.create_tags(Resources=[group], Tags=tags),
        lambda: ec2.create_subnet(
            VpcId=vpc, CidrBlock="10.1.0.0/24", TagSpecifications=[{"ResourceType": "subnet", "Tags": tags}]
        ),
        lambda: ec2.create_vpc(CidrBlock="10.2.0.0/16"),
        lambda: iam.create_role(RoleName="free", Path=path, AssumeRolePolicyDocument="{}", Tags=tags),
    ]
    for refused in refusals:
        with pytest.raises(ClientError, match="not authorized"):
            refused()
    cloud.account.ec2.delete_security_group(GroupId=group)
    cloud.account.ec2.delete_vpc(VpcId=vpc)

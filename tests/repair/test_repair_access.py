"""Somebody alters groups or roles by hand: the next `create` restores them."""

from __future__ import annotations

from harness.by_hand import all_from, document, ssh_from
from harness.drift import Drift, Drifts, assert_repaired
from harness.standing import Standing

drifts = Drifts()
ROLE = "fraud-v3-us-east-1-training"
FLOW_LOG_ROLE = "fraud-v3-us-east-1-flow-logs"
TRUST = document(Action="sts:AssumeRole", Principal={"AWS": "*"})
ANYTHING = document(Action="*", Resource="*")


# Security groups


def group(standing: Standing, name: str) -> str:
    return standing.id("security_groups", name)


@drifts.add
def group_rule_removed(standing: Standing) -> None:
    standing.account.ec2.revoke_security_group_ingress(
        GroupId=group(standing, "training-security-group"), IpPermissions=ssh_from("192.168.7.0/24")
    )


@drifts.add
def group_emptied(standing: Standing) -> None:
    emptied = standing.find("security_groups", "services-security-group")
    ec2, group_id = standing.account.ec2, emptied["GroupId"]
    ec2.revoke_security_group_ingress(GroupId=group_id, IpPermissions=emptied["IpPermissions"])
    ec2.revoke_security_group_egress(GroupId=group_id, IpPermissions=emptied["IpPermissionsEgress"])


@drifts.add
def group_opened_to_the_world(standing: Standing) -> None:
    standing.account.ec2.authorize_security_group_ingress(
        GroupId=group(standing, "training-security-group"), IpPermissions=ssh_from("0.0.0.0/0")
    )


@drifts.add
def group_let_out(standing: Standing) -> None:
    everywhere = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}], "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}]
    standing.account.ec2.authorize_security_group_egress(
        GroupId=group(standing, "services-security-group"), IpPermissions=everywhere
    )


@drifts.add
def default_group_filled(standing: Standing) -> None:
    default = group(standing, "vpc-defaults")
    standing.account.ec2.authorize_security_group_ingress(GroupId=default, IpPermissions=all_from(default))
    standing.account.ec2.authorize_security_group_egress(GroupId=default, IpPermissions=ssh_from("10.0.0.0/8"))


@drifts.add
def group_deleted(standing: Standing) -> None:
    """The one that nothing but the rules of the training group holds on to."""
    training = standing.find("security_groups", "training-security-group")
    ec2, services = standing.account.ec2, group(standing, "services-security-group")
    ec2.revoke_security_group_egress(
        GroupId=training["GroupId"],
        IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "UserIdGroupPairs": [{"GroupId": services}]}
            for port in (443, 8443)
        ],
    )
    ec2.revoke_security_group_ingress(
        GroupId=group(standing, "endpoints-security-group"),
        IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": services}]}
        ],
    )
    ec2.delete_security_group(GroupId=services)


# Roles


@drifts.add
def role_policy_changed(standing: Standing) -> None:
    standing.account.iam.put_role_policy(RoleName=ROLE, PolicyName="training", PolicyDocument=ANYTHING)


@drifts.add
def role_policy_deleted(standing: Standing) -> None:
    standing.account.iam.delete_role_policy(RoleName=FLOW_LOG_ROLE, PolicyName="flow-logs")


@drifts.add
def inline_policy_added(standing: Standing) -> None:
    standing.account.iam.put_role_policy(RoleName=ROLE, PolicyName="more", PolicyDocument=ANYTHING)


@drifts.add
def trust_policy_changed(standing: Standing) -> None:
    standing.account.iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=TRUST)


@drifts.add
def role_deleted(standing: Standing) -> None:
    iam = standing.account.iam
    iam.remove_role_from_instance_profile(InstanceProfileName=ROLE, RoleName=ROLE)
    iam.delete_role_policy(RoleName=ROLE, PolicyName="training")
    iam.delete_role(RoleName=ROLE)


@drifts.add
def flow_log_role_deleted(standing: Standing) -> None:
    standing.account.iam.delete_role_policy(RoleName=FLOW_LOG_ROLE, PolicyName="flow-logs")
    standing.account.iam.delete_role(RoleName=FLOW_LOG_ROLE)


# The instance profile


@drifts.add
def instance_profile_emptied(standing: Standing) -> None:
    standing.account.iam.remove_role_from_instance_profile(InstanceProfileName=ROLE, RoleName=ROLE)


@drifts.add
def instance_profile_filled_with_another_role(standing: Standing) -> None:
    instance_profile_emptied(standing)
    standing.account.iam.add_role_to_instance_profile(InstanceProfileName=ROLE, RoleName=FLOW_LOG_ROLE)


@drifts.add
def instance_profile_deleted(standing: Standing) -> None:
    instance_profile_emptied(standing)
    standing.account.iam.delete_instance_profile(InstanceProfileName=ROLE)


@drifts.each()
def test_it_is_restored(standing: Standing, drift: Drift) -> None:
    assert_repaired(standing, drift)


def test_a_managed_policy_is_detached(standing: Standing) -> None:
    iam = standing.account.iam
    policy = iam.create_policy(PolicyName="anything", PolicyDocument=ANYTHING)["Policy"]["Arn"]
    assert_repaired(standing, lambda _: iam.attach_role_policy(RoleName=ROLE, PolicyArn=policy))
    iam.delete_policy(PolicyArn=policy)

"""Somebody alters endpoints, logs, parameters or tags by hand: the next `create` restores them."""

from __future__ import annotations

from typing import Any

import pytest

from harness.by_hand import document
from harness.drift import Drift, Drifts, assert_repaired
from harness.standing import Standing

drifts = Drifts()
LOG_GROUP = "/ringfence/fraud-v3/flow-logs"


# Endpoints


def modify_endpoint(standing: Standing, service: str, **changes: Any) -> None:
    endpoint = standing.id("endpoints", f"endpoint-{service}")
    standing.account.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, **changes)


def delete_endpoint(standing: Standing, service: str) -> None:
    standing.account.ec2.delete_vpc_endpoints(VpcEndpointIds=[standing.id("endpoints", f"endpoint-{service}")])


@drifts.add
def gateway_endpoint_deleted(standing: Standing) -> None:
    delete_endpoint(standing, "s3")


@drifts.add
def interface_endpoint_deleted(standing: Standing) -> None:
    delete_endpoint(standing, "ecr.api")


@drifts.add
def endpoint_policy_opened(standing: Standing) -> None:
    modify_endpoint(standing, "s3", PolicyDocument=document(Action="*", Resource="*", Principal="*"))


@drifts.add
def endpoint_policy_reset(standing: Standing) -> None:
    modify_endpoint(standing, "ecr.api", ResetPolicy=True)


@drifts.add
def route_table_taken_from_an_endpoint(standing: Standing) -> None:
    modify_endpoint(standing, "s3", RemoveRouteTableIds=[standing.id("route_tables", "training-route-table")])


@drifts.add
def main_route_table_given_to_an_endpoint(standing: Standing) -> None:
    modify_endpoint(standing, "s3", AddRouteTableIds=[standing.id("route_tables", "vpc-defaults")])


@drifts.add
def private_dns_off(standing: Standing) -> None:
    modify_endpoint(standing, "ecr.api", PrivateDnsEnabled=False)


@drifts.add
def subnet_taken_from_an_endpoint(standing: Standing) -> None:
    modify_endpoint(standing, "ecr.api", RemoveSubnetIds=[standing.id("subnets", "services-subnet-us-east-1b")])


@drifts.add
def group_of_an_endpoint_exchanged(standing: Standing) -> None:
    ours, other = (standing.id("security_groups", name) for name in ("endpoints-security-group", "vpc-defaults"))
    modify_endpoint(standing, "ecr.api", AddSecurityGroupIds=[other], RemoveSecurityGroupIds=[ours])


# Logs


@drifts.add
def flow_log_deleted(standing: Standing) -> None:
    standing.account.ec2.delete_flow_logs(FlowLogIds=[standing.id("flow_logs", "flow-log")])


@drifts.add
def retention_changed(standing: Standing) -> None:
    standing.account.logs.put_retention_policy(logGroupName=LOG_GROUP, retentionInDays=1)


@drifts.add
def retention_removed(standing: Standing) -> None:
    standing.account.logs.delete_retention_policy(logGroupName=LOG_GROUP)


@drifts.add
def log_group_deleted(standing: Standing) -> None:
    standing.account.logs.delete_log_group(logGroupName=LOG_GROUP)


# Parameters


def parameter(name: str) -> str:
    return f"/ringfence/fraud-v3/{name}"


@drifts.add
def parameter_deleted(standing: Standing) -> None:
    standing.account.ssm.delete_parameter(Name=parameter("training_sg_id"))


@drifts.add
def whole_set_deleted(standing: Standing) -> None:
    standing.account.ssm.delete_parameter(Name=parameter("exports"))


@drifts.add
def tag_of_one_parameter_removed(standing: Standing) -> None:
    standing.account.ssm.remove_tags_from_resource(
        ResourceType="Parameter", ResourceId=parameter("services_sg_id"), TagKeys=["team"]
    )


@drifts.add
def name_of_one_parameter_changed(standing: Standing) -> None:
    standing.account.ssm.add_tags_to_resource(
        ResourceType="Parameter", ResourceId=parameter("vpc_cidr"), Tags=[{"Key": "Name", "Value": "mine"}]
    )


@drifts.add
def parameter_changed(standing: Standing) -> None:
    standing.account.ssm.put_parameter(Name=parameter("vpc_id"), Value="vpc-0123456789abcdef0", Overwrite=True)


@drifts.add
def parameter_of_another_type(standing: Standing) -> None:
    name = parameter("training_subnet_ids")
    value = standing.account.ssm.get_parameter(Name=name)["Parameter"]["Value"]
    tags = standing.account.ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"]
    standing.account.ssm.delete_parameter(Name=name)
    standing.account.ssm.put_parameter(Name=name, Value=value, Type="String", Tags=tags)


@drifts.each()
def test_it_is_restored(standing: Standing, drift: Drift) -> None:
    assert_repaired(standing, drift)


# Tags

OURS = [
    ("vpcs", "vpc"),
    ("subnets", "training-subnet-us-east-1a"),
    ("route_tables", "training-route-table"),
    ("route_tables", "vpc-defaults"),
    ("network_acls", "services-network-acl"),
    ("network_acls", "vpc-defaults"),
    ("security_groups", "training-security-group"),
    ("security_groups", "vpc-defaults"),
    ("endpoints", "endpoint-s3"),
    ("flow_logs", "flow-log"),
]


@pytest.mark.parametrize("key", ["team", "Name"])
def test_a_tag_comes_back(standing: Standing, key: str) -> None:
    resources = [standing.id(kind, label) for kind, label in OURS]

    def untag(standing: Standing) -> None:
        standing.account.ec2.delete_tags(Resources=resources, Tags=[{"Key": key}])

    assert_repaired(standing, untag)


def test_the_tags_of_roles_and_logs_come_back(standing: Standing) -> None:
    role, keys = "fraud-v3-us-east-1-training", ["team", "Name"]
    group_arn = f"arn:aws:logs:us-east-1:123456789012:log-group:{LOG_GROUP}"

    def untag(standing: Standing) -> None:
        standing.account.iam.untag_role(RoleName=role, TagKeys=keys)
        standing.account.iam.untag_instance_profile(InstanceProfileName=role, TagKeys=keys)
        standing.account.logs.untag_resource(resourceArn=group_arn, tagKeys=keys)

    assert_repaired(standing, untag)


def test_the_tags_of_all_parameters_come_back_where_those_of_the_whole_set_are_gone(standing: Standing) -> None:
    """SSM tells the tags of one parameter a call: those of `exports` stand for all."""

    def untag(standing: Standing) -> None:
        for name in ("exports", "vpc_id"):
            standing.account.ssm.remove_tags_from_resource(
                ResourceType="Parameter", ResourceId=parameter(name), TagKeys=["team", "Name"]
            )

    assert_repaired(standing, untag)

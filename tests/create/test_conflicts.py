"""What stands in the way of a create, and is not ours, is named and not touched."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.asking import pointers, refusal
from harness.by_hand import document, make_subnet, make_vpc
from harness.requests import create
from harness.standing import Bench, Standing
from harness.sweeps import sweep

ROLE = "fraud-v3-us-east-1-training"
OURS = {
    "ringfence:environment": "fraud-v3",
    "ringfence:managed-by": "ringfence",
    "ringfence:installation": "another-table",
}
"""The tags of an environment of this name that another installation keeps."""


# The block


@pytest.mark.parametrize("cidr", ["10.42.0.0/16", "10.42.128.0/20", "10.42.7.0/24"])
def test_a_block_that_another_vpc_has(bench: Bench, cidr: str) -> None:
    vpc = make_vpc(bench.account.ec2, "10.42.0.0/16")
    message = bench.assert_refused(create(network={"cidr": cidr}), "Conflict")
    assert pointers(message) == ["/spec/network/cidr"]
    assert vpc in message


def test_a_block_around_that_of_another_vpc(bench: Bench) -> None:
    vpc = make_vpc(bench.account.ec2, "10.42.7.0/24")
    assert vpc in bench.assert_refused(create(network={"cidr": "10.42.0.0/16"}), "Conflict")


def test_a_secondary_block_of_another_vpc(bench: Bench) -> None:
    vpc = make_vpc(bench.account.ec2, "10.7.0.0/16")
    bench.account.ec2.associate_vpc_cidr_block(VpcId=vpc, CidrBlock="10.42.0.0/16")
    assert vpc in bench.assert_refused(create(network={"cidr": "10.42.0.0/16"}), "Conflict")


def test_a_block_of_another_environment(built: Standing) -> None:
    message = built.assert_refused(create("vision-eu", network={"cidr": "10.42.0.0/20"}), "Conflict")
    assert pointers(message) == ["/spec/network/cidr"]


# The region


def test_zones_that_the_region_lacks(bench: Bench) -> None:
    zones = ["us-east-1a", "us-east-1z", "eu-west-1a"]
    message = bench.assert_refused(create(network={"availability_zones": zones}))
    assert pointers(message) == [f"/spec/network/availability_zones/{number}" for number in (1, 2)]
    assert "us-east-1f" in message, "it says which zones there are"


def test_a_service_that_the_region_lacks(bench: Bench) -> None:
    message = bench.assert_refused(create(egress={"endpoints": ["s3", "teleport"]}))
    assert pointers(message) == ["/spec/egress/endpoints"]
    assert "com.amazonaws.us-east-1.teleport" in message


def test_keys_of_another_region(bench: Bench) -> None:
    key = "arn:aws:kms:eu-west-1:123456789012:key/0f8b7a54-1c3d-4f6e-9a21-5d2c8e7b6a10"
    own = key.replace("eu-west-1", "us-east-1")
    message = bench.assert_refused(create(training={"kms_keys": [own, key]}, flow_logs={"kms_key": key}))
    assert pointers(message) == ["/spec/flow_logs/kms_key", "/spec/training/kms_keys"]


# Names that somebody else took


def role(bench: Bench) -> None:
    trust = document(Action="sts:AssumeRole", Principal={"Service": "ec2.amazonaws.com"})
    bench.account.iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=trust)


def role_of_another_installation(bench: Bench) -> None:
    role(bench)
    bench.account.iam.tag_role(RoleName=ROLE, Tags=[{"Key": key, "Value": value} for key, value in OURS.items()])


def instance_profile(bench: Bench) -> None:
    bench.account.iam.create_instance_profile(InstanceProfileName=ROLE)


def log_group(bench: Bench) -> None:
    bench.account.logs.create_log_group(logGroupName="/ringfence/fraud-v3/flow-logs", tags={"team": "audit"})


def log_group_of_another_installation(bench: Bench) -> None:
    bench.account.logs.create_log_group(logGroupName="/ringfence/fraud-v3/flow-logs", tags=OURS)


@pytest.mark.parametrize(
    "take", [role, role_of_another_installation, instance_profile, log_group, log_group_of_another_installation]
)
def test_a_name_that_somebody_else_took(bench: Bench, take: Callable[[Bench], None]) -> None:
    take(bench)
    taken = bench.account.leftovers()
    message = bench.assert_refused(create(), "Conflict")
    assert taken[0].split()[1] in message
    assert bench.account.leftovers() == taken


# Places in our VPC that somebody else took


def test_a_subnet_of_somebody_elses_at_our_block(standing: Standing) -> None:
    ec2 = standing.account.ec2
    ec2.delete_subnet(SubnetId=standing.id("subnets", "training-subnet-us-east-1b"))
    foreign = make_subnet(ec2, standing.vpc, "10.42.64.0/18", "us-east-1b")
    assert foreign in standing.assert_refused(standing.event, "Conflict")


def test_a_subnet_of_somebody_elses_across_our_block(standing: Standing) -> None:
    ec2 = standing.account.ec2
    ec2.delete_subnet(SubnetId=standing.id("subnets", "training-subnet-us-east-1b"))
    foreign = make_subnet(ec2, standing.vpc, "10.42.96.0/20", "us-east-1b")
    assert foreign in standing.assert_refused(standing.event, "Conflict")


def test_a_gateway_endpoint_of_somebody_elses_in_our_table(standing: Standing) -> None:
    """Ours stands, and lacks a table that it cannot have while theirs has it."""
    ec2 = standing.account.ec2
    ours, table = standing.id("endpoints", "endpoint-s3"), standing.id("route_tables", "training-route-table")
    ec2.modify_vpc_endpoint(VpcEndpointId=ours, RemoveRouteTableIds=[table])
    service = "com.amazonaws.us-east-1.s3"
    made = ec2.create_vpc_endpoint(VpcId=standing.vpc, ServiceName=service, RouteTableIds=[table])
    foreign = made["VpcEndpoint"]["VpcEndpointId"]
    assert foreign in standing.assert_refused(standing.event, "Conflict")


def put_flow_log(standing: Standing) -> str:
    """A flow log of somebody else's in the place of ours: of the same VPC, to the same log group."""
    ec2, ours = standing.account.ec2, standing.find("flow_logs", "flow-log")
    ec2.delete_flow_logs(FlowLogIds=[ours["FlowLogId"]])
    (foreign,) = ec2.create_flow_logs(
        ResourceIds=[standing.vpc],
        ResourceType="VPC",
        TrafficType="ALL",
        LogGroupName=ours["LogGroupName"],
        DeliverLogsPermissionArn=ours["DeliverLogsPermissionArn"],
    )["FlowLogIds"]
    return str(foreign)


def flow_logs(standing: Standing) -> list[str]:
    return [each["FlowLogId"] for each in standing.account.resources("flow_logs", {"resource-id": standing.vpc})]


def test_a_flow_log_of_somebody_elses_in_the_place_of_ours(standing: Standing) -> None:
    foreign = put_flow_log(standing)
    said = refusal(standing.function, standing.event, "Conflict")
    assert foreign in said and "aws ec2 delete-flow-logs" in said
    (failed,) = sweep(standing.function)["failed"]
    assert (failed["error"]["kind"], foreign in failed["error"]["message"]) == ("Conflict", True)
    assert flow_logs(standing) == [foreign]
    standing.account.ec2.delete_flow_logs(FlowLogIds=[foreign])
    standing.again()
    assert foreign not in flow_logs(standing)


def test_our_flow_log_that_has_lost_a_tag(standing: Standing) -> None:
    ours = standing.id("flow_logs", "flow-log")
    standing.account.ec2.delete_tags(Resources=[ours], Tags=[{"Key": "ringfence:environment"}])
    assert ours in refusal(standing.function, standing.event, "Conflict")
    assert flow_logs(standing) == [ours]


def test_a_group_of_somebody_elses_with_our_name(standing: Standing) -> None:
    ec2 = standing.account.ec2
    ours = standing.id("security_groups", "training-security-group")
    keys = [{"Key": key} for key in OURS]
    ec2.delete_tags(Resources=[ours], Tags=keys)
    assert ours in standing.assert_refused(standing.event, "Conflict")
    ec2.create_tags(
        Resources=[ours],
        Tags=[{"Key": key, "Value": value} for key, value in (OURS | {"ringfence:installation": "ringfence"}).items()],
    )
    standing.assert_intact()

"""What is not ours and stands in the way of a delete is named, and stays. The exports are withdrawn all the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.asking import ask, describe, refusal
from harness.by_hand import make_acl, make_gateway, make_group, make_subnet, make_table, where
from harness.requests import NAME, delete
from harness.standing import Standing

Put = Callable[[Standing], tuple[str, Callable[[], Any]]]
"""Puts something into the VPC by hand: its ID, and what takes it away."""


def subnet(standing: Standing) -> str:
    return standing.id("subnets", "training-subnet-us-east-1a")


def interface(standing: Standing) -> tuple[str, Callable[[], Any]]:
    ec2 = standing.account.ec2
    made = ec2.create_network_interface(SubnetId=subnet(standing))["NetworkInterface"]["NetworkInterfaceId"]
    return made, lambda: ec2.delete_network_interface(NetworkInterfaceId=made)


def instance(standing: Standing) -> tuple[str, Callable[[], Any]]:
    ec2 = standing.account.ec2
    image = ec2.register_image(Name="training", RootDeviceName="/dev/xvda")["ImageId"]
    run = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=subnet(standing))
    made = run["Instances"][0]["InstanceId"]

    def terminate() -> None:
        ec2.terminate_instances(InstanceIds=[made])
        for each in ec2.describe_network_interfaces(Filters=where(vpc_id=standing.vpc))["NetworkInterfaces"]:
            ec2.delete_network_interface(NetworkInterfaceId=each["NetworkInterfaceId"])

    return made, terminate


def internet_gateway(standing: Standing) -> tuple[str, Callable[[], Any]]:
    ec2 = standing.account.ec2
    made = make_gateway(ec2, standing.vpc)

    def remove() -> None:
        ec2.detach_internet_gateway(InternetGatewayId=made, VpcId=standing.vpc)
        ec2.delete_internet_gateway(InternetGatewayId=made)

    return made, remove


def foreign_subnet(standing: Standing) -> tuple[str, Callable[[], Any]]:
    ec2 = standing.account.ec2
    made = make_subnet(ec2, standing.vpc, "10.42.240.0/24")
    return made, lambda: ec2.delete_subnet(SubnetId=made)


def foreign_group(standing: Standing) -> tuple[str, Callable[[], Any]]:
    ec2 = standing.account.ec2
    made = make_group(ec2, standing.vpc, tags={"ringfence:environment": NAME})
    return made, lambda: ec2.delete_security_group(GroupId=made)


def foreign_table(standing: Standing) -> tuple[str, Callable[[], Any]]:
    ec2 = standing.account.ec2
    made = make_table(ec2, standing.vpc)
    return made, lambda: ec2.delete_route_table(RouteTableId=made)


def foreign_acl(standing: Standing) -> tuple[str, Callable[[], Any]]:
    ec2 = standing.account.ec2
    made = make_acl(ec2, standing.vpc)
    return made, lambda: ec2.delete_network_acl(NetworkAclId=made)


def foreign_endpoint(standing: Standing) -> tuple[str, Callable[[], Any]]:
    ec2 = standing.account.ec2
    service = "com.amazonaws.us-east-1.dynamodb"
    made = ec2.create_vpc_endpoint(VpcId=standing.vpc, ServiceName=service)["VpcEndpoint"]["VpcEndpointId"]
    return made, lambda: ec2.delete_vpc_endpoints(VpcEndpointIds=[made])


@pytest.mark.parametrize(
    "put",
    [
        interface,
        instance,
        internet_gateway,
        foreign_subnet,
        foreign_group,
        foreign_table,
        foreign_acl,
        foreign_endpoint,
    ],
)
def test_it_is_named_and_stays_and_once_it_is_gone_the_rest_goes(standing: Standing, put: Put) -> None:
    blocker, remove = put(standing)
    message = refusal(standing.function, delete(), "Blocked")
    assert blocker in message
    assert standing.account.parameters(NAME) == {}
    assert standing.account.vpcs(NAME) == [standing.vpc]
    told = ask(standing.function, describe(), "deleting")
    assert blocker in told["error"]["message"]
    remove()
    ask(standing.function, delete(), "deleted")
    assert standing.account.leftovers() == []

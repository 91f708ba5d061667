"""Endpoints that go while others come in their place, and many of them at once."""

from __future__ import annotations

from typing import Any

import pytest

from harness import answers
from harness.asking import ask, refusal
from harness.calls import Call
from harness.requests import NAME, create, delete
from harness.standing import Bench
from harness.sweeps import SMALL, sweep

TAKEN = (
    "private-dns-enabled cannot be set because there is already a conflicting DNS domain for "
    "api.ecr.us-east-1.amazonaws.com in the VPC "
)
MANY = [
    "s3", "dynamodb", "access-analyzer", "acm-pca", "application-autoscaling", "athena", "autoscaling", "backup",
    "batch", "bedrock", "braket", "cloudformation", "cloudtrail", "codebuild", "codecommit", "codedeploy",
    "codepipeline", "comprehend", "config", "databrew", "datasync", "dms", "ecr.api", "ecr.dkr", "ecs",
    "elasticfilesystem", "events", "glue", "kms", "lambda", "logs", "monitoring",
]  # fmt: skip
"""Thirty interface endpoints beside two gateways: more than AWS deletes in one call."""


ROOMY: dict[str, Any] = {"network": {"prefix_length": 20, "availability_zones": 1}}
"""An address for each of them."""


def wish(*services: str) -> dict[str, Any]:
    return SMALL | {"egress": {"endpoints": ["s3", *services]}}


def endpoint(bench: Bench, service: str) -> str:
    """The ID of an endpoint of the environment."""
    found = bench.account.resources("endpoints", {"tag:Name": f"{NAME}-endpoint-{service}"})
    (standing,) = (each["VpcEndpointId"] for each in found if each["State"] not in ("deleting", "deleted"))
    return str(standing)


def created(bench: Bench) -> list[bool]:
    """Of each call to make an endpoint, whether AWS took it."""
    calls = bench.proxy.calls("CreateVpcEndpoint")
    return [call.answer is not None and call.answer.status == 200 for call in calls]


def deletions(bench: Bench) -> list[Call]:
    return bench.proxy.calls("DeleteVpcEndpoints")


@pytest.fixture
def ecr(bench: Bench) -> str:
    """An environment with an interface endpoint: its ID."""
    ask(bench.function, create(**wish("ecr.api")))
    return endpoint(bench, "ecr.api")


def test_one_that_was_deleted_by_hand_is_waited_for(bench: Bench, ecr: str) -> None:
    bench.emulator.configure(endpoint_seconds=2.0)
    bench.account.ec2.delete_vpc_endpoints(VpcEndpointIds=[ecr])
    bench.proxy.forget()
    ask(bench.function, create(**wish("ecr.api")))
    assert created(bench) == [True], "AWS makes none beside one that is still going"
    assert endpoint(bench, "ecr.api") != ecr


def test_what_is_waited_for_is_named(bench: Bench, ecr: str) -> None:
    bench.emulator.configure(endpoint_seconds=3600.0)
    bench.account.ec2.delete_vpc_endpoints(VpcEndpointIds=[ecr])
    answer = ask(bench.function, create(**wish("ecr.api")), "provisioning", deadline_seconds=7)
    assert f"endpoint-ecr.api: {ecr} is deleting" in answer["waiting_for"]


def test_a_name_that_aws_has_not_let_go_of_is_waited_for(bench: Bench, ecr: str) -> None:
    """The endpoint is gone, and its names are not yet free."""
    bench.account.ec2.delete_vpc_endpoints(VpcEndpointIds=[ecr])
    (vpc,) = bench.account.vpcs(NAME)
    refused = answers.error("ec2", 400, "InvalidParameter", TAKEN + vpc)
    bench.proxy.forget()
    bench.proxy.reply(lambda call: refused, "CreateVpcEndpoint", times=2)
    ask(bench.function, create(**wish("ecr.api")))
    assert created(bench) == [False, False, True]


def test_a_name_that_stays_taken_is_told(bench: Bench, ecr: str) -> None:
    bench.account.ec2.delete_vpc_endpoints(VpcEndpointIds=[ecr])
    (vpc,) = bench.account.vpcs(NAME)
    bench.proxy.reply(lambda call: answers.error("ec2", 400, "InvalidParameter", TAKEN + vpc), "CreateVpcEndpoint")
    answer = ask(bench.function, create(**wish("ecr.api")), "provisioning", deadline_seconds=7)
    assert any(each.startswith("endpoint-ecr.api") for each in answer["waiting_for"]), answer


def test_somebody_elses_that_answers_under_the_names_is_named(bench: Bench) -> None:
    exports = ask(bench.function, create(**wish("logs")))["exports"]
    made = bench.account.ec2.create_vpc_endpoint(
        VpcId=exports["vpc_id"],
        ServiceName="com.amazonaws.us-east-1.ecr.api",
        VpcEndpointType="Interface",
        SubnetIds=[exports["services_subnet_id"]],
        SecurityGroupIds=[exports["services_sg_id"]],
        PrivateDnsEnabled=True,
    )
    message = refusal(bench.function, create(clock="10:30", **wish("logs", "ecr.api")), "Conflict")
    assert made["VpcEndpoint"]["VpcEndpointId"] in message


def test_somebody_elses_of_another_service_that_answers_under_the_name_is_named(bench: Bench) -> None:
    exports = ask(bench.function, create(**wish("logs")))["exports"]
    ec2 = bench.account.ec2
    made = ec2.create_vpc_endpoint(
        VpcId=exports["vpc_id"],
        ServiceName="com.amazonaws.us-east-1.ecr.dkr",
        VpcEndpointType="Interface",
        SubnetIds=[exports["services_subnet_id"]],
        SecurityGroupIds=[exports["services_sg_id"]],
        PrivateDnsEnabled=True,
    )
    foreign = made["VpcEndpoint"]["VpcEndpointId"]
    (held,) = ec2.describe_vpc_endpoints(VpcEndpointIds=[foreign])["VpcEndpoints"]
    taken = TAKEN.replace("api.ecr.us-east-1.amazonaws.com", held["DnsEntries"][0]["DnsName"]) + exports["vpc_id"]
    bench.proxy.reply(lambda call: answers.error("ec2", 400, "InvalidParameter", taken), "CreateVpcEndpoint")
    # Its policy is open, which is exposure as well.
    message = refusal(bench.function, create(clock="10:30", **wish("logs", "ecr.api")), "Exposed")
    assert f"aws ec2 delete-vpc-endpoints --vpc-endpoint-ids {foreign}" in message


def test_more_than_aws_deletes_in_one_call(bench: Bench) -> None:
    many, one = ROOMY | {"egress": {"endpoints": MANY}}, ROOMY | {"egress": {"endpoints": ["s3"]}}
    ask(bench.function, create(**many))
    assert len(bench.account.resources("endpoints")) == len(MANY)
    ask(bench.function, create(clock="10:10", **one))
    assert len(bench.account.resources("endpoints")) == 1
    ask(bench.function, create(clock="10:20", **many))
    bench.proxy.forget()
    ask(bench.function, delete(), "deleted")
    deleted = [[name.startswith("VpcEndpointId") for name in call.parameters] for call in deletions(bench)]
    assert [sum(each) for each in deleted] == [25, len(MANY) - 25]
    assert bench.account.leftovers() == []


def test_directory_buckets_have_a_gateway(bench: Bench) -> None:
    ask(bench.function, create(**wish("s3express")))
    (made,) = bench.account.resources("endpoints", {"tag:Name": f"{NAME}-endpoint-s3express"})
    assert made["VpcEndpointType"] == "Gateway" and len(made["RouteTableIds"]) == 2
    assert ask(bench.function, create(**wish("s3express")))["changes"] == []
    assert sweep(bench.function)["changes"] == []


INSTANCE_CONNECT = SMALL | {"access": {"instance_connect": True}}


def doors(bench: Bench) -> list[str]:
    return [each["InstanceConnectEndpointId"] for each in bench.account.resources("instance_connect_endpoints")]


def test_an_instance_connect_endpoint_comes_once_the_last_is_gone(bench: Bench) -> None:
    ask(bench.function, create(**INSTANCE_CONNECT))
    (former,) = doors(bench)
    bench.emulator.configure(endpoint_seconds=2.0)
    bench.account.ec2.delete_instance_connect_endpoint(InstanceConnectEndpointId=former)
    bench.proxy.forget()
    ask(bench.function, create(**INSTANCE_CONNECT))
    assert len(bench.proxy.calls("CreateInstanceConnectEndpoint")) == 1
    assert len(doors(bench)) == 1 and former not in doors(bench)


def test_one_that_goes_unseen_is_waited_for(bench: Bench) -> None:
    """Its tags are gone before it is, so that no look finds it."""
    ask(bench.function, create(**INSTANCE_CONNECT))
    (former,) = doors(bench)
    bench.emulator.configure(endpoint_seconds=2.0)
    bench.account.ec2.delete_tags(Resources=[former])
    bench.account.ec2.delete_instance_connect_endpoint(InstanceConnectEndpointId=former)
    ask(bench.function, create(**INSTANCE_CONNECT))
    assert len(doors(bench)) == 1 and former not in doors(bench)


def test_somebody_elses_instance_connect_endpoint_is_named(bench: Bench) -> None:
    exports = ask(bench.function, create(**SMALL))["exports"]
    made = bench.account.ec2.create_instance_connect_endpoint(SubnetId=exports["services_subnet_id"])
    message = refusal(bench.function, create(clock="10:30", **INSTANCE_CONNECT), "Exposed")
    foreign = made["InstanceConnectEndpoint"]["InstanceConnectEndpointId"]
    assert f"delete-instance-connect-endpoint --instance-connect-endpoint-id {foreign}" in message


def test_what_is_taken_off_the_spec_goes_without_the_exports(bench: Bench, ecr: str) -> None:
    """AWS takes minutes over it. It was wanted until now, and its policy is bound to the account to its last packet."""
    before = bench.account.parameters(NAME)
    bench.emulator.configure(endpoint_seconds=25.0)
    bench.proxy.forget()
    taken_off = create(clock="11:00", **wish())
    said = ask(bench.function, taken_off, "provisioning", deadline_seconds=16)
    assert any(ecr in each and "deleting" in each for each in said["waiting_for"]), said
    assert bench.account.parameters(NAME) == before
    assert sweep(bench.function)["failed"] == []
    assert bench.account.parameters(NAME) == before
    bench.emulator.configure(endpoint_seconds=0.0)
    ask(bench.function, taken_off)
    assert bench.account.parameters(NAME) == before
    assert bench.proxy.calls("DeleteParameters") == []


def test_so_does_an_instance_connect_endpoint(bench: Bench) -> None:
    """Its own export goes with it, and no other."""
    ask(bench.function, create(**SMALL | {"access": {"instance_connect": True}}))
    before = bench.account.parameters(NAME)
    bench.emulator.configure(endpoint_seconds=40.0)
    taken_off = create(clock="11:00", **SMALL)
    said = ask(bench.function, taken_off, "provisioning", deadline_seconds=16)
    assert "instance-connect" in " ".join(said["waiting_for"])
    assert sweep(bench.function)["failed"] == []
    assert bench.account.parameters(NAME) == before
    bench.emulator.configure(endpoint_seconds=0.0)
    after = ask(bench.function, taken_off)["exports"]
    assert before.keys() - bench.account.parameters(NAME).keys() == {"instance_connect_endpoint_id"}
    assert after["vpc_id"] == before["vpc_id"]


def test_somebody_elses_that_goes_is_exposure_until_it_is_gone(bench: Bench, ecr: str) -> None:
    (vpc,) = bench.account.vpcs(NAME)
    made = bench.account.ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName="com.amazonaws.us-east-1.sqs",
        VpcEndpointType="Interface",
        SubnetIds=[bench.account.resources("subnets", {"vpc-id": vpc})[0]["SubnetId"]],
    )
    bench.emulator.configure(endpoint_seconds=25.0)
    bench.account.ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpoint"]["VpcEndpointId"]])
    assert made["VpcEndpoint"]["VpcEndpointId"] in refusal(bench.function, create(**wish("ecr.api")), "Exposed")
    assert bench.account.parameters(NAME) == {}

"""A whole life in other partitions: ARNs, principals and names of services as they are there."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from harness.elsewhere import life

ACCOUNT = "123456789012"


def spec(partition: str) -> dict[str, Any]:
    return {
        "egress": {"endpoints": ["s3", "dynamodb", "ecr.api", "logs", "sts"]},
        "training": {
            "services": ["batch", "ec2", "sagemaker"],
            "read": [f"arn:{partition}:s3:::features/v3/"],
            "write": [f"arn:{partition}:s3:::models"],
        },
    }


@cache
def in_china() -> dict[str, Any]:
    return life("cn-north-1", spec("aws-cn"))


@cache
def in_govcloud() -> dict[str, Any]:
    """There AWS has been known to leave out what endpoints are, and all of services but their names."""
    return life("us-gov-west-1", spec("aws-us-gov"), terse=True)


LIVES = pytest.mark.parametrize(
    ("told", "partition"), [(in_china, "aws-cn"), (in_govcloud, "aws-us-gov")], ids=["China", "GovCloud"]
)


@LIVES
def test_an_environment_lives(told: Any, partition: str) -> None:
    life = told()
    assert life["made"]["status"] == "ready" and life["made"]["isolation"]["isolated"]
    assert life["again"] == []
    assert life["sweep"]["failed"] == []
    resources = {each["resource"] for each in life["sweep"]["changes"]}
    assert {"training-role", "endpoint-s3", "endpoint-ecr.api"} <= resources, resources
    assert life["put_right"]
    assert life["described"]["isolation"]["isolated"] and life["described"]["status"] == "ready"
    assert (life["deleted"], life["left"], life["complaints"]) == ("deleted", [], "")


@LIVES
def test_every_arn_is_of_the_partition(told: Any, partition: str) -> None:
    life = told()
    exports = life["made"]["exports"]
    region = life["region"]
    path = f"arn:{partition}:iam::{ACCOUNT}:role/ringfence/{region}/"
    assert exports["ai_training_role_arn"] == f"{path}fraud-v3-{region}-training"
    documents = json.dumps([life["roles"], life["endpoint_policies"], life["groups"], exports])
    partitions = {each.split(":")[0] for each in documents.split("arn:")[1:]}
    assert partitions == {partition}


@LIVES
def test_services_are_asked_for_once(told: Any, partition: str) -> None:
    assert told()["asked_for_services"] == 1


def principals(life: dict[str, Any], role: str) -> set[str]:
    statements = life["roles"][role]["trust"]["Statement"]
    services = [each["Principal"]["Service"] for each in statements]
    return {name for each in services for name in ([each] if isinstance(each, str) else each)}


def test_in_china_ec2_and_some_services_go_by_the_suffix() -> None:
    life = in_china()
    assert principals(life, "fraud-v3-cn-north-1-training") == {
        "batch.amazonaws.com",
        "ec2.amazonaws.com.cn",
        "ecs-tasks.amazonaws.com",
        "sagemaker.amazonaws.com",
    }
    assert principals(life, "fraud-v3-cn-north-1-flow-logs") == {"vpc-flow-logs.amazonaws.com"}
    assert life["endpoints"] == [
        "cn.com.amazonaws.cn-north-1.ecr.api",
        "cn.com.amazonaws.cn-north-1.sts",
        "com.amazonaws.cn-north-1.dynamodb",
        "com.amazonaws.cn-north-1.logs",
        "com.amazonaws.cn-north-1.s3",
    ]


def test_in_govcloud_names_are_as_everywhere() -> None:
    life = in_govcloud()
    assert "ec2.amazonaws.com" in principals(life, "fraud-v3-us-gov-west-1-training")
    services = ["dynamodb", "ecr.api", "logs", "s3", "sts"]
    assert life["endpoints"] == [f"com.amazonaws.us-gov-west-1.{service}" for service in services]

"""`plan` says what `create` then does, and does nothing."""

from __future__ import annotations

from typing import Any

import pytest

from harness.asking import ask, plan
from harness.drift import WISH
from harness.requests import create
from harness.standing import Bench, Standing

SPEC = WISH["spec"]


def changes(answer: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What is changed and how, without IDs, which only AWS gives out."""
    return sorted((each["op"], each["type"], each["resource"]) for each in answer["changes"])


def planned(bench: Bench, spec: dict[str, Any], status: str = "ready") -> dict[str, Any]:
    """The answer, after a look at what it took."""
    bench.proxy.forget()
    answer = ask(bench.function, plan(**spec), status)
    assert answer["action"] == "plan"
    assert bench.proxy.mutations(records=True) == []
    return answer


def test_of_what_is_not_there(bench: Bench) -> None:
    answer = planned(bench, SPEC, "deleted")
    assert changes(answer) == changes(ask(bench.function, WISH))
    assert {each["op"] for each in answer["changes"]} <= {"create", "update", "delete"}
    assert changes(planned(bench, SPEC)) == []


@pytest.mark.parametrize(
    "spec",
    [
        {"access": {"ssh_from": ["203.0.113.0/24"]}},
        {"egress": {"endpoints": ["s3", "logs"]}},
        {"training": {"services": ["batch"], "write": ["arn:aws:s3:::other"]}},
        {"network": SPEC["network"] | {"availability_zones": 3}},
        {"tags": {"team": "vision"}},
    ],
    ids=lambda spec: next(iter(spec)),
)
def test_of_another_spec(standing: Standing, spec: dict[str, Any]) -> None:
    said = changes(planned(standing, SPEC | spec))
    assert said
    assert said == changes(standing.update(**spec))


def test_of_drift(standing: Standing) -> None:
    account = standing.account
    account.ec2.delete_subnet(SubnetId=standing.id("subnets", "training-subnet-us-east-1b"))
    account.ec2.delete_flow_logs(FlowLogIds=[standing.id("flow_logs", "flow-log")])
    account.ssm.delete_parameter(Name="/ringfence/fraud-v3/vpc_id")
    account.iam.delete_role_policy(RoleName="fraud-v3-us-east-1-training", PolicyName="training")
    said = changes(planned(standing, SPEC))
    assert said == changes(standing.again())
    standing.assert_intact()


def test_of_what_create_would_refuse(built: Standing) -> None:
    built.assert_refused(plan(network={"cidr": "10.43.0.0/16"}), "Conflict")
    built.assert_refused(plan(network={"cidr": "8.8.8.0/24"}))
    built.assert_refused({**plan(network={"cidr": "10.42.0.0/16"}), "environment": "vision-eu"}, "Conflict")


def test_names_what_is_changed_or_removed_by_its_id(built: Standing) -> None:
    answer = planned(built, SPEC | {"access": {"services_ports": [443]}, "egress": {"endpoints": ["s3"]}})
    endpoint = built.id("endpoints", "endpoint-ecr.api")
    assert [
        each["id"] for each in answer["changes"] if each["type"] == "AWS::EC2::VPCEndpoint" and each["op"] == "delete"
    ] == [endpoint]


def test_a_plan_claims_no_block(bench: Bench) -> None:
    spec: dict[str, Any] = {"network": {"cidr": "10.42.0.0/16"}}
    planned(bench, spec, "deleted")
    ask(bench.function, create("vision-eu", **spec))

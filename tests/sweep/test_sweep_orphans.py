"""Resources of this installation without a record are reported; only what nobody can be using is removed, in time."""

from __future__ import annotations

from typing import Any

import pytest

from harness.asking import ask
from harness.by_hand import document, make_gateway, make_vpc
from harness.function import TABLE
from harness.requests import NAME, create, delete
from harness.standing import Bench
from harness.sweeps import SMALL, changed, sweep, untroubled

DAY = 24 * 3600
CREATE = create(**SMALL)
TAGS = {"ringfence:environment": NAME, "ringfence:managed-by": "ringfence", "ringfence:installation": TABLE}
TRUST = document(Action="sts:AssumeRole", Principal={"Service": "ec2.amazonaws.com"})


def make_orphan(bench: Bench, **tags: str) -> str:
    """A VPC without a record."""
    changed = {f"ringfence:{name}": value for name, value in tags.items()}
    return make_vpc(bench.account.ec2, "10.77.0.0/24", {**TAGS, **changed, "Name": f"{NAME}-vpc"})


def make_role(bench: Bench, region: str) -> None:
    tags = [{"Key": key, "Value": value} for key, value in TAGS.items()]
    role = {"RoleName": f"{NAME}-{region}-training", "Path": f"/ringfence/{region}/", "Tags": tags}
    bench.account.iam.create_role(**role, AssumeRolePolicyDocument=TRUST)


def lose_the_table(bench: Bench) -> None:
    items = bench.account.records()
    for item in items:
        key = {name: {"S": item[name]} for name in ("kind", "name")}
        bench.account.dynamodb.delete_item(TableName=TABLE, Key=key)


def age(bench: Bench, seconds: float) -> None:
    """Has what was seen been seen so much longer ago."""
    for item in bench.account.records():
        if item["kind"] == "orphan":
            bench.account.dynamodb.update_item(
                TableName=TABLE,
                Key={name: {"S": item[name]} for name in ("kind", "name")},
                UpdateExpression="SET first_seen = first_seen - :span",
                ExpressionAttributeValues={":span": {"N": str(int(seconds * 1000))}},
            )


def orphans(answer: dict[str, Any]) -> dict[str, set[str]]:
    return {orphan["environment"]: set(orphan["resources"]) for orphan in answer["orphans"]}


def assert_kept(bench: Bench, named: set[str]) -> None:
    """However often and however late a sweep looks, what it names stays as it is."""
    before = bench.account.leftovers()
    for _ in range(3):
        bench.proxy.forget()
        answer = sweep(bench.function)
        assert named <= orphans(answer)[NAME]
        assert (answer["environments"], answer["changes"], answer["failed"]) == (0, [], [])
        assert bench.proxy.mutations() == []
        age(bench, 2 * DAY)
    assert bench.account.leftovers() == before


def test_what_was_never_published_goes_when_it_was_first_seen_over_a_day_ago(bench: Bench) -> None:
    vpc = make_orphan(bench)
    make_role(bench, "us-east-1")
    named = {vpc, f"{NAME}-us-east-1-training"}
    for seconds in (0.0, DAY - 120):
        age(bench, seconds)
        assert sweep(bench.function) == untroubled(0) | {
            "orphans": [{"environment": NAME, "resources": [vpc, f"{NAME}-us-east-1-training"]}]
        }
        assert bench.account.vpcs(NAME) == [vpc]
    age(bench, 180)
    answer = sweep(bench.function)
    assert (orphans(answer), changed(answer)) == ({NAME: named}, {NAME})
    assert {change["op"] for change in answer["changes"]} == {"delete"}
    assert bench.account.leftovers() == []
    assert sweep(bench.function) == untroubled(0)


def test_another_of_the_same_name_has_its_own_day(bench: Bench) -> None:
    make_orphan(bench)
    sweep(bench.function)
    age(bench, 2 * DAY)
    sweep(bench.function)
    assert bench.account.vpcs(NAME) == []
    lose_the_record(bench)
    second = make_orphan(bench)
    assert orphans(sweep(bench.function)) == {NAME: {second}}
    assert bench.account.vpcs(NAME) == [second]


def lose_the_record(bench: Bench) -> None:
    bench.account.dynamodb.delete_item(TableName=TABLE, Key={"kind": {"S": "environment"}, "name": {"S": NAME}})


def test_a_lost_table_costs_nobody_an_environment(bench: Bench) -> None:
    """And whoever asks for it again gets it as it stands."""
    exports = ask(bench.function, CREATE)["exports"]
    lose_the_table(bench)
    assert_kept(bench, {exports["vpc_id"], "fraud-v3-us-east-1-training", "/ringfence/fraud-v3/flow-logs"})
    assert bench.account.parameters(NAME)["vpc_id"] == exports["vpc_id"]
    answer = ask(bench.function, CREATE)
    assert (answer["exports"], answer["changes"]) == (exports, [])
    assert sweep(bench.function) == untroubled(1)


def test_what_has_interfaces_stays(bench: Bench) -> None:
    """Somebody's training runs in it, though what it was published as is gone."""
    exports = ask(bench.function, CREATE)["exports"]
    bench.account.ec2.create_network_interface(SubnetId=exports["training_subnet_id"])
    for name in bench.account.parameters(NAME):
        bench.account.ssm.delete_parameter(Name=f"/ringfence/{NAME}/{name}")
    lose_the_table(bench)
    assert_kept(bench, {exports["vpc_id"]})


def test_a_whole_one_that_nobody_can_be_using_goes_without_a_trace(bench: Bench) -> None:
    exports = ask(bench.function, CREATE)["exports"]
    for name in bench.account.parameters(NAME):
        bench.account.ssm.delete_parameter(Name=f"/ringfence/{NAME}/{name}")
    lose_the_table(bench)
    assert exports["vpc_id"] in orphans(sweep(bench.function))[NAME]
    age(bench, 2 * DAY)
    sweep(bench.function)
    assert bench.account.leftovers() == []
    assert sweep(bench.function) == untroubled(0)


def test_what_is_not_ours_to_remove_stands_in_the_way_and_hinders_nobody(bench: Bench) -> None:
    vpc = make_orphan(bench)
    make_gateway(bench.account.ec2, vpc)
    ask(bench.function, create("vision-eu", **SMALL))
    sweep(bench.function)
    age(bench, 2 * DAY)
    bench.account.ssm.delete_parameter(Name="/ringfence/vision-eu/exports")
    answer = sweep(bench.function)
    assert "vision-eu" in changed(answer)
    assert bench.account.vpcs(NAME) == [vpc]


@pytest.mark.parametrize("tag", ["installation", "managed-by"])
def test_what_is_not_ours_is_no_orphan(bench: Bench, tag: str) -> None:
    vpc = make_orphan(bench, **{tag: "other"})
    assert sweep(bench.function) == untroubled(0)
    assert bench.account.vpcs(NAME) == [vpc]
    assert bench.account.records() == []


def test_a_role_of_another_region_is_no_orphan(bench: Bench) -> None:
    """IAM is global: this installation may have a namesake there."""
    make_role(bench, "eu-west-1")
    assert sweep(bench.function) == untroubled(0)


def test_a_retained_log_group_is_no_orphan(bench: Bench) -> None:
    ask(bench.function, create(**SMALL, flow_logs={"retain": True}))
    ask(bench.function, delete(), "deleted")
    lose_the_table(bench)
    assert sweep(bench.function) == untroubled(0)
    assert bench.account.leftovers() == ["log_groups /ringfence/fraud-v3/flow-logs"]


def test_what_shows_up_after_its_environment_is_gone_is_removed(bench: Bench) -> None:
    """As the VPC of a CreateVpc does that took effect long after it was given up."""
    ask(bench.function, CREATE)
    ask(bench.function, delete(), "deleted")
    make_orphan(bench)
    answer = sweep(bench.function)
    assert (changed(answer), answer["orphans"], answer["failed"]) == ({NAME}, [], [])
    assert bench.account.leftovers() == []
    assert sweep(bench.function) == untroubled(0)


def test_what_shows_up_and_is_blocked_is_not_forgotten(bench: Bench) -> None:
    ask(bench.function, CREATE)
    ask(bench.function, delete(), "deleted")
    vpc = make_orphan(bench)
    gateway = make_gateway(bench.account.ec2, vpc)
    for _ in range(2):
        (failed,) = sweep(bench.function)["failed"]
        assert (failed["environment"], failed["status"], failed["error"]["kind"]) == (NAME, "deleting", "Blocked")
        assert gateway in failed["error"]["message"]
    bench.account.ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    bench.account.ec2.delete_internet_gateway(InternetGatewayId=gateway)
    assert changed(sweep(bench.function)) == {NAME}
    assert bench.account.leftovers() == []

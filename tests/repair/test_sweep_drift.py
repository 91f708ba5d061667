"""What somebody alters by hand is restored by the next sweep, from bulk reads alone."""

from __future__ import annotations

from typing import Any

import pytest

from harness.by_hand import let_time_pass, make_vpc, ssh_from
from harness.drift import WISH, Drift, delete_vpc_by_hand
from harness.requests import NAME
from harness.standing import Standing
from harness.sweeps import changed, sweep, untroubled
from repair import test_repair_access as access
from repair import test_repair_network as network
from repair import test_repair_services as services

DAY = 24 * 3600
SEEN_AT_ONCE = [
    network.public_addresses_on,
    network.subnet_deleted,
    network.subnet_given_to_another_tiers_route_table,
    network.acl_entry_changed,
    access.group_opened_to_the_world,
    access.default_group_filled,
    access.trust_policy_changed,
    access.instance_profile_emptied,
    services.interface_endpoint_deleted,
    services.endpoint_policy_opened,
    services.group_of_an_endpoint_exchanged,
    services.flow_log_deleted,
    services.retention_changed,
    services.whole_set_deleted,
]
"""One or two of each kind: `test_repair_….py` has them all for `create`."""
SEEN_DAILY = [network.dns_hostnames_off, services.parameter_changed]
"""What no bulk read tells."""


@pytest.fixture(scope="module")
def wish() -> dict[str, Any]:
    return WISH


def named(drifts: list[Drift]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("drift", drifts, ids=lambda drift: drift.__name__)


@named(SEEN_AT_ONCE)
def test_the_next_sweep_restores_it(standing: Standing, drift: Drift) -> None:
    drift(standing)
    answer = sweep(standing.function)
    assert (changed(answer), answer["failed"]) == ({NAME}, [])
    standing.assert_intact()


@named(SEEN_DAILY)
def test_what_no_bulk_read_tells_is_restored_within_a_day(standing: Standing, drift: Drift) -> None:
    drift(standing)
    assert sweep(standing.function) == untroubled(1)
    let_time_pass(standing.account, DAY)
    assert changed(sweep(standing.function)) == {NAME}
    standing.assert_intact()


def test_each_change_is_told_with_its_environment(standing: Standing) -> None:
    group, rule = standing.id("security_groups", "training-security-group"), ssh_from("192.168.7.0/24")
    standing.account.ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=rule)
    (change,) = sweep(standing.function)["changes"]
    assert change == {
        "environment": NAME,
        "op": "create",
        "type": "AWS::EC2::SecurityGroupIngress",
        "resource": "training-security-group/ingress",
    } | ({"id": change["id"]} if "id" in change else {})
    standing.assert_intact()
    assert sweep(standing.function) == untroubled(1)


def test_a_look_at_everything_that_finds_nothing_is_no_change(standing: Standing) -> None:
    """And is over for a day."""
    let_time_pass(standing.account, DAY)
    standing.proxy.forget()
    assert sweep(standing.function) == untroubled(1)
    assert standing.proxy.calls("DescribeVpcAttribute")
    assert standing.proxy.mutations() == []
    standing.proxy.forget()
    assert sweep(standing.function) == untroubled(1)
    assert standing.proxy.calls("DescribeVpcAttribute") == []
    standing.assert_intact()


@pytest.mark.at_once("it is deleted by hand, endpoints and all, without a pause")
def test_a_vpc_that_somebody_deleted_is_made_anew(standing: Standing) -> None:
    """Once it is certain that it does not merely not show yet."""
    delete_vpc_by_hand(standing)
    let_time_pass(standing.account, 60)
    answer = sweep(standing.function)
    assert (changed(answer), answer["failed"]) == ({NAME}, [])
    standing.assert_intact()
    assert standing.account.vpcs(NAME) != [standing.vpc]


def test_a_spare_vpc_is_removed(standing: Standing) -> None:
    """As an answer to CreateVpc leaves one behind that was lost for very long."""
    (vpc,) = standing.account.resources("vpcs", {"vpc-id": standing.vpc})
    tags = {tag["Key"]: tag["Value"] for tag in vpc["Tags"]}
    spare = make_vpc(standing.account.ec2, "10.200.0.0/16", tags)
    (change,) = sweep(standing.function)["changes"]
    assert (change["op"], change["type"], change["id"]) == ("delete", "AWS::EC2::VPC", spare)
    standing.assert_intact()


def test_the_log_says_whose_each_change_is(standing: Standing) -> None:
    services.whole_set_deleted(standing)
    seen = len(standing.function.logs)
    sweep(standing.function)
    lines = [line for line in standing.function.logs[seen:] if line["message"] == "changed"]
    assert lines
    assert {(line["action"], line["environment"]) for line in lines} == {("sweep", NAME)}
    standing.assert_intact()

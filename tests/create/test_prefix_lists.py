"""Prefix lists in `access.ssh_from`: named in the group's rule, and expanded into entries of the network ACL."""

from __future__ import annotations

from typing import Any

import pytest

from harness.asking import ask, pointers, refusal
from harness.requests import NAME, create, delete
from harness.standing import Bench
from harness.sweeps import sweep

SMALL: dict[str, Any] = {"egress": {"endpoints": []}, "network": {"availability_zones": 1}}


def make_list(bench: Bench, *cidrs: str, family: str = "IPv4") -> str:
    made = bench.account.ec2.create_managed_prefix_list(
        PrefixListName="offices",
        AddressFamily=family,
        MaxEntries=40,
        Entries=[{"Cidr": cidr, "Description": "an office"} for cidr in cidrs],
    )
    return str(made["PrefixList"]["PrefixListId"])


def add(bench: Bench, prefix_list: str, *cidrs: str) -> None:
    (seen,) = bench.account.ec2.describe_managed_prefix_lists(PrefixListIds=[prefix_list])["PrefixLists"]
    bench.account.ec2.modify_managed_prefix_list(
        PrefixListId=prefix_list, CurrentVersion=seen["Version"], AddEntries=[{"Cidr": cidr} for cidr in cidrs]
    )


def asked(prefix_list: str, *others: str, clock: str = "10:00") -> dict[str, Any]:
    return create(clock=clock, **SMALL, access={"ssh_from": [prefix_list, *others]})


def entries(bench: Bench, name: str = NAME) -> dict[bool, set[str]]:
    """The blocks of the training ACL's entries for SSH, by whether they are for what leaves."""
    named = [{"Name": "tag:Name", "Values": [f"{name}-training-network-acl"]}]
    (acl,) = bench.account.ec2.describe_network_acls(Filters=named)["NetworkAcls"]
    found = [each for each in acl["Entries"] if 200 <= each["RuleNumber"] < 300]
    return {egress: {each["CidrBlock"] for each in found if each["Egress"] is egress} for egress in (False, True)}


def ssh_rules(bench: Bench) -> list[tuple[list[str], list[str]]]:
    """The prefix lists and blocks of the training group's rules for port 22."""
    named = [{"Name": "group-name", "Values": [f"{NAME}-training-security-group"]}]
    (group,) = bench.account.ec2.describe_security_groups(Filters=named)["SecurityGroups"]
    rules = [rule for rule in group["IpPermissions"] if rule.get("FromPort") == 22]
    return [
        ([each["PrefixListId"] for each in rule["PrefixListIds"]], [each["CidrIp"] for each in rule["IpRanges"]])
        for rule in rules
    ]


def test_a_list_is_named_in_the_group_and_expanded_in_the_acl(bench: Bench) -> None:
    offices = make_list(bench, "192.0.2.0/24", "198.51.100.0/25", "10.8.1.0/24")
    ask(bench.function, asked(offices, "10.8.0.0/16"))
    blocks = {"10.8.0.0/16", "192.0.2.0/24", "198.51.100.0/25"}
    assert entries(bench) == {False: blocks, True: blocks}
    assert sorted(ssh_rules(bench)) in ([([offices], ["10.8.0.0/16"])], [([], ["10.8.0.0/16"]), ([offices], [])])
    bench.proxy.forget()
    assert ask(bench.function, asked(offices, "10.8.0.0/16"))["changes"] == []
    assert bench.proxy.mutations() == []
    ask(bench.function, delete(), "deleted")
    assert bench.account.vpcs(NAME) == []


def test_what_somebody_adds_to_the_list_is_followed_by_the_next_sweep(bench: Bench) -> None:
    offices = make_list(bench, "192.0.2.0/24")
    ask(bench.function, asked(offices))
    add(bench, offices, "203.0.113.0/24")
    assert sweep(bench.function)["failed"] == []
    assert entries(bench)[False] == {"192.0.2.0/24", "203.0.113.0/24"}


@pytest.mark.parametrize("others", [[], ["0.0.0.0/1"]], ids=["by itself", "with a block"])
def test_a_list_that_admits_everybody_is_refused(bench: Bench, others: list[str]) -> None:
    whole = make_list(bench, "128.0.0.0/1", *([] if others else ["0.0.0.0/1"]))
    message = bench.assert_refused(asked(whole, *others))
    assert pointers(message) == ["/spec/access/ssh_from"] and "0.0.0.0/0" in message


def test_what_cannot_be_had_is_refused(bench: Bench) -> None:
    missing = bench.assert_refused(asked("pl-0123456789abcdef0", "10.8.0.0/16"))
    assert pointers(missing) == ["/spec/access/ssh_from"] and "pl-0123456789abcdef0" in missing
    modern = bench.assert_refused(asked(make_list(bench, "fd00::/8", family="IPv6")))
    assert pointers(modern) == ["/spec/access/ssh_from"] and "IPv6" in modern
    many = bench.assert_refused(asked(make_list(bench, *[f"192.0.{number}.0/24" for number in range(20)])))
    assert pointers(many) == ["/spec/access/ssh_from"] and "20 blocks" in many


def test_a_list_that_is_opened_to_everybody_later_exposes_and_never_opens_the_acl(bench: Bench) -> None:
    offices = make_list(bench, "192.0.2.0/24")
    ask(bench.function, asked(offices))
    add(bench, offices, "0.0.0.0/1", "128.0.0.0/1")
    (failed,) = sweep(bench.function)["failed"]
    assert (failed["status"], failed["error"]["kind"]) == ("exposed", "Exposed")
    assert "no-open-group" in failed["error"]["message"]
    assert bench.account.parameters(NAME) == {}
    assert not entries(bench)[False] & {"0.0.0.0/1", "128.0.0.0/1"}
    assert "/spec/access/ssh_from" in refusal(bench.function, asked(offices), "InvalidRequest")


def test_the_acl_has_room_for_eighteen_and_for_one_less_beside_a_gateway_endpoint(bench: Bench) -> None:
    blocks = [f"10.{number}.0.0/16" for number in range(100, 119)]
    for endpoints, room in (([], 18), (["s3"], 17)):
        spec: dict[str, Any] = {
            "egress": {"endpoints": endpoints},
            "network": {"cidr": "10.42.0.0/16", "availability_zones": 1},
        }
        name = f"room-{room}"
        refused = bench.assert_refused(create(name, **spec, access={"ssh_from": blocks[: room + 1]}))
        assert pointers(refused) == ["/spec/access/ssh_from"]
        ask(bench.function, create(name, **spec, access={"ssh_from": blocks[:room]}))
        made = entries(bench, name)
        assert len(made[False]) == len(made[True]) == room
        ask(bench.function, delete(name), "deleted")

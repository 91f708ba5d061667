"""A snapshot's resources in words: a line for each rule, entry and route, as short as a person would put it.

What a test compares is then what a person reads when it fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .normal import ENVIRONMENT

Resource = dict[str, Any]

FINAL = 32767
"""The number of the denial that ends every ACL."""
_REFERENCE = re.compile(rf"<\w+ (?:{ENVIRONMENT}-|com\.amazonaws\.[a-z0-9-]+\.)([^<>]+)>")
_PROTOCOLS = {"-1": "all", "6": "tcp", "17": "udp"}


def plain(text: str) -> str:
    """A reference as the name of what it refers to: `training-subnet-us-east-1a`, `s3` for a prefix list."""
    return _REFERENCE.sub(r"\1", text)


def named(snapshot: dict[str, Any], kind: str) -> dict[str, Resource]:
    """The resources of a kind, by what their `Name` tags say after the environment's name."""
    found = {each["Tags"]["Name"].removeprefix(f"{ENVIRONMENT}-"): each for each in snapshot[kind]}
    assert len(found) == len(snapshot[kind]), f"two {kind} have one name"
    return found


def rules(group: Resource) -> list[str]:
    """`in tcp 22 10.8.0.0/16: what it is for`"""
    return sorted([*_rules("in", group["IpPermissions"]), *_rules("out", group["IpPermissionsEgress"])])


def _rules(way: str, permissions: list[Resource]) -> Iterator[str]:
    for permission in permissions:
        for end in permission["IpRanges"] + permission["Ipv6Ranges"] + permission["UserIdGroupPairs"]:
            yield _rule(way, permission, end)
        for end in permission["PrefixListIds"]:
            yield _rule(way, permission, end)


def _rule(way: str, permission: Resource, end: Resource) -> str:
    peer = next(end[key] for key in ("CidrIp", "CidrIpv6", "GroupId", "PrefixListId") if key in end)
    protocol = _PROTOCOLS.get(permission["IpProtocol"], permission["IpProtocol"])
    ports = _ports(permission.get("FromPort"), permission.get("ToPort"))
    purpose = f": {end['Description']}" if "Description" in end else ""
    return f"{way} {protocol}{ports} {plain(peer)}{purpose}"


def entries(acl: Resource) -> list[str]:
    """`in 100 allow all 10.42.0.0/16`, in the order in which AWS tries them; without the final denials."""
    ordered = sorted(acl["Entries"], key=lambda entry: (entry["Egress"], entry["RuleNumber"]))
    return [_entry(entry) for entry in ordered if entry["RuleNumber"] < FINAL]


def _entry(entry: Resource) -> str:
    way = "out" if entry["Egress"] else "in"
    protocol = _PROTOCOLS.get(entry["Protocol"], entry["Protocol"])
    ports = _ports(entry.get("PortRange", {}).get("From"), entry.get("PortRange", {}).get("To"))
    return f"{way} {entry['RuleNumber']} {entry['RuleAction']} {protocol}{ports} {entry['CidrBlock']}"


def _ports(first: int | None, last: int | None) -> str:
    if first is None or first == -1:
        return ""
    return f" {first}" if first == last else f" {first}-{last}"


def routes(table: Resource) -> list[str]:
    """`10.42.0.0/16 local`, `s3 endpoint-s3`"""
    return sorted(
        f"{plain(route.get('DestinationCidrBlock') or route['DestinationPrefixListId'])} {plain(route['GatewayId'])}"
        for route in table["Routes"]
    )


def subnets(resource: Resource) -> list[str]:
    """The subnets that a route table or an ACL serves."""
    return sorted(plain(each["SubnetId"]) for each in resource["Associations"] if "SubnetId" in each)

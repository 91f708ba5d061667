"""A snapshot's resources in words: a line for each rule, entry and route, as short as a person would put it.

What a test compares is then what a person reads when it fails.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
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


def lines(snapshot: dict[str, Any]) -> set[str]:
    """Everything that an environment is, a line each: `training-security-group in tcp 22 10.8.0.0/16: …`.

    The difference of two such sets is what a change of the spec has changed.
    """
    told = (
        f"{name} {line}"
        for kind, tell in _TOLD.items()
        for name, each in named(snapshot, kind).items()
        for line in tell(each)
    )
    return set(told)


def _vpc(vpc: Resource) -> Iterator[str]:
    yield f"has {vpc['CidrBlock']}"


def _subnet(subnet: Resource) -> Iterator[str]:
    yield f"has {subnet['CidrBlock']} in {subnet['AvailabilityZone']}"


def _table(table: Resource) -> Iterator[str]:
    yield from routes(table)
    yield from (f"serves {subnet}" for subnet in subnets(table))


def _acl(acl: Resource) -> Iterator[str]:
    yield from entries(acl)
    yield from (f"serves {subnet}" for subnet in subnets(acl))


def _endpoint(endpoint: Resource) -> Iterator[str]:
    yield f"is a {endpoint['VpcEndpointType'].lower()} of {endpoint['ServiceName']}"
    yield from (f"serves {plain(each)}" for each in endpoint["RouteTableIds"] + endpoint["SubnetIds"])
    yield from (f"wears {plain(group['GroupId'])}" for group in endpoint["Groups"])
    yield from statements(endpoint["PolicyDocument"])
    if endpoint["PrivateDnsEnabled"]:
        yield "answers for the names of the service"


def _role(role: Resource) -> Iterator[str]:
    yield from (f"trusts: {line}" for line in statements(role["AssumeRolePolicyDocument"]))
    for policy in role["Policies"].values():
        yield from statements(policy)


def statements(policy: Resource) -> Iterator[str]:
    """`Allow s3:GetObject arn:aws:s3:::features/*`: every action with every resource or principal."""
    for statement in policy["Statement"]:
        objects = statement["Resource"] if "Resource" in statement else statement["Principal"]["Service"]
        condition = f" if {json.dumps(statement['Condition'], sort_keys=True)}" if "Condition" in statement else ""
        for action in _listed(statement["Action"]):
            yield from (f"{statement['Effect']} {action} {plain(each)}{plain(condition)}" for each in _listed(objects))


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _log_group(group: Resource) -> Iterator[str]:
    yield f"keeps {group['retentionInDays']} days"
    if "kmsKeyId" in group:
        yield f"is encrypted with {group['kmsKeyId']}"


def _parameter(parameter: Resource) -> Iterator[str]:
    yield f"is {plain(json.dumps(parameter['Value']))}"


_TOLD: dict[str, Callable[[Resource], Iterable[str]]] = {
    "vpcs": _vpc,
    "subnets": _subnet,
    "route_tables": _table,
    "network_acls": _acl,
    "security_groups": rules,
    "endpoints": _endpoint,
    "roles": _role,
    "log_groups": _log_group,
    "parameters": _parameter,
}

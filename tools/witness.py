"""Tells what the proxy sees: resources as they are made and removed, and how much smaller work went with them."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter

from console import Console
from harness.calls import Call

KINDS = {
    "Vpc": "AWS::EC2::VPC",
    "Subnet": "AWS::EC2::Subnet",
    "RouteTable": "AWS::EC2::RouteTable",
    "NetworkAcl": "AWS::EC2::NetworkAcl",
    "SecurityGroup": "AWS::EC2::SecurityGroup",
    "VpcEndpoint": "AWS::EC2::VPCEndpoint",
    "VpcEndpoints": "AWS::EC2::VPCEndpoint",
    "InstanceConnectEndpoint": "AWS::EC2::InstanceConnectEndpoint",
    "PlacementGroup": "AWS::EC2::PlacementGroup",
    "FirewallDomainList": "AWS::Route53Resolver::FirewallDomainList",
    "FirewallRuleGroup": "AWS::Route53Resolver::FirewallRuleGroup",
    "FlowLogs": "AWS::EC2::FlowLog",
    "LogGroup": "AWS::Logs::LogGroup",
    "Role": "AWS::IAM::Role",
    "InstanceProfile": "AWS::IAM::InstanceProfile",
}
"""What CreateX and DeleteX make and remove, by X."""
NAMES = (
    "RoleName",
    "InstanceProfileName",
    "logGroupName",
    "Name",
    "FirewallDomainListId",
    "FirewallRuleGroupId",
)
ID = re.compile(r"(?:vpc|subnet|rtb|acl|sg|vpce|eice|fl)-[0-9a-f]{8,17}")


class Witness:
    """Listens to proxies and writes to a console, one chapter at a time."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._smaller: Counter[str] = Counter()
        self._lock = threading.Lock()  # Each proxy has a thread of its own.
        self._began = time.monotonic()

    def begin(self) -> None:
        self._smaller.clear()
        self._began = time.monotonic()

    def saw(self, call: Call) -> None:
        """One call that has ended."""
        with self._lock:
            self._tell(call)

    def _tell(self, call: Call) -> None:
        if not call.mutating or call.record or call.status != 200:
            return
        verb, kind = re.fullmatch(r"([A-Z][a-z]+)(\w*)", call.action).groups()  # type: ignore[union-attr]
        if verb not in ("Create", "Delete") or kind not in KINDS:
            self._smaller[call.action] += 1
            return
        what = KINDS[kind] if verb == "Create" else f"- {KINDS[kind]}"
        for subject in _subjects(call, verb):
            self._console.step(time.monotonic() - self._began, what, subject, _name_tag(call))

    def end(self) -> None:
        """Sums up what was too small for a line of its own."""
        with self._lock:
            parts = [f"{number} {action}" for action, number in sorted(self._smaller.items())]
            self._smaller.clear()
        if parts:
            self._console.line(f"  and {', '.join(parts)}")


def _subjects(call: Call, verb: str) -> list[str]:
    """The IDs of what a call made or removed; IAM and logs have names for IDs."""
    if call.service != "ec2":
        return [call.parameters[key] for key in NAMES if key in call.parameters]
    if verb == "Create":
        return call.created[:1]
    if call.action == "DeletePlacementGroup":
        return [call.parameters["GroupName"]]
    return [value for value in call.parameters.values() if ID.fullmatch(value)]


def _name_tag(call: Call) -> str:
    """The value of the tag `Name` that a query gives to what it makes."""
    key = next((name for name, value in call.parameters.items() if value == "Name" and name.endswith(".Key")), None)
    return str(call.parameters.get(key.removesuffix("Key") + "Value", "")) if key else ""

"""AWS answers a client token that it has seen with what it made then, also when that is gone: no repair may rely on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.account import Account
from harness.asking import ask
from harness.faults import Fault
from harness.function import Function
from harness.kinds import KINDS
from harness.proxy import Proxy
from harness.requests import NAME, create

CREATE = create(egress={"endpoints": ["s3", "sts"]})


def route_table(account: Account, found: dict[str, Any]) -> None:
    for association in found["Associations"]:
        account.ec2.disassociate_route_table(AssociationId=association["RouteTableAssociationId"])
    account.ec2.delete_route_table(RouteTableId=found["RouteTableId"])


def network_acl(account: Account, found: dict[str, Any]) -> None:
    inside = {"vpc-id": found["VpcId"], "default": "true"}
    (default,) = account.resources("network_acls", inside)
    for association in found["Associations"]:
        account.ec2.replace_network_acl_association(
            AssociationId=association["NetworkAclAssociationId"], NetworkAclId=default["NetworkAclId"]
        )
    account.ec2.delete_network_acl(NetworkAclId=found["NetworkAclId"])


def endpoint(account: Account, found: dict[str, Any]) -> None:
    account.ec2.delete_vpc_endpoints(VpcEndpointIds=[found["VpcEndpointId"]])


def flow_log(account: Account, found: dict[str, Any]) -> None:
    account.ec2.delete_flow_logs(FlowLogIds=[found["FlowLogId"]])


Remove = Callable[[Account, dict[str, Any]], None]
MADE_WITH_TOKENS: list[tuple[str, str, str, Remove]] = [
    ("route_tables", "training-route-table", "CreateRouteTable", route_table),
    ("network_acls", "training-network-acl", "CreateNetworkAcl", network_acl),
    ("endpoints", "endpoint-s3", "CreateVpcEndpoint", endpoint),
    ("endpoints", "endpoint-sts", "CreateVpcEndpoint", endpoint),
    ("flow_logs", "flow-log", "CreateFlowLogs", flow_log),
]
each = pytest.mark.parametrize(
    ("kind", "label", "action", "remove"), MADE_WITH_TOKENS, ids=[label for _, label, _, _ in MADE_WITH_TOKENS]
)


def remove_by_hand(account: Account, kind: str, label: str, remove: Remove) -> str:
    """Removes a resource, past the function; its ID."""
    (found,) = account.resources(kind, {"tag:Name": f"{NAME}-{label}"})
    remove(account, found)
    return str(found[KINDS[kind].id])


@each
def test_what_was_removed_is_made_anew_each_time(
    function: Function, account: Account, kind: str, label: str, action: str, remove: Remove
) -> None:
    ask(function, CREATE)
    before = account.snapshot(NAME)
    removed = set()
    for _ in range(2):
        removed.add(remove_by_hand(account, kind, label, remove))
        ask(function, CREATE)
        assert account.snapshot(NAME) == before
    assert len(removed) == 2


@each
def test_what_was_removed_before_it_settled_is_made_anew(
    function: Function, account: Account, proxy: Proxy, kind: str, label: str, action: str, remove: Remove
) -> None:
    """Made by an invocation that did not come to its end, so that nothing says that this life of it is over."""
    proxy.inject(Fault.THROTTLE, "PutParameter", times=None)
    ask(function, CREATE, "provisioning", deadline_seconds=4)
    remove_by_hand(account, kind, label, remove)
    proxy.reset()
    ask(function, CREATE)
    assert len(proxy.calls(action)) <= 2

"""AWS answers a client token that it has seen with what it made then, gone or not: no repair relies on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.account import Account
from harness.asking import ask
from harness.faults import Fault
from harness.kinds import KINDS
from harness.requests import NAME, create
from harness.standing import Bench

CREATE = create(egress={"endpoints": ["s3", "sts"]})
Remove = Callable[[Account, dict[str, Any]], Any]


def remove_table(account: Account, found: dict[str, Any]) -> None:
    for association in found["Associations"]:
        account.ec2.disassociate_route_table(AssociationId=association["RouteTableAssociationId"])
    account.ec2.delete_route_table(RouteTableId=found["RouteTableId"])


def remove_acl(account: Account, found: dict[str, Any]) -> None:
    (default,) = account.resources("network_acls", {"vpc-id": found["VpcId"], "default": "true"})
    for association in found["Associations"]:
        account.ec2.replace_network_acl_association(
            AssociationId=association["NetworkAclAssociationId"], NetworkAclId=default["NetworkAclId"]
        )
    account.ec2.delete_network_acl(NetworkAclId=found["NetworkAclId"])


def remove_endpoint(account: Account, found: dict[str, Any]) -> None:
    account.ec2.delete_vpc_endpoints(VpcEndpointIds=[found["VpcEndpointId"]])


def remove_flow_log(account: Account, found: dict[str, Any]) -> None:
    account.ec2.delete_flow_logs(FlowLogIds=[found["FlowLogId"]])


MADE_WITH_TOKENS: dict[tuple[str, str], Remove] = {
    ("route_tables", "training-route-table"): remove_table,
    ("network_acls", "training-network-acl"): remove_acl,
    ("endpoints", "endpoint-s3"): remove_endpoint,
    ("endpoints", "endpoint-sts"): remove_endpoint,
    ("flow_logs", "flow-log"): remove_flow_log,
}
"""By kind and name, how to remove by hand what Ringfence makes with a client token."""


def remove(account: Account, kind: str, label: str) -> str:
    """Removes a resource, past the function; its ID."""
    (found,) = account.resources(kind, {"tag:Name": f"{NAME}-{label}"})
    MADE_WITH_TOKENS[kind, label](account, found)
    return str(found[KINDS[kind].id])


def test_what_is_removed_again_and_again_is_made_again_and_again(bench: Bench) -> None:
    ask(bench.function, CREATE)
    before = bench.account.snapshot(NAME)
    removed = set()
    for _ in range(3):
        removed |= {remove(bench.account, *which) for which in MADE_WITH_TOKENS}
        ask(bench.function, CREATE)
        assert bench.account.snapshot(NAME) == before
    assert len(removed) == 3 * len(MADE_WITH_TOKENS)


def test_what_is_removed_before_it_settled_is_made_again(bench: Bench) -> None:
    """Made by an invocation that did not come to its end, so that nothing says that this life of it is over."""
    bench.proxy.inject(Fault.THROTTLE, "PutParameter", times=None)
    ask(bench.function, CREATE, "provisioning", deadline_seconds=8)
    before = bench.account.snapshot(NAME)
    removed = {remove(bench.account, *which) for which in MADE_WITH_TOKENS}
    bench.proxy.reset()
    ask(bench.function, CREATE)
    assert {**bench.account.snapshot(NAME), "parameters": []} == before
    assert len(removed) == len(MADE_WITH_TOKENS)

"""Interfaces that AWS services hold in the VPC keep a delete waiting where they go by themselves, and block it else."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from harness.asking import ask, refusal
from harness.by_hand import document, make_group, make_vpc
from harness.requests import NAME, create, delete
from harness.standing import Bench, Standing

SERVICE = {"requester_managed": True, "requester_id": "amazon-elb"}
"""How an interface looks that an AWS service made."""

Hold = Callable[[Standing], str]
"""Puts an interface into a training subnet; its ID."""


def held(description: str, **attributes: object) -> Hold:
    """An interface whose description tells who holds it."""

    def hold(standing: Standing) -> str:
        subnet = standing.id("subnets", "training-subnet-us-east-1a")
        return standing.emulator.place_interface(subnet, description, **(attributes or SERVICE))

    return hold


def let_go(standing: Standing, *interfaces: str) -> None:
    for interface in interfaces:
        standing.account.ec2.delete_network_interface(NetworkInterfaceId=interface)


def assert_withdrawn(standing: Standing) -> None:
    """Nobody is told of the environment any more, and who is still in it keeps network and roles."""
    assert standing.account.parameters(NAME) == {}
    assert standing.account.vpcs(NAME) == [standing.vpc]
    assert len(standing.account.list_roles()) == len(standing.as_built["roles"])


STAYS = {
    "EFS mount target for fs-0123": held("EFS mount target for fs-0123 (fsmt-4567)"),
    "load balancer net/inference/50dc6c": held("ELB net/inference/50dc6c"),
    'network interface "bastion"': held("bastion", requester_managed=False),
}
"""By what must be said of it, what stays until somebody removes it."""
PASSES = {
    "Lambda function score-7c1": held("AWS Lambda VPC ENI-score-7c1", interface_type="lambda", requester_managed=True),
    "SageMaker": held("[DO NOT DELETE] ENI managed by SageMaker for domain d-1"),
    "GuardDuty": held("GuardDuty agent of vpc-1"),
    "amazon-rds": held("RDSNetworkInterface", requester_managed=True, requester_id="amazon-rds"),
}
"""By what must be said of it, what its service removes when it has noticed that nobody needs it."""


@pytest.mark.parametrize("owner", STAYS)
def test_what_stays_blocks_and_is_named(standing: Standing, owner: str) -> None:
    interface = STAYS[owner](standing)
    said = refusal(standing.function, delete(), "Blocked")
    assert interface in said
    assert owner in said
    assert_withdrawn(standing)
    let_go(standing, interface)
    ask(standing.function, delete(), "deleted")
    assert standing.account.leftovers() == []


def test_what_passes_is_named_and_waited_for(standing: Standing) -> None:
    interfaces = {hold(standing): owner for owner, hold in PASSES.items()}
    said = ask(standing.function, delete(), "deleting", deadline_seconds=6)
    for interface, owner in interfaces.items():
        (line,) = [line for line in said["waiting_for"] if interface in line]
        assert owner in line
    assert_withdrawn(standing)
    later = threading.Timer(1.5, let_go, [standing, *interfaces])
    later.start()
    ask(standing.function, delete(), "deleted")
    later.join()
    assert standing.account.leftovers() == []


def test_what_stays_beside_what_passes_blocks(standing: Standing) -> None:
    interfaces = [STAYS["EFS mount target for fs-0123"](standing), PASSES["SageMaker"](standing)]
    said = refusal(standing.function, delete(), "Blocked")
    assert [interface for interface in interfaces if interface not in said] == []
    assert_withdrawn(standing)


def test_exports_go_first_and_roles_once_no_interface_can_be_left(standing: Standing) -> None:
    """AWS deletes no subnet with an interface in it, so who is still to let go of one has its role until then."""
    ask(standing.function, delete(), "deleted")
    calls = standing.proxy.mutations()
    withdrawing = [call for call in calls if call.action == "DeleteParameters"]
    network = [call for call in calls if call.service == "ec2"]
    subnets = [call for call in network if call.action == "DeleteSubnet"]
    identity = [call for call in calls if call.service == "iam"]
    assert max(call.end for call in withdrawing) <= min(call.start for call in network + identity)
    assert len(subnets) == len(standing.exports["training_subnet_ids"] + standing.exports["services_subnet_ids"])
    assert max(call.end for call in subnets) <= min(call.start for call in identity)


def test_nothing_without_its_tags_is_touched(bench: Bench) -> None:
    """Neither another environment, nor somebody's own network, nor what only looks like Ringfence's."""
    account, function = bench.account, bench.function
    foreign = make_vpc(account.ec2, "10.200.0.0/16", {"ringfence:environment": NAME, "Name": f"{NAME}-vpc"})
    make_group(account.ec2, foreign, f"{NAME}-training-security-group")
    trust = document(Action="sts:AssumeRole", Principal={"Service": "ec2.amazonaws.com"})
    account.iam.create_role(RoleName=f"{NAME}-training", Path="/", AssumeRolePolicyDocument=trust)
    account.logs.create_log_group(logGroupName=f"/{NAME}/flow-logs")
    account.ssm.put_parameter(Name=f"/{NAME}/vpc_id", Value="vpc-1", Type="String")
    before = account.leftovers()
    ask(function, create())
    ask(function, create("nightly-eval"))
    other = account.snapshot("nightly-eval")
    ask(function, delete(), "deleted")
    assert account.snapshot("nightly-eval") == other
    ask(function, delete("nightly-eval"), "deleted")
    assert account.leftovers() == before

"""What is not Ringfence's stands in the way of a delete: it is named, waited for where it goes by itself, and left."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from harness import by_hand
from harness.account import Account
from harness.asking import ask, refusal
from harness.emulator import Emulator
from harness.function import Function
from harness.proxy import Proxy
from harness.requests import NAME, create, delete

CREATE = create(egress={"endpoints": ["s3", "sts"]})
DELETE = delete()
SERVICE: dict[str, Any] = {"requester_managed": True, "requester_id": "amazon-elb"}
"""How an interface looks that an AWS service made."""


@dataclass
class Site:
    """An environment that somebody else builds in."""

    emulator: Emulator
    proxy: Proxy
    account: Account
    function: Function
    vpc: str
    subnet: str
    roles: int

    def names(self) -> set[str]:
        """What stands in the environment, by kind and name."""
        return set(self.account.leftovers())

    def delete(self, status: str = "deleted", **options: Any) -> dict[str, Any]:
        return ask(self.function, DELETE, status, **options)

    def assert_withdrawn(self) -> None:
        """Others must not be told of the environment any more, and whoever is still in it keeps his roles."""
        assert self.account.parameters(NAME) == {}
        assert len(self.account.list_roles()) == self.roles


@pytest.fixture
def site(emulator: Emulator, proxy: Proxy, account: Account, function: Function) -> Iterator[Site]:
    built = ask(function, CREATE)["exports"]
    proxy.forget()
    yield Site(
        emulator, proxy, account, function, built["vpc_id"], built["training_subnet_id"], len(account.list_roles())
    )


# In which order


def test_exports_go_first_and_roles_last(site: Site) -> None:
    site.delete()
    calls = site.proxy.mutations()
    withdrawing = [call for call in calls if call.action == "DeleteParameters"]
    others = [call for call in calls if call.action != "DeleteParameters"]
    assert withdrawing[-1].end <= others[0].start
    roles = [call for call in calls if call.action in ("DeleteRole", "DeleteRolePolicy", "DeleteInstanceProfile")]
    network = [call for call in calls if call.service == "ec2"]
    assert max(call.end for call in network) <= roles[0].start
    assert site.account.leftovers() == []


# Interfaces of others


def instance(site: Site) -> str:
    """An instance that somebody runs in a training subnet; its interface."""
    image = "ami-12345678"
    (made,) = site.account.ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=site.subnet)["Instances"]
    return str(made["NetworkInterfaces"][0]["NetworkInterfaceId"])


def mount_target(site: Site) -> str:
    return site.emulator.place_interface(site.subnet, "EFS mount target for fs-0123 (fsmt-4567)", **SERVICE)


def load_balancer(site: Site) -> str:
    return site.emulator.place_interface(site.subnet, "ELB net/inference/50dc6c495c0c9188", **SERVICE)


def spare_interface(site: Site) -> str:
    made = site.account.ec2.create_network_interface(SubnetId=site.subnet, Description="bastion")
    return str(made["NetworkInterface"]["NetworkInterfaceId"])


STAYING: dict[Callable[[Site], str], str] = {
    instance: "instance i-",
    mount_target: "EFS mount target for fs-0123",
    load_balancer: "load balancer net/inference/50dc6c495c0c9188",
    spare_interface: '"bastion"',
}
"""Interfaces that stay until their owner removes what holds them, and what names the owner."""


@pytest.mark.parametrize("holder", STAYING, ids=lambda holder: holder.__name__)
def test_what_stays_blocks_a_delete_and_is_named(site: Site, holder: Callable[[Site], str]) -> None:
    interface = holder(site)
    said = refusal(site.function, DELETE, "Blocked")
    assert interface in said
    assert STAYING[holder] in said
    site.assert_withdrawn()
    assert len(site.account.resources("interfaces", {"network-interface-id": interface})) == 1
    site.account.ec2.delete_network_interface(NetworkInterfaceId=interface)
    site.delete()
    assert [left for left in site.account.leftovers() if "instance" not in left] == []


def of_lambda(site: Site) -> str:
    return site.emulator.place_interface(
        site.subnet, "AWS Lambda VPC ENI-score-7c1", interface_type="lambda", requester_managed=True
    )


def of_sagemaker(site: Site) -> str:
    return site.emulator.place_interface(site.subnet, "[DO NOT DELETE] ENI managed by SageMaker", **SERVICE)


def of_guard_duty(site: Site) -> str:
    return site.emulator.place_interface(site.subnet, "GuardDuty agent", **SERVICE)


def of_some_service(site: Site) -> str:
    return site.emulator.place_interface(
        site.subnet, "RDSNetworkInterface", requester_managed=True, requester_id="amazon-rds"
    )


PASSING: dict[Callable[[Site], str], str] = {
    of_lambda: "Lambda function score-7c1",
    of_sagemaker: "SageMaker",
    of_guard_duty: "GuardDuty",
    of_some_service: "amazon-rds",
}
"""Interfaces that a service removes when it has noticed that nobody needs them, and what names the service."""


def test_what_goes_by_itself_is_waited_for(site: Site) -> None:
    interfaces = {holder(site): who for holder, who in PASSING.items()}
    said = site.delete("deleting", deadline_seconds=4)
    for interface, who in interfaces.items():
        (line,) = [line for line in said["waiting_for"] if interface in line]
        assert who in line
    site.assert_withdrawn()

    def go() -> None:
        for interface in interfaces:
            site.account.ec2.delete_network_interface(NetworkInterfaceId=interface)

    later = threading.Timer(1.5, go)
    later.start()
    site.delete()
    later.join()
    assert site.account.leftovers() == []


def test_one_that_stays_beside_one_that_goes_blocks(site: Site) -> None:
    goes, stays = of_lambda(site), mount_target(site)
    said = refusal(site.function, DELETE, "Blocked")
    assert goes in said
    assert stays in said


# Other things of others


def subnet(site: Site) -> str:
    return by_hand.make_subnet(site.account.ec2, site.vpc, free_block(site))


def group(site: Site) -> str:
    return by_hand.make_group(site.account.ec2, site.vpc, "legacy")


def route_table(site: Site) -> str:
    return by_hand.make_table(site.account.ec2, site.vpc)


def network_acl(site: Site) -> str:
    return by_hand.make_acl(site.account.ec2, site.vpc)


def internet_gateway(site: Site) -> str:
    return by_hand.make_gateway(site.account.ec2, site.vpc)


def endpoint(site: Site) -> str:
    made = site.account.ec2.create_vpc_endpoint(VpcId=site.vpc, ServiceName="com.amazonaws.us-east-1.dynamodb")
    return str(made["VpcEndpoint"]["VpcEndpointId"])


def free_block(site: Site) -> str:
    """A block within the VPC that no subnet of the environment has: what lies between the tiers."""
    (vpc,) = site.account.resources("vpcs", {"vpc-id": site.vpc})
    first, second, *_ = vpc["CidrBlock"].split(".")
    return f"{first}.{second}.255.0/24"


@pytest.mark.parametrize(
    "thing", [subnet, group, route_table, network_acl, internet_gateway, endpoint], ids=lambda thing: thing.__name__
)
def test_what_somebody_else_made_in_the_vpc_is_named_and_left(site: Site, thing: Callable[[Site], str]) -> None:
    made = thing(site)
    before = {left for left in site.names() if made in left}
    assert before
    assert made in refusal(site.function, DELETE, "Blocked")
    site.assert_withdrawn()
    assert {left for left in site.names() if made in left} == before
    assert not [call for call in site.proxy.mutations() if made in str(call.parameters)]


def test_nothing_without_its_tags_is_touched(function: Function, account: Account) -> None:
    """Neither another environment, nor somebody's own network, nor what only looks like Ringfence's."""
    tags = {"ringfence:environment": NAME, "Name": f"{NAME}-vpc"}
    foreign = by_hand.make_vpc(account.ec2, "10.200.0.0/16", tags)
    by_hand.make_group(account.ec2, foreign, f"{NAME}-training-security-group")
    trust = by_hand.document(Action="sts:AssumeRole", Principal={"Service": "ec2.amazonaws.com"})
    account.iam.create_role(RoleName=f"{NAME}-training", Path="/", AssumeRolePolicyDocument=trust)
    account.logs.create_log_group(logGroupName=f"/{NAME}/flow-logs")
    account.ssm.put_parameter(Name=f"/{NAME}/vpc_id", Value="vpc-1", Type="String")
    before = account.leftovers()
    ask(function, CREATE)
    ask(function, create("nightly-eval"))
    other = account.snapshot("nightly-eval")
    ask(function, DELETE, "deleted")
    assert account.snapshot("nightly-eval") == other
    ask(function, delete("nightly-eval"), "deleted")
    assert account.leftovers() == before

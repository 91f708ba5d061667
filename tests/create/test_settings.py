"""What a deployment decides shows in what is built."""

from __future__ import annotations

import json
from ipaddress import ip_network
from typing import Any

from harness.account import Account
from harness.asking import ask, refusal
from harness.by_hand import document, make_vpc
from harness.emulator import Emulator
from harness.fixtures import StartFunction
from harness.requests import NAME, create, delete


def test_the_boundary_is_put_on_every_role_and_put_back(start_function: StartFunction, account: Account) -> None:
    boundary = account.iam.create_policy(PolicyName="Boundary", PolicyDocument=document(Action="*", Resource="*"))
    arn = boundary["Policy"]["Arn"]
    function = start_function(environment={"RINGFENCE_PERMISSIONS_BOUNDARY": arn})
    checks = {each["check"]: each for each in ask(function, create())["isolation"]["checks"]}
    assert checks["permissions-boundary"]["holds"]
    built = account.snapshot(NAME)
    for role in built["roles"]:
        assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == arn
        account.iam.delete_role_permissions_boundary(RoleName=role["RoleName"].replace("<environment>", NAME))
    ask(function, create())
    assert account.snapshot(NAME) == built
    assert ask(function, create())["changes"] == []


def test_exports_go_below_the_prefix(start_function: StartFunction, account: Account) -> None:
    function = start_function(environment={"RINGFENCE_EXPORT_PREFIX": "/ml/networks"})
    exports = ask(function, create())["exports"]
    published = account.parameters(NAME, "/ml/networks")
    assert json.loads(published["exports"]) == exports
    assert account.parameters(NAME) == {}
    ask(function, delete(), "deleted")
    assert account.leftovers() == []


def test_the_installation_is_named_after_its_table(start_function: StartFunction, emulator: Emulator) -> None:
    account = Account(emulator, "networks")
    ask(start_function(environment={"RINGFENCE_TABLE": "networks"}), create())
    tags = [each["Tags"] for found in account.snapshot(NAME).values() for each in found]
    assert {each["ringfence:installation"] for each in tags} == {"networks"}


def test_blocks_come_from_the_pool_and_never_overlap(start_function: StartFunction, account: Account) -> None:
    account.emulator.configure(quotas={"vpcs": 20})
    make_vpc(account.ec2, "10.0.8.0/22")
    function = start_function(environment={"RINGFENCE_CIDR_POOL": "10.0.0.0/20, 192.168.0.0/22"})
    smaller: dict[str, Any] = {"network": {"prefix_length": 22, "availability_zones": 1}}
    blocks = [ask(function, create(f"env-{number}", **smaller))["exports"]["vpc_cidr"] for number in range(4)]
    assert sorted(blocks) == ["10.0.0.0/22", "10.0.12.0/22", "10.0.4.0/22", "192.168.0.0/22"]
    full = refusal(function, create("env-5", **smaller), "QuotaExceeded")
    assert "10.0.0.0/20" in full
    ask(function, delete("env-2"), "deleted")
    again = ask(function, create("env-5", **smaller))["exports"]["vpc_cidr"]
    assert ip_network(again) == ip_network(blocks[2])

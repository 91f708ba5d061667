"""Only its own: nothing without its tags is touched, whatever it is called and wherever it stands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.account import Account
from harness.asking import ask, refusal
from harness.by_hand import make_group, make_subnet, make_table, make_vpc
from harness.function import Function
from harness.requests import NAME, create, delete
from harness.standing import Bench, Standing


@pytest.fixture
def other_installation(standing: Standing) -> Iterator[Function]:
    """A function with a table of its own in the account of the environment."""
    Account(standing.emulator, "other")
    with Function(standing.proxy.url, environment={"RINGFENCE_TABLE": "other"}) as function:
        yield function


def test_another_installation_finds_the_names_taken(standing: Standing, other_installation: Function) -> None:
    refusal(other_installation, create(), "Conflict")
    assert standing.proxy.mutations(records=True) == []
    standing.assert_intact()


def test_another_installation_deletes_nothing(standing: Standing, other_installation: Function) -> None:
    assert ask(other_installation, delete(), "deleted")["changes"] == []
    assert standing.proxy.mutations() == []
    standing.assert_intact()


def bystanders(account: Account) -> list[str]:
    """What somebody else has in the account, called as ours would be."""
    ec2 = account.ec2
    vpc = make_vpc(ec2, "10.7.0.0/16", {"Name": f"{NAME}-vpc", "ringfence:environment": NAME})
    make_subnet(ec2, vpc, "10.7.0.0/18", tags={"Name": f"{NAME}-training-subnet-us-east-1a"})
    make_group(ec2, vpc, f"{NAME}-training-security-group", {"ringfence:environment": NAME})
    make_table(ec2, vpc)
    account.logs.create_log_group(logGroupName=f"/ringfence/{NAME}/flow-logs-of-last-year")
    account.ssm.put_parameter(Name=f"/ringfence/{NAME}-2/vpc_id", Value=vpc, Type="String")
    account.ssm.put_parameter(Name=f"/ringfence/{NAME}", Value="a note", Type="String")
    return account.leftovers()


def test_what_others_have_survives_a_whole_life(bench: Bench) -> None:
    present = bystanders(bench.account)
    ask(bench.function, create())
    assert set(present) <= set(bench.account.leftovers())
    ask(bench.function, delete(), "deleted")
    assert bench.account.leftovers() == present


def test_a_parameter_that_somebody_put_beside_the_exports_stays(bench: Bench) -> None:
    note = {"Name": f"/ringfence/{NAME}/note", "Value": "ask Ada", "Type": "String"}
    bench.account.ssm.put_parameter(**note)
    ask(bench.function, create())
    assert bench.account.parameters(NAME)["note"] == "ask Ada"
    ask(bench.function, delete(), "deleted")
    assert bench.account.leftovers() == [f"parameters {note['Name']}"]


def test_environments_do_not_see_each_other(bench: Bench) -> None:
    names = ["fraud", "fraud-v3", "fraud-v3-b"]
    for name in names:
        ask(bench.function, create(name))
    built = {name: bench.account.snapshot(name) for name in names}
    ask(bench.function, delete("fraud-v3"), "deleted")
    assert not any(bench.account.snapshot("fraud-v3").values())
    for name in ("fraud", "fraud-v3-b"):
        assert bench.account.snapshot(name) == built[name]


def test_a_parameter_of_somebody_else_in_the_place_of_an_export_is_refused_before_anything_is_made(
    bench: Bench,
) -> None:
    name = f"/ringfence/{NAME}/vpc_id"
    bench.account.ssm.put_parameter(Name=name, Value="vpc-of-somebody-else", Type="String")
    assert name in bench.assert_refused(create(), "Conflict")
    assert bench.account.parameters(NAME) == {"vpc_id": "vpc-of-somebody-else"}


def test_one_parameter_of_somebody_else_among_ours_is_neither_overwritten_nor_removed(bench: Bench) -> None:
    """Removed and made again by hand, it is without our tags."""
    ask(bench.function, create())
    name = f"/ringfence/{NAME}/vpc_cidr"
    bench.account.ssm.delete_parameter(Name=name)
    bench.account.ssm.put_parameter(Name=name, Value="10.0.0.0/8", Type="String")
    assert name in refusal(bench.function, create(), "Conflict")
    ask(bench.function, delete(), "deleted")
    assert bench.account.leftovers() == [f"parameters {name}"]

"""CreateVpc has neither a token nor a natural key: what Ringfence does so that there is one VPC all the same."""

from __future__ import annotations

from typing import Any

import pytest

from harness.account import Account
from harness.asking import ask, refusal
from harness.by_hand import let_time_pass, make_subnet, make_vpc
from harness.faults import Fault
from harness.function import TABLE
from harness.requests import NAME, create, delete
from harness.standing import Bench, Standing

CREATE, DELETE = create(), delete()
SEARCHED = 20
"""For so long a VPC is looked for that may have been made."""
TAGS = {
    "ringfence:environment": NAME,
    "ringfence:managed-by": "ringfence",
    "ringfence:installation": TABLE,
    "Name": f"{NAME}-vpc",
}


def make_spare(account: Account) -> str:
    """Another VPC of the environment, as a lost answer leaves one behind."""
    return make_vpc(account.ec2, "10.200.0.0/16", TAGS)


@pytest.fixture(scope="module")
def wish() -> dict[str, Any]:
    return CREATE


@pytest.mark.parametrize("fault", [Fault.ERROR_AFTER, Fault.CUT_AFTER], ids=lambda fault: fault.name)
def test_a_vpc_whose_answer_was_lost_is_found(bench: Bench, fault: Fault) -> None:
    """Also when reads do not show it at first."""
    bench.proxy.lag(1.5)
    bench.proxy.inject(fault, "CreateVpc")
    ask(bench.function, CREATE)
    assert len(bench.proxy.calls("CreateVpc")) == 1
    assert len(bench.account.vpcs(NAME)) == 1


def test_what_certainly_made_no_vpc_is_not_looked_for(bench: Bench) -> None:
    bench.proxy.inject(Fault.THROTTLE, "CreateVpc", times=2)
    ask(bench.function, CREATE, deadline_seconds=18)
    assert len(bench.account.vpcs(NAME)) == 1


@pytest.mark.at_once("when it shows up is what the proxy says")
def test_a_vpc_that_shows_up_too_late_becomes_the_spare(bench: Bench) -> None:
    """It is looked for in vain, another is made and recorded, and then there are two."""
    bench.proxy.lag(60)
    bench.proxy.hook("CreateVpc", withhold=True)
    said = ask(bench.function, CREATE, "provisioning", deadline_seconds=6)
    assert any(each.startswith("vpc: ec2:CreateVpc") for each in said["waiting_for"])
    let_time_pass(bench.account, SEARCHED)
    bench.proxy.hook("CreateVpc", before=lambda call: bench.proxy.lag(0))
    ask(bench.function, CREATE)
    first, second = (call.created[0] for call in bench.proxy.calls("CreateVpc"))
    assert bench.account.vpcs(NAME) == [second]
    assert first != second


@pytest.mark.at_once("the next one comes the moment after the last one went, which is no longer listed")
def test_of_two_the_recorded_one_stays(standing: Standing) -> None:
    """Whichever has the smaller ID, which is a matter of luck: so thrice."""
    for _ in range(3):
        make_spare(standing.account)
        assert [change["op"] for change in standing.again()["changes"]] == ["delete"]
        assert standing.account.vpcs(NAME) == [standing.vpc]
    standing.assert_intact()


def test_one_that_somebody_uses_is_kept_and_named(standing: Standing) -> None:
    spare = make_spare(standing.account)
    subnet = make_subnet(standing.account.ec2, spare, "10.200.0.0/24")
    assert standing.again()["exports"] == standing.exports
    assert set(standing.account.vpcs(NAME)) == {spare, standing.vpc}
    assert [line for line in standing.function.logs if line.get("level") == "WARN" and spare in str(line)]
    assert subnet in refusal(standing.function, DELETE, "Blocked")


def test_a_delete_takes_it_along(standing: Standing) -> None:
    make_spare(standing.account)
    ask(standing.function, DELETE, "deleted")
    assert standing.account.leftovers() == []

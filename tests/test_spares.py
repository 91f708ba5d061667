"""CreateVpc has neither a token nor a key: what Ringfence does so that there is one VPC all the same."""

from __future__ import annotations

from typing import Any

import pytest

from harness.account import Account
from harness.asking import ask, refusal
from harness.by_hand import make_subnet, make_vpc
from harness.emulator import Emulator
from harness.faults import Fault
from harness.function import TABLE, Function
from harness.proxy import Proxy
from harness.requests import NAME, create, delete

CREATE, DELETE = create(), delete()
TAGS = {
    "ringfence:environment": NAME,
    "ringfence:managed-by": "ringfence",
    "ringfence:installation": TABLE,
    "Name": f"{NAME}-vpc",
}
UNKNOWN = [fault for fault in Fault if fault is not Fault.THROTTLE]
"""The faults that leave it open whether there is a VPC now."""


@pytest.mark.parametrize("lag", [0.0, 3.0])
@pytest.mark.parametrize("fault", [Fault.ERROR_AFTER, Fault.CUT_AFTER], ids=lambda fault: fault.name)
def test_a_vpc_whose_answer_was_lost_is_found(
    function: Function, proxy: Proxy, account: Account, fault: Fault, lag: float
) -> None:
    proxy.lag(lag)
    proxy.inject(fault, "CreateVpc")
    made = ask(function, CREATE)["exports"]["vpc_id"]
    assert len(proxy.calls("CreateVpc")) == 1
    assert account.vpcs(NAME) == [made]


def test_a_throttle_needs_no_search(function: Function, proxy: Proxy, account: Account) -> None:
    proxy.inject(Fault.THROTTLE, "CreateVpc", times=3)
    answer = function.invoke(CREATE)
    assert answer.payload["status"] == "ready"
    assert answer.ms < 10_000
    assert len(account.vpcs(NAME)) == 1


def make_spare(account: Account) -> str:
    """Another VPC of the environment, as a lost answer leaves one behind."""
    return make_vpc(account.ec2, "10.200.0.0/16", TAGS)


@pytest.fixture
def built(function: Function, proxy: Proxy) -> dict[str, Any]:
    """The exports of an environment that stands."""
    exports = ask(function, CREATE)["exports"]
    proxy.forget()
    return exports


@pytest.mark.parametrize("attempt", range(3))
def test_an_empty_spare_is_removed_and_the_recorded_one_stays(
    function: Function, account: Account, built: dict[str, Any], attempt: int
) -> None:
    """Whichever of them has the smaller ID, which is a matter of luck."""
    before = account.snapshot(NAME)
    make_spare(account)
    ask(function, CREATE)
    assert account.vpcs(NAME) == [built["vpc_id"]]
    assert account.snapshot(NAME) == before


def test_a_spare_that_somebody_uses_is_kept_and_named(
    function: Function, account: Account, built: dict[str, Any]
) -> None:
    spare = make_spare(account)
    subnet = make_subnet(account.ec2, spare, "10.200.0.0/24")
    assert ask(function, CREATE)["exports"] == built
    assert sorted(account.vpcs(NAME)) == sorted([spare, built["vpc_id"]])
    assert [line for line in function.logs if line.get("level") == "WARN" and spare in str(line)]
    assert subnet in refusal(function, DELETE, "Blocked")
    account.ec2.delete_subnet(SubnetId=subnet)
    ask(function, DELETE, "deleted")
    assert account.leftovers() == []


def test_a_delete_takes_a_spare_along(function: Function, account: Account, built: dict[str, Any]) -> None:
    make_spare(account)
    ask(function, DELETE, "deleted")
    assert account.leftovers() == []


def test_a_vpc_that_shows_up_too_late_becomes_the_spare(
    function: Function, proxy: Proxy, account: Account, emulator: Emulator
) -> None:
    """It is looked for in vain, another is made and recorded, and then there are two."""
    emulator.configure(quotas={"vpcs": 3})
    proxy.inject(Fault.CUT_AFTER, "CreateVpc")
    first: list[str] = []
    proxy.hook("CreateVpc", after=lambda call: first.extend(call.created))
    proxy.hook("CreateVpc", nth=2, before=lambda call: proxy.lag(0))
    proxy.lag(60)
    ask(function, CREATE, deadline_seconds=90)
    assert len(proxy.calls("CreateVpc")) == 2
    ask(function, CREATE)
    assert len(account.vpcs(NAME)) == 1
    assert account.vpcs(NAME) != first
    ask(function, DELETE, "deleted")
    assert account.leftovers() == []

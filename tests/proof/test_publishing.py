"""What is published was proved just before, and is never half of one set and half of another."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from harness import answers
from harness.asking import ask, refusal
from harness.by_hand import let_time_pass, make_gateway
from harness.calls import Call
from harness.requests import NAME, create
from harness.standing import Bench, Standing
from harness.sweeps import SMALL, sweep

NAMES_REST = 30
"""Seconds until a name of SSM may be used again."""
SOON = 5
"""Seconds of that which tests wait."""


@pytest.fixture(scope="module")
def wish() -> dict[str, Any]:
    return create(**SMALL)


def withdraw(standing: Standing) -> None:
    """Has it withdrawn because of a gateway, which is gone again, and the names have rested for most of their time."""
    ec2 = standing.account.ec2
    gateway = make_gateway(ec2, standing.vpc)
    refusal(standing.function, standing.event, "Exposed")
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=standing.vpc)
    let_time_pass(standing.account, NAMES_REST - SOON)


def test_what_is_opened_while_names_rest_is_not_published(standing: Standing) -> None:
    withdraw(standing)
    opening = threading.Timer(1.5, make_gateway, [standing.account.ec2, standing.vpc])
    opening.start()
    assert "igw-" in refusal(standing.function, standing.event, "Exposed")
    opening.join()
    assert standing.account.parameters(NAME) == {}
    assert standing.proxy.calls("PutParameter") == []


def test_what_rests_undisturbed_is_published(standing: Standing) -> None:
    withdraw(standing)
    exports = ask(standing.function, standing.event)["exports"]
    assert standing.account.parameters(NAME).keys() == exports.keys() | {"exports"}


def test_what_is_opened_while_publishing_takes_its_time_is_not_published_on(bench: Bench) -> None:
    """One parameter takes longer than a look counts."""

    def dawdle(call: Call) -> None:
        (vpc,) = bench.account.vpcs(NAME)
        make_gateway(bench.account.ec2, vpc)
        time.sleep(3)

    bench.proxy.hook("PutParameter", before=dawdle)
    assert "igw-" in refusal(bench.function, create(**SMALL), "Exposed")
    bench.proxy.settle()
    assert "exports" not in bench.account.parameters(NAME)


def test_publishing_that_takes_its_time_comes_to_its_end(bench: Bench) -> None:
    bench.proxy.hook("PutParameter", times=2, before=lambda call: time.sleep(2.5))
    exports = ask(bench.function, create(**SMALL))["exports"]
    assert bench.account.parameters(NAME).keys() == exports.keys() | {"exports"}


def test_what_puts_no_value_may_take_its_time(standing: Standing) -> None:
    """Tags go on and off for longer than a look counts, call by call."""
    standing.update(tags={"team": "fraud"})
    standing.proxy.hook(
        times=None,
        where=lambda call: call.action in ("AddTagsToResource", "RemoveTagsFromResource"),
        before=lambda call: time.sleep(2.5),
    )
    standing.update(tags={"stage": "test"})
    for name in standing.account.parameters(NAME):
        found = standing.account.ssm.list_tags_for_resource(
            ResourceType="Parameter", ResourceId=f"/ringfence/{NAME}/{name}"
        )
        assert {"stage"} == {tag["Key"] for tag in found["TagList"]} & {"stage", "team"}


def test_a_prefix_list_that_was_altered_meanwhile_counts(bench: Bench) -> None:
    """The group admits SSH from a list, which by the time of publishing holds the whole world."""
    ec2 = bench.account.ec2
    entries = [{"Cidr": "192.0.2.0/24"}]
    made = ec2.create_managed_prefix_list(PrefixListName="offices", AddressFamily="IPv4", MaxEntries=9, Entries=entries)
    offices = made["PrefixList"]["PrefixListId"]

    def widen(call: Call) -> None:
        ec2.modify_managed_prefix_list(PrefixListId=offices, CurrentVersion=1, AddEntries=[{"Cidr": "0.0.0.0/0"}])

    bench.proxy.hook("CreateRouteTable", after=widen)
    assert "0.0.0.0/0" in refusal(bench.function, create(**SMALL, access={"ssh_from": [offices]}), "Exposed")
    assert bench.proxy.calls("PutParameter") == []


# Where AWS refuses a part of it


def refuse(standing: Standing, name: str, *, overwriting: bool) -> None:
    """A parameter may not be put, or may only not be overwritten: a tag policy, an explicit deny."""
    full = f'"/ringfence/{NAME}/{name}"'.encode()

    def is_refused(call: Call) -> bool:
        body = call.request.body
        return call.action == "PutParameter" and full in body and (not overwriting or b'"Overwrite":true' in body)

    standing.proxy.reply(answers.denied, where=is_refused)


def watch(standing: Standing) -> list[dict[str, str]]:
    """What was published after each call that alters parameters."""
    seen: list[dict[str, str]] = []

    def look(call: Call) -> None:
        if call.action in ("PutParameter", "DeleteParameters"):
            seen.append(standing.account.parameters(NAME))

    standing.proxy.hook(times=None, after=look)
    return seen


def test_what_may_not_be_overwritten_is_made_anew(standing: Standing) -> None:
    whole = standing.account.parameters(NAME)
    refuse(standing, "training_subnet_id", overwriting=True)
    for name in ("training_subnet_id", "vpc_id", "exports"):
        standing.account.ssm.put_parameter(Name=f"/ringfence/{NAME}/{name}", Value="by hand", Overwrite=True)
    answer = sweep(standing.function)
    assert (answer["failed"], standing.account.parameters(NAME)) == ([], {})
    let_time_pass(standing.account, NAMES_REST)
    assert sweep(standing.function)["failed"] == []
    assert standing.account.parameters(NAME) == whole


def test_what_may_not_be_put_at_all_leaves_nothing_published(standing: Standing) -> None:
    refuse(standing, "training_subnet_id", overwriting=False)
    for name in ("training_subnet_id", "exports"):
        standing.account.ssm.put_parameter(Name=f"/ringfence/{NAME}/{name}", Value="by hand", Overwrite=True)
    sweep(standing.function)
    assert standing.account.parameters(NAME) == {}
    for _ in range(2):
        let_time_pass(standing.account, NAMES_REST)
        (failed,) = sweep(standing.function)["failed"]
        assert failed["error"]["kind"] == "AccessDenied"
        assert "ssm:PutParameter" in failed["error"]["message"] and "nothing is published" in failed["error"]["message"]
        assert standing.account.parameters(NAME) == {}


def test_what_may_not_be_tagged_stays_published(standing: Standing) -> None:
    """Its values are right, and nobody may look at it any more either."""
    whole = standing.account.parameters(NAME)
    event = standing.later(tags={"team": "fraud"})

    untagged = standing.proxy.reply(answers.denied_for_good, "AddTagsToResource")

    def is_afterwards(call: Call) -> bool:
        return call.action == "GetParametersByPath" and len(untagged.fired) > len(whole)

    unread = standing.proxy.reply(answers.denied_for_good, where=is_afterwards)
    message = refusal(standing.function, event, "AccessDenied")
    assert standing.account.parameters(NAME) == whole
    assert "ssm:AddTagsToResource" in message and "nothing is published" not in message
    assert unread.fired, "it was not looked again"


# What is merely degraded


@pytest.mark.parametrize(
    ("trouble", "check", "told"),
    [
        ({"undelivered": "Rate limited"}, "flow-logs-on", "Rate limited"),
        ({"undelivered": "Access error"}, "flow-logs-on", "Access error"),
        ({"partial": "no address is free"}, "endpoints-reachable", "no address is free"),
    ],
)
def test_what_is_merely_degraded_is_told_and_stays_published(
    bench: Bench, trouble: dict[str, str], check: str, told: str
) -> None:
    wish = create(**SMALL, egress={"endpoints": ["s3", "sts"]})
    ask(bench.function, wish)
    before = bench.account.parameters(NAME)
    bench.emulator.configure(**trouble)
    swept = sweep(bench.function)
    assert (swept["failed"], swept["changes"]) == ([], [])
    answer = ask(bench.function, wish)
    assert (answer["changes"], bench.account.parameters(NAME)) == ([], before)
    (found,) = [each for each in answer["isolation"]["checks"] if each["check"] == check]
    assert (found["holds"], found["required"]) == (False, False)
    assert told in found["because"]

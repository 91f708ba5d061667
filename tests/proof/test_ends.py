"""However work on an environment ends, what was last seen of it is proved: what stands open is not left published.

An open rule stands, and something keeps the function from taking it away, each time something else.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from harness import answers
from harness.asking import ask, describe, refusal
from harness.by_hand import let_time_pass, make_gateway, ssh_from
from harness.calls import Call
from harness.function import Function
from harness.requests import NAME, create
from harness.standing import Standing
from harness.sweeps import SMALL, sweep
from harness.wire import answer

ENDPOINTS = SMALL | {"egress": {"endpoints": ["s3", "sts"]}}
REVOKE = "RevokeSecurityGroupIngress"
LIFE = 16.0
"""Enough for a sweep to begin work, and to end it."""

LONG = 28.0
"""So much longer than anybody waits for the first repair that the two cannot be mistaken."""

Hinder = Callable[[Standing], str]
"""Keeps the function from closing the environment, from now on; what is to be said of that."""


@pytest.fixture(scope="module")
def wish() -> dict[str, Any]:
    return create(**ENDPOINTS)


def answered(code: str, status: int = 400) -> Hinder:
    """The revoke is answered with an error, for ever."""

    def hinder(standing: Standing) -> str:
        standing.proxy.reply(lambda service: answers.error(service, status, code, "as ever"), REVOKE)
        return ""

    return hinder


def unanswered(standing: Standing) -> str:
    """The revoke hangs until the invocation has ended."""
    over = threading.Event()
    standing.proxy.hook(REVOKE, times=None, before=lambda call: over.wait(LIFE))
    return ""


def unread(code: str) -> Hinder:
    """What only a look at one environment asks for is answered with an error, for ever."""

    def hinder(standing: Standing) -> str:
        status = 503 if code == "Unavailable" else 403
        standing.proxy.reply(lambda service: answers.error(service, status, code, "as ever"), "DescribeVpcAttribute")
        return "ec2:DescribeVpcAttribute"

    return hinder


def waited_for(standing: Standing) -> str:
    """An endpoint of the environment was deleted, and its successor takes longer than anybody waits."""
    standing.emulator.configure(endpoint_seconds=60.0)
    standing.proxy.reply(lambda service: answers.error(service, 503, "Unavailable", "as ever"), REVOKE)
    (endpoint,) = standing.account.resources("endpoints", {"service-name": "com.amazonaws.us-east-1.sts"})
    standing.account.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"]])
    return ""


def refused(standing: Standing) -> str:
    """The group has lost a tag: it is nobody's to alter, and its name is taken."""
    group = standing.exports["training_sg_id"]
    standing.account.ec2.delete_tags(Resources=[group], Tags=[{"Key": "ringfence:managed-by"}])
    return group


ENDS: dict[str, Hinder] = {
    "unfinished": answered("Unavailable", 503),
    "done and never seen": answered("InvalidPermission.NotFound"),
    "in use": answered("DependencyViolation"),
    "denied": answered("UnauthorizedOperation", 403),
    "refused": answered("InvalidParameterValue"),
    "over quota": answered("RulesPerSecurityGroupLimitExceeded"),
    "out of time": unanswered,
    "unplannable": refused,
    "unread": unread("Unavailable"),
    "denied a look": unread("UnauthorizedOperation"),
    "waited for": waited_for,
}


def open_up(standing: Standing) -> None:
    group = standing.exports["training_sg_id"]
    standing.account.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=ssh_from("0.0.0.0/0"))


@pytest.mark.parametrize("end", ENDS)
def test_one_sweep_withdraws_it_and_lists_it(standing: Standing, end: str) -> None:
    open_up(standing)
    said = ENDS[end](standing)
    (failed,) = sweep(standing.function, deadline_seconds=LIFE)["failed"]
    assert (failed["environment"], failed["status"], failed["error"]["kind"]) == (NAME, "exposed", "Exposed")
    assert "0.0.0.0/0" in failed["error"]["message"]
    assert said in failed["error"]["message"]
    assert standing.account.parameters(NAME) == {}


def test_it_is_listed_as_long_as_it_stands_open_and_comes_back_once_it_is_closed(standing: Standing) -> None:
    open_up(standing)
    answered("UnauthorizedOperation", 403)(standing)
    for _ in range(2):
        (failed,) = sweep(standing.function)["failed"]
        assert failed["status"] == "exposed"
        assert standing.account.parameters(NAME) == {}
        assert "0.0.0.0/0" in ask(standing.function, describe(), "exposed")["error"]["message"]
    assert "0.0.0.0/0" in refusal(standing.function, standing.event, "Exposed")
    standing.proxy.reset()
    let_time_pass(standing.account, 30)
    assert sweep(standing.function)["failed"] == []
    standing.assert_intact()


def test_a_request_that_cannot_close_it_in_time_says_so(standing: Standing) -> None:
    open_up(standing)
    answered("Unavailable", 503)(standing)
    said = refusal(standing.function, standing.event, "Exposed", deadline_seconds=7.0)
    assert "0.0.0.0/0" in said and "ec2:RevokeSecurityGroupIngress" in said and "Unavailable" in said
    assert standing.account.parameters(NAME) == {}


def test_what_a_later_request_overtakes_is_withdrawn_too(standing: Standing) -> None:
    """The one that works on it carries the later request out, and finds that just as open."""
    open_up(standing)
    answered("UnauthorizedOperation", 403)(standing)
    later = standing.later(tags={"team": "fraud-detection"})
    standing.proxy.hook(REVOKE, before=lambda call: ask_beside(standing, later))
    swept = sweep(standing.function, deadline_seconds=LIFE)
    assert standing.account.parameters(NAME) == {}
    (failed,) = sweep(standing.function)["failed"]
    assert failed["status"] == "exposed", swept


def ask_beside(standing: Standing, event: dict[str, Any]) -> None:
    with Function(standing.proxy.url) as other:
        refusal(other, event, "Busy")


def test_nobody_waits_long_for_the_first_repair(standing: Standing) -> None:
    """The request has time enough, and the revoke hangs until the exports are gone."""
    open_up(standing)
    over = threading.Event()
    standing.proxy.hook(REVOKE, times=None, before=lambda call: over.wait(LONG))
    standing.proxy.hook("DeleteParameters", after=lambda call: over.set())
    standing.proxy.forget()
    ask(standing.function, standing.event, "provisioning", deadline_seconds=LONG)
    withdrawn = standing.proxy.calls("DeleteParameters")[0].start
    assert withdrawn < LONG / 2, f"only after {withdrawn:.1f} s"
    assert standing.account.parameters(NAME) == {}


# Reads of what is published that are of no use


def once_accepted(standing: Standing) -> Callable[[Call], bool]:
    """Which calls read what is published, once the first look of a request is over and the request is written down."""
    accepted = threading.Event()
    standing.proxy.hook(where=lambda call: call.record and call.mutating, after=lambda call: accepted.set())
    return lambda call: call.action == "GetParametersByPath" and accepted.is_set()


def test_it_is_withdrawn_although_aws_does_not_tell_what_is_published(standing: Standing) -> None:
    """The first look told. The one that is taken before withdrawing hangs until the invocation has ended."""
    make_gateway(standing.account.ec2, standing.vpc)
    over = threading.Event()
    rule = standing.proxy.hook(where=once_accepted(standing), times=None, before=lambda call: over.wait(LIFE))
    refusal(standing.function, standing.event, "Exposed", deadline_seconds=LIFE / 2)
    over.set()
    assert rule.fired
    assert standing.account.parameters(NAME) == {}


@pytest.mark.parametrize("missed", [["vpc_id"], ["exports"], None], ids=["one", "the whole set", "all"])
def test_what_a_late_read_misses_is_withdrawn_as_well(standing: Standing, missed: list[str] | None) -> None:
    make_gateway(standing.account.ec2, standing.vpc)
    path = f"/ringfence/{NAME}/"
    seen = [
        {name: each[name] for name in ("Name", "Type", "Value", "Version", "ARN")}
        for each in standing.account.list_parameters(path)
        if missed is not None and each["Name"].removeprefix(path) not in missed
    ]
    late = answer(200, {"content-type": "application/x-amz-json-1.1"}, json.dumps({"Parameters": seen}).encode())
    rule = standing.proxy.reply(lambda service: late, where=once_accepted(standing))
    refusal(standing.function, standing.event, "Exposed")
    assert rule.fired
    assert standing.account.parameters(NAME) == {}


# Names that have vanished


def vanish(standing: Standing, name: str) -> list[Call]:
    """Has a parameter vanish when the first is withdrawn. What has no tags is denied to a role that goes by tags."""
    full, gone, denied = f"/ringfence/{NAME}/{name}", threading.Event(), []

    def remove(call: Call) -> None:
        standing.account.ssm.delete_parameter(Name=full)
        gone.set()

    def is_denied(call: Call) -> bool:
        named = call.action == "DeleteParameters" and f'"{full}"'.encode() in call.request.body
        if named and gone.is_set():
            denied.append(call)
        return named and gone.is_set()

    standing.proxy.hook("DeleteParameters", before=remove)
    standing.proxy.reply(answers.denied, where=is_denied)
    return denied


def test_an_exposed_one_is_withdrawn_although_a_name_has_vanished(standing: Standing) -> None:
    make_gateway(standing.account.ec2, standing.vpc)
    denied = vanish(standing, "vpc_id")
    (failed,) = sweep(standing.function)["failed"]
    assert failed["status"] == "exposed"
    assert standing.account.parameters(NAME) == {}
    assert denied, "nobody was denied anything"


def test_what_may_not_be_withdrawn_is_named(standing: Standing) -> None:
    make_gateway(standing.account.ec2, standing.vpc)
    standing.proxy.reply(answers.denied, "DeleteParameters")
    (failed,) = sweep(standing.function)["failed"]
    assert failed["status"] == "exposed"
    assert "ssm:DeleteParameters" in failed["error"]["message"]
    standing.proxy.reset()
    sweep(standing.function)
    assert standing.account.parameters(NAME) == {}

"""Sixteen functions at the same moment: one environment where one was asked for, sixteen apart where sixteen were."""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from threading import Barrier
from typing import Any

import pytest

from harness import by_hand
from harness.account import Account
from harness.asking import ask, refusal
from harness.emulator import Emulator
from harness.fixtures import StartFunction
from harness.function import Function
from harness.requests import NAME, create, delete, on_the_bus
from harness.runtime import Answer

MANY = 16
SMALL: dict[str, Any] = {"network": {"prefix_length": 20, "availability_zones": 1}, "egress": {"endpoints": []}}
"""The least of an environment, for tests that are about its block."""


@pytest.fixture
def functions(start_function: StartFunction) -> list[Function]:
    return [start_function() for _ in range(MANY)]


def at_once(functions: list[Function], events: Iterable[dict[str, Any]]) -> list[Answer]:
    """Has each function handle one of the events, all at the same moment."""
    together = Barrier(len(functions))

    def invoke(function: Function, event: dict[str, Any]) -> Answer:
        together.wait()
        return function.invoke(event, 120)

    with ThreadPoolExecutor(len(functions)) as threads:
        return list(threads.map(invoke, functions, events))


def outcome(answer: Answer) -> str:
    """How an answer ended, in one word."""
    return answer.error_type or str(answer.payload["status"])


def said(answers: Iterable[Answer]) -> list[str]:
    """What was said that is neither done nor busy."""
    return [answer.error_message or str(answer.payload) for answer in answers if outcome(answer) not in ALLOWED]


ALLOWED = ("ready", "deleted", "Busy", "provisioning", "deleting")


def blocks(account: Account) -> list[ipaddress.IPv4Network]:
    """The blocks of all VPCs."""
    return [ipaddress.IPv4Network(vpc["CidrBlock"]) for vpc in account.resources("vpcs")]


def assert_apart(networks: Iterable[ipaddress.IPv4Network]) -> None:
    assert [(str(one), str(two)) for one, two in combinations(networks, 2) if one.overlaps(two)] == []


def finish(functions: list[Function], events: list[dict[str, Any]], answers: list[Answer]) -> None:
    """Sends again what was not done at once. Nothing may have failed."""
    assert said(answers) == []
    for function, event, answer in zip(functions, events, answers, strict=True):
        if outcome(answer) not in ("ready", "deleted"):
            ask(function, event, "deleted" if event["action"] == "delete" else "ready")


def test_the_same_event_makes_one_environment(functions: list[Function], account: Account) -> None:
    """Half of them come from the bus, where being busy is no error."""

    def events(request: dict[str, Any]) -> list[dict[str, Any]]:
        return [request, on_the_bus(request)] * (MANY // 2)

    answers = at_once(functions, events(create()))
    assert said(answers) == []
    assert "Busy" not in map(outcome, answers[1::2])
    settled = ask(functions[0], create())
    ready = [answer.payload["exports"] for answer in answers if outcome(answer) == "ready"]
    assert ready == [settled["exports"]] * len(ready)
    assert settled["changes"] == []
    assert account.vpcs(NAME) == [settled["exports"]["vpc_id"]]
    made_at_once = account.snapshot(NAME)
    answers = at_once(functions, events(delete()))
    assert said(answers) == []
    assert "Busy" not in map(outcome, answers[1::2])
    ask(functions[0], delete(), "deleted")
    assert account.leftovers() == []
    ask(functions[0], create("one-by-one", network={"cidr": settled["exports"]["vpc_cidr"]}))
    assert account.snapshot("one-by-one") == made_at_once


def claim(account: Account, block: str, environment: str) -> None:
    """A block that an environment claims that is not built yet, as the function's own record of it."""
    region = str(ipaddress.IPv4Network(block).supernet(new_prefix=16))
    item = {
        "kind": {"S": "claims"},
        "name": {"S": region},
        "revision": {"N": "1"},
        "blocks": {"M": {block: {"S": environment}}},
    }
    account.dynamodb.put_item(TableName=account.table, Item=item)


def test_sixteen_environments_get_sixteen_blocks(
    start_function: StartFunction, account: Account, emulator: Emulator
) -> None:
    """Twenty-four blocks of /20: four are somebody else's, four are claimed, the rest are just enough."""
    emulator.configure(quotas={"vpcs": 50})
    pool = "10.64.0.0/16,10.65.0.0/17"
    functions = [start_function(environment={"RINGFENCE_CIDR_POOL": pool}) for _ in range(MANY)]
    foreign = [by_hand.make_vpc(account.ec2, block) for block in ("10.64.32.0/24", "10.64.48.0/20", "10.65.0.0/19")]
    claimed = "10.64.128.0/18"
    claim(account, claimed, "on-its-way")
    names = [f"trial-{number}" for number in range(MANY)]
    events = [create(name, **SMALL) for name in names]
    finish(functions, events, at_once(functions, events))
    assert_apart([*blocks(account), ipaddress.IPv4Network(claimed)])
    assert len(blocks(account)) == 1 + len(foreign) + MANY
    full = refusal(functions[0], create("one-more", **SMALL), "QuotaExceeded")
    assert "10.64.0.0/16, 10.65.0.0/17" in full
    assert account.vpcs("one-more") == []
    assert {record["name"] for record in account.records() if record["kind"] == "environment"} == set(names)


def test_blocks_of_different_sizes_do_not_overlap(
    start_function: StartFunction, account: Account, emulator: Emulator
) -> None:
    emulator.configure(quotas={"vpcs": 50})
    lengths, pool = [18, 20, 22, 24] * 2, "10.64.0.0/15"
    functions = [start_function(environment={"RINGFENCE_CIDR_POOL": pool}) for _ in lengths]
    events = [
        create(f"trial-{number}", **SMALL | {"network": {"prefix_length": length, "availability_zones": 1}})
        for number, length in enumerate(lengths)
    ]
    finish(functions, events, at_once(functions, events))
    made = [network for network in blocks(account) if network.subnet_of(ipaddress.IPv4Network(pool))]
    assert sorted(network.prefixlen for network in made) == sorted(lengths)
    assert_apart(blocks(account))


def test_of_sixteen_who_want_one_block_one_gets_it(
    functions: list[Function], account: Account, emulator: Emulator
) -> None:
    emulator.configure(quotas={"vpcs": 50})
    spec = {**SMALL, "network": {"cidr": "10.70.0.0/20", "availability_zones": 1}}
    answers = at_once(functions, [create(f"trial-{number}", **spec) for number in range(MANY)])
    assert Counter(map(outcome, answers)) == {"ready": 1, "Conflict": MANY - 1}
    assert len(blocks(account)) == 2
    assert len([record for record in account.records() if record["kind"] == "environment"]) == 1
    (winner,) = [answer.payload["environment"] for answer in answers if not answer.failed]
    ask(functions[0], delete(winner), "deleted")
    assert account.leftovers() == []
    ask(functions[0], create("the-next", **spec))


def test_a_deleted_environment_gives_its_block_back(
    start_function: StartFunction, account: Account, emulator: Emulator
) -> None:
    function = start_function(environment={"RINGFENCE_CIDR_POOL": "10.64.0.0/20"})
    ask(function, create("first", **SMALL))
    refusal(function, create("second", **SMALL), "QuotaExceeded")
    ask(function, delete("first"), "deleted")
    ask(function, create("second", **SMALL))

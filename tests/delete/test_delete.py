"""After `delete` nothing of an environment is left, and its exports are the first to go."""

from __future__ import annotations

import pytest

from harness import answers
from harness.asking import ask, describe, refusal
from harness.by_hand import let_time_pass
from harness.drift import WISH, delete_vpc_by_hand
from harness.requests import NAME, create, delete
from harness.standing import Bench, Standing

SOON = 16.0
"""Seconds: a deadline that leaves no time to wait for what will never come."""
KEPT = ("roles", "instance_profiles", "log_groups")


def test_nothing_is_left_and_it_may_be_sent_again(standing: Standing) -> None:
    answer = ask(standing.function, delete(), "deleted")
    assert (answer["exports"], {change["op"] for change in answer["changes"]}) == ({}, {"delete"})
    assert standing.account.leftovers() == []
    assert [each["blocks"] for each in standing.account.records() if each["kind"] == "claims"] == [{}]
    standing.proxy.forget()
    assert ask(standing.function, delete(), "deleted")["changes"] == []
    assert ask(standing.function, delete(clock="12:00"), "deleted")["changes"] == []
    assert standing.proxy.mutations() == []


def test_what_never_was_is_deleted(bench: Bench) -> None:
    assert ask(bench.function, delete(), "deleted", deadline_seconds=SOON)["changes"] == []
    assert bench.proxy.mutations() == []


@pytest.mark.at_once("it is deleted by hand, endpoints and all, without a pause")
def test_a_vpc_that_somebody_deleted_is_not_waited_for(standing: Standing) -> None:
    delete_vpc_by_hand(standing)
    ask(standing.function, delete(), "deleted", deadline_seconds=SOON)
    assert standing.account.leftovers() == []


@pytest.mark.at_once("it is deleted by hand, endpoints and all, without a pause")
def test_a_vpc_that_somebody_deleted_is_made_again(standing: Standing) -> None:
    present = len(standing.account.leftovers())
    delete_vpc_by_hand(standing)
    ask(standing.function, standing.event, deadline_seconds=SOON)
    assert standing.snapshot() == standing.as_built
    assert len(standing.account.leftovers()) == present, "something of the old one is left"


def test_the_record_is_not_needed(standing: Standing) -> None:
    for each in standing.account.records():
        key = {name: {"S": each[name]} for name in ("kind", "name")}
        standing.account.dynamodb.delete_item(TableName=standing.account.table, Key=key)
    ask(standing.function, delete(), "deleted")
    assert standing.account.leftovers() == []


def test_roles_keep_their_policies_while_a_subnet_stands(standing: Standing) -> None:
    """Whatever service still has an interface in it needs its role to let go."""
    standing.proxy.reply(answers.denied_for_good, "DeleteSubnet")
    assert "ec2:DeleteSubnet" in refusal(standing.function, delete(), "AccessDenied")
    left = standing.snapshot()
    assert {kind: left[kind] for kind in KEPT} == {kind: standing.as_built[kind] for kind in KEPT}
    standing.proxy.reset()
    ask(standing.function, delete(), "deleted")
    assert standing.account.leftovers() == []


# What a delete is refused for, or leaves behind on request


def test_protection_is_minded_until_it_is_taken_off(bench: Bench) -> None:
    ask(bench.function, create(deletion_protection=True))
    built = bench.account.snapshot(NAME)
    assert "deletion_protection" in bench.assert_refused(delete(), "Protected")
    assert bench.account.snapshot(NAME) == built
    assert ask(bench.function, create(clock="12:00"))["changes"] == []
    ask(bench.function, delete(clock="13:00"), "deleted")
    assert bench.account.leftovers() == []


def test_logs_that_are_retained_stay_as_nobodys_until_they_are_taken_up_again(bench: Bench) -> None:
    ask(bench.function, create(flow_logs={"retain": True, "retention_days": 30}))
    ask(bench.function, delete(), "deleted")
    assert bench.account.leftovers() == [f"log_groups /ringfence/{NAME}/flow-logs"]
    (group,) = bench.account.snapshot(NAME)["log_groups"]
    assert group["retentionInDays"] == 30
    owned = {key: value for key, value in group["Tags"].items() if key.startswith("ringfence:")}
    assert owned == {"ringfence:environment": "<environment>", "ringfence:installation": "ringfence"}
    let_time_pass(bench.account, 30)
    ask(bench.function, create(clock="12:00"))
    (group,) = bench.account.snapshot(NAME)["log_groups"]
    assert (group["retentionInDays"], group["Tags"]["ringfence:managed-by"]) == (365, "ringfence")
    ask(bench.function, delete(clock="13:00"), "deleted")
    assert bench.account.leftovers() == []


# Life after death


@pytest.mark.at_once("there is as little time as the names alone take")
def test_a_create_after_a_delete_waits_until_names_may_be_used_again(standing: Standing) -> None:
    ask(standing.function, delete(), "deleted")
    anew = WISH | {"requested_at": "2025-06-02T12:00:00Z"}
    answer = ask(standing.function, anew, "provisioning", deadline_seconds=SOON / 2)
    assert "names" in " ".join(answer["waiting_for"])
    assert (answer["exports"], standing.account.parameters(NAME)) == ({}, {})
    assert ask(standing.function, describe(), "provisioning")["exports"] == {}
    let_time_pass(standing.account, 30)
    ask(standing.function, anew)
    assert standing.snapshot() == standing.as_built

"""Whatever is waited for is named with what AWS said last of it, and nobody else is kept waiting by it."""

from __future__ import annotations

import time

import pytest

from harness import answers
from harness.account import Account
from harness.asking import ask, describe, refusal
from harness.function import Function
from harness.requests import NAME, create, delete
from harness.stand import Stand, Stands
from harness.standing import Bench, Standing
from harness.sweeps import SMALL, record_only, sweep

SAID = "The vpc has dependencies and cannot be deleted."


def hold_vpc(stand: Stand | Bench) -> None:
    """AWS does not let the VPC go, though nothing shows that is in it."""
    stand.proxy.reply(lambda service: answers.error(service, 400, "DependencyViolation", SAID), "DeleteVpc")


def leased(account: Account) -> bool:
    return any("lease_owner" in item for item in account.records() if item["kind"] == "environment")


def test_a_delete_says_what_it_waits_for_whenever_its_time_is_over(stands: Stands) -> None:
    """At whatever moment of its waiting the end comes, it is in time, and gives the lease up."""

    def wait(stand: Stand, life: float) -> str:
        account = stand.clear()
        with Function(stand.proxy.url) as function:
            ask(function, create(**SMALL))
            hold_vpc(stand)
            began = time.monotonic()
            answer = function.invoke(delete(), life)
            took = time.monotonic() - began
            if answer.failed or answer.payload["status"] != "deleting":
                return f"{life}: {answer}"
            described = ask(function, describe(), "deleting")
        told = [f"vpc: ec2:DeleteVpc answered DependencyViolation: {SAID}"]
        found = (answer.payload["waiting_for"], described["waiting_for"], leased(account), took < life)
        return "" if found == (told, told, False, True) else f"{life}: {found}"

    lives = [4.6, 5.9, 7.3, 9.0]
    assert [said for said in stands.run(wait, lives) if said] == []


def test_a_sweep_does_not_wait_for_what_aws_does_not_let_go(bench: Bench) -> None:
    ask(bench.function, create(**SMALL))
    hold_vpc(bench)
    record_only(bench.function, delete())
    began = time.monotonic()
    assert sweep(bench.function)["failed"] == []
    assert 8 < time.monotonic() - began < 20
    (waiting,) = ask(bench.function, describe(), "deleting")["waiting_for"]
    assert SAID in waiting
    bench.proxy.reset()
    sweep(bench.function)
    assert bench.account.leftovers() == []


@pytest.mark.parametrize("request_", ["create", "delete"])
def test_what_aws_takes_its_time_over_is_named_with_how_it_stands(bench: Bench, request_: str) -> None:
    wish = create(**SMALL, egress={"endpoints": ["sts"]})
    if request_ == "delete":
        ask(bench.function, wish)
    bench.emulator.configure(endpoint_seconds=20)
    asked, status = (wish, "provisioning") if request_ == "create" else (delete(), "deleting")
    said = ask(bench.function, asked, status, deadline_seconds=5)["waiting_for"]
    word = "pending" if request_ == "create" else "deleting"
    assert any("vpce-" in each and word in each for each in said), said
    assert ask(bench.function, describe(), status)["waiting_for"] == said


def test_a_role_in_somebody_elses_instance_profile_is_all_that_stays(standing: Standing) -> None:
    iam, name = standing.account.iam, "research"
    role = standing.exports["ai_training_role_arn"].rpartition("/")[2]
    iam.create_instance_profile(InstanceProfileName=name)
    iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=role)
    began = time.monotonic()
    for said in (refusal(standing.function, delete(), "Blocked"), refusal(standing.function, delete(), "Blocked")):
        assert role in said and name in said and "iam:DeleteRole" in said
    (failed,) = sweep(standing.function)["failed"]
    assert (failed["status"], failed["error"]["kind"]) == ("deleting", "Blocked")
    assert time.monotonic() - began < 20, "there is nothing to wait for"
    assert (standing.account.vpcs(NAME), standing.account.parameters(NAME)) == ([], {})
    assert name in ask(standing.function, describe(), "deleting")["error"]["message"]
    assert [each for each in standing.account.leftovers() if "research" not in each] == [f"roles {role}"]
    iam.remove_role_from_instance_profile(InstanceProfileName=name, RoleName=role)
    iam.delete_instance_profile(InstanceProfileName=name)
    ask(standing.function, delete(), "deleted")
    assert standing.account.leftovers() == []

"""Each check of isolation catches the mistake that it is there for, in what the emulator reports, and says why."""

from __future__ import annotations

from typing import Any

import pytest

from harness.account import Account
from harness.asking import ask, describe
from harness.drift import WISH
from harness.fixtures import Report, StartFunction
from harness.mistakes import ROLE, Mistake, mistakes
from harness.requests import create
from harness.standing import Standing

MUST_WORK = {
    "every-subnet-explicit",
    "training-reaches-training",
    "training-reaches-services",
    "endpoints-reachable",
    "gateway-endpoints-routed",
    "ssh-as-asked",
    "dns-works",
    "flow-logs-on",
    "role-usable",
}
"""The checks of what must work; all others keep things in and out."""
TRIED_ELSEWHERE = {
    "vpc-present",
    "permissions-boundary",
    "dns-filtered",
    "no-request-from-outside",
    "no-foreign-open-egress",
}
"""`vpc-present` by a describe of what has none, `dns-filtered` where filtering is asked for. The last two only tell."""


def checks(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {check["check"]: check for check in answer["isolation"]["checks"]}


def test_every_check_holds_before_anybody_makes_a_mistake(built: Standing) -> None:
    found = checks(ask(built.function, describe()))
    assert [name for name, check in found.items() if check["required"] and not check["holds"]] == []
    assert set(found) - TRIED_ELSEWHERE == {mistake.check for mistake in mistakes.all}


@pytest.mark.parametrize("mistake", mistakes.all, ids=lambda mistake: mistake.name)
def test_it_is_caught(standing: Standing, mistake: Mistake) -> None:
    named = mistake.make(standing)
    answer = standing.function.invoke(describe()).payload
    check = checks(answer)[mistake.check]
    assert (check["required"], check["holds"]) == (True, False), check
    assert named in check["because"], check["because"]
    assert answer["isolation"]["isolated"] is False
    # Whatever else a mistake breaks on its way, what opens the environment counts for more.
    failing = {name for name, each in checks(answer).items() if each["required"] and not each["holds"]}
    assert answer["status"] == ("failed" if failing <= MUST_WORK else "exposed")
    assert answer["exports"] == {}
    assert mistake.check in answer["error"]["message"]


def test_a_role_without_the_boundary_that_is_configured(
    start_function: StartFunction, account: Account, report: Report
) -> None:
    policy = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'
    boundary = account.iam.create_policy(PolicyName="boundary", PolicyDocument=policy)["Policy"]["Arn"]
    function = start_function(environment={"RINGFENCE_PERMISSIONS_BOUNDARY": boundary})
    ask(function, create(**WISH["spec"]))
    account.iam.delete_role_permissions_boundary(RoleName=ROLE)
    check = checks(ask(function, describe(), "exposed"))["permissions-boundary"]
    assert (check["required"], check["holds"]) == (True, False)
    assert ROLE in check["because"]
    report(f"{len(mistakes.all) + 1} single mistakes, each caught by the check that is there for it")

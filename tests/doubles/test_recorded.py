"""The recorded answers of AWS are whole: every action that the function calls has an answer for every condition, or a
reason why it cannot be met."""

from __future__ import annotations

import re
from functools import cache

import pytest
from botocore.session import get_session

from harness import answers
from harness.called import MODELS, called
from harness.recorded import CONDITIONS, OTHERS, find, matches, tables

ALL = [each for recorded, _ in tables().values() for each in recorded]
NEVERS = [each for _, nevers in tables().values() for each in nevers]
MEANINGS = (
    "not-found",
    "already-exists",
    "in-use",
    "spreading",
    "throttled",
    "unknown",
    "denied",
    "quota",
    "condition-failed",
    "refused",
)


@cache
def actions() -> list[str]:
    return sorted(called())


def test_every_condition_is_recorded_or_cannot_be_met() -> None:
    faults = []
    for action in actions():
        recorded, nevers = tables()[action.partition(":")[0]]
        for condition in CONDITIONS:
            answered = [each for each in recorded if each.is_of(action) and condition in each.when]
            excluded = [each for each in nevers if each.is_of(action) and condition in each.when]
            if not answered and not excluded:
                faults.append(f"nothing is recorded of {action} when {condition}")
            if answered and excluded:
                faults.append(f"{action} when {condition} is answered with {answered[0].code}, and cannot be met")
    assert faults == []


def test_an_answer_is_well_formed() -> None:
    for each in ALL:
        assert set(each.when) <= {*CONDITIONS, *OTHERS}, each
        assert each.means in MEANINGS, each
        assert each.learnt.startswith("https://"), each
        assert each.message, each
        assert each.status == 200 if each.entry else 400 <= each.status < 600, each
        assert not each.field or each.kind in ("InvalidRequest", "QuotaExceeded", "AccessDenied"), each


def test_nothing_is_recorded_of_what_nobody_calls() -> None:
    patterns = {pattern for each in ALL for pattern in each.actions}
    patterns |= {pattern for each in NEVERS for pattern in each.actions + each.but}
    assert [pattern for pattern in sorted(patterns) if not any(matches(each, [pattern]) for each in actions())] == []


def modelled() -> list[tuple[str, str]]:
    """The errors that AWS's own models name for what the function calls. EC2's model names none."""
    found = []
    for action in actions():
        service, _, name = action.partition(":")
        shapes = get_session().get_service_model(MODELS.get(service, service)).operation_model(name).error_shapes
        found += [(action, shape.metadata.get("error", {}).get("code") or shape.name) for shape in shapes]
    return found


BESIDE = {
    "IncompatiblePolicyException",
    "InvalidAllowedPatternException",
    "InvalidFilterKey",
    "InvalidFilterOption",
    "InvalidKeyId",
    "InvalidNextToken",
    "InvalidPolicyAttributeException",
    "InvalidPolicyTypeException",
    "InvalidResourceType",
    "ParameterPatternMismatchException",
    "PoliciesLimitExceededException",
    "UnsupportedParameterType",
}
"""Errors of Parameter Store over what the function never sends: patterns, policies, other types and keys."""

COMMON = {"InvalidParameterException", "ValidationException", "InvalidInput", "LimitExceeded", "UnmodifiableEntity"}
"""Errors that AWS's models name for many actions, over requests that the function does not make."""


def test_what_the_models_name_is_recorded() -> None:
    lacking = [
        f"{action} may answer {code}"
        for action, code in modelled()
        if code not in BESIDE | COMMON
        and code not in {each.code for each in tables()[action.partition(":")[0]][0] if each.is_of(action)}
    ]
    assert lacking == []


# What the tests themselves answer


@pytest.mark.parametrize("reply", [answers.throttled, answers.broken, answers.denied])
@pytest.mark.parametrize("service", sorted(tables()))
def test_what_is_injected_is_recorded(reply: answers.Reply, service: str) -> None:
    if (reply, service) == (answers.denied, "sts"):
        with pytest.raises(KeyError):
            reply(service)
        return
    message = reply(service)
    code = answers.code_of(message)
    assert find(f"{service}:*", code=code).status == message.status
    assert not re.search(r"{\w+}", message.body.decode()), "a place in the message was left empty"


def test_what_is_not_recorded_is_not_answered() -> None:
    with pytest.raises(KeyError, match="VpcLimitReached"):
        find("ec2:CreateVpc", code="VpcLimitReached")
    with pytest.raises(KeyError, match="nothing is recorded of s3"):
        answers.throttled("s3")

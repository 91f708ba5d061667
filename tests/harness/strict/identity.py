"""IAM: quotas, names, paths and encodings, which moto does not mind. What is in use, it keeps by itself."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.core.serialize import url_encode
from moto.iam.exceptions import LimitExceededException, NotFoundException, ValidationError
from moto.iam.models import IAMBackend, Role, iam_backends
from moto.iam.responses import IamResponse

from ..recorded import find
from .patching import wrap
from .settings import settings

MOST_POLICY_CHARACTERS = 10240
"""All inline policies of a role together, white space aside."""
ROLE_NAME = re.compile(r"[\w+=,.@-]{1,64}")
PROFILE_NAME = re.compile(r"[\w+=,.@-]{1,128}")
BOUND, GONE = "iam:CreateRole", "iam:RemoveRoleFromInstanceProfile"
PATH = re.compile(r"/|/[\x21-\x7e]+/")

_since: dict[tuple[str, ...], float] = {}
"""When a role came to be, and when it got a policy, by its name or by its name and the policy's."""


def forget() -> None:
    _since.clear()


def counts(account_id: str, partition: str, arn: str, service: str) -> bool:
    """Whether a service may assume a role by now: it trusts the service, and it and its policies have spread.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
    """
    roles = [role for role in iam_backends[account_id][partition].roles.values() if role.arn == arn]
    if not roles or f'"{service}.' not in json.dumps(json.loads(roles[0].assume_role_policy_document)):
        return False
    changed = [moment for of, moment in _since.items() if of[0] == roles[0].name]
    return time.monotonic() - max(changed, default=0.0) >= settings.role_seconds


IamResponse.RESPONSE_KEY_PATH_TO_TRANSFORMER["AssumeRolePolicyDocument"] = url_encode
"""AWS encodes this document in every answer; moto does so in two of them, which it has found by now."""


@wrap(IAMBackend)
def create_role(
    original: Callable[..., Role], self: Any, role_name: str, document: str, path: str, *rest: Any, **kwargs: Any
) -> Role:
    """moto takes any name and path, and has no quota.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html and
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    _check("roleName", role_name, ROLE_NAME)
    _check("path", path or "/", PATH)
    if len(self.roles) >= settings.quotas.roles:
        raise _limit_exceeded("CreateRole", limit=settings.quotas.roles)
    _check_boundary(self, kwargs.get("permissions_boundary", rest[0] if rest else None))
    _since[(role_name,)] = time.monotonic()
    return original(self, role_name, document, path, *rest, **kwargs)


@wrap(IAMBackend)
def put_role_policy(
    original: Callable[..., None], self: Any, role_name: str, policy_name: str, policy_json: str
) -> None:
    """moto lets the policies of a role grow without bound.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html and
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    others = [text for name, text in self.get_role(role_name).policies.items() if name != policy_name]
    if (
        len("".join([*others, policy_json]).translate({ord(space): None for space in " \t\r\n"}))
        > MOST_POLICY_CHARACTERS
    ):
        raise _limit_exceeded("PutRolePolicy", name=role_name)
    _since.setdefault((role_name, policy_name), time.monotonic())
    original(self, role_name, policy_name, policy_json)


@wrap(IAMBackend)
def delete_role(original: Callable[..., None], self: Any, role_name: str) -> None:
    """A role of the same name is another one, and counts as late.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html
    """
    original(self, role_name)
    for known in [each for each in _since if each[0] == role_name]:
        del _since[known]


@wrap(IAMBackend)
def put_role_permissions_boundary(
    original: Callable[..., None], self: Any, role_name: str, permissions_boundary: str
) -> None:
    """moto takes a boundary that nobody made.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePermissionsBoundary.html
    """
    _check_boundary(self, permissions_boundary)
    original(self, role_name, permissions_boundary)


def _check_boundary(backend: Any, arn: str | None) -> None:
    """NoSuchEntity, in the words of https://github.com/keikoproj/iam-manager/issues/31"""
    if arn and arn not in backend.managed_policies and arn not in settings.policies_elsewhere:
        raise NotFoundException(find(BOUND, code="NoSuchEntity", when="wrong").text(BOUND, arn=arn))


@wrap(IAMBackend)
def remove_role_from_instance_profile(
    original: Callable[..., None], self: Any, profile_name: str, role_name: str
) -> None:
    """moto breaks down over a role that the profile does not hold.

    NoSuchEntity in https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveRoleFromInstanceProfile.html
    """
    profile = self.get_instance_profile(profile_name)
    if all(role.name != role_name for role in profile.roles):
        raise NotFoundException(find(GONE, code="NoSuchEntity").text(GONE, name=role_name))
    original(self, profile_name, role_name)


@wrap(IAMBackend)
def create_instance_profile(
    original: Callable[..., Any], self: Any, name: str, path: str, *rest: Any, **kwargs: Any
) -> Any:
    """moto takes any name and path.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateInstanceProfile.html
    """
    _check("instanceProfileName", name, PROFILE_NAME)
    _check("path", path or "/", PATH)
    return original(self, name, path, *rest, **kwargs)


@wrap(IamResponse)
def list_instance_profiles(original: Callable[..., ActionResult], self: Any) -> ActionResult:
    """moto lists the profiles of every path.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfiles.html
    """
    prefix = self._get_param("PathPrefix", "/")
    profiles = [profile for profile in self.backend.get_instance_profiles() if profile.path.startswith(prefix)]
    return ActionResult({"InstanceProfiles": profiles, "IsTruncated": False})


def _limit_exceeded(action: str, **words: Any) -> LimitExceededException:
    action = f"iam:{action}"
    return LimitExceededException(find(action, code="LimitExceeded").text(action, **words))


def _check(field: str, value: str, pattern: re.Pattern[str]) -> None:
    if not pattern.fullmatch(value):
        raise ValidationError(f"The specified value for {field} is invalid: {value}")

"""The keys of log groups: they are there, enabled and for CloudWatch Logs to use, or the call is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.kms.models import kms_backends
from moto.logs.models import LogGroup, LogsBackend
from moto.logs.responses import LogsResponse

from .errors import json_refusal
from .patching import add, wrap

RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)


def check_key(backend: Any, group: str, arn: str | None) -> None:
    """A key that is not there or not enabled is an invalid parameter, one whose policy leaves the service out a denial.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html and, for the denial,
    https://github.com/hashicorp/terraform-provider-aws/issues/29282
    """
    if arn is None:
        return
    region, key_id = arn.split(":")[3], arn.rpartition("/")[2]
    key = kms_backends[backend.account_id][backend.region_name].keys.get(key_id)
    if key is None or key.arn != arn or region != backend.region_name or key.key_state != "Enabled":
        raise json_refusal("logs", "CreateLogGroup", "InvalidParameterException", "wrong", name=group)
    if f"logs.{backend.region_name}." not in key.policy:
        where = {"partition": backend.partition, "region": backend.region_name, "account": backend.account_id}
        raise json_refusal("logs", "CreateLogGroup", "AccessDeniedException", "wrong", name=group, **where)


@wrap(LogsBackend)
def create_log_group(
    original: Callable[..., LogGroup], self: Any, log_group_name: str, tags: dict[str, str], **kwargs: Any
) -> LogGroup:
    """moto takes any key, also one that nobody made.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/logs/encrypt-log-data-kms.html
    """
    check_key(self, log_group_name, kwargs.get("kmsKeyId"))
    return original(self, log_group_name, tags, **kwargs)


@wrap(LogsResponse)
def put_retention_policy(original: Callable[..., str], self: Any) -> str:
    """moto takes any number of days.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
    """
    days = self._get_param("retentionInDays")
    if days not in RETENTION_DAYS:
        raise json_refusal("logs", "PutRetentionPolicy", "InvalidParameterException", "wrong")
    return original(self)


def _give_key(response: Any, key: str | None) -> str:
    name = response._get_param("logGroupName")
    group = response.logs_backend.groups.get(name)
    if group is None:
        raise json_refusal("logs", "AssociateKmsKey", "ResourceNotFoundException")
    check_key(response.logs_backend, name, key)
    group.kms_key_id = key
    return json.dumps({})


@add(LogsResponse)
def associate_kms_key(self: Any) -> str:
    """moto takes a key only when a group is made.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html
    """
    return _give_key(self, self._get_param("kmsKeyId"))


@add(LogsResponse)
def disassociate_kms_key(self: Any) -> str:
    """moto has it not.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DisassociateKmsKey.html
    """
    return _give_key(self, None)

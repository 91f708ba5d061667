"""Flow logs: the role that is to write them must be there and count, their tags go with them, delivery may fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import InvalidParameter
from moto.ec2.models.flow_logs import FlowLogsBackend
from moto.ec2.responses.flow_logs import FlowLogs

from . import identity
from .patching import replace, wrap
from .settings import settings

WRITER = "vpc-flow-logs"
"""The service that assumes the role, without what the partition adds."""


@wrap(FlowLogsBackend)
def create_flow_logs(original: Callable[..., Any], self: Any, **asked: Any) -> Any:
    """moto takes a role that nobody made, that does not trust flow logs, or that IAM has not spread yet.

    https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ec2/vpc_flow_log.go retries this very
    message for as long as IAM takes; https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html says what
    the role must trust.
    """
    arn = asked["deliver_logs_permission_arn"]
    if arn is not None and not identity.counts(self.account_id, self.partition, arn, WRITER):
        raise InvalidParameter("Unable to assume given IAM role")
    return original(self, **asked)


@wrap(FlowLogsBackend)
def delete_flow_logs(original: Callable[..., None], self: Any, flow_log_ids: list[str]) -> None:
    """moto keeps the tags of what it deletes.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html: who deletes a resource deletes its tags.
    """
    original(self, flow_log_ids)
    for flow_log_id in flow_log_ids:
        self.tags.pop(flow_log_id, None)


@wrap(FlowLogsBackend)
def describe_flow_logs(original: Callable[..., Any], self: Any, *args: Any, **kwargs: Any) -> Any:
    """moto delivers whatever happens (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_FlowLog.html)."""
    found = original(self, *args, **kwargs)
    for flow_log in found:
        flow_log.deliver_logs_status = "FAILED" if settings.undelivered else "SUCCESS"
        flow_log.deliver_logs_error_message = settings.undelivered or None
    return found


@replace(FlowLogs, "delete_flow_logs")
def answer_delete_flow_logs(self: Any) -> ActionResult:
    """moto fails the whole call over one that is not there, in a form that no SDK reads.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteFlowLogs.html lists what could not be deleted.
    """
    asked = self._get_param("FlowLogIds", [])
    self.error_on_dryrun()
    known = [flow_log_id for flow_log_id in asked if flow_log_id in self.ec2_backend.flow_logs]
    self.ec2_backend.delete_flow_logs(known)
    code, message = (
        "InvalidFlowLogId.NotFound",
        "These flow log ids in the input list are not found: [TotalCount: 1] {}",
    )
    unknown = [flow_log_id for flow_log_id in asked if flow_log_id not in known]
    return ActionResult(
        {
            "Unsuccessful": [
                {"ResourceId": flow_log_id, "Error": {"Code": code, "Message": message.format(flow_log_id)}}
                for flow_log_id in unknown
            ]
        }
    )

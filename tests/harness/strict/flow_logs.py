"""Flow logs: their tags go with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.ec2.models.flow_logs import FlowLogsBackend

from .patching import wrap


@wrap(FlowLogsBackend)
def delete_flow_logs(original: Callable[..., None], self: Any, flow_log_ids: list[str]) -> None:
    """moto keeps the tags of what it deletes."""
    original(self, flow_log_ids)
    for flow_log_id in flow_log_ids:
        self.tags.pop(flow_log_id, None)

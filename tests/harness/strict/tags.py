"""Tags of EC2: they go with their resource, and DescribeTags filters by what it is told, or refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models.flow_logs import FlowLogsBackend
from moto.ec2.models.tags import TagBackend
from moto.ec2.responses.tags import TagResponse

from .errors import Invalid
from .patching import wrap

BY_TAG = "tag:"


@wrap(TagResponse)
def describe_tags(original: Callable[..., ActionResult], self: Any) -> ActionResult:
    """moto ignores the filters that it does not know, and answers with everything."""
    filters = self._filters_from_querystring()
    for name in filters:
        if name not in TagBackend.VALID_TAG_FILTERS and not name.startswith(BY_TAG):
            raise Invalid(f"The filter '{name}' is invalid")
    wanted = {name.removeprefix(BY_TAG): values for name, values in filters.items() if name.startswith(BY_TAG)}
    tags = original(self).result["Tags"]  # type: ignore[index]
    fits = [tag for tag in tags if all(tag["key"] == key and tag["value"] in wanted[key] for key in wanted)]
    return ActionResult({"Tags": fits})


@wrap(FlowLogsBackend)
def delete_flow_logs(original: Callable[..., None], self: Any, flow_log_ids: list[str]) -> None:
    """moto keeps the tags."""
    original(self, flow_log_ids)
    for flow_log in flow_log_ids:
        self.tags.pop(flow_log, None)

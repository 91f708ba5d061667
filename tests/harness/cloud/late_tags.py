"""Tags that no condition sees yet: AWS takes a while until a policy's condition on a new tag holds.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency is all that
AWS says of it; who runs on it meets denials of what the tag was just put on.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

from ..calls import Call
from .permissions import TAG_KEY, Permission

OF_RESOURCE = "aws:ResourceTag/"
ARN = re.compile(rb'"(?:Arn|arn)" ?: ?"([^"]+)"')
NAMES = ("GroupName", "RoleName", "InstanceProfileName", "logGroupName", "resourceArn", "ResourceArn")
"""The parameters that name what a call tags, where its ID or ARN does not come from the answer."""


class LateTags:
    """Remembers which tags calls put on what, and when."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        """How long a tag does not count; may be changed at any time."""
        self._put: dict[str, dict[str, tuple[str, float]]] = {}
        """By name and key, the value and since when it is there."""

    def learn(self, call: Call) -> None:
        """Takes note of the tags that a call has put on something."""
        if not self.seconds or call.status != 200 or not call.mutating or call.action.startswith(("Delete", "Untag")):
            return
        brought = dict(_tags(call.parameters))
        for name in _tagged(call) if brought else ():
            put = self._put.setdefault(name, {})
            for key, value in brought.items():
                if key not in put or put[key][0] != value:  # The same tag once more is the same tag.
                    put[key] = (value, time.monotonic())

    def seen(self, permission: Permission) -> Permission:
        """What is asked for, as conditions see it now: without the tags that do not count yet."""
        since = time.monotonic() - self.seconds
        put = self._put.get(_name(permission.resource), {})
        late = {OF_RESOURCE + key for key, (_, moment) in put.items() if moment > since}
        context = {key: value for key, value in permission.context.items() if key not in late}
        return Permission(permission.action, permission.resource, context)


def _tags(parameters: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The tags that a call brings."""
    for name, value in parameters.items():
        if TAG_KEY.search(name):
            yield value, parameters.get(name.removesuffix("Key") + "Value", "")
    yield from parameters.get("tags", {}).items()
    tags = parameters.get("Tags", [])
    yield from ((tag["Key"], tag.get("Value", "")) for tag in tags if isinstance(tags, list))


def _tagged(call: Call) -> Iterator[str]:
    """The IDs, names and ARNs of what a call tags: the last parts of their ARNs, or those themselves."""
    made = [arn.decode() for arn in ARN.findall(call.answer.body if call.answer else b"")]
    named = [value for name, value in call.parameters.items() if name in NAMES or name.startswith("ResourceId.")]
    yield from map(_name, [*call.created, *made, *named])


def _name(resource: str) -> str:
    """The last part of an ARN, by which its resource goes elsewhere; that of a log group's name as well."""
    return re.split(r"[/:]", resource)[-1]

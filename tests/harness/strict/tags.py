"""Tags of EC2: they go with their resource, and DescribeTags filters by what it is told, or refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models.tags import TagBackend
from moto.ec2.responses.tags import TagResponse
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, EC2_RESOURCE_TO_PREFIX

from .errors import Invalid
from .patching import wrap

BY_TAG = "tag:"
MORE_KINDS = {"instance-connect-endpoint": "eice", "placement-group": "pg"}
"""What moto refuses to tag, by the prefix of its ID.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-resources lists all that can be tagged.
"""

EC2_RESOURCE_TO_PREFIX.update(MORE_KINDS)
EC2_PREFIX_TO_RESOURCE.update({prefix: kind for kind, prefix in MORE_KINDS.items()})


@wrap(TagResponse)
def describe_tags(original: Callable[..., ActionResult], self: Any) -> ActionResult:
    """moto ignores the filters that it does not know, and answers with everything.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeTags.html lists the filters that there are.
    """
    filters = self._filters_from_querystring()
    for name in filters:
        if name not in TagBackend.VALID_TAG_FILTERS and not name.startswith(BY_TAG):
            raise Invalid(f"The filter '{name}' is invalid")
    wanted = {name.removeprefix(BY_TAG): values for name, values in filters.items() if name.startswith(BY_TAG)}
    tags = original(self).result["Tags"]  # type: ignore[index]
    fits = [tag for tag in tags if all(tag["key"] == key and tag["value"] in wanted[key] for key in wanted)]
    return ActionResult({"Tags": fits})

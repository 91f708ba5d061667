"""What makes moto slow without need: the tests make ten thousands of calls.

Nothing here changes an answer.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from moto.core import responses
from moto.core.utils import method_names_from_class
from moto.ec2.models.core import TaggedEC2Resource
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, get_prefix

from .patching import replace

vars(responses)["method_names_from_class"] = cache(method_names_from_class)
"""moto lists the methods of a class of hundreds anew for every call."""


@replace(TaggedEC2Resource)
def get_tags(self: Any) -> list[dict[str, str]]:
    """moto matches the ID of a resource as a regular expression against those of all tagged resources.

    It changes no answer.
    """
    kind = EC2_PREFIX_TO_RESOURCE.get(get_prefix(self.id), "")
    tags = self.ec2_backend.tags.get(self.id, {})
    return [{"resource_id": self.id, "key": key, "value": value, "resource_type": kind} for key, value in tags.items()]

"""Prefix lists: those of AWS itself have the same IDs for good
(https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from moto.ec2.models.managed_prefixes import ManagedPrefixListBackend

from .patching import wrap


@wrap(ManagedPrefixListBackend)
def _create_aws_managed_prefix_list(
    original: Callable[..., None], self: Any, name: str, *args: Any, **kwargs: Any
) -> None:
    """moto makes up other IDs whenever its account is emptied. AWS's own lists keep theirs:
    https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html
    """
    before = set(self.managed_prefix_lists)
    original(self, name, *args, **kwargs)
    (made,) = self.managed_prefix_lists.keys() - before
    prefix_list = self.managed_prefix_lists.pop(made)
    prefix_list.id = f"pl-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    prefix_list.prefix_list_arn = prefix_list.arn(self.region_name, prefix_list.owner_id)
    self.managed_prefix_lists[prefix_list.id] = prefix_list

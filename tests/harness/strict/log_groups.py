"""The keys of log groups, which moto takes only when a group is made."""

from __future__ import annotations

import json
from typing import Any

from moto.logs.exceptions import ResourceNotFoundException
from moto.logs.responses import LogsResponse


def _give_key(response: Any, key: str | None) -> str:
    name = response._get_param("logGroupName")
    group = response.logs_backend.groups.get(name)
    if group is None:
        raise ResourceNotFoundException("The specified log group does not exist.")
    group.kms_key_id = key
    return json.dumps({})


def associate_kms_key(self: Any) -> str:
    return _give_key(self, self._get_param("kmsKeyId"))


def disassociate_kms_key(self: Any) -> str:
    return _give_key(self, None)


LogsResponse.associate_kms_key = associate_kms_key  # type: ignore[attr-defined]
LogsResponse.disassociate_kms_key = disassociate_kms_key  # type: ignore[attr-defined]

"""What schemathesis is told beyond `openapi.yaml`; it loads this file itself, as `tests/schemathesis.toml` says."""

from __future__ import annotations

import re
from typing import Any

import schemathesis

from .left import Fault

REFUSED = 400
TAKEN = {200, 202, 304}
UP_TO_WHAT_IS_THERE = {404, 409, 412}
UP_TO_THE_REGION = {
    r"/network/availability_zones(/\d+)?": r"has no zone|zones, \d were asked for",
    r"/network/ipam_pool_id": r"there is no IPAM pool",
    r"/access/ssh_from": r"there is no prefix list|entries left for",
    r"/egress/endpoints": r"in every services subnet|is not offered in",
    r"/training": r"policy would not fit",
    r"/training/kms_keys|/flow_logs/kms_key": r"is not in us-east-1",
}
"""What only AWS knows, or a sum of the spec: where it is refused, and how."""


def is_fair(error: dict[str, Any]) -> bool:
    """Whether what a schema allows may be refused so."""
    if error.get("parameter") == "next_token":
        return True  # Nobody gave it out.
    fault = Fault(error.get("pointer", ""), error["detail"])
    known = (
        re.fullmatch(pointer, fault.pointer) and re.search(detail, fault.detail)
        for pointer, detail in UP_TO_THE_REGION.items()
    )
    return fault.is_left() or any(known)


@schemathesis.check
def valid_data_is_taken(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> None:
    """What the description allows is taken, but for what it cannot say."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if response.status_code == REFUSED:
        errors = response.json().get("errors", [])
        unfair = [error for error in errors if not is_fair(error)]
        assert errors and unfair == [], f"refused, and openapi.yaml allows it: {unfair or response.text}"
    else:
        assert response.status_code in TAKEN | UP_TO_WHAT_IS_THERE, response.status_code

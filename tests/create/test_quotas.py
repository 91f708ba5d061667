"""A quota that is used up is named, and what was made until then is found by the next `create` and by `delete`."""

from __future__ import annotations

import pytest

from harness.asking import ask, refusal
from harness.requests import NAME, create, delete
from harness.standing import Bench

WISH = create(egress={"endpoints": ["s3", "ecr.api"]})
QUOTAS = {
    "vpcs": (1, "ec2:CreateVpc"),
    "subnets_per_vpc": (2, "ec2:CreateSubnet"),
    "security_groups": (3, "ec2:CreateSecurityGroup"),
    "rules_per_security_group": (1, "ec2:AuthorizeSecurityGroup"),
    "interface_endpoints_per_vpc": (0, "ec2:CreateVpcEndpoint"),
    "roles": (1, "iam:CreateRole"),
}
"""How many there may be, and the call that then fails."""
ENOUGH = {"vpcs": 5, "roles": 1000}
SOON = 18.0
"""Seconds: a deadline that leaves no time to wait for what certainly was not made."""


@pytest.mark.parametrize("quota", QUOTAS)
def test_what_was_half_made_is_found(bench: Bench, quota: str) -> None:
    most, action = QUOTAS[quota]
    bench.emulator.configure(quotas={quota: most})
    message = refusal(bench.function, WISH, "QuotaExceeded")
    assert action in message
    assert bench.account.parameters(NAME) == {}
    if quota in ENOUGH:
        bench.emulator.configure(quotas=ENOUGH)
        ask(bench.function, WISH, deadline_seconds=SOON)
        assert len(bench.account.vpcs(NAME)) == 1
    ask(bench.function, delete(), "deleted", deadline_seconds=SOON)
    assert bench.account.leftovers() == []

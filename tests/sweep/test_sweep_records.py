"""Whatever is the matter with one record, the sweep looks after all others."""

from __future__ import annotations

from typing import Any

import pytest

from harness.asking import ask
from harness.function import TABLE
from harness.requests import NAME, create
from harness.standing import Bench
from harness.sweeps import SMALL, changed, sweep

UNREADABLE = {"spec": {"S": '{"network": {"cidr": "of a later version"}}'}, "wish": {"S": "perhaps"}}


def alter(bench: Bench, attribute: str, value: dict[str, Any]) -> None:
    bench.account.dynamodb.update_item(
        TableName=TABLE,
        Key={"kind": {"S": "environment"}, "name": {"S": NAME}},
        UpdateExpression="SET #attribute = :value",
        ExpressionAttributeNames={"#attribute": attribute},
        ExpressionAttributeValues={":value": value},
    )


@pytest.mark.parametrize("attribute", UNREADABLE)
def test_one_that_cannot_be_read_is_named_and_hinders_no_other(bench: Bench, attribute: str) -> None:
    """And what it stands for is no orphan."""
    for name in (NAME, "vision-eu"):
        ask(bench.function, create(name, **SMALL))
    before = bench.account.snapshot(NAME)
    alter(bench, attribute, UNREADABLE[attribute])
    bench.account.ssm.delete_parameter(Name="/ringfence/vision-eu/exports")
    answer = sweep(bench.function)
    assert (answer["environments"], changed(answer), answer["orphans"]) == (2, {"vision-eu"}, [])
    (failed,) = answer["failed"]
    assert (failed["environment"], failed["status"]) == (NAME, "failed")
    assert NAME in failed["error"]["message"] and attribute in failed["error"]["message"]
    assert bench.account.snapshot(NAME) == before

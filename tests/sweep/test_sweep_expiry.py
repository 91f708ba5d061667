"""Environments whose time is up are removed by the next sweep, unless they are protected or were asked for anew."""

from __future__ import annotations

import json
import time
from datetime import datetime, timezone
from typing import Any

from harness.asking import ask, describe, refusal
from harness.by_hand import let_time_pass
from harness.function import TABLE
from harness.requests import NAME, create
from harness.standing import Bench
from harness.sweeps import SMALL, changed, from_now, sweep, untroubled

DAY = 24 * 3600
SOON = 2.5
"""Seconds in which a create has begun, also on a busy machine; the building may take longer."""


def let_expire(bench: Bench, **spec: Any) -> dict[str, Any]:
    """The answer to a create whose time is up by now, as the record has it."""
    answer = ask(bench.function, create(**SMALL, expires_at=from_now(hours=2), **spec))
    key = {"kind": {"S": "environment"}, "name": {"S": NAME}}
    bench.account.dynamodb.update_item(
        TableName=TABLE,
        Key=key,
        UpdateExpression="SET spec = :spec",
        ExpressionAttributeValues={":spec": {"S": json.dumps(answer["spec"] | {"expires_at": from_now()})}},
    )
    return answer


def test_what_has_expired_is_removed(bench: Bench) -> None:
    request = create(**SMALL, expires_at=from_now(seconds=SOON))
    answer = ask(bench.function, request)
    left = datetime.fromisoformat(request["spec"]["expires_at"]) - datetime.now(timezone.utc)
    time.sleep(max(0.0, left.total_seconds()))
    assert ask(bench.function, describe(), "deleting")["expires_at"] == answer["expires_at"]

    swept = sweep(bench.function)
    assert (swept["environments"], swept["failed"], swept["orphans"]) == (1, [], [])
    assert {change["op"] for change in swept["changes"]} == {"delete"}
    assert answer["exports"]["vpc_id"] in {change["id"] for change in swept["changes"]}
    assert bench.account.leftovers() == []

    assert sweep(bench.function) == untroubled(0)
    refusal(bench.function, describe(), "NotFound")
    assert bench.function.invoke({"action": "list"}).payload["environments"] == []
    records = {item["kind"]: item for item in bench.account.records()}
    assert 29.9 * DAY < int(records["environment"]["expires"]) - time.time() < 30.1 * DAY
    assert records["claims"]["blocks"] == {}
    assert ask(bench.function, request, "deleted")["changes"] == []


def test_what_is_protected_stays(bench: Bench) -> None:
    """Until it is not protected any more."""
    answer = let_expire(bench, deletion_protection=True)
    assert sweep(bench.function) == untroubled(1)
    assert bench.account.vpcs(NAME) == [answer["exports"]["vpc_id"]]
    assert ask(bench.function, describe())["exports"] == answer["exports"]
    ask(bench.function, create(clock="10:30", **SMALL, expires_at=from_now()), "deleted")
    assert bench.account.leftovers() == []


def test_a_later_create_gives_it_more_time(bench: Bench) -> None:
    """Also when its time was up, as long as it stands."""
    exports = let_expire(bench)["exports"]
    extended = ask(bench.function, create(**SMALL, ttl="2h") | {"requested_at": from_now()})
    assert (extended["changes"], extended["exports"]) == ([], exports)
    assert sweep(bench.function) == untroubled(1)


def test_a_later_create_makes_it_anew(bench: Bench) -> None:
    """Expiry is no request that could be the later one."""
    before = let_expire(bench)["exports"]["vpc_id"]
    sweep(bench.function)
    let_time_pass(bench.account, 30)
    after = ask(bench.function, create(clock="10:30", **SMALL))["exports"]["vpc_id"]
    assert bench.account.vpcs(NAME) == [after] != [before]
    assert sweep(bench.function) == untroubled(1)


def test_what_blocks_the_removal_is_named_at_every_sweep(bench: Bench) -> None:
    exports = let_expire(bench)["exports"]
    made = bench.account.ec2.create_network_interface(SubnetId=exports["training_subnet_id"], Description="bastion")
    interface = made["NetworkInterface"]["NetworkInterfaceId"]
    for _ in range(2):
        (failed,) = sweep(bench.function)["failed"]
        assert (failed["environment"], failed["status"], failed["error"]["kind"]) == (NAME, "deleting", "Blocked")
        assert interface in failed["error"]["message"]
        assert bench.account.parameters(NAME) == {}
    bench.account.ec2.delete_network_interface(NetworkInterfaceId=interface)
    assert changed(sweep(bench.function)) == {NAME}
    assert bench.account.leftovers() == []

"""Environments whose time is up are removed by the next sweep, unless they are protected or were asked for anew."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import Any

from harness.asking import ask, describe, refusal
from harness.by_hand import let_time_pass
from harness.requests import NAME, create
from harness.standing import Bench
from harness.sweeps import SMALL, changed, from_now, sweep, untroubled

DAY = 24 * 3600
SOON = 2.5
"""Seconds in which a create has begun, also on a busy machine; the building may take longer."""


def short_lived(**spec: Any) -> dict[str, Any]:
    return create(**SMALL, expires_at=from_now(seconds=SOON), **spec)


def wait_for(moment: str) -> None:
    left = datetime.fromisoformat(moment.replace("Z", "+00:00")) - datetime.now(timezone.utc)
    time.sleep(max(0.0, left.total_seconds()) + 0.05)


def let_expire(bench: Bench, **spec: Any) -> dict[str, Any]:
    """The answer to a create whose time was up meanwhile."""
    answer = ask(bench.function, short_lived(**spec))
    wait_for(answer["expires_at"])
    return answer


def test_what_has_expired_is_removed(bench: Bench) -> None:
    request = short_lived()
    answer = ask(bench.function, request)
    wait_for(answer["expires_at"])
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


def test_a_time_to_live_is_counted_from_the_request(bench: Bench) -> None:
    request = create(**SMALL, ttl="1h") | {"requested_at": from_now(minutes=-60, seconds=SOON)}
    wait_for(ask(bench.function, request)["expires_at"])
    assert changed(sweep(bench.function)) == {NAME}
    assert bench.account.leftovers() == []


def test_what_is_protected_stays(bench: Bench) -> None:
    """Until it is not protected any more."""
    answer = let_expire(bench, deletion_protection=True)
    assert sweep(bench.function) == untroubled(1)
    assert bench.account.vpcs(NAME) == [answer["exports"]["vpc_id"]]
    assert ask(bench.function, describe())["exports"] == answer["exports"]
    ask(bench.function, create(clock="10:30", **SMALL, expires_at=answer["expires_at"]), "deleted")
    assert bench.account.leftovers() == []


def test_a_later_create_gives_it_more_time(bench: Bench) -> None:
    answer = ask(bench.function, short_lived())
    extended = ask(bench.function, create(**SMALL, ttl="2h") | {"requested_at": from_now()})
    assert extended["changes"] == []
    wait_for(answer["expires_at"])
    assert sweep(bench.function) == untroubled(1)
    assert ask(bench.function, describe())["exports"] == answer["exports"]


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

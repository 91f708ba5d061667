"""AWS asks for fewer calls for longer than the invocation has: it stops in time, and goes on when it may."""

from __future__ import annotations

from harness.asking import ask
from harness.faults import Fault
from harness.requests import NAME, create
from harness.standing import Bench

SHORT = 4.0


def test_throttled_half_way(bench: Bench) -> None:
    bench.proxy.inject(Fault.THROTTLE, "CreateSubnet", times=None)
    answer = ask(bench.function, create(), "provisioning", deadline_seconds=SHORT)
    assert "training-subnet-us-east-1a" in answer["waiting_for"]
    assert "vpc" not in answer["waiting_for"], "the VPC stands"
    assert len(answer["waiting_for"]) == len(set(answer["waiting_for"]))
    bench.proxy.reset()
    ask(bench.function, create())
    assert len(bench.account.vpcs(NAME)) == 1


def test_throttled_while_it_publishes(bench: Bench) -> None:
    bench.proxy.inject(Fault.THROTTLE, "PutParameter", times=None)
    answer = ask(bench.function, create(), "provisioning", deadline_seconds=SHORT)
    assert answer["waiting_for"]
    assert "removed" not in " ".join(answer["waiting_for"]), "nothing was ever removed"
    assert bench.account.parameters(NAME) == {}

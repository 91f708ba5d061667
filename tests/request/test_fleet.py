"""A fleet that is asked for at once, while AWS lets through what it lets an account: all come to be, none twice."""

from __future__ import annotations

from harness.buckets import Buckets, at_best
from harness.calls import Call
from harness.faults import Fault
from harness.fleet import Fleet
from harness.requests import create
from harness.standing import Bench
from harness.wire import Message

NAMES = [f"course-{number}" for number in range(6)]
FUNCTIONS = 3
PATIENCE = 240.0


def test_all_are_ready_and_none_is_lost(bench: Bench) -> None:
    bench.emulator.configure(quotas={"vpcs": 1 + len(NAMES)})
    bench.proxy.throttle_as_aws()
    bench.proxy.inject(Fault.THROTTLE, "CreateVpcEndpoint", times=len(NAMES))  # A slow machine meets no empty bucket.
    with Fleet(bench.proxy.url, FUNCTIONS) as fleet:
        served = fleet.serve(map(create, NAMES), PATIENCE)
    assert sorted((each.environment, each.outcome) for each in served) == [(name, "ready") for name in NAMES]
    for name in NAMES:
        assert len(bench.account.vpcs(name)) == 1
        assert "exports" in bench.account.parameters(name)
    assert len({vpc["CidrBlock"] for vpc in bench.account.resources("vpcs")}) == 1 + len(NAMES)


def call(service: str, action: str) -> Call:
    return Call(1, service, "us-east-1", action, Message(b"POST / HTTP/1.1\r\n\r\n", b""), 0.0)


def test_each_action_has_a_bucket_of_its_own() -> None:
    buckets = Buckets()
    endpoints = [buckets.take(call("ec2", "CreateVpcEndpoint")) for _ in range(5)]
    assert endpoints == [True] * 4 + [False]
    assert buckets.take(call("ec2", "DeleteVpcEndpoints"))
    subnets = [buckets.take(call("ec2", "CreateSubnet")) for _ in range(51)]
    assert subnets == [True] * 50 + [False]
    assert all(buckets.take(call("iam", "CreateRole")) for _ in range(1000)), "nothing is known to bound it"


def test_the_slowest_bucket_says_how_soon_a_fleet_can_be_there() -> None:
    calls = [call("ec2", "CreateVpcEndpoint"), *[call("ssm", "PutParameter")] * 12, call("iam", "CreateRole")]
    bounds = [(action, count, round(seconds, 1)) for action, count, seconds in at_best(calls, 64)]
    assert bounds == [("CreateVpcEndpoint", 64, 200.0), ("PutParameter", 768, 75.8)]

"""AWS asks for fewer calls for longer than the invocation has: it stops in time, and goes on when it may."""

from __future__ import annotations

import time

from harness.asking import ask
from harness.faults import Fault
from harness.requests import NAME, create, delete
from harness.standing import Bench

SHORT = 4.0


def test_throttled_half_way(bench: Bench) -> None:
    bench.proxy.inject(Fault.THROTTLE, "CreateSubnet", times=None)
    answer = ask(bench.function, create(), "provisioning", deadline_seconds=SHORT)
    # Each with what AWS last said about it.
    waiting = {each.partition(": ")[0]: each for each in answer["waiting_for"]}
    assert "RequestLimitExceeded" in waiting["training-subnet-us-east-1a"]
    assert "vpc" not in waiting, "the VPC stands"
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


TWELVE = ["s3", "ecr.api", "ecr.dkr", "logs", "sts", "ssm", "ssmmessages", "ec2messages", "sagemaker.api"]
TWELVE += ["sagemaker.runtime", "kms", "monitoring"]
ENDPOINT_BUCKET = {"capacity": 4, "refill_per_second": 0.3}
"""What AWS lets an account create: https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html"""


def test_twelve_endpoints_are_made_at_the_pace_that_aws_allows_and_removed_in_one_call(bench: Bench) -> None:
    for action in ("CreateVpcEndpoint", "DeleteVpcEndpoints"):
        bench.proxy.throttle([action], **ENDPOINT_BUCKET)
    began = time.monotonic()
    ask(bench.function, create(egress={"endpoints": TWELVE}), deadline_seconds=90)
    took = time.monotonic() - began
    made = bench.proxy.calls("CreateVpcEndpoint")
    assert len([call for call in made if call.status == 200]) == len(TWELVE)
    at_best = (len(TWELVE) - ENDPOINT_BUCKET["capacity"]) / ENDPOINT_BUCKET["refill_per_second"]
    assert took < 1.5 * at_best + 5, f"{took:.1f} s, {at_best:.1f} s at best"
    assert len(made) < 5 * len(TWELVE), f"{len(made)} calls for {len(TWELVE)} endpoints: AWS is not asked all the time"
    ask(bench.function, delete(), "deleted")
    assert len(bench.proxy.calls("DeleteVpcEndpoints")) == 1

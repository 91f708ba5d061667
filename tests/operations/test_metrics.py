"""Metrics: what the function measures, as CloudWatch reads it, and that alarms and dashboard look at nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from harness import answers, template
from harness.asking import ask, describe, refusal
from harness.by_hand import let_time_pass, make_gateway, ssh_from
from harness.faults import Fault
from harness.metrics import NAMESPACE, Metric, measured, units
from harness.requests import NAME, create, delete
from harness.standing import Bench
from harness.sweeps import SMALL, sweep

STATUSES = ("ready", "provisioning", "deleting", "exposed", "failed")
HALF_AN_HOUR = 1800
SHORT = 4.0

Measure = Callable[[Callable[[], Any]], dict[Metric, list[float]]]


@pytest.fixture
def measure(bench: Bench) -> Measure:
    """What is measured while something is done."""

    def measure(work: Callable[[], Any]) -> dict[Metric, list[float]]:
        before = len(bench.function.metrics)
        work()
        bench.function.catch_up()
        return measured(bench.function.metrics[before:])

    return measure


def by_status(found: dict[Metric, list[float]]) -> dict[str, float]:
    """How many environments are in which status, zeros left out; every status must have been told."""
    counts = {where[0]: values for (name, where), values in found.items() if name == "Environments"}
    assert set(counts) == set(STATUSES)
    return {status: value for status, (value,) in counts.items() if value}


def one(found: dict[Metric, list[float]], name: str) -> float:
    """The one value of a metric without dimensions."""
    (value,) = found[name, ()]
    return value


def test_calls_and_throttles_are_counted_as_aws_counts_them(bench: Bench, measure: Measure) -> None:
    throttled = bench.proxy.reply(
        lambda service: answers.throttled(service).with_header("x-amz-retry-after", "20"), "DescribeSubnets", times=2
    )
    found = measure(lambda: ask(bench.function, create(**SMALL)))
    assert (one(found, "ApiCalls"), one(found, "Throttles")) == (len(bench.proxy.calls()), 2)
    assert len(throttled.fired) == 2
    bench.proxy.reset()
    found = measure(lambda: ask(bench.function, describe()))
    assert one(found, "ApiCalls") == len(bench.proxy.calls())
    assert ("Throttles", ()) not in found


def test_the_time_to_ready_is_measured_once_from_when_it_was_written_down(bench: Bench, measure: Measure) -> None:
    bench.proxy.inject(Fault.THROTTLE, "CreateSubnet", times=None)
    found = measure(lambda: ask(bench.function, create(**SMALL), "provisioning", deadline_seconds=SHORT))
    assert ("TimeToReady", ()) not in found
    bench.proxy.reset()
    let_time_pass(bench.account, 600)
    found = measure(lambda: ask(bench.function, create(**SMALL)))
    assert 600_000 < one(found, "TimeToReady") < 660_000
    found = measure(lambda: ask(bench.function, create(**SMALL)))
    assert ("TimeToReady", ()) not in found
    found = measure(lambda: ask(bench.function, create(clock="12:00", **SMALL, tags={"team": "fraud"})))
    assert 0 < one(found, "TimeToReady") < 60_000


def test_a_sweep_counts_what_there_is(bench: Bench, measure: Measure) -> None:
    found = measure(lambda: sweep(bench.function))
    assert by_status(found) == {}
    assert [one(found, name) for name in ("Exposed", "Failed", "Stuck")] == [0, 0, 0]
    vpc = ask(bench.function, create(**SMALL))["exports"]["vpc_id"]
    ask(bench.function, create("second", **SMALL))
    assert by_status(measure(lambda: sweep(bench.function))) == {"ready": 2}
    make_gateway(bench.account.ec2, vpc)
    found = measure(lambda: sweep(bench.function))
    assert by_status(found) == {"ready": 1, "exposed": 1}
    assert max(found["Exposed", ()]) == 1
    assert found["Failed", ()] == [0]


def test_what_ends_badly_is_known_before_the_next_sweep(bench: Bench, measure: Measure) -> None:
    bench.emulator.configure(quotas={"vpcs": 1})
    found = measure(lambda: refusal(bench.function, create(**SMALL), "QuotaExceeded"))
    assert found["Failed", ()] == [1]
    found = measure(lambda: sweep(bench.function))
    assert (by_status(found), max(found["Failed", ()])) == ({"failed": 1}, 1)


def test_what_is_on_its_way_for_half_an_hour_is_stuck(bench: Bench, measure: Measure) -> None:
    bench.proxy.reply(
        lambda service: answers.throttled(service).with_header("x-amz-retry-after", "60000"), "CreateSubnet"
    )
    ask(bench.function, create(**SMALL), "provisioning", deadline_seconds=SHORT)
    for passed, stuck in ((0, 0), (HALF_AN_HOUR, 1)):
        let_time_pass(bench.account, passed)
        found = measure(lambda: sweep(bench.function, deadline_seconds=20))
        assert (by_status(found), one(found, "Stuck")) == ({"provisioning": 1}, stuck)
    bench.proxy.reset()
    found = measure(lambda: sweep(bench.function))
    assert (by_status(found), one(found, "Stuck")) == ({"ready": 1}, 0)


def test_repairs_are_counted(bench: Bench, measure: Measure) -> None:
    answer = ask(bench.function, create(**SMALL))
    group = answer["exports"]["training_sg_id"]
    bench.account.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=ssh_from("10.9.0.0/16"))
    assert one(measure(lambda: sweep(bench.function)), "Repairs") == 1
    assert ("Repairs", ()) not in measure(lambda: sweep(bench.function))


def test_what_the_bus_does_not_take_is_counted(bench: Bench, measure: Measure) -> None:
    bench.proxy.reply(answers.denied, "PutEvents")
    assert one(measure(lambda: ask(bench.function, create(**SMALL))), "Undelivered") == 1
    assert one(measure(lambda: sweep(bench.function)), "Undelivered") == 1
    bench.proxy.reset()
    assert ("Undelivered", ()) not in measure(lambda: sweep(bench.function))


def watched() -> dict[str, set[tuple[str, ...]]]:
    """The metrics of ours that alarms and the dashboard look at, each with the names of its dimensions."""
    found: dict[str, set[tuple[str, ...]]] = {}
    for alarm in template.resources("AWS::CloudWatch::Alarm").values():
        properties = alarm["Properties"]
        if properties["Namespace"] == NAMESPACE:
            dimensions = tuple(each["Name"] for each in properties.get("Dimensions", []))
            found.setdefault(properties["MetricName"], set()).add(dimensions)
    (dashboard,) = template.resources("AWS::CloudWatch::Dashboard").values()
    text = dashboard["Properties"]["DashboardBody"]["Sub"]
    for widget in json.loads(re.sub(r"\$\{[^}]+\}", "x", text))["widgets"]:
        for metric in widget["properties"].get("metrics", []):
            if metric[0] == NAMESPACE:
                found.setdefault(metric[1], set()).add(())
            elif isinstance(metric[0], dict):
                search = re.search(rf"\{{{NAMESPACE},(\w+)\}} MetricName=\"(\w+)\"", metric[0]["expression"])
                assert search, metric
                found.setdefault(search[2], set()).add((search[1],))
    return found


def test_alarms_and_dashboard_look_at_all_that_is_measured_and_at_nothing_else(bench: Bench) -> None:
    begin = len(bench.function.metrics)
    bench.proxy.inject(Fault.THROTTLE, "PutEvents")
    bench.proxy.reply(answers.denied, "PutEvents", nth=2, times=1)
    answer = ask(bench.function, create(**SMALL))
    group = answer["exports"]["training_sg_id"]
    bench.account.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=ssh_from("10.9.0.0/16"))
    sweep(bench.function)
    ask(bench.function, delete(NAME), "deleted")
    bench.function.catch_up()
    lines = bench.function.metrics[begin:]
    names: dict[str, set[tuple[str, ...]]] = {}
    for line in lines:
        for directive in line["_aws"]["CloudWatchMetrics"]:
            for metric in directive["Metrics"]:
                names.setdefault(metric["Name"], set()).update(map(tuple, directive["Dimensions"]))
    assert names == watched()
    assert units(lines) == dict.fromkeys(names, "Count") | {"TimeToReady": "Milliseconds"}

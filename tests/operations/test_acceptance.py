"""`make acceptance`, run against the emulators: it does what it says, cleans up after itself, and names no account."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from accepting import cost, expected, report, sight
from accepting.calls import NEW_RESOURCE, NEW_ROLE, Called, Calls
from accepting.options import OPTIONS, Option
from harness import requests
from harness.asking import ask
from harness.cloud.cloud import Cloud
from harness.emulator import ACCOUNT, CREDENTIALS, REGION
from harness.standing import Bench

TOOLS = Path(__file__).parents[2] / "tools"
PROGRAM = TOOLS / "acceptance.py"
SECONDS = 240
NAME = "acceptance-default"


@pytest.fixture(scope="module")
def running_cloud() -> Iterator[Cloud]:
    with Cloud() as cloud:
        yield cloud


@pytest.fixture
def cloud(running_cloud: Cloud) -> Iterator[Cloud]:
    """The stack without an environment, before the test and after it."""
    running_cloud.forget()
    yield running_cloud
    running_cloud.clear()


def environment(cloud: Cloud, **more: str) -> dict[str, str]:
    """What a shell with credentials has; here they lead to the emulators."""
    keys = {name.upper(): value for name, value in CREDENTIALS.items()}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ACCEPT"))}
    named = {"ACCEPT_FUNCTION": cloud.outputs["FunctionName"]}
    return {**kept, **keys, "AWS_DEFAULT_REGION": REGION, **cloud.endpoints, **named, **more}


def start(cloud: Cloud, *words: str, **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(PROGRAM), "--poll", "0.1", *words],
        env=environment(cloud, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finished(process: subprocess.Popen[str]) -> tuple[int, str]:
    try:
        output, _ = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return process.returncode, output


def wait_for_vpc(cloud: Cloud, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + SECONDS
    while not cloud.account.vpcs(NAME):
        assert process.poll() is None and time.monotonic() < end, process.stdout and process.stdout.read()
        time.sleep(0.02)


def assert_clean(cloud: Cloud) -> None:
    assert cloud.account.leftovers() == []
    assert cloud.account.parameters(NAME) == {}


def test_without_consent_it_says_what_it_would_do_and_cost(cloud: Cloud) -> None:
    code, output = finished(start(cloud))
    assert code == 2
    assert f"{len(OPTIONS)} environments" in output
    assert re.search(r"Cost: \$\d+\.\d\d at most", output) and "https://aws.amazon.com/privatelink/pricing/" in output
    assert "Nothing was done." in output
    assert cloud.mutations() == []


@pytest.mark.parametrize("consent", ["", "no", "YES"])
def test_nothing_but_yes_is_consent(cloud: Cloud, consent: str) -> None:
    assert finished(start(cloud, ACCEPT=consent))[0] == 2


def test_an_option_that_is_none_is_refused_by_name(cloud: Cloud) -> None:
    code, output = finished(start(cloud, "defualt", ACCEPT="yes"))
    assert code == 2 and "no such option: defualt" in output


def test_a_function_that_is_not_there_is_named(cloud: Cloud) -> None:
    code, output = finished(start(cloud, ACCEPT="yes", ACCEPT_FUNCTION="nobodys"))
    assert code == 1 and "nobodys" in output
    assert cloud.mutations() == []


def test_it_lives_an_environment_for_each_option_and_removes_it(cloud: Cloud, tmp_path: Path) -> None:
    path = tmp_path / "report.md"
    asked = ["default", "endpoints", "domains"]
    code, output = finished(start(cloud, *asked, "--report", str(path), ACCEPT="yes"))
    text = path.read_text()
    assert code == 0, output + text
    for name in asked:
        assert f"| {name} | kept |" in text
    assert "It ended whole." in text
    assert "## Left behind" not in text and "Faults" not in text
    assert re.search(r"\| create until ready \| \d", text) and "delete until gone" in text
    assert re.search(r"[1-9]\d* lines of the function's log were seen", text)
    assert ACCOUNT not in text
    assert_clean(cloud)


def test_who_stops_it_finds_nothing_left(cloud: Cloud, tmp_path: Path) -> None:
    path = tmp_path / "report.md"
    process = start(cloud, "default", "--report", str(path), ACCEPT="yes")
    wait_for_vpc(cloud, process)
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    for number in (signal.SIGINT, signal.SIGTERM):  # Whoever is impatient.
        process.send_signal(number)
    code, output = finished(process)
    assert code == 130, output
    assert "It ended by SIGINT." in path.read_text()
    assert_clean(cloud)


def test_what_a_killed_run_left_the_next_one_removes(cloud: Cloud, tmp_path: Path) -> None:
    path = tmp_path / "report.md"
    process = start(cloud, "default", ACCEPT="yes")
    wait_for_vpc(cloud, process)
    process.kill()
    process.communicate()
    failed, answer = cloud.invoke(requests.create("fraud-v3") | {"requested_at": "2026-01-01T00:00:00Z"})
    assert not failed, answer
    code, output = finished(start(cloud, "one-zone", "--report", str(path), ACCEPT="yes"))
    assert code == 0, output + path.read_text()
    assert f"- {NAME}" in path.read_text().split("## Left by an earlier run, and removed")[1]
    assert cloud.account.vpcs(NAME) == []
    assert len(cloud.account.vpcs("fraud-v3")) == 1, "somebody else's"


def test_what_is_not_as_promised_is_told_and_still_removed(cloud: Cloud, tmp_path: Path) -> None:
    """Somebody overwrites a parameter as soon as the last one is written: the answer does not know of it."""
    path = tmp_path / "report.md"
    name = f"/ringfence/{NAME}/vpc_cidr"

    def overwrite(call: Any) -> None:
        if call.parameters["Name"].endswith("/exports"):
            cloud.account.ssm.put_parameter(Name=name, Value="10.9.9.0/24", Type="String", Overwrite=True)

    cloud.near.hook("PutParameter", where=lambda call: b"/exports" in call.request.body, after=overwrite)
    code, output = finished(start(cloud, "default", "--report", str(path), ACCEPT="yes"))
    text = path.read_text()
    assert code == 1, output + text
    assert "| default | broken |" in text
    assert "the parameter vpc_cidr is 10.9.9.0/24, and the answer says" in text
    assert "the same request again changed" in text
    assert_clean(cloud)


# Of what it tells


def test_the_cost_is_a_bound_for_all_options() -> None:
    assert 0 < cost.bound([Option("default")]) < cost.bound(OPTIONS) < 5
    assert cost.bound([OPTIONS[4]]) > cost.bound([Option("default")])


def test_every_option_is_judged_by_what_aws_reports() -> None:
    assert {option.name for option in OPTIONS} - {"default"} == set(sight.SHOWN)
    assert all(len(option.environment) <= 32 for option in OPTIONS)


WHOLE: dict[str, Any] = {
    "network": {"prefix_length": 24, "availability_zones": 1},
    "access": {"ssh_from": ["10.20.0.0/16"], "services_ports": [443, 8443], "instance_connect": True},
    "egress": {"endpoints": ["s3", "dynamodb", "sts", "logs"], "allow_domains": ["pypi.org"]},
    "training": {"services": ["ec2", "sagemaker", "batch"], "cluster": True},
    "flow_logs": {"retention_days": 7},
}
"""Every option in one environment."""


def test_a_judge_sees_whether_its_option_is_there(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**CREDENTIALS, "aws_default_region": REGION, "aws_endpoint_url": bench.emulator.url}.items():
        monkeypatch.setenv(name.upper(), value)
    looking = sight.Sight(Calls())
    without = ask(bench.function, requests.create(NAME))["exports"]
    assert looking.faults(Option("default"), without) == []
    assert looking.left(NAME) != [] and looking.environments() == {NAME}
    everything = ask(bench.function, requests.create("acceptance-logs", **WHOLE))["exports"]
    by_name = {option.name: option for option in OPTIONS}
    for name, judge in sight.SHOWN.items():
        assert judge(looking, by_name[name], everything) == [], name
        if name != "logs":  # Looked for by a name that the other has not.
            assert len(judge(looking, by_name[name], without)) >= 1, name
    assert looking.faults(by_name["logs"], everything) == []
    gone = {**without, "training_sg_id": "sg-0123456789abcdef0"}
    assert "ssh cannot be judged" in looking.faults(by_name["ssh"], gone)[-1]
    assert looking.faults(Option("default"), everything) != []


def test_account_numbers_and_keys_are_replaced_and_nothing_else() -> None:
    text = "arn:aws:iam::123456789012:role/x 210987654321 123456789012 vpc-0123456789012abcd AKIAIOSFODNN7EXAMPLE 2026"
    found = report.scrubbed(text)
    assert found == "arn:aws:iam::ACCOUNT-1:role/x ACCOUNT-2 ACCOUNT-1 vpc-0123456789012abcd ACCESS-KEY 2026"


def test_what_the_function_waited_for_is_timed() -> None:
    def failed(second: int, action: str, code: str, error: str = "") -> dict[str, Any]:
        moment = f"2026-01-01T00:00:{second:02}.500000Z"
        return {"message": "call failed", "timestamp": moment, "api_action": action, "code": code, "error": error}

    calls = Calls()
    calls.take(
        [
            failed(1, "ec2:CreateFlowLogs", "InvalidParameter", "Unable to assume given IAM role"),
            failed(2, "ec2:CreateSubnet", "InvalidVpcID.NotFound"),
            failed(4, "ec2:CreateSubnet", "InvalidVpcID.NotFound"),
            failed(12, "ec2:CreateFlowLogs", "InvalidParameter", "Unable to assume given IAM role"),
            {"message": "changed", "op": "create", "resource_type": "AWS::EC2::VPCEndpoint", "milliseconds": 1500},
            {"message": "changed", "op": "create", "resource_type": "AWS::EC2::VPCEndpoint", "milliseconds": 700},
        ]
    )
    assert calls.seconds == {NEW_ROLE: 11.0, NEW_RESOURCE: 2.0, "create AWS::EC2::VPCEndpoint": 1.5}
    assert len(calls.failed) == 4
    told = report.Report("1", "us-east-1", "f", "ringfence=debug", 1.0, [], [], [], "whole").text(calls)
    assert f"| {NEW_RESOURCE} | 2.0 | 1.0 |  |" in told
    assert f"| {NEW_ROLE} | 11.0 | 8.0 |  |" in told


ANSWERS = [
    {"actions": ["ec2:DeleteSubnet"], "when": ["in-use"], "status": 400, "code": "DependencyViolation"},
    {"actions": ["ec2:*"], "when": ["throttled"], "status": 503, "code": "RequestLimitExceeded"},
]


def test_what_the_doubles_answer_otherwise_is_told_once_with_how_often() -> None:
    def called(action: str, code: str, status: int | None) -> Called:
        return Called("function", action, code, status, "said 123456789012")

    known = [
        called("ec2:DeleteSubnet", "DependencyViolation", 400),
        called("ec2:CreateVpc", "RequestLimitExceeded", 503),
    ]
    new = called("ec2:DeleteSubnet", "InvalidSubnetID.NotFound", 400)
    other_status = called("ec2:DeleteSubnet", "DependencyViolation", 409)
    unknown = called("iam:CreateRole", "EntityAlreadyExists", 409)
    own = Called("acceptance", "logs:FilterLogEvents", "ResourceNotFoundException", 400, "")
    found = expected.differences([*known, new, new, other_status, unknown, own], ANSWERS)
    assert [(each.call, each.times) for each in found] == [(new, 2), (other_status, 1), (unknown, 1)]
    assert "not recorded" in found[0].why and "status 400" in found[1].why and "nothing is recorded" in found[2].why

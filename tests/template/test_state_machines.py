"""The state machines of `statemachines/`, run by an interpreter with the function's real answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from harness import answers
from harness.asking import ask
from harness.function import Function
from harness.requests import NAME, create
from harness.runtime import Answer, FunctionDied
from harness.standing import Bench
from harness.state_machines import Execution, StateMachines, definition, state_machines


@dataclass
class Workbench:
    """A function behind an interpreter, and all that was said between the two."""

    bench: Bench
    asked: list[dict[str, Any]] = field(default_factory=list)
    heard: list[Answer] = field(default_factory=list)
    seconds: float = 60.0
    """How long each invocation may take."""
    healing: bool = False
    """Whether what goes wrong stops doing so after the first failure."""
    machines: StateMachines | None = None

    def invoke(self, event: dict[str, Any]) -> Answer:
        self.asked.append(event)
        answer = self.bench.function.invoke(event, self.seconds)
        self.heard.append(answer)
        if answer.failed and self.healing:
            self.bench.proxy.reset()
        return answer

    def run(self, name: str, given: dict[str, Any], **states: dict[str, Any]) -> Execution:
        """Runs a file of `statemachines/`, with other states in the place of those that are named."""
        assert self.machines is not None
        whole = definition(name)
        return self.machines.run({**whole, "States": {**whole["States"], **states}}, given)

    def moments(self, action: str) -> list[str]:
        return [event["requested_at"] for event in self.asked if event["action"] == action]

    def actions(self) -> list[str]:
        return [event["action"] for event in self.asked]


@pytest.fixture
def workbench(bench: Bench) -> Iterator[Workbench]:
    workbench = Workbench(bench)
    with state_machines(workbench.invoke) as machines:
        workbench.machines = machines
        yield workbench


def wish(**spec: Any) -> dict[str, Any]:
    return {"environment": NAME, "spec": spec}


# The life of an environment


@pytest.mark.parametrize("given", [wish(network={"prefix_length": 20}), {"environment": NAME}], ids=["spec", "default"])
def test_an_environment_is_made_used_and_removed(workbench: Workbench, given: dict[str, Any]) -> None:
    ended = workbench.run("environment", given)
    assert (ended.status, ended.error) == ("SUCCEEDED", None)
    assert workbench.actions() == ["create", "delete"]
    assert [answer.payload["status"] for answer in workbench.heard] == ["ready", "deleted"]
    assert ended.output["created"]["answer"]["exports"]["vpc_id"].startswith("vpc-")
    assert workbench.moments("create") < workbench.moments("delete")
    assert workbench.bench.account.leftovers() == []


def test_what_takes_its_time_is_asked_for_again_and_is_the_same_request(workbench: Workbench) -> None:
    workbench.bench.emulator.configure(endpoint_seconds=3.0)
    workbench.seconds = 4.0
    ended = workbench.run("environment", wish(egress={"endpoints": ["sts"]}))
    assert ended.status == "SUCCEEDED", ended.cause
    statuses = [answer.payload["status"] for answer in workbench.heard]
    assert {"provisioning", "ready", "deleting", "deleted"} == set(statuses), statuses
    for action, wait in (("create", "Wait for the environment"), ("delete", "Wait for the end")):
        assert len(workbench.moments(action)) > 1 and len(set(workbench.moments(action))) == 1
        assert wait in ended.states
    assert workbench.bench.account.leftovers() == []


def test_what_never_gets_ready_is_given_up_and_removed(workbench: Workbench) -> None:
    workbench.bench.emulator.configure(endpoint_seconds=3600.0)
    workbench.seconds = 3.0
    impatient = {"Type": "Pass", "Parameters": {"requested_at.$": "$.create.requested_at", "asked": 90}}
    count = definition("environment")["States"]["Count the creates"] | impatient
    # The endpoint would take its hour to go, too.
    workbench.bench.proxy.hook(
        "DeleteVpcEndpoints", before=lambda call: workbench.bench.emulator.configure(endpoint_seconds=0.0)
    )
    ended = workbench.run("environment", wish(egress={"endpoints": ["sts"]}), **{"Count the creates": count})
    assert (ended.status, ended.error) == ("FAILED", "NotReady")
    assert workbench.actions()[-1] == "delete"
    assert workbench.bench.account.leftovers() == []


def test_a_job_that_fails_fails_the_execution_and_the_environment_goes(workbench: Workbench) -> None:
    job = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "${FunctionArn}", "Payload": {"action": "describe", "environment": "nobody"}},
        "ResultPath": "$.job",
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "Take note of the delete"}],
        "Next": "Take note of the delete",
    }
    ended = workbench.run("environment", wish(), Train=job)
    assert (ended.status, ended.error) == ("FAILED", "NotFound")
    assert workbench.actions() == ["create", "describe", "delete"]
    assert workbench.bench.account.leftovers() == []


def test_a_create_that_fails_half_way_is_cleared_away(workbench: Workbench) -> None:
    workbench.bench.emulator.configure(quotas={"gateway_endpoints": 0})
    ended = workbench.run("environment", wish())
    assert (ended.status, ended.error) == ("FAILED", "QuotaExceeded")
    assert workbench.bench.proxy.calls("CreateVpc"), "nothing was begun, so there was nothing to clear away"
    assert workbench.actions() == ["create", "delete"]
    assert workbench.bench.account.leftovers() == []


# By the type of an error


def test_a_throttle_is_waited_out(workbench: Workbench) -> None:
    workbench.bench.proxy.reply(answers.throttled, "DescribeVpcs")
    workbench.seconds, workbench.healing = 40.0, True
    ended = workbench.run("environment", wish())
    assert workbench.heard[0].error_type == "Throttled"
    assert ended.status == "SUCCEEDED", ended.cause
    assert len(set(workbench.moments("create"))) == 1


def test_whoever_is_busy_with_it_is_waited_for(workbench: Workbench) -> None:
    with Function(workbench.bench.proxy.url) as killed:
        workbench.bench.proxy.hook("CreateSubnet", after=lambda call: killed.kill())
        with pytest.raises(FunctionDied):
            killed.invoke(create(), 4.0)
    ended = workbench.run("environment", wish())
    assert workbench.heard[0].error_type == "Busy"
    assert ended.status == "SUCCEEDED", ended.cause
    assert workbench.bench.account.leftovers() == []


def test_a_refused_request_leaves_nothing_to_delete(workbench: Workbench) -> None:
    ended = workbench.run("environment", wish(network={"prefix_length": 8}))
    assert (ended.status, ended.error) == ("FAILED", "InvalidRequest")
    assert ended.cause and "/spec/network/prefix_length" in ended.cause
    assert workbench.actions() == ["create"]


def test_an_environment_of_somebody_else_stays(workbench: Workbench) -> None:
    ask(workbench.bench.function, create(network={"cidr": "10.42.0.0/16"}))
    ended = workbench.run("environment", wish(network={"cidr": "10.43.0.0/16"}))
    assert (ended.status, ended.error) == ("FAILED", "Conflict")
    assert workbench.actions() == ["create", "describe"]
    assert len(workbench.bench.account.vpcs(NAME)) == 1


def test_what_a_conflict_of_our_own_left_goes(workbench: Workbench) -> None:
    role = f"{NAME}-us-east-1-training"
    workbench.bench.account.iam.create_role(RoleName=role, AssumeRolePolicyDocument="{}")
    ended = workbench.run("environment", wish())
    assert (ended.status, ended.error) == ("FAILED", "Conflict")
    assert workbench.bench.account.leftovers() == [f"roles {role}"]


def test_what_somebody_asked_for_later_stays(workbench: Workbench) -> None:
    later = (datetime.now(timezone.utc) + timedelta(minutes=4)).isoformat()
    ask(workbench.bench.function, create() | {"requested_at": later})
    ended = workbench.run("environment", wish())
    assert (ended.status, ended.error) == ("FAILED", "Superseded")
    assert workbench.actions() == ["create"]
    assert len(workbench.bench.account.vpcs(NAME)) == 1


def test_every_way_after_the_create_leads_to_the_delete() -> None:
    """Where it does not, nothing was made, or it is somebody else's: each such way is listed."""
    states = definition("environment")["States"]
    ends = {"Failed", "Superseded"}
    ways: dict[str, set[str]] = {}
    for name, state in states.items():
        found = {each["Next"] for each in [state, *state.get("Choices", []), *state.get("Catch", [])] if "Next" in each}
        ways[name] = found | ({state["Default"]} if "Default" in state else set())
    seen, before = {"Take note of the delete"}, {"Create"}
    without: set[tuple[str, str]] = set()
    while before:
        name = before.pop()
        seen.add(name)
        without |= {(name, end) for end in ways[name] & ends}
        before |= ways[name] - ends - seen
    assert without == {
        ("Create", "Failed"),  # InvalidRequest.
        ("Is it ready?", "Superseded"),
        ("Describe", "Failed"),  # Unknown.
        ("Is it ours?", "Failed"),  # Somebody else's.
    }


# A fleet


def test_a_fleet_is_made_and_removed(workbench: Workbench) -> None:
    names = ["course-1", "course-2", "course-3"]
    requests = [{"action": "create", "environment": name, "spec": {"network": {"prefix_length": 24}}} for name in names]
    made = workbench.run("fleet", {"requests": requests, "at_once": 2})
    assert made.status == "SUCCEEDED", made.cause
    assert sorted(each["environment"] for each in made.output["environments"]) == names
    assert {each["status"] for each in made.output["environments"]} == {"ready"}
    assert len(set(workbench.moments("create"))) == 1, "a fleet is asked for at one moment"
    assert [len(workbench.bench.account.vpcs(name)) for name in names] == [1, 1, 1]
    requests = [{"action": "delete", "environment": name} for name in names]
    assert workbench.run("fleet", {"requests": requests}).status == "SUCCEEDED"
    assert workbench.moments("create")[0] < workbench.moments("delete")[0]
    assert workbench.bench.account.leftovers() == []


def test_one_that_fails_does_not_stop_the_others(workbench: Workbench) -> None:
    good = {"action": "create", "environment": "course-1", "requested_at": "2025-06-02T10:00:00Z"}
    bad = {"action": "create", "environment": "Course 2"}
    ended = workbench.run("fleet", {"requests": [bad, good]})
    assert (ended.status, ended.error) == ("FAILED", "SomeFailed")
    assert len(workbench.bench.account.vpcs("course-1")) == 1
    assert good["requested_at"] in workbench.moments("create"), "an item's own moment goes before"


def test_a_fleet_is_bounded() -> None:
    fleet = definition("fleet")["States"]["Ask for each"]
    assert fleet["ItemProcessor"]["ProcessorConfig"]["Mode"] == "DISTRIBUTED"
    assert fleet["MaxConcurrencyPath"] == "$.at_once"


# What both have in common


@pytest.mark.parametrize("name", ["environment", "fleet"])
def test_what_passes_is_tried_again_with_jitter_and_nothing_else(name: str) -> None:
    whole = definition(name)
    states = whole["States"] | whole["States"].get("Ask for each", {}).get("ItemProcessor", {}).get("States", {})
    tasks = [state for state in states.values() if state["Type"] == "Task"]
    assert tasks
    for task in tasks:
        ours, lambdas = task["Retry"]
        assert set(ours["ErrorEquals"]) == {"Throttled", "Busy", "Internal"}
        assert all(error.startswith(("Lambda.", "Sandbox.", "States.Timeout")) for error in lambdas["ErrorEquals"])
        assert {retry["JitterStrategy"] for retry in task["Retry"]} == {"FULL"}


def test_one_that_never_gets_ready_is_no_success(workbench: Workbench) -> None:
    workbench.bench.emulator.configure(endpoint_seconds=3600.0)
    workbench.seconds = 3.0
    fleet = definition("fleet")["States"]["Ask for each"]
    count = fleet["ItemProcessor"]["States"]["Count"]
    count["Parameters"] = {"moment.$": "$.moment", "request.$": "$.request", "asked": 90}
    request = {"action": "create", "environment": "course-1", "spec": {"egress": {"endpoints": ["sts"]}}}
    ended = workbench.run("fleet", {"requests": [request]}, **{"Ask for each": fleet})
    assert (ended.status, ended.error) == ("FAILED", "SomeFailed")

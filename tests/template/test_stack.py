"""`template.yaml` deployed as it is: requests come as AWS brings them, and what comes of them is looked up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from harness import template
from harness.asking import event
from harness.browser import find_browser
from harness.cloud.cloud import Cloud
from harness.cloud.deployment import left
from harness.devtools import Browser
from harness.emulator import ACCOUNT, REGION

READY, DELETED = "Training Environment Ready", "Training Environment Deleted"
REQUEST = "Training Environment Request"
SOURCE = "com.acme.ml-platform"


TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:on-call"
"""With it the template makes everything that it can in a stack that nobody bounds from outside."""


@pytest.fixture(scope="module")
def running_cloud() -> Iterator[Cloud]:
    with Cloud(NotificationTopicArn=TOPIC) as cloud:
        yield cloud


@pytest.fixture
def cloud(running_cloud: Cloud) -> Iterator[Cloud]:
    """The stack without an environment, before the test and after it."""
    running_cloud.forget()
    yield running_cloud
    running_cloud.clear()
    assert running_cloud.account.leftovers() == []
    assert running_cloud.emulator.complaints() == ""


def delete(cloud: Cloud, environment: str) -> None:
    cloud.put_event(SOURCE, REQUEST, {"action": "delete", "environment": environment})
    cloud.heard(DELETED, environment)


def published(cloud: Cloud, environment: str) -> dict[str, Any]:
    parameters = cloud.account.parameters(environment)
    return dict(json.loads(parameters["exports"])) if parameters else {}


def test_everything_in_the_template_is_made(cloud: Cloud) -> None:
    assert set(template.load()["Resources"]) - set(cloud.deployment.resources()) == set()
    assert set(template.load()["Outputs"]) == set(cloud.outputs)


def test_an_event_on_the_bus_comes_through_the_queue(cloud: Cloud) -> None:
    asked = event("eventbridge-create")
    cloud.put_event(asked["source"], asked["detail-type"], asked["detail"])
    announced = cloud.heard(READY, "fraud-v3")
    assert announced["exports"] == published(cloud, "fraud-v3") != {}
    assert cloud.account.vpcs("fraud-v3") == [announced["exports"]["vpc_id"]]

    cloud.drained()
    cloud.forget()
    cloud.put_event(asked["source"], asked["detail-type"], asked["detail"])
    cloud.drained()
    assert cloud.mutations() == []
    assert cloud.near.calls("PutItem") + cloud.near.calls("TransactWriteItems"), "the request was recorded"
    came = [(line.get("carrier"), line.get("environment")) for line in cloud.logged()]
    assert ("sqs", "fraud-v3") in came

    delete(cloud, "fraud-v3")


def test_the_http_api_takes_an_environment_through_its_life(cloud: Cloud) -> None:
    path = "/environments/vision-eu"
    accepted = cloud.request("PUT", path, {"network": {"prefix_length": 20}})
    assert (accepted.status, accepted.headers["location"]) == (202, path)
    cloud.heard(READY, "vision-eu")

    described = cloud.request("GET", path)
    assert (described.status, described.json["status"]) == (200, "ready")
    assert described.json["exports"] == published(cloud, "vision-eu")
    listed = cloud.request("GET", "/environments?limit=5").json["environments"]
    assert [(each["environment"], each["status"]) for each in listed] == [("vision-eu", "ready")]
    drawn = cloud.request("GET", f"{path}/diagram.svg")
    assert (drawn.status, drawn.headers["content-type"]) == (200, "image/svg+xml")
    assert described.json["exports"]["vpc_id"].encode() in drawn.body
    planned = cloud.request("POST", f"{path}/plan", {"network": {"prefix_length": 20}})
    assert (planned.status, planned.json["changes"]) == (200, [])

    assert cloud.request("DELETE", path).status == 202
    cloud.heard(DELETED, "vision-eu")
    assert cloud.request("GET", path).status == 404


def test_only_the_page_is_open(cloud: Cloud) -> None:
    page = cloud.request("GET", "/", token="")
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    for method, path in (("GET", "/environments"), ("PUT", "/environments/x-1"), ("GET", "/nowhere")):
        assert cloud.request(method, path, {}, token="").status == 401
        assert cloud.request(method, path, {}, token=f"{cloud.tokens.token[:-4]}AAAA").status == 401
    assert cloud.request("GET", "/environments").status == 200


def test_the_page_shows_an_environment_to_who_has_a_token(cloud: Cloud) -> None:
    find_browser()
    cloud.put_event(SOURCE, REQUEST, {"action": "create", "environment": "looked-at"})
    made = cloud.heard(READY, "looked-at")["exports"]
    with Browser() as browser:
        page = browser.open()
        page.go(f"{cloud.outputs['ApiUrl']}/#looked-at")
        page.wait("document.activeElement.id === 'token'")
        assert made["vpc_id"] not in page.text("body")
        page.write(cloud.tokens.token)
        page.press("Enter")
        page.wait("document.querySelector('#picture img')?.complete")
        assert page.text("#detail-title") == "looked-at"
        assert made["vpc_id"] in page.text("body")
    delete(cloud, "looked-at")


def test_the_function_speaks_for_what_the_http_api_has_not(cloud: Cloud) -> None:
    for method, path, body, status in (
        ("GET", "/nowhere", None, 404),
        ("PATCH", "/environments/vision-eu", {}, 405),
        ("PUT", "/environments/vision-eu", {"networks": {}}, 400),
    ):
        answer = cloud.request(method, path, body)
        assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")


def test_the_state_machine_makes_an_environment_and_removes_it(cloud: Cloud) -> None:
    given = {"environment": "nightly-eval", "spec": {"network": {"prefix_length": 20}}}
    execution, states = cloud.execute("EnvironmentMachineArn", given)
    assert execution["status"] == "SUCCEEDED"
    assert [state for state in states if state in ("Create", "Train", "Delete")] == ["Create", "Train", "Delete"]
    created = json.loads(execution["output"])["created"]["answer"]
    assert cloud.heard(READY, "nightly-eval")["exports"] == created["exports"]
    cloud.heard(DELETED, "nightly-eval")


def test_the_state_machine_of_fleets_makes_and_removes_many(cloud: Cloud) -> None:
    names = [f"course-{number}" for number in range(3)]
    for action, announced in (("create", READY), ("delete", DELETED)):
        execution, _ = cloud.execute(
            "FleetMachineArn", {"requests": [{"action": action, "environment": name} for name in names]}
        )
        assert execution["status"] == "SUCCEEDED"
        output = json.loads(execution["output"])
        assert not output["some_failed"]
        assert sorted(each["environment"] for each in output["environments"]) == names
        for name in names:
            cloud.heard(announced, name)


def test_schedules_ask_with_the_moment_that_they_mean(cloud: Cloud) -> None:
    moment = cloud.fire("workdays-create")
    assert cloud.heard(READY, "workdays")["requested_at"] == f"{moment}Z"
    moment = cloud.fire("workdays-delete")
    assert cloud.heard(DELETED, "workdays")["requested_at"] == f"{moment}Z"


def test_a_sweep_repairs_what_somebody_changed(cloud: Cloud) -> None:
    cloud.put_event(SOURCE, REQUEST, {"action": "create", "environment": "drifting"})
    made = cloud.heard(READY, "drifting")["exports"]
    name = "/ringfence/drifting/vpc_id"
    cloud.account.ec2.authorize_security_group_ingress(
        GroupId=made["training_sg_id"],
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.9.0.0/16"}]}],
    )
    failed, swept = cloud.invoke({"action": "sweep"})
    assert not failed
    assert [(each["environment"], each["op"]) for each in swept["changes"]] == [("drifting", "delete")]
    cloud.heard("Training Environment Repaired", "drifting")
    assert cloud.account.ssm.get_parameter(Name=name)["Parameter"]["Value"] == made["vpc_id"]
    delete(cloud, "drifting")


def test_nothing_is_left_of_a_stack_that_is_removed() -> None:
    with Cloud() as cloud:
        cloud.put_event(SOURCE, REQUEST, {"action": "create", "environment": "short-lived"})
        cloud.heard(READY, "short-lived")
        delete(cloud, "short-lived")
        cloud.bus.stop()
        assert [kind for kind, names in left(cloud.ministack).items() if not names] == []
        cloud.deployment.remove()
        assert cloud.leftovers() == []

"""The stack around the function: what it keeps, what brings requests to it, and who hears of trouble."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

import pytest

from harness import template
from harness.asking import ask
from harness.requests import on_the_bus
from harness.sources import constants, sources
from harness.standing import Bench

BUS = {"If": ["HasOwnBus", {"Ref": "EventBus"}, {"Ref": "EventBusName"}]}
PARAMETERS = template.load()["Parameters"]
ON_THIS_MACHINE = {"RINGFENCE_TRACE_FILE"}
"""Settings that no stack has use for: a file of a Lambda function is gone with it."""


def resource(name: str) -> dict[str, Any]:
    found: dict[str, Any] = template.load()["Resources"][name]
    return found


def properties(name: str) -> dict[str, Any]:
    found: dict[str, Any] = resource(name)["Properties"]
    return found


def filled(text: str, **values: str) -> str:
    """A text of the template with its parameters filled in: every one at its default, unless `values` has it."""
    return re.sub(r"\$\{(\w+)\}", lambda found: values.get(found[1], str(PARAMETERS[found[1]]["Default"])), text)


# What the two say to each other


def test_the_table_has_the_keys_that_the_code_uses() -> None:
    names = constants("registry/names.rs")
    table = properties("Table")
    assert table["KeySchema"] == [
        {"AttributeName": names["KIND"], "KeyType": "HASH"},
        {"AttributeName": names["NAME"], "KeyType": "RANGE"},
    ]
    assert table["AttributeDefinitions"] == [
        {"AttributeName": names["KIND"], "AttributeType": "S"},
        {"AttributeName": names["NAME"], "AttributeType": "S"},
    ]
    assert table["TimeToLiveSpecification"] == {"AttributeName": names["EXPIRES"], "Enabled": True}


def test_the_table_outlives_mistakes() -> None:
    table = resource("Table")
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert table["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["Properties"]["DeletionProtectionEnabled"] is True


def test_the_function_is_set_up_as_the_code_reads_it() -> None:
    settings = constants("settings.rs")
    variables = properties("Function")["Environment"]["Variables"]
    ours = {name for name in settings.values() if name.startswith("RINGFENCE_")} - ON_THIS_MACHINE
    assert len(ours) == 6
    assert set(variables) == ours | {"RUST_LOG"}


def test_the_parameters_have_the_defaults_of_the_code() -> None:
    code = next(source.code for source in sources() if source.name == "settings.rs")
    for name in ("ExportPrefix", "CidrPool"):
        assert f'"{PARAMETERS[name]["Default"]}"' in code
    assert PARAMETERS["LogFilter"]["Default"] == constants("telemetry/log.rs")["DEFAULT_FILTER"]


def test_nothing_has_to_be_filled_in() -> None:
    assert [name for name, each in PARAMETERS.items() if "Default" not in each] == []
    for name, each in PARAMETERS.items():
        assert each["Description"].endswith("."), name
        if "AllowedPattern" in each:
            assert re.fullmatch(each["AllowedPattern"].strip("^$"), each["Default"]), name
        if each["Type"] == "Number" and "AllowedValues" not in each:
            assert each["MinValue"] <= each["Default"] <= each["MaxValue"], name


def test_every_parameter_is_asked_for_in_its_group() -> None:
    groups = template.load()["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert [name for group in groups for name in group["Parameters"]] == list(PARAMETERS)


# What brings requests


def test_requests_are_taken_from_whatever_source() -> None:
    assert properties("RequestRule")["EventPattern"] == {"detail-type": [constants("event/carrier.rs")["REQUEST"]]}


def test_requests_come_through_the_queue_or_straight() -> None:
    (target,) = properties("RequestRule")["Targets"]
    assert target["Arn"] == {"If": ["ThroughQueue", {"GetAtt": "Requests.Arn"}, {"GetAtt": "Function.Arn"}]}
    assert PARAMETERS["RequestPath"]["Default"] == "QUEUE"
    mapping = properties("RequestsToFunction")
    assert mapping["EventSourceArn"] == {"GetAtt": "Requests.Arn"}
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": {"Ref": "QueueConcurrency"}}


def test_a_request_under_way_does_not_come_again() -> None:
    assert properties("Requests")["VisibilityTimeout"] > properties("Function")["Timeout"]


def test_what_the_function_hands_over_comes_back_to_it() -> None:
    assert properties("Function")["Environment"]["Variables"]["RINGFENCE_EVENT_BUS"] == BUS
    assert properties("RequestRule")["EventBusName"] == BUS, "it sends to another bus than it listens to"
    sent = constants("notify.rs")
    pattern = properties("RequestRule")["EventPattern"]
    handed_over = {"source": sent["SOURCE"], "detail-type": sent["REQUEST"]}
    assert all(handed_over[key] in values for key, values in pattern.items())
    announced = {text for name, text in sent.items() if text.startswith("Training Environment") and name != "REQUEST"}
    assert announced and not announced & set(pattern["detail-type"]), "an announcement would come back as a request"
    role = properties("ExecutionRole")
    found = [each for policy in role["Policies"] for each in policy["PolicyDocument"]["Statement"]]
    (statement,) = (each for each in found if "events:PutEvents" in each["Action"])
    assert statement["Resource"]["Sub"].endswith(":event-bus/${EventBusName}")


def test_a_topic_is_told_of_what_went_wrong_where_somebody_names_one() -> None:
    rule, sent = template.load()["Resources"]["NotificationRule"], constants("notify.rs")
    assert rule["Condition"] == "HasNotificationTopic" and PARAMETERS["NotificationTopicArn"]["Default"] == ""
    condition = template.load()["Conditions"]["HasNotificationTopic"]
    assert condition == {"Not": [{"Equals": [{"Ref": "NotificationTopicArn"}, ""]}]}
    pattern = {"source": [sent["SOURCE"]], "detail-type": [sent["FAILED"], sent["EXPOSED"]]}
    assert (rule["Properties"]["EventPattern"], rule["Properties"]["EventBusName"]) == (pattern, BUS)
    assert [target["Arn"] for target in rule["Properties"]["Targets"]] == [{"Ref": "NotificationTopicArn"}]


def test_what_is_replayed_is_younger_than_the_records() -> None:
    code = next(source.code for source in sources() if source.name == "registry/item.rs")
    kept = re.search(r"KEPT_AFTER_DELETE: SignedDuration = SignedDuration::from_hours\((\d+) \* 24\)", code)
    assert kept and PARAMETERS["ArchiveDays"]["MaxValue"] <= 14 < int(kept[1])
    assert properties("Archive")["RetentionDays"] == {"Ref": "ArchiveDays"}
    assert properties("Archive")["EventPattern"] == properties("RequestRule")["EventPattern"]


def test_a_sweep_comes_every_five_minutes_unless_it_is_turned_off() -> None:
    sweep = properties("SweepRule")
    assert (sweep["ScheduleExpression"], sweep["State"]) == ({"Ref": "SweepSchedule"}, {"Ref": "SweepState"})
    assert PARAMETERS["SweepSchedule"]["Default"] == "rate(5 minutes)"
    assert PARAMETERS["SweepState"]["Default"] == "ENABLED"
    assert "EventBusName" not in sweep, "rules on a schedule stand on the default bus alone"
    (target,) = sweep["Targets"]
    assert "Input" not in target, "the function knows a sweep by the detail-type and source of the event itself"


@pytest.mark.parametrize("name", ["RequestRule", "SweepRule"])
def test_a_rule_may_invoke_the_function(name: str) -> None:
    permissions = template.resources("AWS::Lambda::Permission").values()
    sources_of = [each["Properties"]["SourceArn"] for each in permissions]
    assert {"GetAtt": f"{name}.Arn"} in sources_of
    (statement,) = properties("QueuePolicy")["PolicyDocument"]["Statement"]
    assert {"GetAtt": f"{name}.Arn"} in statement["Condition"]["ArnEquals"]["aws:SourceArn"]


SCHEDULES = template.resources("AWS::Scheduler::Schedule")


@pytest.mark.parametrize("name", list(SCHEDULES))
def test_what_cannot_be_delivered_is_kept(name: str) -> None:
    kept = {"Arn": {"GetAtt": "UndeliveredRequests.Arn"}}
    assert properties(name)["Target"]["DeadLetterConfig"] == kept
    assert all(properties(rule)["Targets"][0]["DeadLetterConfig"] == kept for rule in ("RequestRule", "SweepRule"))


def test_schedules_are_off_until_somebody_wants_them() -> None:
    assert PARAMETERS["WorkdaysState"]["Default"] == "DISABLED"
    for schedule in SCHEDULES.values():
        assert schedule["Properties"]["State"] == {"Ref": "WorkdaysState"}
        assert schedule["Properties"]["ScheduleExpressionTimezone"] == {"Ref": "WorkdaysTimeZone"}


def test_a_day_of_the_schedules_makes_an_environment_and_removes_it(bench: Bench) -> None:
    spec = '{"network": {"prefix_length": 24}, "tags": {"team": "ml"}}'
    for name, moment, status in (
        ("WorkdaysCreate", "2025-06-02T07:00:00Z", "ready"),
        ("WorkdaysDelete", "2025-06-02T19:00:00Z", "deleted"),
    ):
        text = filled(properties(name)["Target"]["Input"]["Sub"], WorkdaysSpec=spec)
        event = json.loads(text.replace("<aws.scheduler.scheduled-time>", moment))
        answer = ask(bench.function, event, status)
        assert datetime.fromisoformat(answer["requested_at"]) == datetime.fromisoformat(moment)
        assert answer["environment"] == PARAMETERS["WorkdaysEnvironment"]["Default"]
    assert bench.account.leftovers() == []


def test_what_the_rule_lets_through_is_a_request(bench: Bench) -> None:
    event = on_the_bus({"action": "delete", "environment": "nobody", "requested_at": "2025-06-02T19:00:00Z"})
    assert event["detail-type"] in properties("RequestRule")["EventPattern"]["detail-type"]
    ask(bench.function, event, "deleted")


# The HTTP API

ROUTES = template.resources("AWS::ApiGatewayV2::Route")
CONTRACT = {
    "PUT /environments/{name}",
    "DELETE /environments/{name}",
    "GET /environments/{name}",
    "GET /environments",
    "POST /environments/{name}/plan",
    "GET /environments/{name}/diagram.svg",
    "GET /doctor",
}


def test_the_api_has_every_route_and_one_for_what_there_is_not() -> None:
    assert {route["Properties"]["RouteKey"] for route in ROUTES.values()} == CONTRACT | {"GET /", "$default"}


def test_the_page_alone_is_open() -> None:
    for route in ROUTES.values():
        is_page = route["Properties"]["RouteKey"] == "GET /"
        wanted = "NONE" if is_page else {"If": ["HasTokens", "JWT", "AWS_IAM"]}
        assert route["Properties"]["AuthorizationType"] == wanted, route["Properties"]["RouteKey"]


def test_the_api_is_throttled_and_logged() -> None:
    stage = properties("ApiStage")
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] == {"Ref": "ApiRateLimit"}
    assert stage["DefaultRouteSettings"]["ThrottlingBurstLimit"] == {"Ref": "ApiBurstLimit"}
    assert stage["AccessLogSettings"]["DestinationArn"] == {"GetAtt": "ApiLog.Arn"}
    assert json.loads(stage["AccessLogSettings"]["Format"])["requestId"] == "$context.requestId"


# Who hears of trouble


def test_every_queue_that_takes_failures_and_every_bad_state_has_an_alarm() -> None:
    alarms = template.resources("AWS::CloudWatch::Alarm").values()
    watched = {json.dumps(each["Properties"].get("Dimensions", each["Properties"]["MetricName"])) for each in alarms}
    for metric in ("Exposed", "Failed", "Stuck"):
        assert json.dumps(metric) in watched
    for queue in ("FailedRequests", "UndeliveredRequests"):
        assert json.dumps([{"Name": "QueueName", "Value": {"GetAtt": f"{queue}.QueueName"}}]) in watched
    topic = {"If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]}
    assert all(each["Properties"]["AlarmActions"] == topic for each in alarms)


def test_the_dashboard_is_json_and_names_what_there_is() -> None:
    text = properties("Dashboard")["DashboardBody"]["Sub"]
    names = set(re.findall(r"\$\{(\w+)[.}]", text))
    assert names <= set(template.load()["Resources"])
    assert len(json.loads(re.sub(r"\$\{[^}]+\}", "x", text))["widgets"]) >= 5


@pytest.mark.parametrize("name", list(template.resources("AWS::Logs::LogGroup")))
def test_every_log_is_kept_as_long_as_asked(name: str) -> None:
    assert properties(name)["RetentionInDays"] == {"Ref": "LogRetentionDays"}


# State machines

MACHINES = template.resources("AWS::Serverless::StateMachine")


@pytest.mark.parametrize("name", list(MACHINES))
def test_a_machine_is_a_file_of_its_own_with_every_substitution(name: str) -> None:
    machine = MACHINES[name]["Properties"]
    definition = (template.TEMPLATE.parent / machine["DefinitionUri"]).read_text()
    assert set(re.findall(r"\$\{(\w+)\}", definition)) == set(machine["DefinitionSubstitutions"])


def test_exceptions_of_checkov_have_a_reason() -> None:
    for name, each in template.load()["Resources"].items():
        for skip in each.get("Metadata", {}).get("checkov", {}).get("skip", []):
            assert skip["comment"].endswith("."), name
        for exception in each.get("Metadata", {}).get("parliament", []):
            assert exception["reason"].endswith("."), name

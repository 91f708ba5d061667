"""The template says what the code does: the API actions of the role, the keys of the table, the names in between."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from typing import Any

import pytest
from botocore.session import get_session

from harness import template
from harness.sources import Function, constants, sources

BESIDE = {
    "ec2:CreateNetworkInterface",
    "iam:CreateServiceLinkedRole",
    "iam:PassRole",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "route53:AssociateVPCWithHostedZone",
    "sqs:SendMessage",
}
"""What the role may do and the code does not call. The reason of each stands behind it in the template."""

SERVICES = ("dynamodb", "ec2", "events", "iam", "logs", "route53resolver", "ssm", "sts")
"""The clients, each called as IAM calls its service."""

TRANSACTION = "dynamodb:TransactWriteItems"
PARTS = {
    "ConditionCheck": "dynamodb:ConditionCheckItem",
    "Delete": "dynamodb:DeleteItem",
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
}
"""IAM knows no transactions, but what they are made of: by the type that the SDK has for it."""

ROLE_QUOTA = 10_240
"""How many characters the inline policies of a role may have together, white space aside."""

MANAGED_POLICY_QUOTA = 6_144
"""How many characters a managed policy may have, white space aside."""

CALLING = [source for source in sources() if ".send()" in source.code]


# What the code calls


@cache
def operations(service: str) -> dict[str, str]:
    """The operations of a service, by their names in the SDK."""
    names = get_session().get_service_model(service).operation_names
    return {name.lower(): name for name in names}


def calls(function: Function) -> list[str]:
    """The API operations that a function calls, in order, as IAM would write them."""
    clients = {service: service for service in SERVICES}
    clients.update(re.findall(rf"\blet (\w+) = &[\w.]*\b({'|'.join(SERVICES)});", function.code))
    found = re.findall(rf"\b({'|'.join(clients)})\s*\.\s*([a-z0-9_]+)\(\)", function.code)
    return [f"{clients[client]}:{pascal(clients[client], method)}" for client, method in found]


def pascal(service: str, method: str) -> str:
    """The operation behind a method of a client."""
    operation = operations(service).get(method.replace("_", ""))
    assert operation, f"{service} has no operation {method}"
    return operation


def parts() -> set[str]:
    """What transactions are made of."""
    code = "".join(source.code for source in CALLING)
    return {action for kind, action in PARTS.items() if re.search(rf"\b{kind}::builder\(", code)}


def names(function: Function, file: dict[str, str]) -> list[str]:
    """The actions that a function names in the errors of its calls."""
    own = dict(re.findall(r"\bconst (\w+): &str = \"([^\"]*)\"", function.code))
    found = re.findall(r"\.named\((?:\"([^\"]+)\"|(\w+))\)", function.code)
    return [text or own.get(name) or file[name] for text, name in found]


def called() -> set[str]:
    """Every action that the code calls."""
    found = {call for source in CALLING for function in source.functions for call in calls(function)}
    return found - {TRANSACTION} | (parts() if TRANSACTION in found else set())


@pytest.mark.parametrize("source", CALLING, ids=lambda source: source.name)
def test_every_call_is_named_as_what_it_calls(source: Any) -> None:
    in_functions = 0
    for function in source.functions:
        sent = function.code.count(".send()")
        made, named = calls(function), names(function, constants(source.name))
        assert len(made) == len(named) == sent, f"{function.name} makes {made}, names {named} and sends {sent} times"
        in_functions += sent
        if TRANSACTION in made:
            assert set(named) <= parts()
        else:
            assert Counter(made) == Counter(named), function.name
    assert in_functions == source.code.count(".send()")


# What the template allows


def role() -> dict[str, Any]:
    roles = template.resources("AWS::IAM::Role")
    assert list(roles) == ["ExecutionRole"]
    found: dict[str, Any] = roles["ExecutionRole"]["Properties"]
    return found


def inline_policies() -> list[dict[str, Any]]:
    return [policy["PolicyDocument"] for policy in role()["Policies"]]


def managed_policies() -> list[dict[str, Any]]:
    """Those of the template's own, each attached to the role."""
    managed = template.resources("AWS::IAM::ManagedPolicy")
    assert role()["ManagedPolicyArns"] == [{"Ref": name} for name in managed]
    return [policy["Properties"]["PolicyDocument"] for policy in managed.values()]


def statements() -> list[dict[str, Any]]:
    found = [statement for policy in inline_policies() + managed_policies() for statement in policy["Statement"]]
    assert all(statement["Effect"] == "Allow" for statement in found)
    return found


def allowed() -> set[str]:
    return {action for statement in statements() for action in statement["Action"]}


def conditions() -> dict[str, set[str]]:
    """The condition keys of the role, each with its values: names in the template, and texts."""
    found: dict[str, set[str]] = {}
    for statement in statements():
        condition = statement.get("Condition", {})
        for operator in (condition["If"][1] if "If" in condition else condition).values():
            for key, value in operator.items():
                values = value if isinstance(value, list) else [value]
                found.setdefault(key, set()).update(
                    each if isinstance(each, str) else json.dumps(each) for each in values
                )
    return found


def rendered(value: Any) -> Any:
    """A value with everything in it that is as long as it can get, so that its length is the longest."""
    longest = {
        "AWS::Partition": "aws-us-gov",
        "AWS::Region": "ap-southeast-7",
        "AWS::AccountId": "123456789012",
        "ExportPrefix": "/a-rather-long-prefix/of-three-parts/for-exports",
        "EventBusName": "a-rather-long-name/of-an-event-bus-in-three-parts/for-requests",
    }
    match value:
        case {"Sub": text}:
            return re.sub(r"\$\{([\w:]+)\}", lambda found: longest[found[1]], text)
        case {"If": [_, chosen, _]}:
            return rendered(chosen)
        case {"Ref": _} | {"GetAtt": _}:
            return "arn:aws-us-gov:dynamodb:ap-southeast-7:123456789012:table/an-installation-with-a-long-name"
        case dict():
            return {key: rendered(each) for key, each in value.items()}
        case list():
            return [rendered(each) for each in value]
        case _:
            return value


def test_the_role_allows_what_the_code_calls_and_little_beside_it() -> None:
    assert called() - allowed() == set(), "called and not allowed"
    assert allowed() - called() == BESIDE, "allowed and not called"


def test_actions_are_named_one_by_one() -> None:
    assert [action for action in sorted(allowed()) if "*" in action or "?" in action] == []


@pytest.mark.parametrize("action", sorted(BESIDE))
def test_what_is_allowed_beside_the_calls_has_its_reason(action: str) -> None:
    lines = [line for line in template.TEMPLATE.read_text().splitlines() if re.match(rf"\s*- {action}\b", line)]
    assert lines and all(re.search(r" # \S.+\.$", line) for line in lines), lines


def length(policy: dict[str, Any]) -> int:
    return len(re.sub(r"\s", "", json.dumps(rendered(policy))))


def test_the_policies_fit_into_a_role() -> None:
    assert sum(map(length, inline_policies())) <= ROLE_QUOTA
    assert max(map(length, managed_policies())) <= MANAGED_POLICY_QUOTA


def test_the_role_knows_the_tags_and_names_that_the_code_gives() -> None:
    tags = constants("stack/tags.rs")
    found = conditions()
    for kind in ("RequestTag", "ResourceTag"):
        assert found.pop(f"aws:{kind}/{tags['MANAGED_BY']}") == {tags["MANAGED_BY_VALUE"]}
        assert found.pop(f"aws:{kind}/{tags['INSTALLATION']}") == {json.dumps({"Ref": "Table"})}
    assert {key for key in found if "Tag/" in key} == set()
    stack = {source.name: source.code for source in sources()}
    # The operator is ForAllValues, for AWS counts the key among those with several values.
    assert found.pop("events:source") == {constants("notify.rs")["SOURCE"]}
    resources = {str(rendered(statement["Resource"])) for statement in statements()}
    assert '"/ringfence/{}/"' in stack["stack/wanted.rs"]
    assert any(":role/ringfence/ap-southeast-7/*" in resource for resource in resources)
    log_groups = constants("stack/wanted.rs")["FLOW_LOG_GROUPS"]
    assert any(f":log-group:{log_groups}*" in resource for resource in resources)
    for purpose in ("training", "flow-logs"):
        assert f'"{purpose}"' in stack["stack/identity.rs"]
        assert any(f"/*-{purpose}" in resource for resource in resources)


def test_tags_may_be_given_in_every_call_that_gives_them() -> None:
    given = r"\bcreate_\w+(?=\(\)(?:(?!\.send\(\)).)*?\.tag_specifications\()"
    methods = {found[0] for source in CALLING for found in re.finditer(given, source.code, re.DOTALL)}
    assert conditions()["ec2:CreateAction"] == {pascal("ec2", method) for method in methods}


# What the two say to each other


def test_the_table_has_the_keys_that_the_code_uses() -> None:
    names = constants("registry/names.rs")
    (table,) = template.resources("AWS::DynamoDB::Table").values()
    properties = table["Properties"]
    assert properties["KeySchema"] == [
        {"AttributeName": names["KIND"], "KeyType": "HASH"},
        {"AttributeName": names["NAME"], "KeyType": "RANGE"},
    ]
    assert properties["AttributeDefinitions"] == [
        {"AttributeName": names["KIND"], "AttributeType": "S"},
        {"AttributeName": names["NAME"], "AttributeType": "S"},
    ]
    assert properties["TimeToLiveSpecification"] == {"AttributeName": names["EXPIRES"], "Enabled": True}


def test_the_table_outlives_mistakes() -> None:
    (table,) = template.resources("AWS::DynamoDB::Table").values()
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert table["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_the_function_is_set_up_as_the_code_reads_it() -> None:
    (function,) = template.resources("AWS::Serverless::Function").values()
    properties = function["Properties"]
    settings = constants("settings.rs")
    variables = properties["Environment"]["Variables"]
    ours = {name for name in settings.values() if name.startswith("RINGFENCE_")}
    assert len(ours) == 5
    assert set(variables) == ours | {"RUST_LOG"}
    assert set(properties["Events"]) == {"Request", "Sweep"}


def rule(name: str) -> dict[str, Any]:
    """What makes an event reach the function."""
    (function,) = template.resources("AWS::Serverless::Function").values()
    found: dict[str, Any] = function["Properties"]["Events"][name]
    return found


def test_requests_are_taken_from_whatever_source() -> None:
    request = rule("Request")
    assert request["Type"] == "EventBridgeRule"
    assert request["Properties"]["Pattern"] == {"detail-type": [constants("event/decode.rs")["REQUEST"]]}


def test_what_the_function_hands_over_comes_back_to_it() -> None:
    (function,) = template.resources("AWS::Serverless::Function").values()
    bus = function["Properties"]["Environment"]["Variables"]["RINGFENCE_EVENT_BUS"]
    assert rule("Request")["Properties"]["EventBusName"] == bus, "it sends to another bus than it listens to"
    sent = constants("notify.rs")
    pattern = rule("Request")["Properties"]["Pattern"]
    handed_over = {"source": sent["SOURCE"], "detail-type": sent["REQUEST"]}
    assert all(handed_over[key] in values for key, values in pattern.items())
    announced = {text for name, text in sent.items() if text.startswith("Training Environment") and name != "REQUEST"}
    assert announced and not announced & set(pattern["detail-type"]), "an announcement would come back as a request"
    (statement,) = (each for each in statements() if "events:PutEvents" in each["Action"])
    assert statement["Resource"]["Sub"].endswith(f":event-bus/${{{bus['Ref']}}}")


def test_a_sweep_comes_every_five_minutes_unless_it_is_turned_off() -> None:
    sweep, parameters = rule("Sweep"), template.load()["Parameters"]
    assert sweep["Type"] == "Schedule"
    properties = sweep["Properties"]
    assert (properties["Schedule"], properties["State"]) == ({"Ref": "SweepSchedule"}, {"Ref": "SweepState"})
    assert parameters["SweepSchedule"]["Default"] == "rate(5 minutes)"
    assert parameters["SweepState"]["Default"] == "ENABLED"
    assert "Input" not in properties, "the function knows a sweep by the detail-type and source of the event itself"


def test_the_parameters_have_the_defaults_of_the_code() -> None:
    parameters = template.load()["Parameters"]
    code = next(source.code for source in sources() if source.name == "settings.rs")
    for name in ("EventBusName", "ExportPrefix", "CidrPool"):
        assert f'"{parameters[name]["Default"]}"' in code
    filters = constants("telemetry.rs")
    assert parameters["LogFilter"]["Default"] == filters["DEFAULT_FILTER"]
    assert all("Default" in parameter for parameter in parameters.values()), "something would have to be filled in"

"""The function's role allows what the code does, and the boundary what the roles that it makes may do."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import pytest

from harness import template
from harness.called import CALLING, TRANSACTION, called, calls, names, parts, pascal
from harness.sources import constants, sources

BESIDE = {
    "ec2:CreateNetworkInterface",
    "iam:CreateServiceLinkedRole",
    "iam:PassRole",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "route53:AssociateVPCWithHostedZone",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
    "sqs:SendMessage",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}
"""What the role may do and the code does not call. The reason of each stands behind it in the template."""

ROLE_QUOTA = 10_240
"""How many characters the inline policies of a role may have together, white space aside."""

POLICY_QUOTA = 6_144
"""The same for a managed policy (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html)."""


# What the code calls


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


ROLE = template.resources("AWS::IAM::Role")["ExecutionRole"]["Properties"]
MANAGED = template.resources("AWS::IAM::ManagedPolicy")


def inline() -> list[dict[str, Any]]:
    return [policy["PolicyDocument"] for policy in ROLE["Policies"]]


def policies() -> list[dict[str, Any]]:
    """All that the role has: its own policies, and those that stand beside it."""
    beside = [MANAGED[each["Ref"]] for each in ROLE["ManagedPolicyArns"]]
    return inline() + [policy["Properties"]["PolicyDocument"] for policy in beside]


def statements() -> list[dict[str, Any]]:
    found = [statement for policy in policies() for statement in policy["Statement"]]
    assert all(statement["Effect"] == "Allow" for statement in found)
    return found


def allowed() -> set[str]:
    return {action for statement in statements() for action in statement["Action"]}


def conditions() -> dict[str, set[str]]:
    """The condition keys of the role, each with its values: names in the template, and texts."""
    found: dict[str, set[str]] = {}
    for statement in statements():
        for operator in statement.get("Condition", {}).values():
            for key, value in operator.items():
                values = value if isinstance(value, list) else [value]
                found.setdefault(key, set()).update(
                    each if isinstance(each, str) else json.dumps(each) for each in values
                )
    return found


def rendered(value: Any) -> Any:
    """A value with everything in it that is as long as it can get, so that its length is the longest."""
    longest = {
        "AWS::StackName": "a-rather-long-name-of-a-stack",
        "AWS::Partition": "aws-us-gov",
        "AWS::Region": "ap-southeast-7",
        "AWS::URLSuffix": "amazonaws.com.cn",
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


def asked_of_itself() -> set[str]:
    """The actions that `doctor` has IAM's policy simulator judge."""
    return set(re.findall(r'(?<!Key\()"([a-z0-9]+:[A-Z]\w+)"', _code("doctor/asked.rs")))


def test_the_doctor_asks_about_every_action_that_is_called() -> None:
    assert called() - asked_of_itself() == set(), "called, and no question of src/doctor/asked.rs is about it"
    assert asked_of_itself() - called() <= BESIDE, "asked about and not called"


def test_actions_are_named_one_by_one() -> None:
    assert [action for action in sorted(allowed()) if "*" in action or "?" in action] == []


@pytest.mark.parametrize("action", sorted(BESIDE))
def test_what_is_allowed_beside_the_calls_has_its_reason(action: str) -> None:
    names = ["ExecutionRole", *(each["Ref"] for each in ROLE["ManagedPolicyArns"])]
    written = "".join(template.text(name) for name in names)
    lines = [line for line in written.splitlines() if re.match(rf"\s*- {action}\b", line)]
    assert lines and all(re.search(r" # \S.+\.$", line) for line in lines), lines


def length(policy: dict[str, Any]) -> int:
    return len(re.sub(r"\s", "", json.dumps(rendered(policy))))


def test_the_policies_fit_into_a_role() -> None:
    length = sum(_length(policy) for policy in inline())
    assert length <= ROLE_QUOTA, length


@pytest.mark.parametrize("name", list(MANAGED))
def test_the_other_policies_fit_into_one(name: str) -> None:
    assert _length(MANAGED[name]["Properties"]["PolicyDocument"]) <= POLICY_QUOTA


def _length(document: dict[str, Any]) -> int:
    return len(re.sub(r"\s", "", json.dumps(rendered(document))))


def test_the_role_knows_the_tags_and_names_that_the_code_gives() -> None:
    tags = constants("model/stack/tags.rs")
    found = conditions()
    for kind in ("RequestTag", "ResourceTag"):
        assert found.pop(f"aws:{kind}/{tags['MANAGED_BY']}") == {tags["MANAGED_BY_VALUE"]}
        assert found.pop(f"aws:{kind}/{tags['INSTALLATION']}") - {"true"} == {json.dumps({"Ref": "Table"})}
    untagged = {f"aws:ResourceTag/{key}" for key in ("Name", "aws:cloudformation:stack-name")}
    assert {key: found.pop(key) for key in untagged} == {key: {"true"} for key in untagged}
    assert found.pop(f"aws:ResourceTag/{constants('model/stack/guardduty.rs')['MANAGED']}") == {"true"}
    assert {key for key in found if "Tag/" in key} == set()
    stack = {source.name: source.code for source in sources()}
    # The operator is ForAllValues, for AWS counts the key among those with several values.
    assert found.pop("events:source") == {constants("notify.rs")["SOURCE"]}
    resources = {str(rendered(statement["Resource"])) for statement in statements()}
    assert '"/ringfence/{}/"' in stack["model/stack/wanted.rs"]
    assert any(":role/ringfence/ap-southeast-7/*" in resource for resource in resources)
    log_groups = constants("model/stack/flow_logs.rs")["FLOW_LOG_GROUPS"]
    assert any(f":log-group:{log_groups}*" in resource for resource in resources)
    assert '"training"' in stack["model/stack/purpose.rs"]
    assert any("/*-training" in resource for resource in resources)


def test_tags_may_be_given_in_every_call_that_gives_them() -> None:
    given = r"\bcreate_\w+(?=\(\)(?:(?!\.send\(\)).)*?\.tag_specifications\()"
    methods = {found[0] for source in CALLING for found in re.finditer(given, source.code, re.DOTALL)}
    assert conditions()["ec2:CreateAction"] == {pascal("ec2", method) for method in methods}


# What it may not do

OWN = {"dynamodb", "sqs"}
"""Services in which the role may use what the stack itself made, and nothing else."""
TAKES_AWAY = r"\w+:(Delete|Detach|Disassociate|Remove|Revoke|Terminate|Untag)"
UNTAGGED_STAYS = {"logs:UntagResource"}
"""Gives up what is ours; nothing is lost by it."""
OTHER_SIDES = {"WhatStrayRulesAreAbout", "LetInstanceConnectIn", "LetInstanceConnectHaveItsRole"}
"""What a call touches beside the thing that it makes or takes away, which other statements hold to our tags."""


def tags_asked_for(statement: dict[str, Any], kind: str) -> set[str]:
    keys = statement.get("Condition", {}).get("StringEquals", {})
    return {key.removeprefix(f"aws:{kind}/") for key in keys if key.startswith(f"aws:{kind}/")}


OUR_TAGS = {"ringfence:managed-by", "ringfence:installation"}
OF_OTHERS = {"RemoveWhatGuardDutyMade": {"GuardDutyManaged"}}
"""By its statement, the tag of what somebody else leaves in a VPC of ours and nobody but us removes."""


def test_nothing_is_taken_away_that_does_not_carry_our_tags() -> None:
    found = 0
    for statement in (each for each in statements() if each["Sid"] not in OTHER_SIDES):
        actions = {action for action in statement["Action"] if re.match(TAKES_AWAY, action)} - UNTAGGED_STAYS
        actions = {action for action in actions if action.split(":")[0] not in OWN}
        found += len(actions)
        tags = OF_OTHERS.get(statement["Sid"], OUR_TAGS)
        assert not actions or tags_asked_for(statement, "ResourceTag") == tags, f"{statement['Sid']}: {actions}"
    assert found > 15


@pytest.mark.parametrize("service", sorted(OWN))
def test_of_what_others_made_in_these_services_nothing_is_named(service: str) -> None:
    for statement in statements():
        if any(action.startswith(f"{service}:") for action in statement["Action"]):
            assert set(statement["Resource"]) == {"GetAtt"}, statement["Sid"]


def test_whatever_is_made_is_tagged() -> None:
    made = [each for each in statements() if any(re.match(r"(ec2|iam):Create", action) for action in each["Action"])]
    for statement in (each for each in made if each["Sid"] not in OTHER_SIDES):
        creating = {action for action in statement["Action"] if re.match(r"(ec2|iam):Create", action)}
        asked = tags_asked_for(statement, "RequestTag") or tags_asked_for(statement, "ResourceTag")
        if creating == {"ec2:CreateTags"} and "ec2:CreateAction" in str(statement["Condition"]):
            continue
        if "ipam-pool" in str(statement["Resource"]):
            continue  # The pool is not made. The VPC with a block of it is: another statement asks for its tags.
        assert asked == OUR_TAGS, statement["Sid"]


BOUNDARY = {"If": ["HasOwnBoundary", {"Ref": "EnvironmentRoleBoundary"}, {"Ref": "PermissionsBoundaryArn"}]}


UNDER_THE_BOUNDARY = [
    "iam:CreateRole",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:UpdateAssumeRolePolicy",
]


@pytest.mark.parametrize("action", UNDER_THE_BOUNDARY)
def test_no_role_is_without_the_boundary(action: str) -> None:
    (statement,) = (each for each in statements() if action in each["Action"])
    assert statement["Condition"]["StringEquals"]["iam:PermissionsBoundary"] == BOUNDARY


def test_what_is_taken_over_has_no_name_no_stack_and_no_owner() -> None:
    (statement,) = (each for each in statements() if each["Sid"] == "TakeOverVpcDefaults")
    assert statement["Condition"]["Null"] == {
        "aws:ResourceTag/Name": "true",
        "aws:ResourceTag/aws:cloudformation:stack-name": "true",
        "aws:ResourceTag/ringfence:installation": "true",
    }
    taken = {action for each in statements() for action in each["Action"] if "Null" in each.get("Condition", {})}
    assert taken == {"ec2:CreateTags"}


def test_no_role_gets_rid_of_the_boundary_or_of_its_own_policy_alone() -> None:
    changes = {action for action in allowed() if re.match(r"iam:(?!Get|List)", action)}
    assert changes & {"iam:DeleteRolePermissionsBoundary", "iam:AttachRolePolicy"} == set()
    assert {
        action for action in changes if re.search(r"User|Group|AccessKey|PolicyVersion|CreatePolicy", action)
    } == set()


def test_the_function_puts_the_boundary_on_that_the_role_asks_for() -> None:
    (function,) = template.resources("AWS::Serverless::Function").values()
    assert function["Properties"]["Environment"]["Variables"]["RINGFENCE_PERMISSIONS_BOUNDARY"] == BOUNDARY


def test_roles_are_handed_to_two_services_alone() -> None:
    passing = [each for each in statements() if "iam:PassRole" in each["Action"]]
    services = {json.dumps(each["Condition"]["StringEquals"]["iam:PassedToService"]) for each in passing}
    instances = json.dumps(["ec2.amazonaws.com", {"Sub": "ec2.${AWS::URLSuffix}"}])
    assert services == {instances, '"vpc-flow-logs.amazonaws.com"'}
    roles = [each["Resource"].get("GetAtt") or each["Resource"]["Sub"].rpartition("/")[2] for each in passing]
    assert sorted(roles) == ["*-training", "FlowLogRole.Arn"]


def test_one_role_delivers_all_flow_logs_and_makes_no_log_group() -> None:
    role = template.resources("AWS::IAM::Role")["FlowLogRole"]["Properties"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert set(trust["Condition"]) == {"StringEquals", "ArnLike"}
    (policy,) = role["Policies"]
    deliver, find = policy["PolicyDocument"]["Statement"]
    code = _code("model/policy/flow_logs.rs")
    assert set(deliver["Action"] + find["Action"]) == set(re.findall(r'"(logs:\w+)"', code))
    groups, suffix = (
        constants("model/stack/flow_logs.rs")["FLOW_LOG_GROUPS"],
        constants("model/stack/flow_logs.rs")["FLOW_LOG_SUFFIX"],
    )
    named = {each["Sub"].split(":log-group:")[1] for each in deliver["Resource"]}
    assert named == {f"{groups}*{suffix}", f"{groups}*{suffix}:*"}
    (function,) = template.resources("AWS::Serverless::Function").values()
    given = function["Properties"]["Environment"]["Variables"]["RINGFENCE_FLOW_LOG_ROLE"]
    assert given == {"GetAtt": "FlowLogRole.Arn"}


# What the roles of environments may do


def granted() -> set[str]:
    """The actions that policies of roles are made of in the code."""
    files = [
        source for source in sources() if re.match(r"model/policy/(training|training_data|flow_logs)\.rs", source.name)
    ]
    assert len(files) == 3
    code = "".join(source.code for source in files)
    images = re.search(r"PULL_IMAGES: [^=]*=\s*\[([^\]]*)\]", _code("model/policy/endpoint.rs"))
    assert images
    services = "cloudwatch|ec2|ec2messages|ecr|kms|logs|s3|sagemaker|ssm|ssmmessages"
    found = re.findall(rf'"((?:{services}):[A-Z]\w+)"', code + images[1])
    return set(found) - {"ec2:AuthorizedService", "ec2:Vpc", "kms:ViaService"}


def _code(name: str) -> str:
    return next(source.code for source in sources() if source.name == name)


def test_the_boundary_admits_what_policies_are_made_of_and_nothing_else() -> None:
    found = MANAGED["EnvironmentRoleBoundary"]["Properties"]["PolicyDocument"]["Statement"]
    assert {statement["Effect"] for statement in found} == {"Allow"}
    assert {action for statement in found for action in statement["Action"]} == granted()


def test_the_doctor_looks_for_what_policies_are_made_of() -> None:
    code = _code("doctor/bounds.rs").split("const NEVER")[0]
    assert set(re.findall(r'"([a-z0-9]+:[A-Z]\w+)"', code)) == granted()


def test_data_is_of_use_through_a_vpc_of_this_account_alone() -> None:
    found = MANAGED["EnvironmentRoleBoundary"]["Properties"]["PolicyDocument"]["Statement"]
    data = [each for each in found if any(action.startswith("s3:") for action in each["Action"])]
    assert len(data) == 2
    account = {"Ref": "AWS::AccountId"}
    for statement in data:
        assert statement["Condition"] == {
            "StringEquals": {
                "aws:ResourceAccount": account,
                "aws:VpceAccount": {"If": ["InCommercialPartition", account, {"Ref": "AWS::NoValue"}]},
            },
            "Null": {"aws:SourceVpc": "false"},
        }


def test_the_boundary_admits_the_delivery_of_flow_logs() -> None:
    assert {"logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"} <= granted()

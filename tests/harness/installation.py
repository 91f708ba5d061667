"""An installation as `template.yaml` deploys it, as far as `doctor` looks at it: in the strict emulator."""

from __future__ import annotations

import json
import re
from typing import Any

from . import template
from .emulator import ACCOUNT, REGION, Emulator
from .function import TABLE, Function
from .schemas import assert_described

REQUEST = {"action": "doctor"}
STACK = "ringfence"
ROLE = f"{STACK}-ExecutionRole-1A2B3C4D5E6F"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/{STACK}-EnvironmentRoleBoundary-1A2B3C4D5E6F"
FLOW_LOG_ROLE = f"{STACK}-FlowLogRole-1A2B3C4D5E6F"
BUS = "ringfence"
RULE = "changes"
PATTERN = {"detail-type": ["AWS API Call via CloudTrail"]}
NO_VALUE = object()
"""What stands for a property that is left out."""
PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "AWS::StackName": STACK,
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::NoValue": NO_VALUE,
    "Table": TABLE,
    "EnvironmentRoleBoundary": BOUNDARY,
}
ARNS = {
    "Table.Arn": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{TABLE}",
    "FunctionLog.Arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/{STACK}:*",
    "FailedRequests.Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:failed",
    "Requests.Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:requests",
    "FlowLogRole.Arn": f"arn:aws:iam::{ACCOUNT}:role/{FLOW_LOG_ROLE}",
}


def resolved(value: Any) -> Any:
    """A value of the template as CloudFormation resolves it, with every parameter at its default."""
    match value:
        case {"Ref": name}:
            return _name(name)
        case {"Sub": [text, names]}:
            return _filled(text, {name: resolved(each) for name, each in names.items()})
        case {"Sub": text}:
            return _filled(text, {})
        case {"GetAtt": name}:
            return ARNS[name]
        case {"If": [condition, yes, no]}:
            return resolved(yes if _holds(template.load()["Conditions"][condition]) else no)
        case {"Join": [separator, parts]}:
            return separator.join(resolved(parts))
        case {"Split": [separator, text]}:
            return resolved(text).split(separator)
        case dict():
            found = {key: resolved(each) for key, each in value.items()}
            return {key: each for key, each in found.items() if each is not NO_VALUE}
        case list():
            return [each for each in map(resolved, value) if each is not NO_VALUE]
        case _:
            return value


def _holds(condition: Any) -> bool:
    match condition:
        case {"Equals": [one, other]}:
            return bool(resolved(one) == resolved(other))
        case {"Not": [one]}:
            return not _holds(one)
        case {"And": several}:
            return all(map(_holds, several))
        case {"Or": several}:
            return any(map(_holds, several))
        case {"Condition": name}:
            return _holds(template.load()["Conditions"][name])
        case _:
            raise ValueError(f"{condition} is no condition")


def _filled(text: str, names: dict[str, Any]) -> str:
    return re.sub(r"\$\{([\w:]+)\}", lambda found: str(names.get(found[1]) or _name(found[1])), text)


def _name(name: str) -> Any:
    if name in PSEUDO:
        return PSEUDO[name]
    parameter = template.load()["Parameters"][name]
    default = parameter["Default"]
    return default.split(",") if parameter["Type"] == "CommaDelimitedList" else default


class Installation:
    """The function's role with its policies, the boundary, the bus, and a rule for what CloudTrail records.

    The table is the account's: see `Account`.
    """

    def __init__(self, emulator: Emulator) -> None:
        self.emulator, self.iam, self.events = emulator, emulator.client("iam"), emulator.client("events")
        managed = template.resources("AWS::IAM::ManagedPolicy")
        self._make_policy(BOUNDARY.rpartition("/")[2], managed["EnvironmentRoleBoundary"])
        roles = template.resources("AWS::IAM::Role")
        for name, role in (
            (ROLE, roles["ExecutionRole"]["Properties"]),
            (FLOW_LOG_ROLE, roles["FlowLogRole"]["Properties"]),
        ):
            trust = json.dumps(resolved(role["AssumeRolePolicyDocument"]))
            self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
            for policy in role["Policies"]:
                document = json.dumps(resolved(policy["PolicyDocument"]))
                self.iam.put_role_policy(RoleName=name, PolicyName=policy["PolicyName"], PolicyDocument=document)
            for reference in role.get("ManagedPolicyArns", []):
                arn = self._make_policy(reference["Ref"], managed[reference["Ref"]])
                self.iam.attach_role_policy(RoleName=name, PolicyArn=arn)
        self.events.create_event_bus(Name=BUS)
        self.events.put_rule(Name=RULE, EventPattern=json.dumps(PATTERN))
        self.role_arn = self.iam.get_role(RoleName=ROLE)["Role"]["Arn"]

    def _make_policy(self, name: str, resource: dict[str, Any]) -> str:
        document = json.dumps(resolved(resource["Properties"]["PolicyDocument"]))
        return str(self.iam.create_policy(PolicyName=name, PolicyDocument=document)["Policy"]["Arn"])

    def environment(self) -> dict[str, str]:
        """What Lambda and the template set beside what every function of the tests has."""
        sts = self.emulator.client("sts")
        session = sts.assume_role(RoleArn=self.role_arn, RoleSessionName=STACK)["Credentials"]
        return {
            "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
            "AWS_SESSION_TOKEN": session["SessionToken"],
            "RINGFENCE_EVENT_BUS": BUS,
            "RINGFENCE_PERMISSIONS_BOUNDARY": BOUNDARY,
            "RINGFENCE_FLOW_LOG_ROLE": ARNS["FlowLogRole.Arn"],
        }

    def without(self, *actions: str) -> None:
        """Takes actions out of every policy of the role."""
        for name in self.iam.list_role_policies(RoleName=ROLE)["PolicyNames"]:
            document = self.iam.get_role_policy(RoleName=ROLE, PolicyName=name)["PolicyDocument"]
            text = json.dumps(_less(document, actions))
            self.iam.put_role_policy(RoleName=ROLE, PolicyName=name, PolicyDocument=text)
        for policy in self.iam.list_attached_role_policies(RoleName=ROLE)["AttachedPolicies"]:
            version = self.iam.get_policy(PolicyArn=policy["PolicyArn"])["Policy"]["DefaultVersionId"]
            found = self.iam.get_policy_version(PolicyArn=policy["PolicyArn"], VersionId=version)["PolicyVersion"]
            text = json.dumps(_less(found["Document"], actions))
            self.iam.create_policy_version(PolicyArn=policy["PolicyArn"], PolicyDocument=text, SetAsDefault=True)


def _less(document: dict[str, Any], less: tuple[str, ...]) -> dict[str, Any]:
    statements = []
    for statement in document["Statement"]:
        actions = [each for each in statement["Action"] if each not in less]
        if actions:
            statements.append({**statement, "Action": actions})
    return {**document, "Statement": statements}


def examine(function: Function) -> dict[str, Any]:
    """What the function says of its installation, which must be as its schema describes it."""
    answer = function.invoke(REQUEST)
    assert not answer.failed, answer.error_message
    assert_described("doctor", answer.payload)
    for check in answer.payload["checks"]:
        found = [each for each in answer.payload["findings"] if each["check"] == check["check"]]
        assert check["ok"] == (check["looked_at"] and not found), check
        assert check["because"]
    for finding in answer.payload["findings"]:
        assert finding["what"] and finding["why"] and finding["mend"].split()[0] in ("aws", "sam")
    return dict(answer.payload)


def check(diagnosis: dict[str, Any], name: str) -> dict[str, Any]:
    """One check of it."""
    return next(each for each in diagnosis["checks"] if each["check"] == name)

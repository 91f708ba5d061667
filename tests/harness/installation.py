"""An installation as `template.yaml` deploys it, as far as `doctor` looks at it: in the strict emulator."""

from __future__ import annotations

import json
import re
from typing import Any

from . import template
from .emulator import ACCOUNT, REGION, Emulator
from .function import TABLE

STACK = "ringfence"
ROLE = f"{STACK}-ExecutionRole-1A2B3C4D5E6F"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/{STACK}-EnvironmentRoleBoundary-1A2B3C4D5E6F"
BUS = "ringfence"
RULE = "changes"
PATTERN = {"detail-type": ["AWS API Call via CloudTrail"]}
ANYBODY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "AWS::StackName": STACK,
    "Table": TABLE,
    "EnvironmentRoleBoundary": BOUNDARY,
}
ARNS = {
    "Table.Arn": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{TABLE}",
    "FunctionLog.Arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/{STACK}:*",
    "FailedRequests.Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:failed",
    "Requests.Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:requests",
}


def resolved(value: Any) -> Any:
    """A value of the template as CloudFormation resolves it, with every parameter at its default."""
    match value:
        case {"Ref": name}:
            return _name(name)
        case {"Sub": text}:
            return re.sub(r"\$\{([\w:]+)\}", lambda found: str(_name(found[1])), text)
        case {"GetAtt": name}:
            return ARNS[name]
        case {"If": [condition, yes, no]}:
            return resolved(yes if condition == "HasOwnBoundary" else no)
        case dict():
            return {key: resolved(each) for key, each in value.items()}
        case list():
            return [resolved(each) for each in value]
        case _:
            return value


def _name(name: str) -> Any:
    return PSEUDO[name] if name in PSEUDO else template.load()["Parameters"][name]["Default"]


class Installation:
    """The function's role with its policies, the boundary, the bus, and a rule for what CloudTrail records.

    The table is the account's: see `Account`.
    """

    def __init__(self, emulator: Emulator) -> None:
        self.emulator, self.iam, self.events = emulator, emulator.client("iam"), emulator.client("events")
        managed = template.resources("AWS::IAM::ManagedPolicy")
        self._make_policy(BOUNDARY.rpartition("/")[2], managed["EnvironmentRoleBoundary"])
        role = template.resources("AWS::IAM::Role")["ExecutionRole"]["Properties"]
        self.iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(ANYBODY))
        for policy in role["Policies"]:
            document = json.dumps(resolved(policy["PolicyDocument"]))
            self.iam.put_role_policy(RoleName=ROLE, PolicyName=policy["PolicyName"], PolicyDocument=document)
        for reference in role["ManagedPolicyArns"]:
            arn = self._make_policy(reference["Ref"], managed[reference["Ref"]])
            self.iam.attach_role_policy(RoleName=ROLE, PolicyArn=arn)
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

"""The policies of `template.yaml` as CloudFormation writes them: names and ARNs filled in, conditions decided."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .. import template

ACCOUNT = "123456789012"
REGIONS = {"aws": "eu-central-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1", "aws-eusc": "eusc-de-east-1"}
SUFFIXES = {"aws-cn": "amazonaws.com.cn", "aws-eusc": "amazonaws.eu"}
ARNS = {
    "AWS::DynamoDB::Table": "dynamodb:{region}:{account}:table/{name}",
    "AWS::Events::EventBus": "events:{region}:{account}:event-bus/{name}",
    "AWS::Events::Rule": "events:{region}:{account}:rule/{name}",
    "AWS::IAM::ManagedPolicy": "iam::{account}:policy/{name}",
    "AWS::IAM::Role": "iam::{account}:role/{name}",
    "AWS::Logs::LogGroup": "logs:{region}:{account}:log-group:{name}:*",
    "AWS::SQS::Queue": "sqs:{region}:{account}:{name}",
    "AWS::Scheduler::ScheduleGroup": "scheduler:{region}:{account}:schedule-group/{name}",
    "AWS::Serverless::Function": "lambda:{region}:{account}:function:{name}",
    "AWS::Serverless::StateMachine": "states:{region}:{account}:stateMachine:{name}",
}
"""How CloudFormation makes the ARNs of what policies name."""

NOTHING = object()


@dataclass(frozen=True)
class Role:
    """What a role of the template may do, and who may assume it."""

    name: str
    trust: list[dict[str, Any]]
    statements: list[dict[str, Any]]


class Rendered:
    """The template in one partition, with parameters other than their defaults where they are given."""

    def __init__(self, partition: str, **parameters: str) -> None:
        self.partition = partition
        self._template = template.load()
        self._parameters = {name: str(each.get("Default", "")) for name, each in self._template["Parameters"].items()}
        self._parameters.update(parameters)
        self._pseudo = {
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": partition,
            "AWS::Region": REGIONS[partition],
            "AWS::StackName": "ringfence",
            "AWS::URLSuffix": SUFFIXES.get(partition, "amazonaws.com"),
        }

    def roles(self) -> Iterator[Role]:
        """Every role with the policies that it has, its own and those beside it."""
        for name, resource in template.resources("AWS::IAM::Role").items():
            properties = self.value(resource["Properties"])
            beside = [each["Ref"] for each in resource["Properties"].get("ManagedPolicyArns", [])]
            documents = [each["PolicyDocument"] for each in properties.get("Policies", [])]
            statements = [each for document in documents for each in document["Statement"]]
            statements += [each for policy in beside for each in self.managed(policy)]
            yield Role(name, properties["AssumeRolePolicyDocument"]["Statement"], statements)

    def managed(self, name: str) -> list[dict[str, Any]]:
        """The statements of a managed policy."""
        document = self._template["Resources"][name]["Properties"]["PolicyDocument"]
        return list(self.value(document)["Statement"])

    def of_queues(self) -> list[dict[str, Any]]:
        """The statements of policies that queues have."""
        policies = template.resources("AWS::SQS::QueuePolicy").values()
        return [each for one in policies for each in self.value(one["Properties"]["PolicyDocument"])["Statement"]]

    def value(self, value: Any) -> Any:
        """A value with everything in it decided."""
        match value:
            case {"Ref": "AWS::NoValue"}:
                return NOTHING
            case {"Ref": str(name)}:
                return self._reference(name)
            case {"GetAtt": str(name)}:
                return self._arn(name.removesuffix(".Arn"))
            case {"Sub": str(text)}:
                return self._substituted(text, {})
            case {"Sub": [str(text), dict(names)]}:
                return self._substituted(text, self.value(names))
            case {"Join": [str(between), parts]}:
                return between.join(self._list(parts))
            case {"Split": [str(between), text]}:
                return self.value(text).split(between)
            case {"If": [str(condition), yes, no]}:
                return self.value(yes if self._holds({"Condition": condition}) else no)
            case dict():
                found = {key: self.value(each) for key, each in value.items()}
                return {key: each for key, each in found.items() if each is not NOTHING}
            case list():
                return [found for each in value if (found := self.value(each)) is not NOTHING]
            case _:
                return value

    def _list(self, value: Any) -> list[str]:
        found = self.value(value)
        return [each.strip() for each in found.split(",")] if isinstance(found, str) else found

    def _holds(self, condition: Any) -> bool:
        match condition:
            case {"Condition": str(name)}:
                return self._holds(self._template["Conditions"][name])
            case {"Equals": [left, right]}:
                return bool(self.value(left) == self.value(right))
            case {"Not": [each]}:
                return not self._holds(each)
            case {"And": each}:
                return all(map(self._holds, each))
        raise NotImplementedError(str(condition))

    def _substituted(self, text: str, names: dict[str, str]) -> str:
        return re.sub(r"\$\{([\w:]+)\}", lambda found: names.get(found[1]) or self._reference(found[1]), text)

    def _reference(self, name: str) -> str:
        if name in self._pseudo:
            return self._pseudo[name]
        if name in self._parameters:
            return self._parameters[name]
        kind = self._template["Resources"][name]["Type"]
        return self._arn(name) if kind == "AWS::IAM::ManagedPolicy" else name

    def _arn(self, name: str) -> str:
        kind = self._template["Resources"][name]["Type"]
        form = ARNS[kind].format(region=self._pseudo["AWS::Region"], account=ACCOUNT, name=name)
        return f"arn:{self.partition}:{form}"

"""Judges `template.yaml` and `statemachines/` offline, as `make lint-template` does.

SAM and CloudFormation check the template as it is written. What CloudFormation would make of it is checked as well:
cfn-lint and checkov see most of it only once SAM has transformed it, and parliament reads the policies with their
names and ARNs filled in. Exceptions stand in the template, beside what they are about, each with its reason.

Runs in a Python environment of its own, `.venv-lint`: these tools are heavy, and the tests need none of them.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from parliament import analyze_policy_string
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parent.parent
TEMPLATE = ROOT / "template.yaml"
TRANSFORMED = ROOT / "target" / "lint" / "template.json"
TOOLS = Path(sys.executable).parent
ENVIRONMENT = {**os.environ, "AWS_DEFAULT_REGION": "us-east-1", "SAM_CLI_TELEMETRY": "0"}
UPLOADED = ("CodeUri", "DefinitionUri")
"""What `sam deploy` puts into a bucket before the template is transformed."""

PSEUDO = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::StackName": "ringfence",
    "AWS::URLSuffix": "amazonaws.com",
}
ARNS = {
    "AWS::DynamoDB::Table": "dynamodb:us-east-1:123456789012:table/{}",
    "AWS::Events::EventBus": "events:us-east-1:123456789012:event-bus/{}",
    "AWS::Events::Rule": "events:us-east-1:123456789012:rule/{}",
    "AWS::IAM::ManagedPolicy": "iam::123456789012:policy/{}",
    "AWS::IAM::Role": "iam::123456789012:role/{}",
    "AWS::Lambda::Function": "lambda:us-east-1:123456789012:function:{}",
    "AWS::Logs::LogGroup": "logs:us-east-1:123456789012:log-group:{}:*",
    "AWS::SQS::Queue": "sqs:us-east-1:123456789012:{}",
    "AWS::Scheduler::ScheduleGroup": "scheduler:us-east-1:123456789012:schedule-group/{}",
}
"""How the ARNs of what policies name are made."""


Excepted = tuple[str, str]
"""An issue of parliament's, and the statement in which it is none."""


def transformed() -> dict[str, Any]:
    """What CloudFormation makes of the template."""
    template = yaml_parse(TEMPLATE.read_text())
    for resource in template["Resources"].values():
        for name in UPLOADED:
            if name in resource.get("Properties", {}):
                resource["Properties"][name] = "s3://bucket/key"
    result: dict[str, Any] = json.loads(json.dumps(transform(template, {}, _NoManagedPolicies())))
    return result


class _NoManagedPolicies:
    """SAM would ask IAM for the ARNs of AWS's own policies, of which the template names none."""

    def load(self) -> dict[str, str]:
        return {}


class Values:
    """What stands for a template's parameters and resources: every parameter at its default."""

    def __init__(self, template: dict[str, Any]) -> None:
        self._parameters = template["Parameters"]
        self._resources = template["Resources"]

    def resolve(self, value: Any) -> Any:
        match value:
            case {"Ref": name}:
                return self._reference(name)
            case {"Fn::GetAtt": [name, "Arn"]} | {"Fn::GetAtt": str(name)}:
                return self._arn(name.removesuffix(".Arn"))
            case {"Fn::Sub": str(text)}:
                return re.sub(r"\$\{([\w:]+)\}", lambda found: self._reference(found[1]), text)
            case {"Fn::If": [_, chosen, _]}:
                return self.resolve(chosen)
            case dict():
                return {key: self.resolve(each) for key, each in value.items()}
            case list():
                return [self.resolve(each) for each in value]
            case _:
                return value

    def _reference(self, name: str) -> str:
        if name in PSEUDO:
            return PSEUDO[name]
        if name in self._parameters:
            return str(self._parameters[name]["Default"])
        is_policy = self._resources[name]["Type"] == "AWS::IAM::ManagedPolicy"
        return self._arn(name) if is_policy else name

    def _arn(self, name: str) -> str:
        return "arn:aws:" + ARNS[self._resources[name]["Type"]].format(name)


def policies(template: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], set[Excepted]]]:
    """Every policy of an identity: what it is called, its document, and what is excepted from it."""
    values = Values(template)
    for name, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        exceptions = resource.get("Metadata", {}).get("parliament", [])
        excepted = {(each["issue"], sid) for each in exceptions for sid in each["statements"]}
        for policy in properties.get("Policies", []) if resource["Type"] == "AWS::IAM::Role" else []:
            yield f"{name}, {policy['PolicyName']}", values.resolve(policy["PolicyDocument"]), excepted
        if resource["Type"] == "AWS::IAM::ManagedPolicy":
            yield name, values.resolve(properties["PolicyDocument"]), excepted


def findings(template: dict[str, Any]) -> Iterator[str]:
    """What parliament has against the policies, and exceptions that nothing needs any more."""
    given: set[tuple[str, Excepted]] = set()
    needed: set[tuple[str, Excepted]] = set()
    for name, document, excepted in policies(template):
        resource = name.split(",")[0]
        given |= {(resource, each) for each in excepted}
        for statement in document["Statement"]:
            alone = {"Version": document["Version"], "Statement": [statement]}
            for finding in analyze_policy_string(json.dumps(alone), include_community_auditors=True).findings:
                if (finding.issue, statement["Sid"]) in excepted:
                    needed.add((resource, (finding.issue, statement["Sid"])))
                else:
                    yield f"{name}, {statement['Sid']}: {finding.issue} {finding.detail}"
    for resource, (issue, sid) in sorted(given - needed):
        yield f"{resource}, {sid}: excepted from {issue}, which it does not need"


def run(*command: str | Path) -> bool:
    """Whether a tool is content; it says itself what it found."""
    print("$", " ".join(Path(each).name if isinstance(each, Path) else each for each in command), flush=True)
    return subprocess.run([str(each) for each in command], cwd=ROOT, env=ENVIRONMENT, check=False).returncode == 0


def main() -> int:
    os.environ.update(ENVIRONMENT)
    template = transformed()
    TRANSFORMED.parent.mkdir(parents=True, exist_ok=True)
    TRANSFORMED.write_text(json.dumps(template, indent=1))
    machines = sorted((ROOT / "statemachines").glob("*.asl.json"))
    checkov = ("--skip-download", "--compact", "--quiet", "--framework", "cloudformation", "--file", TRANSFORMED)
    content = [
        run(TOOLS / "sam", "validate"),
        run(TOOLS / "sam", "validate", "--lint"),
        run(TOOLS / "cfn-lint", TEMPLATE, TRANSFORMED),
        run(TOOLS / "checkov", *checkov),
        *(run(TOOLS / "statelint", machine) for machine in machines),
    ]
    print("$ parliament", flush=True)
    found = list(findings(template))
    print("\n".join(found) if found else "no findings")
    return int(not all(content) or bool(found))


if __name__ == "__main__":
    sys.exit(main())

"""The template, packaged and deployed as `sam deploy` does, and removed again."""

from __future__ import annotations

import io
import json
import re
import time
import zipfile
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from ..account import OF_A_STACK
from ..function import binary
from .process import ROOT, Ministack

STACK = "ringfence"
BUCKET = "artifacts"
LOCAL_FILE = re.compile(r"^(\s+(?:CodeUri|DefinitionUri): )(?!s3://)(\S+)$", re.MULTILINE)
"""What `sam package` replaces by what it has uploaded; everything else stays as it is."""
DEPLOY_SECONDS = 120.0


KINDS = {
    "functions": ("lambda", "list_functions", "Functions", "FunctionName"),
    "event source mappings": ("lambda", "list_event_source_mappings", "EventSourceMappings", "UUID"),
    "tables": ("dynamodb", "list_tables", "TableNames", None),
    "queues": ("sqs", "list_queues", "QueueUrls", None),
    "event buses": ("events", "list_event_buses", "EventBuses", "Name"),
    "rules": ("events", "list_rules", "Rules", "Name"),
    "archives": ("events", "list_archives", "Archives", "ArchiveName"),
    "schedules": ("scheduler", "list_schedules", "Schedules", "Name"),
    "schedule groups": ("scheduler", "list_schedule_groups", "ScheduleGroups", "Name"),
    "state machines": ("stepfunctions", "list_state_machines", "stateMachines", "name"),
    "HTTP APIs": ("apigatewayv2", "get_apis", "Items", "Name"),
    "alarms": ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    "dashboards": ("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
    "roles": ("iam", "list_roles", "Roles", "RoleName"),
    "log groups": ("logs", "describe_log_groups", "logGroups", "logGroupName"),
}
"""What the template is made of, and how it is listed."""
GIVEN = ("default",)
"""The event bus and the schedule group that every account has."""


def left(ministack: Ministack) -> dict[str, list[str]]:
    """By kind, the names of what there is in the account that a template can have made."""
    found: dict[str, list[str]] = {}
    for kind, (service, operation, member, name) in KINDS.items():
        items = getattr(ministack.client(service), operation)().get(member, [])
        found[kind] = [each for each in ((item[name] if name else item) for item in items) if each not in GIVEN]
    return found


class Deployment:
    """The stack, from its creation until `remove`."""

    def __init__(self, ministack: Ministack, parameters: dict[str, str]) -> None:
        self._formation, self._s3 = ministack.client("cloudformation"), ministack.client("s3")
        self._dynamodb = ministack.client("dynamodb")
        self._s3.create_bucket(Bucket=BUCKET)
        self._upload("template.yaml", LOCAL_FILE.sub(self._package, (ROOT / "template.yaml").read_text()).encode())
        self._formation.create_stack(
            StackName=STACK,
            TemplateURL=f"{ministack.url}/{BUCKET}/template.yaml",
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
        )
        stack = self._settled()
        if stack is None or stack["StackStatus"] != "CREATE_COMPLETE":
            raise RuntimeError(f"the template was not deployed: {self._failures()}")
        self._iam = ministack.client("iam")
        self.outputs: dict[str, str] = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}

    def resources(self) -> dict[str, str]:
        """The names or ARNs of what the stack has made, by their names in the template."""
        found = self._formation.describe_stack_resources(StackName=STACK)["StackResources"]
        return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in found}

    def copy_role(self, name: str, iam: Any) -> None:
        """Makes a role of the stack in the other emulator as well, whose services assume it."""
        role = self._iam.get_role(RoleName=self.resources()[name])["Role"]
        document = json.dumps(role["AssumeRolePolicyDocument"])
        iam.create_role(
            RoleName=role["RoleName"], Path=role["Path"], AssumeRolePolicyDocument=document, Description=OF_A_STACK
        )

    def remove(self) -> None:
        """Deletes the stack, and then the table, which outlives it: as docs/deploy.md says."""
        self._formation.delete_stack(StackName=STACK)
        if self._settled() is not None:
            raise RuntimeError(f"the stack was not removed: {self._failures()}")
        table = self.outputs["TableName"]
        self._dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)
        self._dynamodb.delete_table(TableName=table)

    def _package(self, found: re.Match[str]) -> str:
        source = ROOT / found[2]
        name = "function.zip" if source.is_dir() else source.name
        self._upload(name, _zipped(binary()) if source.is_dir() else source.read_bytes())
        return f"{found[1]}s3://{BUCKET}/{name}"

    def _upload(self, name: str, content: bytes) -> None:
        self._s3.put_object(Bucket=BUCKET, Key=name, Body=content)

    def _settled(self) -> dict[str, Any] | None:
        """The stack once nothing is done to it any more; None when it is gone."""
        end = time.monotonic() + DEPLOY_SECONDS
        while time.monotonic() < end:
            try:
                (stack,) = self._formation.describe_stacks(StackName=STACK)["Stacks"]
            except ClientError as error:
                if "does not exist" in str(error):
                    return None
                raise
            if not stack["StackStatus"].endswith("_IN_PROGRESS"):
                return dict(stack)
            time.sleep(0.1)
        raise TimeoutError(f"the stack {STACK} is still {stack['StackStatus']}")

    def _failures(self) -> str:
        events = self._formation.describe_stack_events(StackName=STACK)["StackEvents"]
        failed = [each for each in events if each["ResourceStatus"].endswith("_FAILED")]
        return "; ".join(f"{each['LogicalResourceId']}: {each.get('ResourceStatusReason')}" for each in failed)


def _zipped(function: Path) -> bytes:
    """What Lambda takes for a custom runtime: the binary as `bootstrap`, executable."""
    if not function.is_file():
        raise FileNotFoundError(f"{function} is not built: run `make build`")
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        archive.writestr(entry, function.read_bytes())
    return content.getvalue()

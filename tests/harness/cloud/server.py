"""The process of ministack: an AWS that deploys the template and runs what stands in it.

Run with the Python of `.venv-stack`, which has nothing else of the tests. Where it listens is in its environment. It
ends when its standard input does, and takes the processes of the function with it. What it gets wrong is put right
here, so that neither the template nor the function has to know.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from datetime import datetime, timezone
from typing import Any

from ministack.app import main
from ministack.core import iam_actions
from ministack.services import eventbridge, scheduler
from ministack.services.cloudformation import provisioners

TICK_SECONDS = 0.25
"""How often schedules are looked at. ministack's own 10 seconds are long for who watches."""
LONGEST_ARCHIVE_NAME = 48
AT = "at("

Created = tuple[str, dict[str, Any]]


def create_archive(logical_id: str, properties: dict[str, Any], stack: str) -> Created:
    """ministack keeps archives, but its CloudFormation does not know them. The name is made up as AWS does."""
    name = provisioners._physical_name(stack, logical_id, max_len=LONGEST_ARCHIVE_NAME)
    status, _, body = eventbridge._create_archive(
        {
            "ArchiveName": name,
            "EventSourceArn": properties["SourceArn"],
            "Description": properties["Description"],
            "EventPattern": json.dumps(properties["EventPattern"]),
            "RetentionDays": int(properties["RetentionDays"]),
        }
    )
    if status != 200:
        raise ValueError(f"AWS::Events::Archive {name}: {body!r}")
    return name, {"Arn": eventbridge._archives[name]["ArchiveArn"], "ArchiveName": name}


def delete_archive(physical_id: str, properties: dict[str, Any]) -> None:
    eventbridge._delete_archive({"ArchiveName": physical_id})


def create_mapping(logical_id: str, properties: dict[str, Any], stack: str) -> Created:
    """A parameter of the type Number stays a text in ministack, which then fails to compare it."""
    scaling = {name: int(value) for name, value in properties["ScalingConfig"].items()}
    return _create_mapping(logical_id, {**properties, "ScalingConfig": scaling}, stack)


def invoke_target(target: dict[str, Any], event: dict[str, Any], rule: dict[str, Any], view: Any = None) -> None:
    """ministack's Scheduler leaves the attributes of an input as they are; AWS fills them in.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
    """
    expression = rule.get("ScheduleExpression", "")
    if event["Source"] == "aws.scheduler" and "Input" in target:
        due = datetime.fromtimestamp(event["Time"], timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        if expression.startswith(AT):
            due = expression.removeprefix(AT).rstrip(")") + "Z"  # In UTC, the only zone that ministack knows.
        filled = target["Input"].replace("<aws.scheduler.scheduled-time>", due)
        target = {**target, "Input": filled.replace("<aws.scheduler.schedule-arn>", rule["Arn"])}
    _invoke_target(target, event, rule, view)


def resource_of(service: str, method: str, path: str, headers: dict[str, str], body: bytes, *rest: Any) -> str:
    """Of calls that name a path or several parameters, ministack's check of permissions finds no resource.

    AWS asks about each: those that Ringfence names together are all under one path, so the first speaks for them.
    """
    found: str = _resource_of(service, method, path, headers, body, *rest)
    if service == "ssm" and found == "*":
        asked = json.loads(body or b"{}")
        name = asked.get("Path") or next(iter(asked.get("Names", [])), None)
        if name:
            region, account = rest[1:3]
            return f"arn:aws:ssm:{region}:{account}:parameter{name}"
    return found


def end_with_input() -> None:
    sys.stdin.read()
    os.killpg(0, signal.SIGKILL)  # The functions are of this group.


_handlers = provisioners._RESOURCE_HANDLERS
_handlers["AWS::Events::Archive"] = {"create": create_archive, "delete": delete_archive}
_create_mapping = _handlers["AWS::Lambda::EventSourceMapping"]["create"]
_handlers["AWS::Lambda::EventSourceMapping"]["create"] = create_mapping
_invoke_target, eventbridge._invoke_target = eventbridge._invoke_target, invoke_target
_resource_of, iam_actions.extract_resource_arn = iam_actions.extract_resource_arn, resource_of
scheduler._SCHEDULE_TICK_INTERVAL = TICK_SECONDS

if __name__ == "__main__":
    threading.Thread(target=end_with_input, daemon=True).start()
    main()

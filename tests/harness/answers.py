"""Errors in the words of each AWS service: the proxy injects them, the emulator answers with them."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

from .recorded import find
from .wire import Message, answer

XML = {"content-type": "text/xml;charset=UTF-8"}
_CODE = re.compile(rb'<Code>([^<]+)</Code>|"__type": ?"(?:[^"#]*#)?([^"]+)"')
QUERY_SERVICES = ("iam", "sts", "sns", "cloudformation", "autoscaling")
JSON_NAMES = {"dynamodb": "com.amazonaws.dynamodb.v20120810#"}
"""What some services put before the code of an error."""
Reply = Callable[[str], Message]
"""What a service says, by the service's name."""


def error(service: str, status: int, code: str, message: str, **more: Any) -> Message:
    """An error as `service` words it, so that an SDK finds the code where it looks for it; `more` of it in JSON."""
    request_id = str(uuid.uuid4())
    if service == "ec2":
        body = (
            f"<Response><Errors><Error><Code>{code}</Code><Message>{escape(message)}</Message></Error></Errors>"
            f"<RequestID>{request_id}</RequestID></Response>"
        )
        return answer(status, XML, body.encode())
    if service in QUERY_SERVICES:
        fault = "Sender" if status < 500 else "Receiver"
        body = (
            f"<ErrorResponse><Error><Type>{fault}</Type><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
        return answer(status, XML, body.encode())
    document = {"__type": JSON_NAMES.get(service, "") + code, "message": message, **more}
    headers = {"content-type": "application/x-amz-json-1.1", "x-amzn-requestid": request_id}
    return answer(status, headers, json.dumps(document).encode())


class Asked(str):
    """The service that was asked, with the action: what a reply is made from."""

    __slots__ = ("action",)
    action: str

    def __new__(cls, service: str, action: str) -> Asked:
        asked = super().__new__(cls, service)
        asked.action = action
        return asked


def recorded(
    asked: str, *, action: str | None = None, code: str | None = None, when: str | None = None, **words: Any
) -> Message:
    """What AWS was seen to answer; see `recorded.find`. What the caller asked for comes with `asked`, if at all."""
    name = action or getattr(asked, "action", "*")
    marks = {key: words.pop(key) for key in ("final", "entry", "means") if key in words}
    found = find(f"{asked}:{name}", code=code, when=when, **{"entry": False, **marks})
    message = found.text(f"{asked}:{name}", **words)
    if found.entry:
        return within(f"{asked}:{name}", found.code, message, words.get("id", ""))
    more = {"CancellationReasons": found.reasons} if found.reasons else {}
    return error(asked, found.status, found.code, message, **more)


def within(action: str, code: str, message: str, resource_id: str) -> Message:
    """A refusal of the one item of a request, which stands within an answer of status 200."""
    if action == "events:PutEvents":
        entry = {"ErrorCode": code, "ErrorMessage": message}
        document = {"FailedEntryCount": 1, "Entries": [entry]}
        return answer(200, {"content-type": "application/x-amz-json-1.1"}, json.dumps(document).encode())
    name = action.partition(":")[2]
    assert name in ("CreateFlowLogs", "DeleteFlowLogs", "DeleteVpcEndpoints"), action
    item = (
        f"<error><code>{code}</code><message>{escape(message)}</message></error><resourceId>{resource_id}</resourceId>"
    )
    body = (
        f"<{name}Response><requestId>{uuid.uuid4()}</requestId><unsuccessful><item>{item}</item></unsuccessful>"
        f"</{name}Response>"
    )
    return answer(200, XML, body.encode())


def answering(code: str, **marks: Any) -> Reply:
    """A reply of this code, whichever service and action it is."""
    return lambda asked: recorded(asked, code=code, **marks)


def throttled(service: str) -> Message:
    """What a service says to a client that asks too often."""
    return recorded(service, when="throttled")


def broken(service: str) -> Message:
    """What a service says when it has a fault of its own."""
    return recorded(service, when="failing")


def denied(service: str) -> Message:
    """What a service says to a caller whom no policy allows the action. Tags that are yet to count may end it."""
    return recorded(service, when="denied", final=False)


def denied_for_good(service: str) -> Message:
    """What a service says to a caller whom a service control policy denies the action."""
    return recorded(service, when="denied", final=True)


def unseen(resource_id: str) -> Message:
    """What EC2 says of a resource that a part of it does not know yet."""
    code = NOT_FOUND[resource_id.partition("-")[0]]
    return recorded("ec2", code=code, id=resource_id)


def code_of(message: Message) -> str:
    """The code of an error."""
    found = _CODE.search(message.body)
    assert found, message.body
    return (found[1] or found[2]).decode()


NOT_FOUND = {
    "vpc": "InvalidVpcID.NotFound",
    "subnet": "InvalidSubnetID.NotFound",
    "rtb": "InvalidRouteTableID.NotFound",
    "acl": "InvalidNetworkAclID.NotFound",
    "sg": "InvalidGroup.NotFound",
    "sgr": "InvalidSecurityGroupRuleId.NotFound",
    "vpce": "InvalidVpcEndpointId.NotFound",
    "fl": "InvalidFlowLogId.NotFound",
    "eice": "InvalidInstanceConnectEndpointId.NotFound",
    "pg": "InvalidPlacementGroup.Unknown",
}
"""By the prefix of an ID, the code for one that does not exist."""

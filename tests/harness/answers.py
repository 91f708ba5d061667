"""Errors in the words of each AWS service: the proxy injects them, the emulator answers with them."""

from __future__ import annotations

import json
import uuid
from xml.sax.saxutils import escape

from .wire import Message, answer

XML = {"content-type": "text/xml;charset=UTF-8"}
QUERY_SERVICES = ("iam", "sts", "sns", "cloudformation", "autoscaling")
JSON_NAMES = {"dynamodb": "com.amazonaws.dynamodb.v20120810#"}
"""What some services put before the code of an error."""
DENIED = {"ec2": "UnauthorizedOperation", "iam": "AccessDenied", "sts": "AccessDenied"}
"""By service, the code of a refusal for want of permission; that of all others is AccessDeniedException."""


def error(service: str, status: int, code: str, message: str) -> Message:
    """An error as `service` words it, so that an SDK finds the code where it looks for it."""
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
    document = {"__type": JSON_NAMES.get(service, "") + code, "message": message}
    headers = {"content-type": "application/x-amz-json-1.1", "x-amzn-requestid": request_id}
    return answer(status, headers, json.dumps(document).encode())


def throttled(service: str) -> Message:
    """What a service says to a client that asks too often."""
    if service == "ec2":
        return error(service, 503, "RequestLimitExceeded", "Request limit exceeded.")
    if service in QUERY_SERVICES:
        return error(service, 400, "Throttling", "Rate exceeded")
    if service == "dynamodb":
        return error(service, 400, "ProvisionedThroughputExceededException", "The level of throughput was exceeded.")
    return error(service, 400, "ThrottlingException", "Rate exceeded")


def broken(service: str) -> Message:
    """What a service says when it has a fault of its own."""
    if service == "ec2":
        return error(service, 500, "InternalError", "An internal error has occurred")
    if service in QUERY_SERVICES:
        return error(service, 500, "ServiceFailure", "The request processing has failed because of an unknown error.")
    return error(service, 500, "InternalServerError", "An error occurred on the server side.")


def denied(service: str) -> Message:
    """What a service says to a caller whom no policy allows the action."""
    code = DENIED.get(service, "AccessDeniedException")
    return error(service, 403, code, "You are not authorized to perform this operation.")


def unseen(resource_id: str) -> Message:
    """What EC2 says of a resource that a part of it does not know yet."""
    kind = NOT_FOUND.get(resource_id.partition("-")[0], "InvalidParameterValue")
    return error("ec2", 400, kind, f"The ID '{resource_id}' does not exist")


NOT_FOUND = {
    "vpc": "InvalidVpcID.NotFound",
    "subnet": "InvalidSubnetID.NotFound",
    "rtb": "InvalidRouteTableID.NotFound",
    "acl": "InvalidNetworkAclID.NotFound",
    "sg": "InvalidGroup.NotFound",
    "sgr": "InvalidSecurityGroupRuleId.NotFound",
    "vpce": "InvalidVpcEndpointId.NotFound",
    "fl": "InvalidFlowLogId.NotFound",
    "igw": "InvalidInternetGatewayID.NotFound",
    "eice": "InvalidInstanceConnectEndpointId.NotFound",
    "eni": "InvalidNetworkInterfaceID.NotFound",
}
"""By the prefix of an ID, the code for one that does not exist."""

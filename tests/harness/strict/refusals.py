"""What AWS refuses before it looks at anything: a request that is not as the API model of its action has it.

moto takes what it is given. What is wrong, and by which rule, `harness/models` finds out; here it is put as the
services put it: https://smithy.io/2.0/aws/aws-core.html and, for EC2,
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
"""

from __future__ import annotations

from .. import answers
from ..models.faults import Rule
from ..models.judge import Fault, faults_of, model_of
from ..wire import Message

OUR_OWN = (Rule.ACTION, Rule.RESTRAINT)
"""What is no refusal of AWS's: an action that moto is to say of whether it has it, and more than we mean to ask for."""
ELSEWHERE = ("ec2:DeleteVpcEndpoints",)
"""The actions whose own words for too many are known, and are said beside their other rules."""
READABLE = ("ec2", "query", "json", "rest-json")
"""The protocols whose requests are read in full."""
OF_EC2 = {Rule.REQUIRED: "MissingParameter", Rule.UNKNOWN: "UnknownParameter"}
BY_SERVICE = {"iam": "ValidationError", "sts": "ValidationError", "logs": "InvalidParameterException"}
"""The codes of those that do not say ValidationException."""


def refusal(service: str, action: str, request: Message) -> Message | None:
    """AWS's answer to a request that its model does not admit; None where there is nothing amiss.

    More than a documented limit is refused likewise. Where the table's limit is only our own, AWS takes more.
    """
    model = model_of(service)
    if model is None or model.metadata["protocol"] not in READABLE:
        return None
    found = [fault for fault in faults_of(service, action, request)[1] if fault.rule not in OUR_OWN]
    found = [fault for fault in found if fault.rule is not Rule.LIMIT or fault.action not in ELSEWHERE]
    if not found:
        return None
    return answers.error(service, 400, _code(service, found[0]), _message(found))


def _code(service: str, fault: Fault) -> str:
    if service == "ec2":
        return OF_EC2.get(fault.rule, "InvalidParameterValue")
    if fault.rule is Rule.TYPE and service not in BY_SERVICE:
        return "SerializationException"
    return BY_SERVICE.get(service, "ValidationException")


def _message(found: list[Fault]) -> str:
    said = "; ".join(f"at '{fault.where}' failed to satisfy constraint: {fault.what}" for fault in found[:5])
    return f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected: Value {said}"

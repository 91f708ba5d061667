"""What AWS does with every call before and after its own work: dry runs, tokens, tags, filters and pages."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import get_pagination_model, get_service_model, get_value, set_value
from moto.ec2.exceptions import EC2ClientError, InvalidNextToken
from moto.ec2.responses import EC2Response
from moto.iam.responses import IamResponse

from . import endpoints, options
from .errors import DryRunOperation, Invalid, not_found, refusal
from .settings import settings

TAGGED_BY = {
    "CreateVpc": "vpc",
    "CreateSubnet": "subnet",
    "CreateRouteTable": "route-table",
    "CreateNetworkAcl": "network-acl",
    "CreateSecurityGroup": "security-group",
    "CreateVpcEndpoint": "vpc-endpoint",
    "CreateFlowLogs": "vpc-flow-log",
    "CreatePlacementGroup": "placement-group",
    "CreateInstanceConnectEndpoint": "instance-connect-endpoint",
    "CreateInternetGateway": "internet-gateway",
    "CreateEgressOnlyInternetGateway": "egress-only-internet-gateway",
    "AuthorizeSecurityGroupIngress": "security-group-rule",
    "AuthorizeSecurityGroupEgress": "security-group-rule",
}
"""The kind of resource that a tag specification of an action must name. moto tags whatever it makes."""

MOST_TAGS = 50
LONGEST_KEY, LONGEST_VALUE = 127, 255
PAGED_BY_DEFAULT = {"iam": 100}

_tokens: dict[tuple[str, str], tuple[str, tuple[int, dict[str, Any], Any]]] = {}
"""By action and client token, what was asked for and how it was answered."""


def forget() -> None:
    _tokens.clear()


class Gate:
    """A method of moto's response class, seen from outside: checks before it, pages after it."""

    def __init__(self, response: Any) -> None:
        self.response = response
        self.action: str = response._get_action()
        self.parameters: dict[str, Any] = response._get_params()

    def check(self) -> None:
        """Refuses what AWS refuses in any call to EC2.

        Dry runs: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html#CommonErrors; filters:
        https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html
        """
        if self.parameters.get("DryRun"):
            raise DryRunOperation
        self._check_tags()
        self._check_tagged_resources()
        for each in self.parameters.get("Filters") or self.parameters.get("Filter") or []:
            if not each.get("Values") or "" in each["Values"]:
                raise Invalid(f"The filter '{each.get('Name', 'null')}' is invalid: it has no value")

    def _check_tags(self) -> None:
        """What tags may be. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions"""
        for specification in self.parameters.get("TagSpecifications", []):
            kind = specification.get("ResourceType")
            if self.action in TAGGED_BY and kind != TAGGED_BY[self.action]:
                raise Invalid(f"'{kind}' is not a valid taggable resource type for this operation.")
        given = [specification.get("Tags", []) for specification in self.parameters.get("TagSpecifications", [])]
        if self.action == "CreateTags":
            given.append(self.parameters.get("Tags", []))
        for tags in given:
            keys = [tag["Key"] for tag in tags]
            if any(len(tag["Key"]) > LONGEST_KEY or len(tag.get("Value") or "") > LONGEST_VALUE for tag in tags):
                raise Invalid("Tag keys have 127 characters at most, values 255.")
            if len(set(keys)) < len(keys):
                raise Invalid("Duplicate tag key specified.")
            if any(key.startswith("aws:") for key in keys):
                raise Invalid("Tag keys starting with 'aws:' are reserved for internal use")
            if len(keys) > MOST_TAGS:
                raise refusal("TagLimitExceeded")

    def _check_tagged_resources(self) -> None:
        """moto tags endpoints, rules and ACLs that do not exist.

        InvalidID and its kin in https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
        """
        if self.action not in ("CreateTags", "DeleteTags"):
            return
        backend = self.response.ec2_backend
        groups = [group for of_vpc in backend.groups.values() for group in of_vpc.values()]
        rules = {rule.id for group in groups for rule in group.ingress_rules + group.egress_rules}
        known = {
            "acl-": ("NetworkAclID", backend.network_acls),
            "vpce-": ("VpcEndpointId", backend.vpc_end_points),
            "fl-": ("FlowLogId", backend.flow_logs),
            "sgr-": ("SecurityGroupRuleId", rules),
            "eice-": ("InstanceConnectEndpointId", options.doors),
            "pg-": ("PlacementGroupId", {group["GroupId"] for group in options.placement_groups.values()}),
        }
        for resource_id in self.parameters.get("ResourceIds") or self.parameters.get("Resources") or []:
            for prefix, (kind, present) in known.items():
                if resource_id.startswith(prefix) and resource_id not in present:
                    raise not_found(kind, resource_id)

    def page(self, result: Any) -> Any:
        """Cuts the answer of a list into the page that was asked for, unless moto itself did.

        https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-pagination.html; IAM:
        https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html
        """
        service = self.response.service_name
        model = get_pagination_model(service).get(self.action)
        if model is None or not isinstance(result, dict) or model["output_token"] in result:
            return result
        keys = model["result_key"] if isinstance(model["result_key"], list) else [model["result_key"]]
        found = [(key, item) for key in keys for item in get_value(result, key, None) or []]
        start = self._start(model["input_token"])
        size = self._size(service, model["limit_key"])
        for key in keys:
            set_value(result, key, [item for of_key, item in found[start : start + size] if of_key == key])
        more = start + size < len(found)
        if more:
            set_value(result, model["output_token"], _token(self.action, start + size))
        if "more_results" in model:
            set_value(result, model["more_results"], more)
        return result

    def _start(self, name: str) -> int:
        given = self.parameters.get(name)
        if not given:
            return 0
        try:
            action, start = json.loads(base64.b64decode(given))
        except ValueError:
            raise InvalidNextToken(given) from None
        if action != self.action:
            raise InvalidNextToken(given)
        return int(start)

    def _size(self, service: str, name: str) -> int:
        shape = get_service_model(service).operation_model(self.action).input_shape.members[name]
        given = self.parameters.get(name)
        if given is None:
            return min(settings.page_size, PAGED_BY_DEFAULT.get(service, settings.page_size))
        least, most = shape.metadata.get("min", 1), shape.metadata.get("max", 1000)
        if not least <= int(given) <= most:
            raise Invalid(f"Value ({given}) for parameter maxResults is invalid. Expecting {least} to {most}.")
        return min(int(given), settings.page_size)


def _token(action: str, start: int) -> str:
    return base64.b64encode(json.dumps([action, start]).encode()).decode()


def _guard(response_class: type[BaseResponse], checked: bool) -> None:
    """Puts the gate around every action of a service.

    Tokens: https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html
    """
    original_call: Callable[..., Any] = response_class.call_action
    original_serialized: Callable[..., Any] = response_class.serialized

    def serialized(self: Any, action_result: ActionResult) -> Any:
        if not isinstance(action_result.result, Exception):
            try:
                action_result._result = Gate(self).page(action_result.result)
            except EC2ClientError as error:
                action_result = ActionResult(error)
        return original_serialized(self, action_result)

    def call_action(self: Any) -> Any:
        gate = Gate(self)
        try:
            endpoints.settle(self.ec2_backend)
            options.settle(self.ec2_backend)
            gate.check()
            token = gate.parameters.get("ClientToken")
            if not token:
                return original_call(self)
            asked = json.dumps(gate.parameters, sort_keys=True, default=str)
            if (gate.action, token) in _tokens:
                before, answer = _tokens[gate.action, token]
                if before != asked:
                    raise refusal("IdempotentParameterMismatch")
                return answer
            status, headers, body = original_call(self)
            if int(status) == 200:
                _tokens[gate.action, token] = asked, (status, headers, body)
            return status, headers, body
        except EC2ClientError as error:
            return original_serialized(self, ActionResult(error))

    response_class.serialized = serialized  # type: ignore[method-assign]
    if checked:
        response_class.call_action = call_action  # type: ignore[method-assign]


_guard(EC2Response, checked=True)
_guard(IamResponse, checked=False)

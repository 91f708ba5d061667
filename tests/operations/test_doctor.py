"""`doctor` says what an installation lacks, and its commands mend it."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

import pytest

from harness import answers, commands, template, wire
from harness.account import Account
from harness.by_hand import make_vpc
from harness.emulator import ACCOUNT, REGION, Emulator
from harness.function import TABLE, Function
from harness.gateway import PAYLOADS, Call, send
from harness.installation import BOUNDARY, BUS, FLOW_LOG_ROLE, REQUEST, ROLE, RULE, Installation, check, examine
from harness.proxy import Proxy
from harness.requests import NAME, create, on_the_bus

StartFunction = Callable[..., Function]

ANYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
NOTHING_BUT_LOGS = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}]}


@pytest.fixture
def installation(emulator: Emulator, account: Account) -> Installation:
    return Installation(emulator)


@pytest.fixture
def start(start_function: StartFunction, installation: Installation) -> Callable[..., Function]:
    """Starts functions of the installation, with other settings where they are given."""

    def start(**settings: str | None) -> Function:
        return start_function(environment={**installation.environment(), **settings})

    return start


def test_a_healthy_installation_has_no_findings(proxy: Proxy, start: Callable[..., Function]) -> None:
    function = start()
    proxy.forget()
    diagnosis = examine(function)
    assert (diagnosis["status"], diagnosis["findings"]) == ("ready", [])
    assert [each for each in diagnosis["checks"] if not (each["ok"] and each["looked_at"])] == []
    assert proxy.mutations(records=True) == []
    limits = {each["quota"]: (each["used"], each["limit"]) for each in diagnosis["quotas"]}
    assert limits["VPCs per Region"] == (1, 5)
    assert limits["Gateway VPC endpoints per Region"] == (0, 20)
    assert limits["Interface VPC endpoints per VPC"] == (0, 50)
    assert limits["Roles per account"] == (2, 1000)
    assert limits["Standard parameters per Region"] == (0, 10_000)


def test_what_is_needed_is_what_an_environment_takes(account: Account, start: Callable[..., Function]) -> None:
    function = start()
    before = {each["quota"]: each for each in examine(function)["quotas"]}
    answer = function.invoke(create())
    assert not answer.failed, answer.error_message
    after = {each["quota"]: each for each in examine(function)["quotas"]}
    per_vpc = "Interface VPC endpoints per VPC"
    taken = {name: after[name]["used"] - before[name]["used"] for name in before if name != per_vpc}
    assert taken == {name: before[name]["need"] for name in taken}
    assert all(taken.values())
    endpoints = account.resources("endpoints", {"vpc-id": answer.payload["exports"]["vpc_id"]})
    interfaces = [each for each in endpoints if each["VpcEndpointType"] == "Interface"]
    assert len(interfaces) == before[per_vpc]["need"] == 0
    assert examine(function)["status"] == "ready"


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_over_http(start: Callable[..., Function], payload: Callable[..., dict[str, Any]]) -> None:
    function = start()
    found = send(function, Call("GET", "/doctor"), payload=payload)
    assert (found.status, found.json["status"], found.json["findings"]) == (200, "ready", [])
    assert send(function, Call("HEAD", "/doctor"), payload=payload).body == ""
    refused = send(function, Call("POST", "/doctor", b"{}"), payload=payload)
    assert (refused.status, refused.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert send(function, Call("GET", "/doctor?limit=1"), payload=payload).status == 400
    assert send(function, Call("GET", f"/doctor/{NAME}"), payload=payload).status == 404


def test_by_every_other_carrier(start: Callable[..., Function]) -> None:
    function = start()
    event = on_the_bus(REQUEST | {"requested_at": "2025-06-02T10:00:00Z"})
    assert function.invoke(event).payload["status"] == "ready"
    message = {"messageId": "1", "eventSource": "aws:sqs", "body": json.dumps(REQUEST)}
    assert function.invoke({"Records": [message]}).payload == {"batchItemFailures": []}


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"environment": NAME}, "/environment: `environment` belongs to"),
        ({"spec": {}}, "/spec: `spec` belongs to"),
        ({"limit": 5}, "/limit: `limit` belongs to"),
        ({"view": "svg"}, "/view: `view` belongs to"),
        ({"fix": True}, "/fix: "),
        ({"requested_at": "yesterday"}, "/requested_at: "),
        ({"requested_at": "2999-01-01T00:00:00Z"}, "/requested_at: "),
    ],
)
def test_what_does_not_belong_is_refused_by_name(
    function: Function, proxy: Proxy, more: dict[str, Any], pointer: str
) -> None:
    answer = function.invoke(REQUEST | more)
    assert answer.error_type == "InvalidRequest"
    assert pointer in str(answer.error_message)
    assert proxy.calls() == []


# What is broken is found, and its command mends it

Break = Callable[[Installation, Account], Any]


def no_table(of: Installation, account: Account) -> None:
    account.dynamodb.delete_table(TableName=TABLE)


def no_expiry(of: Installation, account: Account) -> None:
    setting = {"AttributeName": "expires", "Enabled": False}
    account.dynamodb.update_time_to_live(TableName=TABLE, TimeToLiveSpecification=setting)


def no_bus(of: Installation, account: Account) -> None:
    of.events.delete_event_bus(Name=BUS)


def no_boundary(of: Installation, account: Account) -> None:
    of.iam.delete_policy(PolicyArn=BOUNDARY)


def bound_by(document: dict[str, Any], of: Installation, account: Account) -> None:
    of.iam.create_policy_version(PolicyArn=BOUNDARY, PolicyDocument=json.dumps(document), SetAsDefault=True)


wide, narrow = (functools.partial(bound_by, document) for document in (ANYTHING, NOTHING_BUT_LOGS))


def boundary_outside_of_vpcs(of: Installation, account: Account) -> None:
    version = of.iam.get_policy(PolicyArn=BOUNDARY)["Policy"]["DefaultVersionId"]
    document = of.iam.get_policy_version(PolicyArn=BOUNDARY, VersionId=version)["PolicyVersion"]["Document"]
    for statement in document["Statement"]:
        statement.get("Condition", {}).pop("Null", None)
        statement.get("Condition", {}).get("StringEquals", {}).pop("aws:VpceAccount", None)
    bound_by(document, of, account)


def not_allowed(*actions: str) -> Break:
    def take_away(of: Installation, account: Account) -> None:
        of.without(*actions)

    return take_away


def denied(of: Installation, account: Account) -> None:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "ec2:CreateVpc", "Resource": "*"}]}
    of.iam.put_role_policy(RoleName=ROLE, PolicyName="no-vpcs", PolicyDocument=json.dumps(document))


def vpcs_used_up(of: Installation, account: Account) -> None:
    of.emulator.configure(quotas={"vpcs": 1})


def roles_used_up(of: Installation, account: Account) -> None:
    of.emulator.configure(quotas={"roles": 2})


def gateways_used_up(of: Installation, account: Account) -> None:
    of.emulator.configure(quotas={"gateway_endpoints": 0})


def no_flow_log_role(of: Installation, account: Account) -> None:
    powerless_flow_log_role(of, account)
    of.iam.delete_role(RoleName=FLOW_LOG_ROLE)


def closed_flow_log_role(of: Installation, account: Account) -> None:
    statement = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    of.iam.update_assume_role_policy(RoleName=FLOW_LOG_ROLE, PolicyDocument=trust)


def powerless_flow_log_role(of: Installation, account: Account) -> None:
    (policy,) = of.iam.list_role_policies(RoleName=FLOW_LOG_ROLE)["PolicyNames"]
    of.iam.delete_role_policy(RoleName=FLOW_LOG_ROLE, PolicyName=policy)


def no_rule(of: Installation, account: Account) -> None:
    of.events.delete_rule(Name=RULE)


def rule_turned_off(of: Installation, account: Account) -> None:
    of.events.disable_rule(Name=RULE)


BROKEN: dict[str, tuple[Break, str, bool, str]] = {
    "no table": (no_table, "table", True, TABLE),
    "no time to live": (no_expiry, "table-time-to-live", False, "off"),
    "no bus": (no_bus, "event-bus", True, BUS),
    "no boundary": (no_boundary, "permissions-boundary", True, BOUNDARY),
    "a boundary that bounds nobody": (wide, "permissions-boundary", True, "admits ec2:AttachInternetGateway"),
    "a narrow boundary": (narrow, "permissions-boundary", True, "does not admit s3:AbortMultipartUpload"),
    "a boundary for data anywhere": (boundary_outside_of_vpcs, "permissions-boundary", False, "outside of any VPC"),
    "no role for flow logs": (no_flow_log_role, "flow-log-role", True, FLOW_LOG_ROLE),
    "a role that flow logs may not assume": (closed_flow_log_role, "flow-log-role", True, "may not assume"),
    "a role that may not write": (powerless_flow_log_role, "flow-log-role", True, "may not do logs:CreateLogStream"),
    "a permission less": (not_allowed("ec2:CreateVpcEndpoint"), "permissions", True, "ec2:CreateVpcEndpoint"),
    "several less": (
        not_allowed("iam:TagRole", "events:PutEvents", "ssm:PutParameter", "logs:CreateLogGroup", "iam:CreateRole"),
        "permissions",
        True,
        "events:PutEvents, iam:CreateRole, iam:TagRole, logs:CreateLogGroup, ssm:PutParameter",
    ),
    "a denial": (denied, "permissions", True, "its policy role_ringfence-ExecutionRole-1A2B3C4D5E6F_no-vpcs denies it"),
    "no room for a VPC": (vpcs_used_up, "quota-vpcs", True, "1 of 1"),
    "no room for roles": (roles_used_up, "quota-roles", True, "2 of 2"),
    "no room for a gateway endpoint": (gateways_used_up, "quota-gateway-endpoints", True, "0 of 0"),
    "no rule": (no_rule, "cloudtrail", False, "no rule"),
    "a rule that is off": (rule_turned_off, "cloudtrail", False, "no rule"),
}
"""What is broken, the check that finds it, whether it is required, and what it says."""


@pytest.mark.parametrize("broken", BROKEN)
def test_what_is_broken_is_found_and_its_command_mends_it(
    installation: Installation, account: Account, proxy: Proxy, start: Callable[..., Function], broken: str
) -> None:
    break_it, name, required, said = BROKEN[broken]
    break_it(installation, account)
    function = start()
    diagnosis = examine(function)
    (finding,) = (each for each in diagnosis["findings"] if each["check"] == name)
    assert (finding["required"], diagnosis["status"]) == (required, "unready" if required else "ready")
    assert said in finding["what"]
    assert check(diagnosis, name)["looked_at"]
    assert proxy.mutations(records=True) == []
    for _ in range(3):  # A table that is made has no time to live yet.
        for found in examine(function)["findings"]:
            commands.carry_out(installation.emulator, found["mend"])
    after = examine(function)
    assert (after["status"], after["findings"]) == ("ready", [])


def test_a_permission_that_was_given_is_no_wider_than_what_is_asked_for(
    installation: Installation, start: Callable[..., Function]
) -> None:
    installation.without("ec2:DeleteVpc")
    (finding,) = examine(start())["findings"]
    commands.carry_out(installation.emulator, finding["mend"])
    document = installation.iam.get_role_policy(RoleName=ROLE, PolicyName="doctor")["PolicyDocument"]
    (statement,) = document["Statement"]
    assert statement["Action"] == "ec2:DeleteVpc"
    assert statement["Resource"].startswith(f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/")
    assert statement["Condition"] == {
        "StringEquals": {
            "aws:ResourceTag/ringfence:managed-by": "ringfence",
            "aws:ResourceTag/ringfence:installation": TABLE,
        }
    }


def test_a_table_of_other_keys_is_not_taken(account: Account, start: Callable[..., Function]) -> None:
    account.dynamodb.delete_table(TableName=TABLE)
    account.dynamodb.create_table(
        TableName=TABLE,
        AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    (finding,) = examine(start())["findings"]
    assert finding["check"] == "table" and "LockID (HASH, S)" in finding["what"]
    other = commands.overrides(finding["mend"])["TableName"]
    template.create_table(account.dynamodb, other)
    assert "table" not in [each["check"] for each in examine(start(RINGFENCE_TABLE=other))["findings"]]


def test_a_time_to_live_by_another_attribute_is_turned_off_first(
    installation: Installation, account: Account, start: Callable[..., Function]
) -> None:
    for name, enabled in (("expires", False), ("ttl", True)):
        setting = {"AttributeName": name, "Enabled": enabled}
        account.dynamodb.update_time_to_live(TableName=TABLE, TimeToLiveSpecification=setting)
    function = start()
    for said in ("goes by the attribute ttl", "is off"):
        (finding,) = examine(function)["findings"]
        assert said in finding["what"]
        commands.carry_out(installation.emulator, finding["mend"])
    assert examine(function)["findings"] == []


def test_a_boundary_of_the_role_itself_is_told_apart(
    installation: Installation, start: Callable[..., Function]
) -> None:
    arn = installation.iam.create_policy(PolicyName="narrow", PolicyDocument=json.dumps(NOTHING_BUT_LOGS))["Policy"][
        "Arn"
    ]
    installation.iam.put_role_permissions_boundary(RoleName=ROLE, PermissionsBoundary=arn)
    (finding,) = (each for each in examine(start())["findings"] if each["check"] == "permissions")
    assert "the boundary of the role does not admit it" in finding["what"]
    assert list(commands.overrides(finding["mend"])) == ["ExecutionRoleBoundaryArn"]


def test_what_the_organization_keeps_is_told_apart(installation: Installation, start: Callable[..., Function]) -> None:
    installation.emulator.configure(kept_by_organization=["ec2:CreateVpc"])
    (finding,) = examine(start())["findings"]
    assert "ec2:CreateVpc: a service control policy" in finding["what"]
    assert commands.parsed(finding["mend"])[:2] == ("organizations", "list-policies-for-target")


def test_where_each_environment_has_a_role_for_flow_logs_it_takes_two(start: Callable[..., Function]) -> None:
    diagnosis = examine(start(RINGFENCE_FLOW_LOG_ROLE=None))
    assert (check(diagnosis, "flow-log-role")["ok"], "a role of its own" in str(diagnosis["checks"])) == (True, True)
    assert [each["need"] for each in diagnosis["quotas"] if each["quota"] == "Roles per account"] == [2]


def test_no_boundary_at_all_is_told(installation: Installation, start: Callable[..., Function]) -> None:
    diagnosis = examine(start(RINGFENCE_PERMISSIONS_BOUNDARY=None))
    (finding,) = (each for each in diagnosis["findings"] if each["check"] == "permissions-boundary")
    assert not finding["required"]
    made = commands.carry_out(installation.emulator, finding["mend"])["Policy"]["Arn"]
    after = examine(start(RINGFENCE_PERMISSIONS_BOUNDARY=made))
    assert check(after, "permissions-boundary")["ok"]


@pytest.mark.parametrize(
    ("pool", "block", "required"),
    [("10.0.0.0/8", "10.9.0.0/16", False), ("10.9.0.0/16", "10.9.0.0/16", True), ("10.8.0.0/20", None, False)],
)
def test_a_pool_that_does_not_do(
    emulator: Emulator, start: Callable[..., Function], pool: str, block: str | None, required: bool
) -> None:
    vpc = make_vpc(emulator.client("ec2"), block) if block else ""
    diagnosis = examine(start(RINGFENCE_CIDR_POOL=pool))
    (finding,) = diagnosis["findings"]
    assert (finding["check"], finding["required"]) == ("cidr-pool", required)
    assert required or vpc in finding["what"]
    other = commands.overrides(finding["mend"])["CidrPool"]
    assert examine(start(RINGFENCE_CIDR_POOL=other))["findings"] == []


def test_our_own_networks_are_no_finding(start: Callable[..., Function]) -> None:
    function = start()
    assert not function.invoke(create()).failed
    assert examine(function)["findings"] == []


@pytest.mark.parametrize("service", ["guardduty-data", "guardduty-data-fips"])
def test_where_guardduty_puts_endpoints_it_is_told(
    emulator: Emulator, start: Callable[..., Function], service: str
) -> None:
    ec2 = emulator.client("ec2")
    vpc = make_vpc(ec2, "172.30.0.0/16")
    ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.{service}", VpcEndpointType="Interface", PrivateDnsEnabled=False
    )
    diagnosis = examine(start())
    (finding,) = diagnosis["findings"]
    assert (finding["check"], finding["required"], diagnosis["status"]) == ("guardduty", False, "ready")
    assert vpc in finding["what"]
    interfaces = next(each for each in diagnosis["quotas"] if each["quota"].startswith("Interface"))
    assert interfaces["need"] == 1


def test_a_region_with_one_zone_is_told(proxy: Proxy, start: Callable[..., Function]) -> None:
    body = (
        "<DescribeAvailabilityZonesResponse><availabilityZoneInfo><item><zoneName>us-east-1a</zoneName>"
        "<zoneState>available</zoneState></item></availabilityZoneInfo></DescribeAvailabilityZonesResponse>"
    )
    function = start()
    proxy.reply(lambda service: wire.answer(200, answers.XML, body.encode()), "DescribeAvailabilityZones")
    (finding,) = examine(function)["findings"]
    assert (finding["check"], finding["required"]) == ("zones", True)
    assert finding["what"].startswith("1 availability zones")

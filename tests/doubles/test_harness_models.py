"""Requests are held against AWS's API models: what is right passes, and each rule, when broken, is found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest

from harness import answers
from harness.by_hand import refused
from harness.calls import classify
from harness.emulator import CREDENTIALS, REGION, TESTS, Emulator
from harness.models.faults import Findings, Rule
from harness.models.judge import Judge, faults_of, model_of
from harness.models.limits import check_limits, limits
from harness.proxy import Proxy
from harness.wire import Message

SCOPE = "AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=0"
EC2 = "2016-11-15"
IAM = "2010-05-08"
ROLE = {"RoleName": "r", "AssumeRolePolicyDocument": "{}"}
LONG = "a" * 600


def message(service: str, method: str, path: str, headers: dict[str, str], body: bytes) -> Message:
    headers = {"authorization": SCOPE.format(service), **headers}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return Message("\r\n".join(lines).encode(), body)


def form(service: str, version: str, action: str, **fields: str) -> Message:
    """A request in either kind of query; `__` in a name stands for a dot."""
    fields = {name.replace("__", "."): value for name, value in fields.items()}
    body = urlencode({"Action": action, "Version": version, **fields}).encode()
    return message(service, "POST", "/", {"content-type": "application/x-www-form-urlencoded"}, body)


def ec2(action: str, **fields: str) -> Message:
    return form("ec2", EC2, action, **fields)


def iam(action: str, **fields: str) -> Message:
    return form("iam", IAM, action, **fields)


def jsons(service: str, action: str, document: Any, **headers: str) -> Message:
    model = model_of(service)
    assert model is not None
    kind = {
        "x-amz-target": f"{model.metadata['targetPrefix']}.{action}",
        "content-type": f"application/x-amz-json-{model.metadata['jsonVersion']}",
    }
    return message(service, "POST", "/", kind | headers, json.dumps(document).encode())


def ssm(action: str, **document: Any) -> Message:
    return jsons("ssm", action, document)


def rest(method: str, path: str, document: Any = None) -> Message:
    body = json.dumps(document).encode() if document is not None else b""
    return message("lambda", method, path, {"content-type": "application/json"}, body)


def broken(request: Message) -> list[Rule]:
    """The rules that a request breaks."""
    service, _, action = classify(request)
    return [fault.rule for fault in faults_of(service, action, request)[1]]


TABLE_ITEM = {"TableName": "t", "Item": {"kind": {"S": "a"}}}

PLANTED = {
    "no such action": (ec2("CreateVpcs"), Rule.ACTION),
    "no such service": (message("nonsense", "POST", "/", {}, b"Action=CreateVpc"), Rule.ACTION),
    "another version": (form("ec2", "2014-01-01", "DescribeVpcs"), Rule.PROTOCOL),
    "another target": (
        jsons("ssm", "GetParameters", {"Names": ["a"]}, **{"x-amz-target": "Amazon.GetParameters"}),
        Rule.PROTOCOL,
    ),
    "another kind of JSON": (
        jsons("ssm", "GetParameters", {"Names": ["a"]}, **{"content-type": "text/json"}),
        Rule.PROTOCOL,
    ),
    "a value that is a branch too": (ec2("CreateVpc", CidrBlock="10.0.0.0/16", CidrBlock__1="a"), Rule.PROTOCOL),
    "ec2: a member that is not there": (ec2("DescribeVpcs", VpcID__1="vpc-1"), Rule.UNKNOWN),
    "ec2: one further down": (ec2("DescribeVpcs", Filter__1__Name="a", Filter__1__Values__1="b"), Rule.UNKNOWN),
    "ec2: required": (ec2("CreateSubnet", CidrBlock="10.0.0.0/24"), Rule.REQUIRED),
    "ec2: a list of no numbers": (ec2("DescribeVpcs", VpcId__a="vpc-1"), Rule.TYPE),
    "ec2: a list that does not begin with one": (ec2("DescribeVpcs", VpcId__0="vpc-1"), Rule.TYPE),
    "ec2: an empty list": (ec2("DescribeVpcs", VpcId=""), Rule.TYPE),
    "ec2: boolean": (ec2("DescribeVpcs", DryRun="yes"), Rule.TYPE),
    "ec2: number": (ec2("DescribeVpcs", MaxResults="ten"), Rule.TYPE),
    "ec2: enum": (ec2("CreateVpc", CidrBlock="10.0.0.0/16", InstanceTenancy="shared"), Rule.ENUM),
    "ec2: range": (ec2("DescribeVpcs", MaxResults="1001"), Rule.RANGE),
    "ec2: size": (ec2("DescribeInstanceEventWindows", MaxResults="19"), Rule.RANGE),
    "iam: required": (iam("CreateRole", RoleName="r"), Rule.REQUIRED),
    "iam: length": (iam("CreateRole", **ROLE | {"RoleName": "r" * 65}), Rule.LENGTH),
    "iam: pattern": (iam("CreateRole", **ROLE | {"RoleName": "a b"}), Rule.PATTERN),
    "iam: pattern of any alphabet": (
        iam("TagRole", RoleName="r", Tags__member__1__Key="a;b", Tags__member__1__Value="c"),
        Rule.PATTERN,
    ),
    "iam: size": (
        iam(
            "TagRole",
            RoleName="r",
            **{f"Tags.member.{n}.{part}": f"{n}" for n in range(1, 52) for part in ("Key", "Value")},
        ),
        Rule.SIZE,
    ),
    "iam: a list without `member`": (iam("TagRole", RoleName="r", Tags__1__Key="a", Tags__1__Value="c"), Rule.TYPE),
    "iam: range": (iam("CreateRole", **ROLE, MaxSessionDuration="60"), Rule.RANGE),
    "limit": (ec2("DeleteVpcEndpoints", **{f"VpcEndpointId.{n}": f"vpce-{n}" for n in range(1, 27)}), Rule.LIMIT),
    "restraint": (
        ec2(
            "RevokeSecurityGroupIngress",
            GroupId="sg-1",
            **{f"SecurityGroupRuleId.{n}": f"sgr-{n}" for n in range(1, 62)},
        ),
        Rule.RESTRAINT,
    ),
    "json: unknown": (ssm("GetParameters", Names=["a"], Colour="red"), Rule.UNKNOWN),
    "json: required": (ssm("GetParameters"), Rule.REQUIRED),
    "json: type": (ssm("GetParameters", Names="a"), Rule.TYPE),
    "json: text": (ssm("GetParameters", Names=[1]), Rule.TYPE),
    "json: boolean": (ssm("GetParameters", Names=["a"], WithDecryption="true"), Rule.TYPE),
    "json: number": (jsons("logs", "PutRetentionPolicy", {"logGroupName": "a", "retentionInDays": "7"}), Rule.TYPE),
    "json: size": (ssm("DeleteParameters", Names=[f"/{number}" for number in range(11)]), Rule.SIZE),
    "json: an empty list": (ssm("DeleteParameters", Names=[]), Rule.SIZE),
    "json: enum": (ssm("PutParameter", Name="/a", Value="b", Type="Text"), Rule.ENUM),
    "json: pattern": (jsons("logs", "CreateLogGroup", {"logGroupName": "a b"}), Rule.PATTERN),
    "json: pattern of a key": (
        jsons("logs", "CreateLogGroup", {"logGroupName": "a", "tags": {"a;b": "c"}}),
        Rule.PATTERN,
    ),
    "json: length": (jsons("logs", "CreateLogGroup", {"logGroupName": LONG}), Rule.LENGTH),
    "json: an empty text": (
        jsons("dynamodb", "TransactWriteItems", {"TransactItems": [{"Put": TABLE_ITEM}], "ClientRequestToken": ""}),
        Rule.LENGTH,
    ),
    "json: union": (jsons("dynamodb", "PutItem", {"TableName": "t", "Item": {"a": {"S": "b", "N": "1"}}}), Rule.UNION),
    "json: blob": (jsons("dynamodb", "PutItem", {"TableName": "t", "Item": {"a": {"B": "?"}}}), Rule.TYPE),
    "rest: no such path": (rest("GET", "/2015-03-31/functionaries/f"), Rule.ACTION),
    "rest: a path that is not of the form": (rest("GET", "/2015-03-31/functions/a%20b"), Rule.PATTERN),
    "rest: an unknown query": (rest("GET", "/2015-03-31/functions/f?Colour=red"), Rule.UNKNOWN),
    "rest: range of a query": (rest("GET", "/2015-03-31/functions?MaxItems=0"), Rule.RANGE),
    "rest: unknown in the body": (
        rest("PUT", "/2015-03-31/functions/f/configuration", {"Colour": "red"}),
        Rule.UNKNOWN,
    ),
    "rest: range in the body": (rest("PUT", "/2015-03-31/functions/f/configuration", {"Timeout": 0}), Rule.RANGE),
}


@pytest.mark.parametrize("case", PLANTED)
def test_a_planted_fault_is_found_and_no_other(case: str) -> None:
    request, rule = PLANTED[case]
    found = set(broken(request))
    assert found in ({rule}, {rule, Rule.LIMIT}), "the table repeats some bounds of the models"


def test_every_rule_is_planted_somewhere() -> None:
    assert {rule for _, rule in PLANTED.values()} == set(Rule)


TESTS_WITH_FAULTS = """
import pytest
from harness.models.judge import JUDGE
from harness.wire import Message

def request(parameter):
    scope = b"authorization: Credential=a/20260101/us-east-1/ec2/aws4_request"
    head = b"\\r\\n".join([b"POST / HTTP/1.1", scope, b"", b""])
    JUDGE.take("ec2", "DescribeVpcs", Message(head, b"Action=DescribeVpcs&Version=2016-11-15&" + parameter))

@pytest.fixture(scope="session")
def shared():
    yield
    request(b"MaxResults=1")

def test_right(shared):
    request(b"MaxResults=5")

def test_wrong():
    request(b"VpcID.1=vpc-1")

def test_right_again():
    request(b"MaxResults=6")
"""


@pytest.mark.parametrize("workers", [[], ["-p", "xdist", "-n", "2", "--dist", "loadfile"]], ids=["one", "side by side"])
def test_a_fault_fails_the_test_that_made_it_and_one_after_the_last_test_the_run(
    tmp_path: Path, workers: list[str]
) -> None:
    path = tmp_path / "test_it.py"
    path.write_text(TESTS_WITH_FAULTS)
    environment = {**os.environ, "PYTHONPATH": str(TESTS), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "conftest", *workers, "test_it.py"]
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 1, run.stderr
    assert "3 passed, 1 error" in run.stdout
    assert "ERROR test_it.py::test_wrong" in run.stdout
    assert "ec2:DescribeVpcs: the action has no such member: VpcID: DescribeVpcsRequest has no such" in run.stdout
    assert "MaxResults: 1 where 5 to 1000 may be" in run.stdout
    assert "4 requests judged, of 1 actions; 2 faults found" in run.stdout


def test_a_proxy_hands_on_what_it_sees_also_what_it_answers_itself(emulator: Emulator) -> None:
    judge = Judge()
    with Proxy(emulator.port, judge) as proxy:
        proxy.reply(answers.denied, "DescribeVpcs")
        client = proxy.client("ec2")
        with refused("UnauthorizedOperation"):
            client.describe_vpcs()
        client.meta.events.register(
            "before-sign.ec2.DescribeSubnets", lambda request, **_: request.data.update(Colour="red")
        )
        with refused("UnknownParameter"):
            client.describe_subnets()
        client.meta.events.unregister("before-sign.ec2.DescribeSubnets")
    assert [(fault.action, fault.rule, fault.where) for fault in judge.judge()] == [
        ("ec2:DescribeSubnets", Rule.UNKNOWN, "Colour")
    ]
    assert judge.judge() == [], "each fault is told once"
    assert judge.judged == {"ec2:DescribeVpcs": 1, "ec2:DescribeSubnets": 1}


def test_a_judge_that_nobody_asks_does_not_keep_everything() -> None:
    judge, request = Judge(most_waiting=10), ec2("DescribeVpcs", Colour="red")
    for _ in range(15):
        judge.take("ec2", "DescribeVpcs", request)
    assert judge.judged.total() == 11
    assert len(judge.judge()) == 15


@pytest.mark.parametrize("action", limits())
def test_one_more_than_a_documented_limit_is_found(action: str) -> None:
    """Each line of the table, with as much as it admits, and with one more."""
    for limit in limits()[action]:
        rule = Rule.LIMIT if limit["stated"] else Rule.RESTRAINT
        for size, found in ((limit["most"], []), (limit["most"] + 1, [rule])):
            asked: Any = {str(number): "" for number in range(size)}
            for part in reversed(limit["member"].split(".")):
                asked = [asked] if part == "*" else {part: asked}
            findings = Findings()
            check_limits(action, asked, findings)
            assert [rule for rule, _, _ in findings.found] == found, limit


RIGHT = {
    "ec2": lambda client: [
        client.create_vpc(
            CidrBlock="10.0.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": [{"Key": "é", "Value": ""}]}]
        ),
        client.describe_vpcs(Filters=[{"Name": "vpc-id", "Values": ["vpc-1"]}], MaxResults=5),
        client.modify_vpc_attribute(VpcId="vpc-1", EnableDnsSupport={"Value": True}),
        client.create_network_acl_entry(
            NetworkAclId="acl-1",
            RuleNumber=1,
            Protocol="1",
            RuleAction="deny",
            Egress=False,
            CidrBlock="10.0.0.0/8",
            IcmpTypeCode={"Type": -1, "Code": -1},
        ),
        client.authorize_security_group_ingress(
            GroupId="sg-1", IpPermissions=[{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-1"}]}]
        ),
    ],
    "iam": lambda client: [
        client.create_role(RoleName="r", AssumeRolePolicyDocument="{}", Tags=[{"Key": "ключ", "Value": "é"}]),
        client.get_account_authorization_details(Filter=["Role"], MaxItems=10),
    ],
    "sts": lambda client: [client.get_caller_identity()],
    "ssm": lambda client: [client.put_parameter(Name="/a", Value="b", Type="StringList", Overwrite=True)],
    "dynamodb": lambda client: [
        client.put_item(**TABLE_ITEM),
        client.put_item(TableName="t", Item={"a": {"B": b"\0"}}),
    ],
    "events": lambda client: [
        client.put_events(Entries=[{"Source": "a", "DetailType": "b", "Detail": "{}", "Time": 0}])
    ],
    "logs": lambda client: [client.create_log_group(logGroupName="/a/b", tags={"a": "é"})],
    "route53resolver": lambda client: [client.get_firewall_config(ResourceId="vpc-1")],
    "stepfunctions": lambda client: [client.send_task_success(taskToken="a", output="{}")],
    "sqs": lambda client: [client.send_message(QueueUrl="http://127.0.0.1/q", MessageBody="a")],
    "sns": lambda client: [
        client.create_topic(Name="a", Attributes={"DisplayName": "b"}, Tags=[{"Key": "a", "Value": "b"}])
    ],
    "lambda": lambda client: [
        client.list_functions(MaxItems=5),
        client.update_function_configuration(FunctionName="f", Timeout=3),
    ],
    "guardduty": lambda client: [client.list_detectors(), client.create_detector(Enable=True, Tags={"a": "b"})],
}
"""What AWS's own SDK for Python makes of calls that are right."""


@pytest.mark.parametrize("service", RIGHT)
def test_what_an_sdk_of_aws_sends_is_right(service: str) -> None:
    """Its own way to send requests is the proof that ours to read them is right."""
    client = boto3.client(service, endpoint_url="http://127.0.0.1:1", region_name=REGION, **CREDENTIALS)
    sent: list[Message] = []

    class Sent(Exception):
        pass

    def keep(request: AWSPreparedRequest, **_: Any) -> None:
        headers = {name.lower(): text(value) for name, value in request.headers.items()}
        path = request.url.removeprefix("http://127.0.0.1:1")
        body = request.body if isinstance(request.body, bytes) else text(request.body or "").encode()
        sent.append(message(service, str(request.method), path, headers, body))
        raise Sent

    def text(value: Any) -> str:
        return value.decode() if isinstance(value, bytes) else str(value)

    client.meta.events.register("before-send", keep)
    original = client._make_api_call

    def call(name: str, given: Any) -> Any:
        try:
            return original(name, given)
        except Sent:
            return None

    client._make_api_call = call
    RIGHT[service](client)
    assert sent
    assert [broken(each) for each in sent] == [[]] * len(sent)

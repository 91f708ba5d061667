"""The emulator refuses what AWS refuses: of groups, endpoints and in other services.

Each of these calls succeeds, or breaks down, on moto alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config

from harness.by_hand import (
    all_from,
    document,
    make_group,
    make_log_key,
    make_subnet,
    make_table,
    make_vpc,
    refused,
    ssh_from,
    where,
)
from harness.emulator import CREDENTIALS, REGION, Emulator
from harness.proxy import Proxy

TRUST = document(Action="sts:AssumeRole", Principal={"Service": "ec2.amazonaws.com"})
POLICY = document(Action="s3:GetObject", Resource="*")
TABLE = {
    "TableName": "t",
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [{"AttributeName": "kind", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
}


# Security groups


def test_a_default_group_admits_itself_and_stays(ec2: Any, vpc: str) -> None:
    groups = ec2.describe_security_groups(Filters=where(vpc_id=vpc))["SecurityGroups"]
    default = groups[0]["GroupId"]
    assert [pair["GroupId"] for pair in groups[0]["IpPermissions"][0]["UserIdGroupPairs"]] == [default]
    with refused("CannotDelete"):
        ec2.delete_security_group(GroupId=default)
    ec2.revoke_security_group_ingress(GroupId=default, IpPermissions=groups[0]["IpPermissions"])


def test_a_group_in_use_stays(ec2: Any, vpc: str) -> None:
    training, services = make_group(ec2, vpc), make_group(ec2, vpc, "services")
    with refused("InvalidGroup.Duplicate"):
        make_group(ec2, vpc)
    ec2.authorize_security_group_ingress(GroupId=training, IpPermissions=all_from(training) + all_from(services))
    with refused("DependencyViolation"):
        ec2.delete_security_group(GroupId=services)
    ec2.revoke_security_group_ingress(GroupId=training, IpPermissions=all_from(services))
    ec2.delete_security_group(GroupId=services)
    interface = ec2.create_network_interface(SubnetId=make_subnet(ec2, vpc), Groups=[training])["NetworkInterface"]
    with refused("DependencyViolation"):
        ec2.delete_security_group(GroupId=training)
    ec2.delete_network_interface(NetworkInterfaceId=interface["NetworkInterfaceId"])
    ec2.delete_security_group(GroupId=training)


def test_rules_are_added_all_or_none_and_descriptions_do_not_tell_them_apart(ec2: Any, vpc: str) -> None:
    group = make_group(ec2, vpc)
    answer = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=ssh_from("10.0.0.0/8") + all_from(group))
    assert len(answer["SecurityGroupRules"]) == 2
    with refused("InvalidPermission.Duplicate"):
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=ssh_from("172.16.0.0/12", "10.0.0.0/8"))
    with refused("InvalidPermission.NotFound"):
        ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=ssh_from("10.0.0.0/8", "192.168.0.0/16"))
    rules = ec2.describe_security_group_rules(Filters=where(group_id=group))["SecurityGroupRules"]
    assert len([rule for rule in rules if not rule["IsEgress"]]) == 2
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=ssh_from("10.0.0.0/8", description="another"))


def test_rules_go_all_or_none_and_only_when_named_exactly(ec2: Any, vpc: str) -> None:
    group = make_group(ec2, vpc)
    ping, theirs = icmp(8, -1), all_from("sg-0123456789abcdef0")
    theirs[0]["UserIdGroupPairs"][0]["UserId"] = "210987654321"
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=ping + theirs + ssh_from("10.0.0.0/8"))
    for wrong in (icmp(-1, -1), icmp(8, 0), all_from(group)):
        with refused("InvalidPermission.NotFound"):
            ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=ssh_from("10.0.0.0/8") + wrong)
    with refused("InvalidParameterValue"):
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=icmp(-1, 4))
    rules = ec2.describe_security_group_rules(Filters=where(group_id=group))["SecurityGroupRules"]
    ids = [rule["SecurityGroupRuleId"] for rule in rules if not rule["IsEgress"]]
    assert len(ids) == 3
    with refused("InvalidSecurityGroupRuleId.NotFound"):
        ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=[*ids, "sgr-0123456789abcdef0"])
    ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=ids[:1])
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=ssh_from("10.0.0.0/8"))


def icmp(kind: int, code: int) -> list[dict[str, Any]]:
    return [{"IpProtocol": "icmp", "FromPort": kind, "ToPort": code, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]


# Endpoints


def test_a_gateway_endpoint_has_routes_as_long_as_it_stands(ec2: Any, vpc: str) -> None:
    def routes(table: str) -> list[str]:
        found = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
        return [route["GatewayId"] for route in found if route["GatewayId"] != "local"]

    service = {"VpcId": vpc, "ServiceName": "com.amazonaws.us-east-1.s3"}
    one, two = make_table(ec2, vpc), make_table(ec2, vpc)
    endpoint = ec2.create_vpc_endpoint(**service, RouteTableIds=[one])["VpcEndpoint"]
    assert endpoint["VpcEndpointType"] == "Gateway"
    with refused("RouteAlreadyExists"):
        ec2.create_vpc_endpoint(**service, RouteTableIds=[one])
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint["VpcEndpointId"], AddRouteTableIds=[two], RemoveRouteTableIds=[one])
    assert (routes(one), routes(two)) == ([], [endpoint["VpcEndpointId"]])
    assert ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"]])["Unsuccessful"] == []
    assert routes(two) == []
    assert ec2.describe_vpc_endpoints()["VpcEndpoints"] == []
    unknown = ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"]])["Unsuccessful"]
    assert [each["Error"]["Code"] for each in unknown] == ["InvalidVpcEndpoint.NotFound"]
    with refused("InvalidServiceName"):
        ec2.create_vpc_endpoint(VpcId=vpc, ServiceName="com.amazonaws.us-east-1.nonsense")


def test_an_interface_endpoint_has_interfaces_with_its_group(emulator: Emulator, ec2: Any, vpc: str) -> None:
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    subnet, group = make_subnet(ec2, vpc), make_group(ec2, vpc)
    wanted = {
        "VpcId": vpc,
        "ServiceName": "com.amazonaws.us-east-1.sts",
        "VpcEndpointType": "Interface",
        "SubnetIds": [subnet],
        "SecurityGroupIds": [group],
    }
    endpoint = ec2.create_vpc_endpoint(**wanted)["VpcEndpoint"]
    assert [each["GroupId"] for each in endpoint["Groups"]] == [group]
    interface_ids = endpoint["NetworkInterfaceIds"]
    interfaces = ec2.describe_network_interfaces(NetworkInterfaceIds=interface_ids)["NetworkInterfaces"]
    assert [[each["GroupId"] for each in interface["Groups"]] for interface in interfaces] == [[group]]
    assert [interface["InterfaceType"] for interface in interfaces] == ["vpc_endpoint"]
    with refused("InvalidParameter"):
        ec2.create_vpc_endpoint(**wanted)
    with refused("DependencyViolation"):
        ec2.delete_security_group(GroupId=group)
    with refused("DuplicateSubnetsInSameZone"):
        second = make_subnet(ec2, vpc, "10.0.1.0/24")
        ec2.modify_vpc_endpoint(VpcEndpointId=endpoint["VpcEndpointId"], AddSubnetIds=[second])

    emulator.configure(endpoint_seconds=0.3)
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"]])
    assert [each["State"] for each in ec2.describe_vpc_endpoints()["VpcEndpoints"]] == ["deleting"]
    with refused("DependencyViolation"):
        ec2.delete_subnet(SubnetId=subnet)
    time.sleep(0.3)
    assert not ec2.describe_network_interfaces(Filters=where(vpc_id=vpc))["NetworkInterfaces"]
    ec2.delete_subnet(SubnetId=subnet)


# Other services


def test_a_role_in_use_stays(emulator: Emulator) -> None:
    iam = emulator.client("iam")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    iam.create_instance_profile(InstanceProfileName="p", Path="/ringfence/")
    iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName="r")
    iam.put_role_policy(RoleName="r", PolicyName="data", PolicyDocument=POLICY)
    deletes: list[Callable[[], object]] = [
        lambda: iam.delete_role(RoleName="r"),
        lambda: iam.delete_instance_profile(InstanceProfileName="p"),
    ]
    for delete in deletes:
        with refused("DeleteConflict"):
            delete()
    iam.remove_role_from_instance_profile(InstanceProfileName="p", RoleName="r")
    with refused("NoSuchEntity"):
        iam.remove_role_from_instance_profile(InstanceProfileName="p", RoleName="r")
    with refused("DeleteConflict"):
        iam.delete_role(RoleName="r")
    assert not iam.list_instance_profiles(PathPrefix="/other/")["InstanceProfiles"]


WIDER = document(Action="s3:*", Resource="*")
ASSUMED_BY_LOGS = document(Action="sts:AssumeRole", Principal={"Service": "vpc-flow-logs.amazonaws.com"})


def flow_log(vpc: str, role: str) -> dict[str, Any]:
    return {
        "ResourceIds": [vpc],
        "ResourceType": "VPC",
        "TrafficType": "ALL",
        "LogGroupName": "g",
        "MaxAggregationInterval": 60,
        "DeliverLogsPermissionArn": f"arn:aws:iam::123456789012:role/{role}",
    }


def test_a_flow_log_wants_a_role_that_is_there_and_trusts_it(emulator: Emulator, ec2: Any, vpc: str) -> None:
    emulator.configure(time_scale=0)
    iam = emulator.client("iam")
    iam.create_role(RoleName="other", AssumeRolePolicyDocument=TRUST)
    iam.create_role(RoleName="writer", AssumeRolePolicyDocument=ASSUMED_BY_LOGS)
    for role in ("nobody", "other"):
        with refused("InvalidParameter"):
            ec2.create_flow_logs(**flow_log(vpc, role))
    assert not ec2.create_flow_logs(**flow_log(vpc, "writer"))["Unsuccessful"]


@pytest.mark.parametrize("late", ["role", "policy", "role made anew"])
def test_a_role_and_its_policies_count_after_a_while(emulator: Emulator, ec2: Any, vpc: str, late: str) -> None:
    emulator.configure(time_scale=0, role_seconds=0.5)
    iam = emulator.client("iam")

    def make() -> None:
        iam.create_role(RoleName="writer", AssumeRolePolicyDocument=ASSUMED_BY_LOGS)

    make()
    if late != "role":
        time.sleep(0.5)
    if late == "policy":
        iam.put_role_policy(RoleName="writer", PolicyName="write", PolicyDocument=POLICY)
    elif late != "role":
        iam.delete_role(RoleName="writer")
        make()
    with refused("InvalidParameter"):
        ec2.create_flow_logs(**flow_log(vpc, "writer"))
    time.sleep(0.5)
    assert ec2.create_flow_logs(**flow_log(vpc, "writer"))["FlowLogIds"]
    iam.put_role_policy(RoleName="writer", PolicyName="write", PolicyDocument=WIDER)
    ec2.delete_flow_logs(FlowLogIds=[each["FlowLogId"] for each in ec2.describe_flow_logs()["FlowLogs"]])
    if late == "policy":  # A change of it leaves the one before in force.
        assert ec2.create_flow_logs(**flow_log(vpc, "writer"))["FlowLogIds"]


def test_a_log_group_takes_no_key_that_is_not_for_it(emulator: Emulator) -> None:
    logs, made_up = (
        emulator.client("logs"),
        "arn:aws:kms:us-east-1:123456789012:key/0f8b7a54-1c3d-4f6e-9a21-5d2c8e7b6a10",
    )
    foreign, disabled = make_log_key(emulator, allowed=False), make_log_key(emulator)
    emulator.client("kms").disable_key(KeyId=disabled.rpartition("/")[2])
    logs.create_log_group(logGroupName="there")
    for key, code in (
        (made_up, "InvalidParameterException"),
        (disabled, "InvalidParameterException"),
        (foreign, "AccessDeniedException"),
    ):
        with refused(code):
            logs.create_log_group(logGroupName="new", kmsKeyId=key)
        with refused(code):
            logs.associate_kms_key(logGroupName="there", kmsKeyId=key)
    logs.create_log_group(logGroupName="new", kmsKeyId=make_log_key(emulator))


def test_all_that_can_be_tagged_is_tagged_while_it_is_there(ec2: Any, vpc: str) -> None:
    group = ec2.create_placement_group(GroupName="one", Strategy="cluster")["PlacementGroup"]["GroupId"]
    door = ec2.create_instance_connect_endpoint(SubnetId=make_subnet(ec2, vpc))["InstanceConnectEndpoint"]
    ids = [group, door["InstanceConnectEndpointId"]]
    ec2.create_tags(Resources=ids, Tags=[{"Key": "a", "Value": "b"}])
    kinds = {tag["ResourceType"] for tag in ec2.describe_tags(Filters=where(key="a"))["Tags"]}
    assert kinds == {"placement-group", "instance-connect-endpoint"}
    ec2.delete_tags(Resources=ids, Tags=[{"Key": "a"}])
    ec2.delete_placement_group(GroupName="one")
    for unknown in (group, "eice-0123456789abcdef0"):
        with refused(f"Invalid{'PlacementGroupId' if unknown == group else 'InstanceConnectEndpointId'}.NotFound"):
            ec2.create_tags(Resources=[unknown], Tags=[{"Key": "a", "Value": "b"}])


# What shows late


def test_what_the_function_makes_shows_late_to_it_and_at_once_to_others(emulator: Emulator, ec2: Any) -> None:
    emulator.configure(time_scale=0, fresh_seconds=0.5)
    with Proxy(emulator.port) as proxy:
        client = proxy.client("ec2")
        vpc = make_vpc(client)
        assert vpc in {each["VpcId"] for each in ec2.describe_vpcs()["Vpcs"]}
        assert vpc not in {each["VpcId"] for each in client.describe_vpcs()["Vpcs"]}
        descriptions: list[Callable[[], object]] = [
            lambda: client.describe_vpcs(VpcIds=[vpc]),
            lambda: client.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsSupport"),
        ]
        for description in descriptions:
            with refused("InvalidVpcID.NotFound"):
                description()
        make_subnet(client, vpc)  # What is not described takes the ID at once.
        by_hand = make_vpc(ec2, "10.1.0.0/16")
        assert by_hand in {each["VpcId"] for each in client.describe_vpcs()["Vpcs"]}
        time.sleep(0.5)
        assert client.describe_vpcs(VpcIds=[vpc])["Vpcs"]


def test_a_vpc_that_is_deleted_is_listed_for_a_while(emulator: Emulator, ec2: Any) -> None:
    emulator.configure(time_scale=0, deleted_vpc_seconds=0.5)
    vpc = make_vpc(ec2, tags={"a": "b"})
    with Proxy(emulator.port) as proxy:
        client = proxy.client("ec2")
        client.delete_vpc(VpcId=vpc)
        assert [each["VpcId"] for each in client.describe_vpcs(Filters=where(**{"tag:a": "b"}))["Vpcs"]] == [vpc]
        assert not ec2.describe_vpcs(Filters=where(**{"tag:a": "b"}))["Vpcs"]
        assert not ec2.describe_tags()["Tags"]
        for touch in (lambda: client.delete_vpc(VpcId=vpc), lambda: make_subnet(client, vpc)):
            with refused("InvalidVpcID.NotFound"):
                touch()
        time.sleep(0.5)
        assert not client.describe_vpcs(Filters=where(**{"tag:a": "b"}))["Vpcs"]


def test_a_private_name_stays_taken_while_its_endpoint_goes(emulator: Emulator, ec2: Any, vpc: str) -> None:
    emulator.configure(time_scale=0, endpoint_seconds=0.5)
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    wanted = {
        "VpcId": vpc,
        "ServiceName": "com.amazonaws.us-east-1.sts",
        "VpcEndpointType": "Interface",
        "SubnetIds": [make_subnet(ec2, vpc)],
        "PrivateDnsEnabled": True,
    }
    first = ec2.create_vpc_endpoint(**wanted)["VpcEndpoint"]
    assert first["State"] == "pending"
    ec2.delete_vpc_endpoints(VpcEndpointIds=[first["VpcEndpointId"]])
    with refused("InvalidParameter"):
        ec2.create_vpc_endpoint(**wanted)
    time.sleep(0.5)
    ec2.create_vpc_endpoint(**wanted)


# What no model of AWS's admits


@pytest.mark.parametrize(
    ("service", "operation", "asked", "code"),
    [
        ("ec2", "describe_vpcs", {"MaxResults": 1001}, "InvalidParameterValue"),
        ("iam", "create_role", {"RoleName": "a b", "AssumeRolePolicyDocument": TRUST}, "ValidationError"),
        ("ssm", "describe_parameters", {"ParameterFilters": [{"Key": "tag:a", "Values": [""]}]}, "ValidationException"),
        ("ssm", "put_parameter", {"Name": "/a", "Value": "b", "Type": "Text"}, "ValidationException"),
        ("logs", "create_log_group", {"logGroupName": "a b"}, "InvalidParameterException"),
        ("logs", "put_retention_policy", {"logGroupName": "a", "retentionInDays": 6}, "InvalidParameterException"),
        ("route53resolver", "list_firewall_rules", {"FirewallRuleGroupId": "a" * 65}, "ValidationException"),
        ("dynamodb", "get_item", {"TableName": "t", "Key": {"a": {"S": "b", "N": "1"}}}, "ValidationException"),
    ],
)
def test_what_no_model_admits_is_refused(
    emulator: Emulator, service: str, operation: str, asked: dict[str, Any], code: str
) -> None:
    unchecked = Config(parameter_validation=False, retries={"total_max_attempts": 1})
    client = boto3.client(service, endpoint_url=emulator.url, region_name=REGION, config=unchecked, **CREDENTIALS)
    with refused(code):
        getattr(client, operation)(**asked)


def test_parameters_are_not_tagged_and_overwritten_at_once(emulator: Emulator) -> None:
    ssm = emulator.client("ssm")
    parameter = {"Name": "/ringfence/a/vpc_id", "Value": "vpc-1", "Type": "String"}
    with refused("ValidationException"):
        ssm.put_parameter(**parameter, Overwrite=True, Tags=[{"Key": "a", "Value": "b"}])
    ssm.put_parameter(**parameter, Tags=[{"Key": "a", "Value": "b"}])
    with refused("ParameterAlreadyExists"):
        ssm.put_parameter(**parameter)
    with refused("ValidationException"):
        ssm.delete_parameters(Names=[f"/ringfence/{number}" for number in range(11)])


def test_a_transaction_with_the_same_token_is_done_once(emulator: Emulator) -> None:
    dynamodb = emulator.client("dynamodb")
    dynamodb.create_table(**TABLE)

    def put(value: str) -> None:
        item = {"TableName": "t", "Item": {"kind": {"S": value}}, "ConditionExpression": "attribute_not_exists(kind)"}
        dynamodb.transact_write_items(TransactItems=[{"Put": item}], ClientRequestToken="one")

    put("a")
    put("a")
    with refused("IdempotentParameterMismatchException"):
        put("b")

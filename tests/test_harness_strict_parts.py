"""The emulator refuses what AWS refuses: of groups, endpoints and in other services.

Each of these calls succeeds, or breaks down, on moto alone.
"""

from __future__ import annotations

import time
from typing import Any

from harness.by_hand import all_from, document, make_group, make_subnet, make_table, refused, ssh_from, where
from harness.emulator import Emulator

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
    for delete in (lambda: iam.delete_role(RoleName="r"), lambda: iam.delete_instance_profile(InstanceProfileName="p")):
        with refused("DeleteConflict"):
            delete()
    iam.remove_role_from_instance_profile(InstanceProfileName="p", RoleName="r")
    with refused("NoSuchEntity"):
        iam.remove_role_from_instance_profile(InstanceProfileName="p", RoleName="r")
    with refused("DeleteConflict"):
        iam.delete_role(RoleName="r")
    assert not iam.list_instance_profiles(PathPrefix="/other/")["InstanceProfiles"]


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

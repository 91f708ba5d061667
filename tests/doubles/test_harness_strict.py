"""The emulator refuses what AWS refuses: in every call, and of networks and ACLs.

Each of these calls succeeds, or breaks down, on moto alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.by_hand import (
    document,
    entry,
    make_acl,
    make_gateway,
    make_group,
    make_subnet,
    make_table,
    make_vpc,
    refused,
    tagged,
    where,
)
from harness.emulator import Emulator

TRUST = document(Action="sts:AssumeRole", Principal={"Service": "ec2.amazonaws.com"})


# Every call


def test_a_dry_run_creates_nothing(ec2: Any) -> None:
    before = len(ec2.describe_vpcs()["Vpcs"])
    with refused("DryRunOperation"):
        ec2.create_vpc(CidrBlock="10.0.0.0/16", DryRun=True)
    assert len(ec2.describe_vpcs()["Vpcs"]) == before


def test_a_token_gives_the_same_resource_also_when_it_was_deleted(ec2: Any, vpc: str) -> None:
    def create() -> str:
        return ec2.create_route_table(VpcId=vpc, ClientToken="one")["RouteTable"]["RouteTableId"]

    first = create()
    assert create() == first
    ec2.delete_route_table(RouteTableId=first)
    assert create() == first
    with refused("InvalidRouteTableID.NotFound"):
        ec2.describe_route_tables(RouteTableIds=[first])
    with refused("IdempotentParameterMismatch"):
        ec2.create_route_table(VpcId=make_vpc(ec2, "10.1.0.0/16"), ClientToken="one")


def test_a_reset_forgets_tokens(emulator: Emulator, ec2: Any, vpc: str) -> None:
    first = ec2.create_network_acl(VpcId=vpc, ClientToken="one")["NetworkAcl"]["NetworkAclId"]
    emulator.reset()
    again = ec2.create_network_acl(VpcId=make_vpc(ec2), ClientToken="one")["NetworkAcl"]["NetworkAclId"]
    assert again != first


@pytest.mark.parametrize("bounds", [{"MaxResults": 5}, {}])
def test_lists_come_in_pages(emulator: Emulator, ec2: Any, vpc: str, bounds: dict[str, int]) -> None:
    emulator.configure(page_size=5)
    for number in range(11):
        make_group(ec2, vpc, f"group-{number}")
    sizes: list[int] = []
    names: set[str] = set()
    token: dict[str, str] = {}
    while True:
        page = ec2.describe_security_groups(Filters=where(vpc_id=vpc), **bounds, **token)
        sizes.append(len(page["SecurityGroups"]))
        names |= {group["GroupName"] for group in page["SecurityGroups"]}
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert (sizes, len(names)) == ([5, 5, 2], 12)
    with refused("InvalidNextToken"):
        ec2.describe_vpcs(NextToken="nonsense")


def test_roles_come_in_pages(emulator: Emulator) -> None:
    iam = emulator.client("iam")
    for number in range(7):
        iam.create_role(RoleName=f"role-{number}", AssumeRolePolicyDocument=TRUST)
    pages = [len(page["Roles"]) for page in iam.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": 3})]
    assert pages == [3, 3, 1]


def test_tags_must_fit_the_resource_and_filters_have_values(ec2: Any, vpc: str) -> None:
    with refused("InvalidParameterValue"):
        ec2.create_vpc(CidrBlock="10.1.0.0/16", **tagged("subnet", {"a": "b"}))
    with refused("InvalidParameterValue"):
        ec2.describe_subnets(Filters=where(vpc_id=""))
    with refused("InvalidNetworkAclID.NotFound"):
        ec2.create_tags(Resources=["acl-0123456789abcdef0"], Tags=[{"Key": "a", "Value": "b"}])
    made = make_vpc(ec2, "10.2.0.0/16", {"a": "c"})
    found = ec2.describe_tags(Filters=where(**{"tag:a": "c"}))["Tags"]
    assert [tag["ResourceId"] for tag in found] == [made]


# Networks


def test_the_sixth_vpc_of_a_region_is_refused(emulator: Emulator, ec2: Any) -> None:
    for number in range(4):
        make_vpc(ec2, f"10.{number}.0.0/16")
    with refused("VpcLimitExceeded"):
        make_vpc(ec2, "10.9.0.0/16")
    emulator.configure(quotas={"vpcs": 6})
    make_vpc(ec2, "10.9.0.0/16")


@pytest.mark.parametrize(
    "leave",
    [
        make_subnet,
        make_group,
        make_acl,
        make_table,
        lambda ec2, vpc: ec2.create_vpc_endpoint(VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3"),
        make_gateway,
        lambda ec2, vpc: ec2.create_egress_only_internet_gateway(VpcId=vpc),
    ],
    ids=["subnet", "group", "acl", "route-table", "endpoint", "internet-gateway", "egress-only-gateway"],
)
def test_a_vpc_does_not_go_with_something_in_it(ec2: Any, vpc: str, leave: Callable[[Any, str], Any]) -> None:
    leave(ec2, vpc)
    with refused("DependencyViolation"):
        ec2.delete_vpc(VpcId=vpc)


def test_an_empty_vpc_goes_with_all_its_defaults_and_tags(ec2: Any, vpc: str) -> None:
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "a", "Value": "b"}])
    ec2.delete_vpc(VpcId=vpc)
    inside = where(vpc_id=vpc)
    assert not ec2.describe_network_acls(Filters=inside)["NetworkAcls"]
    assert not ec2.describe_route_tables(Filters=inside)["RouteTables"]
    assert not ec2.describe_security_groups(Filters=inside)["SecurityGroups"]
    assert not ec2.describe_tags()["Tags"]
    with refused("InvalidVpcID.NotFound"):
        ec2.delete_vpc(VpcId=vpc)


def test_one_attribute_a_call(ec2: Any, vpc: str) -> None:
    with refused("InvalidParameterCombination"):
        ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": True}, EnableDnsHostnames={"Value": True})
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})


def test_subnets_stay_in_their_vpc_and_region_and_apart(ec2: Any, vpc: str) -> None:
    make_subnet(ec2, vpc, "10.0.0.0/24")
    with refused("InvalidSubnet.Conflict"):
        make_subnet(ec2, vpc, "10.0.0.128/25")
    with refused("InvalidSubnet.Range"):
        make_subnet(ec2, vpc, "10.1.0.0/24")
    with refused("InvalidParameterValue"):
        make_subnet(ec2, vpc, "10.0.1.0/24", "eu-west-1a")


def test_a_subnet_does_not_go_with_interfaces_in_it_and_takes_its_associations_along(ec2: Any, vpc: str) -> None:
    subnet, table, acl = make_subnet(ec2, vpc), make_table(ec2, vpc), make_acl(ec2, vpc)
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    default = ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": [subnet]}])["NetworkAcls"][
        0
    ]
    association = next(each for each in default["Associations"] if each["SubnetId"] == subnet)
    ec2.replace_network_acl_association(AssociationId=association["NetworkAclAssociationId"], NetworkAclId=acl)
    deletes: list[Callable[[], object]] = [
        lambda: ec2.delete_route_table(RouteTableId=table),
        lambda: ec2.delete_network_acl(NetworkAclId=acl),
    ]
    for delete in deletes:
        with refused("DependencyViolation"):
            delete()
    interface = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    with refused("DependencyViolation"):
        ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_network_interface(NetworkInterfaceId=interface)
    ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_route_table(RouteTableId=table)
    ec2.delete_network_acl(NetworkAclId=acl)


def test_a_subnet_has_one_route_table_and_the_main_one_stays(ec2: Any, vpc: str) -> None:
    subnet, table = make_subnet(ec2, vpc), make_table(ec2, vpc)
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    with refused("Resource.AlreadyAssociated"):
        ec2.associate_route_table(RouteTableId=make_table(ec2, vpc), SubnetId=subnet)
    main = ec2.describe_route_tables(Filters=[{"Name": "association.main", "Values": ["true"]}, *where(vpc_id=vpc)])
    with refused("DependencyViolation"):
        ec2.delete_route_table(RouteTableId=main["RouteTables"][0]["RouteTableId"])


# Network ACLs


def test_a_new_acl_denies_all_in_the_end(ec2: Any, vpc: str) -> None:
    acls = ec2.describe_network_acls(NetworkAclIds=[make_acl(ec2, vpc)])["NetworkAcls"]
    found = {(each["Egress"], each["RuleNumber"], each["RuleAction"]) for each in acls[0]["Entries"]}
    assert found == {(False, 32767, "deny"), (True, 32767, "deny")}


def test_an_acl_takes_nineteen_entries_a_direction_beside_the_denial(ec2: Any, vpc: str) -> None:
    acl = make_acl(ec2, vpc)
    for number in range(1, 20):
        ec2.create_network_acl_entry(**entry(acl, number))
    with refused("NetworkAclEntryLimitExceeded"):
        ec2.create_network_acl_entry(**entry(acl, 20))
    ec2.create_network_acl_entry(**entry(acl, 1, egress=True))
    with refused("NetworkAclEntryAlreadyExists"):
        ec2.create_network_acl_entry(**entry(acl, 1))


def test_acls_name_what_is_wrong(ec2: Any, vpc: str) -> None:
    acl = make_acl(ec2, vpc)
    default = ec2.describe_network_acls(Filters=where(vpc_id=vpc, default="true"))
    with refused("InvalidParameterValue"):
        ec2.create_network_acl_entry(**entry(acl, 32767))
    with refused("InvalidNetworkAclEntry.NotFound"):
        ec2.replace_network_acl_entry(**entry(acl, 7))
    with refused("InvalidNetworkAclEntry.NotFound"):
        ec2.delete_network_acl_entry(NetworkAclId=acl, RuleNumber=7, Egress=False)
    with refused("InvalidAssociationID.NotFound"):
        ec2.replace_network_acl_association(AssociationId="aclassoc-0123456789abcdef0", NetworkAclId=acl)
    with refused("InvalidNetworkAclID.NotFound"):
        ec2.describe_network_acls(NetworkAclIds=["acl-0123456789abcdef0"])
    with refused("InvalidParameterValue"):
        ec2.delete_network_acl(NetworkAclId=default["NetworkAcls"][0]["NetworkAclId"])


def test_entries_keep_which_messages_of_icmp_they_are_for(ec2: Any, vpc: str) -> None:
    acl = make_acl(ec2, vpc)
    wanted = {"Type": 8, "Code": -1}
    ec2.create_network_acl_entry(**entry(acl, 10) | {"Protocol": "1", "IcmpTypeCode": wanted})
    (made,) = ec2.describe_network_acls(NetworkAclIds=[acl])["NetworkAcls"]
    assert [each["IcmpTypeCode"] for each in made["Entries"] if each["RuleNumber"] == 10] == [wanted]

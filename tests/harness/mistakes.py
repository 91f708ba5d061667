"""Single mistakes that somebody makes by hand, each with the check of isolation that has to catch it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import guardduty
from .by_hand import all_from, document, make_gateway, make_group, make_subnet, make_vpc, ssh_from
from .standing import Standing

WORLD = "0.0.0.0/0"
ROLE = "fraud-v3-us-east-1-training"

Make = Callable[[Standing], str]
"""Makes a mistake, and names what the reason has to name."""


@dataclass(frozen=True)
class Mistake:
    """What is done, and which check catches it."""

    make: Make
    check: str

    @property
    def name(self) -> str:
        return f"{self.check}-{self.make.__name__}"


class Mistakes:
    """All of one module, each a function that is called as what it does."""

    def __init__(self) -> None:
        self.all: list[Mistake] = []

    def caught_by(self, check: str) -> Callable[[Make], Make]:
        def add(make: Make) -> Make:
            self.all.append(Mistake(make, check))
            return make

        return add


mistakes = Mistakes()
caught_by = mistakes.caught_by


# Ways out


def table(standing: Standing, name: str = "training-route-table") -> str:
    return standing.id("route_tables", name)


def group(standing: Standing, name: str = "training-security-group") -> str:
    return standing.id("security_groups", name)


def acl(standing: Standing, name: str = "training-network-acl") -> str:
    return standing.id("network_acls", name)


def subnet(standing: Standing, name: str = "training-subnet-us-east-1a") -> str:
    return standing.id("subnets", name)


def peer(standing: Standing) -> str:
    other = make_vpc(standing.account.ec2, "172.20.0.0/16")
    made = standing.account.ec2.create_vpc_peering_connection(VpcId=standing.vpc, PeerVpcId=other)
    peering = str(made["VpcPeeringConnection"]["VpcPeeringConnectionId"])
    standing.account.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    return peering


def everything(*cidrs: str) -> list[dict[str, Any]]:
    return [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": cidr} for cidr in cidrs]}]


def allow_all(standing: Standing, acl_id: str, number: int, egress: bool) -> None:
    standing.account.ec2.create_network_acl_entry(
        NetworkAclId=acl_id, RuleNumber=number, Protocol="-1", RuleAction="allow", Egress=egress, CidrBlock=WORLD
    )


@caught_by("no-route-out")
def a_default_route_to_an_internet_gateway(standing: Standing) -> str:
    gateway = make_gateway(standing.account.ec2, standing.vpc)
    standing.account.ec2.create_route(RouteTableId=table(standing), DestinationCidrBlock=WORLD, GatewayId=gateway)
    return gateway


@caught_by("no-route-out")
def a_route_to_a_peer(standing: Standing) -> str:
    peering = peer(standing)
    standing.account.ec2.create_route(
        RouteTableId=table(standing, "services-route-table"),
        DestinationCidrBlock="172.20.0.0/16",
        VpcPeeringConnectionId=peering,
    )
    return peering


@caught_by("main-route-table-local")
def a_route_in_the_main_table(standing: Standing) -> str:
    peering = peer(standing)
    standing.account.ec2.create_route(
        RouteTableId=table(standing, "vpc-defaults"),
        DestinationCidrBlock="172.20.0.0/16",
        VpcPeeringConnectionId=peering,
    )
    return peering


@caught_by("no-gateway")
def an_internet_gateway(standing: Standing) -> str:
    return make_gateway(standing.account.ec2, standing.vpc)


@caught_by("no-gateway")
def an_egress_only_gateway(standing: Standing) -> str:
    made = standing.account.ec2.create_egress_only_internet_gateway(VpcId=standing.vpc)
    return str(made["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"])


@caught_by("no-gateway")
def a_nat_gateway(standing: Standing) -> str:
    made = standing.account.ec2.create_nat_gateway(SubnetId=subnet(standing), ConnectivityType="private")
    return str(made["NatGateway"]["NatGatewayId"])


@caught_by("no-gateway")
def a_virtual_private_gateway(standing: Standing) -> str:
    gateway = str(standing.account.ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"])
    standing.account.ec2.attach_vpn_gateway(VpcId=standing.vpc, VpnGatewayId=gateway)
    return gateway


@caught_by("no-gateway")
def a_peering_connection(standing: Standing) -> str:
    return peer(standing)


@caught_by("no-gateway")
def a_transit_gateway(standing: Standing) -> str:
    ec2 = standing.account.ec2
    transit = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    attached = ec2.create_transit_gateway_vpc_attachment(
        TransitGatewayId=transit, VpcId=standing.vpc, SubnetIds=[subnet(standing)]
    )
    return str(attached["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"])


@caught_by("no-bridging-interface")
def an_accelerators_interface(standing: Standing) -> str:
    return standing.emulator.place_interface(
        subnet(standing), "an accelerator", interface_type="global_accelerator_managed"
    )


@caught_by("endpoints-known")
def an_endpoint_of_another_service(standing: Standing) -> str:
    made = standing.account.ec2.create_vpc_endpoint(
        VpcId=standing.vpc,
        ServiceName="com.amazonaws.us-east-1.sts",
        VpcEndpointType="Interface",
        SubnetIds=[subnet(standing)],
    )
    return str(made["VpcEndpoint"]["VpcEndpointId"])


@caught_by("nothing-reaches-out")
def a_group_and_a_route_let_https_out(standing: Standing) -> str:
    gateway = a_default_route_to_an_internet_gateway(standing)
    standing.account.ec2.authorize_security_group_egress(
        GroupId=group(standing), IpPermissions=everything("198.51.100.0/24")
    )
    return gateway


@caught_by("nothing-reaches-in")
def a_group_lets_the_internet_in(standing: Standing) -> str:
    gateway = make_gateway(standing.account.ec2, standing.vpc)
    standing.account.ec2.authorize_security_group_ingress(
        GroupId=group(standing, "services-security-group"), IpPermissions=everything("198.51.100.0/24")
    )
    allow_all(standing, acl(standing, "services-network-acl"), 400, egress=False)
    return gateway


@caught_by("nothing-reaches-in")
def echo_requests_beside_a_deny_of_echo_replies(standing: Standing) -> str:
    """An ACL that denies some messages of ICMP and allows the others."""
    ec2, services = standing.account.ec2, acl(standing, "services-network-acl")
    gateway = make_gateway(ec2, standing.vpc)
    source = {"NetworkAclId": services, "Egress": False, "CidrBlock": "198.51.100.0/24"}
    reply = {"Type": 0, "Code": -1}
    ec2.create_network_acl_entry(RuleNumber=10, RuleAction="deny", Protocol="1", IcmpTypeCode=reply, **source)
    every = {"Type": -1, "Code": -1}
    ec2.create_network_acl_entry(RuleNumber=20, RuleAction="allow", Protocol="1", IcmpTypeCode=every, **source)
    made = make_group(ec2, standing.vpc)
    echo = {"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1, "IpRanges": [{"CidrIp": "198.51.100.0/24"}]}
    ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=[echo])
    return f"ICMP type 8 code 0 at 198.51.100.0: it may come by {gateway}"


@caught_by("nothing-reaches-in")
def files_for_all_of_the_vpc_beside_an_attachment(standing: Standing) -> str:
    """Who comes by an attachment may give any source, one of the VPC's own as well."""
    made = make_group(standing.account.ec2, standing.vpc)
    files = {"IpProtocol": "tcp", "FromPort": 2049, "ToPort": 2049, "IpRanges": [{"CidrIp": "10.42.0.0/16"}]}
    standing.account.ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=[files])
    peer(standing)
    return made


# Groups


@caught_by("no-open-group")
def somebody_elses_group_admits_the_world(standing: Standing) -> str:
    made = make_group(standing.account.ec2, standing.vpc)
    standing.account.ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=ssh_from(WORLD))
    return made


@caught_by("no-open-group")
def a_group_admits_the_world_in_halves(standing: Standing) -> str:
    made = make_group(standing.account.ec2, standing.vpc)
    standing.account.ec2.authorize_security_group_ingress(
        GroupId=made, IpPermissions=ssh_from("0.0.0.0/1", "128.0.0.0/1")
    )
    return made


@caught_by("no-open-group")
def a_group_admits_all_of_ipv6(standing: Standing) -> str:
    permission = [{"IpProtocol": "-1", "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}]
    standing.account.ec2.authorize_security_group_ingress(GroupId=group(standing), IpPermissions=permission)
    return group(standing)


@caught_by("no-open-group")
def a_group_lets_everything_out(standing: Standing) -> str:
    standing.account.ec2.authorize_security_group_egress(
        GroupId=group(standing, "services-security-group"), IpPermissions=everything(WORLD)
    )
    return group(standing, "services-security-group")


@caught_by("default-group-closed")
def the_default_group_admits_itself(standing: Standing) -> str:
    default = group(standing, "vpc-defaults")
    standing.account.ec2.authorize_security_group_ingress(GroupId=default, IpPermissions=all_from(default))
    return default


@caught_by("ssh-only-as-asked")
def ssh_from_an_office_that_was_not_named(standing: Standing) -> str:
    standing.account.ec2.authorize_security_group_ingress(
        GroupId=group(standing), IpPermissions=ssh_from("10.99.0.0/16")
    )
    return group(standing)


@caught_by("ssh-only-as-asked")
def ssh_from_the_services_tier(standing: Standing) -> str:
    services = group(standing, "services-security-group")
    standing.account.ec2.authorize_security_group_ingress(GroupId=group(standing), IpPermissions=all_from(services))
    return services


# Addresses and subnets


@caught_by("no-public-addresses")
def instances_get_public_addresses(standing: Standing) -> str:
    standing.account.ec2.modify_subnet_attribute(SubnetId=subnet(standing), MapPublicIpOnLaunch={"Value": True})
    return subnet(standing)


@caught_by("no-public-addresses")
def an_interface_has_an_elastic_address(standing: Standing) -> str:
    ec2 = standing.account.ec2
    interface = ec2.create_network_interface(SubnetId=subnet(standing))["NetworkInterface"]["NetworkInterfaceId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    ec2.associate_address(AllocationId=address, NetworkInterfaceId=interface)
    return str(interface)


@caught_by("default-acl-unused")
def the_default_acl_allows_everything(standing: Standing) -> str:
    default = acl(standing, "vpc-defaults")
    allow_all(standing, default, 100, egress=False)
    return default


@caught_by("default-acl-unused")
def the_default_acl_serves_a_subnet(standing: Standing) -> str:
    found = standing.find("network_acls", "training-network-acl")
    default = acl(standing, "vpc-defaults")
    standing.account.ec2.replace_network_acl_association(
        AssociationId=found["Associations"][0]["NetworkAclAssociationId"], NetworkAclId=default
    )
    return default


@caught_by("every-subnet-explicit")
def a_subnet_without_a_table(standing: Standing) -> str:
    found = standing.find("route_tables", "training-route-table")["Associations"][0]
    standing.account.ec2.disassociate_route_table(AssociationId=found["RouteTableAssociationId"])
    return str(found["SubnetId"])


@caught_by("every-subnet-explicit")
def a_subnet_that_is_gone(standing: Standing) -> str:
    standing.account.ec2.delete_subnet(SubnetId=subnet(standing, "training-subnet-us-east-1b"))
    return "training-subnet-us-east-1b"


@caught_by("nothing-reaches-out")
def somebody_elses_subnet_leads_out(standing: Standing) -> str:
    """Under the main table, which leads to a gateway, with a group and an ACL of its own that let everything pass."""
    ec2 = standing.account.ec2
    theirs = make_subnet(ec2, standing.vpc, "10.42.240.0/24")
    gateway = make_gateway(ec2, standing.vpc)
    ec2.create_route(
        RouteTableId=table(standing, "vpc-defaults"), DestinationCidrBlock="198.51.100.0/24", GatewayId=gateway
    )
    for egress in (False, True):
        allow_all(standing, acl(standing, "vpc-defaults"), 100, egress)
    made = make_group(ec2, standing.vpc)
    ec2.authorize_security_group_egress(GroupId=made, IpPermissions=everything("198.51.100.0/25"))
    return theirs


# Policies


@caught_by("endpoint-policies-bound")
def a_gateway_endpoint_for_everybody(standing: Standing) -> str:
    endpoint = standing.id("endpoints", "endpoint-s3")
    standing.account.ec2.modify_vpc_endpoint(
        VpcEndpointId=endpoint, PolicyDocument=document(Action="*", Resource="*", Principal="*")
    )
    return endpoint


@caught_by("endpoint-policies-bound")
def an_interface_endpoint_without_a_policy(standing: Standing) -> str:
    endpoint = standing.id("endpoints", "endpoint-ecr.api")
    standing.account.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, ResetPolicy=True)
    return endpoint


@caught_by("guardduty-contained")
def guardduty_s_endpoint_for_everybody(standing: Standing) -> str:
    ec2 = standing.account.ec2
    endpoint, _ = guardduty.watch(ec2, standing.vpc, standing.id("subnets", "services-subnet-us-east-1a"))
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, PolicyDocument=document(Action="*", Resource="*", Principal="*"))
    return endpoint


@caught_by("guardduty-contained")
def guardduty_s_group_for_ssh(standing: Standing) -> str:
    ec2 = standing.account.ec2
    _, group = guardduty.watch(ec2, standing.vpc, standing.id("subnets", "services-subnet-us-east-1a"))
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=ssh_from("10.42.0.0/16"))
    return group


@caught_by("role-bound")
def a_second_policy_that_allows_everything(standing: Standing) -> str:
    policy = document(Action="*", Resource="*")
    standing.account.iam.put_role_policy(RoleName=ROLE, PolicyName="more", PolicyDocument=policy)
    return ROLE


@caught_by("role-bound")
def a_managed_policy_attached(standing: Standing) -> str:
    policy = standing.account.iam.create_policy(PolicyName="more", PolicyDocument=document(Action="*", Resource="*"))
    standing.account.iam.attach_role_policy(RoleName=ROLE, PolicyArn=policy["Policy"]["Arn"])
    return ROLE


@caught_by("role-bound")
def everybody_is_trusted(standing: Standing) -> str:
    trust = document(Action="sts:AssumeRole", Principal={"AWS": "*"})
    standing.account.iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=trust)
    return ROLE


@caught_by("role-bound")
def another_bucket_may_be_read(standing: Standing) -> str:
    policy = document(Action="s3:GetObject", Resource="arn:aws:s3:::payroll/*")
    standing.account.iam.put_role_policy(RoleName=ROLE, PolicyName="more", PolicyDocument=policy)
    return ROLE


@caught_by("role-bound")
def an_access_point_may_be_read(standing: Standing) -> str:
    policy = document(Action="s3:GetObject", Resource="arn:aws:s3:us-east-1:123456789012:accesspoint/payroll/object/*")
    standing.account.iam.put_role_policy(RoleName=ROLE, PolicyName="more", PolicyDocument=policy)
    return "accesspoint/payroll"


@caught_by("role-bound")
def functions_may_be_invoked(standing: Standing) -> str:
    policy = document(Action="lambda:InvokeFunction", Resource="arn:aws:lambda:us-east-1:123456789012:function:mail")
    standing.account.iam.put_role_policy(RoleName=ROLE, PolicyName="more", PolicyDocument=policy)
    return "lambda:InvokeFunction"


@caught_by("role-bound")
def a_bucket_of_ours_may_be_opened(standing: Standing) -> str:
    policy = document(Action="s3:PutBucketPolicy", Resource="arn:aws:s3:::models")
    standing.account.iam.put_role_policy(RoleName=ROLE, PolicyName="more", PolicyDocument=policy)
    return "s3:PutBucketPolicy"


@caught_by("data-through-this-vpc")
def data_may_be_read_from_anywhere(standing: Standing) -> str:
    policy = document(Action="s3:GetObject", Resource="arn:aws:s3:::features/v3/*")
    standing.account.iam.put_role_policy(RoleName=ROLE, PolicyName="training", PolicyDocument=policy)
    return ROLE


# What must work


@caught_by("training-reaches-training")
def no_traffic_in_from_each_other(standing: Standing) -> str:
    standing.account.ec2.revoke_security_group_ingress(GroupId=group(standing), IpPermissions=all_from(group(standing)))
    return group(standing)


@caught_by("training-reaches-training")
def no_traffic_out_to_each_other(standing: Standing) -> str:
    standing.account.ec2.revoke_security_group_egress(GroupId=group(standing), IpPermissions=all_from(group(standing)))
    return group(standing)


@caught_by("training-reaches-services")
def services_admit_nobody(standing: Standing) -> str:
    found = standing.find("security_groups", "services-security-group")
    standing.account.ec2.revoke_security_group_ingress(GroupId=found["GroupId"], IpPermissions=found["IpPermissions"])
    return str(found["GroupId"])


@caught_by("training-reaches-services")
def an_acl_drops_what_stays_inside(standing: Standing) -> str:
    found = acl(standing, "services-network-acl")
    standing.account.ec2.delete_network_acl_entry(NetworkAclId=found, RuleNumber=100, Egress=True)
    return found


@caught_by("endpoints-reachable")
def endpoints_admit_nobody(standing: Standing) -> str:
    found = standing.find("security_groups", "endpoints-security-group")
    standing.account.ec2.revoke_security_group_ingress(GroupId=found["GroupId"], IpPermissions=found["IpPermissions"])
    return str(found["GroupId"])


@caught_by("endpoints-reachable")
def an_endpoint_without_private_names(standing: Standing) -> str:
    endpoint = standing.id("endpoints", "endpoint-ecr.api")
    standing.account.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, PrivateDnsEnabled=False)
    return endpoint


@caught_by("endpoints-reachable")
def an_endpoint_that_is_gone(standing: Standing) -> str:
    standing.account.ec2.delete_vpc_endpoints(VpcEndpointIds=[standing.id("endpoints", "endpoint-ecr.api")])
    return "com.amazonaws.us-east-1.ecr.api"


@caught_by("gateway-endpoints-routed")
def a_tier_without_a_route_to_s3(standing: Standing) -> str:
    standing.account.ec2.modify_vpc_endpoint(
        VpcEndpointId=standing.id("endpoints", "endpoint-s3"), RemoveRouteTableIds=[table(standing)]
    )
    return table(standing)


@caught_by("gateway-endpoints-routed")
def an_acl_that_drops_the_replies_of_s3(standing: Standing) -> str:
    standing.account.ec2.delete_network_acl_entry(NetworkAclId=acl(standing), RuleNumber=300, Egress=False)
    return acl(standing)


@caught_by("ssh-as-asked")
def an_acl_that_drops_the_replies_of_ssh(standing: Standing) -> str:
    standing.account.ec2.delete_network_acl_entry(NetworkAclId=acl(standing), RuleNumber=200, Egress=True)
    return acl(standing)


@caught_by("ssh-as-asked")
def a_group_that_forgot_an_office(standing: Standing) -> str:
    standing.account.ec2.revoke_security_group_ingress(
        GroupId=group(standing), IpPermissions=ssh_from("192.168.7.0/24")
    )
    return "192.168.7.0/24"


@caught_by("dns-works")
def names_are_not_resolved(standing: Standing) -> str:
    standing.account.ec2.modify_vpc_attribute(VpcId=standing.vpc, EnableDnsSupport={"Value": False})
    return standing.vpc


@caught_by("flow-logs-on")
def a_flow_log_that_is_gone(standing: Standing) -> str:
    standing.account.ec2.delete_flow_logs(FlowLogIds=[standing.id("flow_logs", "flow-log")])
    return standing.vpc


@caught_by("role-usable")
def a_profile_without_its_role(standing: Standing) -> str:
    standing.account.iam.remove_role_from_instance_profile(InstanceProfileName=ROLE, RoleName=ROLE)
    return ROLE


@caught_by("role-usable")
def a_service_that_is_not_trusted_any_more(standing: Standing) -> str:
    trust = document(Action="sts:AssumeRole", Principal={"Service": "ec2.amazonaws.com"})
    standing.account.iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=trust)
    return "sagemaker.amazonaws.com"

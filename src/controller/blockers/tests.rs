use rstest::rstest;

use super::*;
use crate::resources::whole;
use ringfence_model::{
    spec::Spec,
    stack::{Stack, some_stack},
};
use ringfence_observed::{InstanceConnectEndpoint, NetworkAcl, Requester, RouteTable, Subnet, Tags, VpcEndpointType};

fn stack() -> Stack {
    let spec = Spec::decode(&serde_json::json!({"egress": {"endpoints": ["logs", "s3"]}})).unwrap();
    Stack { spec, ..some_stack("10.42.0.0/16") }
}

/// What stands in the way of the whole environment's removal, once it was altered; `~` stands before what passes.
fn told(alter: impl FnOnce(&mut Observed)) -> Vec<String> {
    let stack = stack();
    let mut observed = whole(&stack);
    alter(&mut observed);
    let told = |blocker: &Blocker| format!("{}{blocker}", if blocker.passes { "~" } else { "" });
    blockers(&stack.owner, &observed).iter().map(told).collect()
}

/// The tags of this environment, of another one of this installation, of GuardDuty, and of nobody.
fn ours() -> Tags {
    stack().owner.tags()
}

fn of_another() -> Tags {
    Owner { environment: "fraud-v2".to_owned(), ..stack().owner }.tags()
}

fn of_guardduty() -> Tags {
    [("GuardDutyManaged".to_owned(), "true".to_owned())].into()
}

fn interface(interface_type: &str, description: &str) -> NetworkInterface {
    NetworkInterface {
        id: "eni-1".to_owned(),
        subnet: "subnet-training-us-east-1a".to_owned(),
        security_groups: Vec::new(),
        private_ip: None,
        public_ip: None,
        ipv6_addresses: Vec::new(),
        interface_type: interface_type.to_owned(),
        description: description.to_owned(),
        requester: String::new(),
        requester_managed: false,
        instance: String::new(),
        status: "in-use".to_owned(),
        tags: Tags::new(),
    }
}

#[rstest]
#[case::of_an_instance(
    NetworkInterface { instance: "i-1".to_owned(), ..interface("interface", "") }, "eni-1 (instance i-1)"
)]
#[case::an_instance_counts_for_more_than_a_description(
    NetworkInterface { instance: "i-1".to_owned(), ..interface("interface", "ELB app/web/1") }, "eni-1 (instance i-1)"
)]
#[case::of_lambda(interface("lambda", "AWS Lambda VPC ENI-train-1f2e"), "~eni-1 (Lambda function train-1f2e)")]
#[case::of_lambda_by_its_description_alone(
    interface("interface", "AWS Lambda VPC ENI-train-1f2e"),
    "~eni-1 (Lambda function train-1f2e)"
)]
#[case::of_sagemaker(interface("interface", "[Do not delete] SageMaker ENI"), "~eni-1 (SageMaker)")]
#[case::of_sagemaker_by_its_requester(
    NetworkInterface { requester: "amazon-sagemaker".to_owned(), ..interface("interface", "") }, "~eni-1 (SageMaker)"
)]
#[case::of_a_mount_target(
    interface("efs", "EFS mount target for fs-1 (fsmt-1)"),
    "eni-1 (EFS mount target for fs-1 (fsmt-1))"
)]
#[case::of_a_load_balancer(interface("network_load_balancer", "ELB net/web/1"), "eni-1 (load balancer net/web/1)")]
#[case::of_an_endpoint_that_aws_manages(
    NetworkInterface { requester_managed: true, ..interface("vpc_endpoint", "VPC Endpoint Interface vpce-1") },
    "~eni-1 (VPC Endpoint Interface vpce-1)"
)]
#[case::of_an_endpoint_that_nobody_manages(
    interface("interface", "VPC Endpoint Interface vpce-1"),
    "eni-1 (VPC Endpoint Interface vpce-1)"
)]
#[case::of_some_service(
    NetworkInterface { requester_managed: true, requester: "amazon-rds".to_owned(), ..interface("interface", "RDS") },
    "~eni-1 (AWS service amazon-rds: RDS)"
)]
#[case::of_nobody_knows_whom(interface("interface", "mine"), "eni-1 (network interface \"mine\")")]
#[case::without_a_description(interface("interface", ""), "eni-1 (network interface \"\")")]
#[case::with_our_tags_it_still_holds_the_subnet(
    NetworkInterface { tags: ours(), ..interface("interface", "mine") }, "eni-1 (network interface \"mine\")"
)]
fn who_holds_an_interface(#[case] seen: NetworkInterface, #[case] expected: &str) {
    assert_eq!(told(|observed| observed.interfaces.push(seen)), [expected]);
}

/// An endpoint with an interface.
fn endpoint(service: &str, tags: Tags) -> VpcEndpoint {
    VpcEndpoint {
        id: "vpce-1".to_owned(),
        service_name: format!("com.amazonaws.us-east-1.{service}"),
        endpoint_type: VpcEndpointType::Interface,
        state: "available".to_owned(),
        last_error: None,
        policy: String::new(),
        route_tables: Vec::new(),
        subnets: Vec::new(),
        security_groups: Vec::new(),
        interfaces: vec!["eni-1".to_owned()],
        private_dns: true,
        tags,
    }
}

#[rstest]
#[case::ours("ec2", ours(), &[])]
#[case::of_guardduty("guardduty-data", of_guardduty(), &[])]
#[case::of_its_service_without_its_tag(
    "guardduty-data",
    Tags::new(),
    &["~eni-1 (VPC Endpoint Interface vpce-1)", "vpce-1 (a VPC endpoint of com.amazonaws.us-east-1.guardduty-data that somebody else made)"]
)]
#[case::with_its_tag_of_another_service(
    "ec2",
    of_guardduty(),
    &["~eni-1 (VPC Endpoint Interface vpce-1)", "vpce-1 (a VPC endpoint of com.amazonaws.us-east-1.ec2 that somebody else made)"]
)]
#[case::of_another_environment(
    "ec2",
    of_another(),
    &["~eni-1 (VPC Endpoint Interface vpce-1)", "vpce-1 (a VPC endpoint of com.amazonaws.us-east-1.ec2 that somebody else made)"]
)]
fn an_endpoint_goes_with_its_interfaces_or_stays_with_them(
    #[case] service: &str,
    #[case] tags: Tags,
    #[case] expected: &[&str],
) {
    let held =
        NetworkInterface { requester_managed: true, ..interface("vpc_endpoint", "VPC Endpoint Interface vpce-1") };
    let alter = |observed: &mut Observed| {
        observed.interfaces.push(held);
        observed.endpoints.push(endpoint(service, tags));
    };
    assert_eq!(told(alter), expected);
}

#[rstest]
#[case::ours(ours(), &[])]
#[case::somebody_elses(Tags::new(), &["eni-1 (network interface \"EC2 Instance Connect Endpoint\")"])]
fn the_interface_of_an_instance_connect_endpoint_goes_with_it(#[case] tags: Tags, #[case] expected: &[&str]) {
    let connect_endpoint = InstanceConnectEndpoint {
        id: "eice-1".to_owned(),
        state: "create-complete".to_owned(),
        subnet: "subnet-services-us-east-1a".to_owned(),
        security_groups: Vec::new(),
        interfaces: vec!["eni-1".to_owned()],
        preserve_client_ip: false,
        tags,
    };
    let alter = |observed: &mut Observed| {
        observed.interfaces.push(interface("interface", "EC2 Instance Connect Endpoint"));
        observed.instance_connect_endpoints.push(connect_endpoint);
    };
    assert_eq!(told(alter), expected);
}

fn subnet(tags: Tags) -> Subnet {
    Subnet {
        id: "subnet-1".to_owned(),
        zone: "us-east-1a".to_owned(),
        cidr: "10.42.240.0/24".parse().unwrap(),
        ipv6_cidrs: Vec::new(),
        map_public_ip: false,
        assign_ipv6: false,
        tags,
    }
}

fn table(main: bool, tags: Tags) -> RouteTable {
    RouteTable {
        id: "rtb-1".to_owned(),
        main,
        routes: Vec::new(),
        associations: Vec::new(),
        propagating_gateways: Vec::new(),
        tags,
    }
}

fn acl(default: bool, tags: Tags) -> NetworkAcl {
    NetworkAcl { id: "acl-1".to_owned(), default, entries: Vec::new(), associations: Vec::new(), tags }
}

fn group(name: &str, tags: Tags) -> SecurityGroup {
    SecurityGroup { id: "sg-1".to_owned(), name: name.to_owned(), description: String::new(), rules: Vec::new(), tags }
}

const SUBNET: &str = "subnet-1 (a subnet that somebody else made)";
const TABLE: &str = "rtb-1 (a route table that somebody else made)";
const ACL: &str = "acl-1 (a network ACL that somebody else made)";
const GROUP: &str = "sg-1 (the security group \"mine\" that somebody else made)";

#[rstest]
#[case::a_whole_environment(|_: &mut Observed| {}, &[])]
#[case::nothing_at_all(|seen: &mut Observed| *seen = Observed::default(), &[])]
#[case::a_subnet_of_ours(|seen: &mut Observed| seen.subnets.push(subnet(ours())), &[])]
#[case::an_untagged_subnet(|seen: &mut Observed| seen.subnets.push(subnet(Tags::new())), &[SUBNET])]
#[case::a_subnet_of_another_environment(|seen: &mut Observed| seen.subnets.push(subnet(of_another())), &[SUBNET])]
#[case::a_table_of_ours(|seen: &mut Observed| seen.route_tables.push(table(false, ours())), &[])]
#[case::an_untagged_table(|seen: &mut Observed| seen.route_tables.push(table(false, Tags::new())), &[TABLE])]
#[case::the_main_table_that_nobody_tagged(
    |seen: &mut Observed| seen.route_tables.push(table(true, Tags::new())), &[]
)]
#[case::an_acl_of_ours(|seen: &mut Observed| seen.network_acls.push(acl(false, ours())), &[])]
#[case::an_untagged_acl(|seen: &mut Observed| seen.network_acls.push(acl(false, Tags::new())), &[ACL])]
#[case::the_default_acl_that_nobody_tagged(|seen: &mut Observed| seen.network_acls.push(acl(true, Tags::new())), &[])]
#[case::a_group_of_ours(|seen: &mut Observed| seen.security_groups.push(group("mine", ours())), &[])]
#[case::an_untagged_group(|seen: &mut Observed| seen.security_groups.push(group("mine", Tags::new())), &[GROUP])]
#[case::the_default_group_that_nobody_tagged(
    |seen: &mut Observed| seen.security_groups.push(group("default", Tags::new())), &[]
)]
#[case::the_group_of_guardduty(
    |seen: &mut Observed| {
        seen.security_groups.push(group("GuardDutyManagedSecurityGroup-vpc-1", of_guardduty()));
    },
    &[]
)]
#[case::one_that_has_its_tag_alone(
    |seen: &mut Observed| seen.security_groups.push(group("mine", of_guardduty())), &[GROUP]
)]
#[case::everything_of_somebody_else(
    |seen: &mut Observed| {
        seen.subnets.push(subnet(Tags::new()));
        seen.route_tables.push(table(false, Tags::new()));
        seen.network_acls.push(acl(false, Tags::new()));
        seen.security_groups.push(group("mine", Tags::new()));
        seen.interfaces.push(interface("interface", "mine"));
    },
    &["eni-1 (network interface \"mine\")", SUBNET, TABLE, ACL, GROUP]
)]
fn what_is_not_ours_keeps_the_vpc(#[case] alter: fn(&mut Observed), #[case] expected: &[&str]) {
    assert_eq!(told(alter), expected);
}

/// A gateway in this state. It holds the VPC whoever made it: none is ours.
fn gateway(kind: GatewayKind, state: &str) -> Gateway {
    Gateway {
        id: "gateway-1".to_owned(),
        kind,
        route_target: "gateway-1".to_owned(),
        state: state.to_owned(),
        requester: None,
    }
}

#[rstest]
#[case(GatewayKind::Internet, "an internet gateway")]
#[case(GatewayKind::EgressOnlyInternet, "an egress-only internet gateway")]
#[case(GatewayKind::Nat, "a NAT gateway")]
#[case(GatewayKind::TransitAttachment, "a transit gateway attachment")]
#[case(GatewayKind::VirtualPrivate, "a virtual private gateway")]
fn a_gateway_holds_the_vpc_until_it_is_gone(
    #[case] kind: GatewayKind,
    #[case] what: &str,
    #[values(
        ("available", ""),
        ("attached", ""),
        ("pending", ""),
        ("deleting", "~"),
        ("detaching", "~"),
        ("deleted", "gone"),
        ("detached", "gone"),
        ("failed", "gone"),
        ("rejected", "gone")
    )]
    state: (&str, &str),
) {
    let (state, holds) = state;
    let told = told(|observed| observed.gateways.push(gateway(kind, state)));
    let expected = format!("{holds}gateway-1 ({what})");
    assert_eq!(told, if holds == "gone" { Vec::new() } else { vec![expected] }, "{state}");
}

#[rstest]
#[case::asked_for_by_another_account("pending-acceptance", Some(("210987654321", true)), true)]
#[case::asked_for_by_this_account("pending-acceptance", Some(("123456789012", false)), false)]
#[case::asked_for_from_this_vpc("pending-acceptance", None, false)]
#[case::accepted("active", Some(("210987654321", true)), false)]
#[case::rejected("rejected", Some(("210987654321", true)), false)]
#[case::expired("expired", Some(("210987654321", true)), false)]
fn a_peering_connection_holds_the_vpc_while_another_account_waits_for_an_answer(
    #[case] state: &str,
    #[case] requester: Option<(&str, bool)>,
    #[case] holds: bool,
) {
    let requester = requester.map(|(account, is_foreign)| Requester { account: account.to_owned(), is_foreign });
    let peering = Gateway { requester, ..gateway(GatewayKind::Peering, state) };
    let expected =
        "gateway-1 (a peering connection that account 210987654321 asks for, which has to be rejected)".to_owned();
    assert_eq!(told(|observed| observed.gateways.push(peering)), if holds { vec![expected] } else { Vec::new() });
}

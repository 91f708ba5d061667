//! Single mistakes in what stands in the VPC and around it: each is caught by the check that is there for it, with a
//! reason that names the resource.

use rstest::rstest;
use serde_json::json;

use super::super::CheckName::{self, *};
use super::super::{Purpose, Verdict};
use super::builders::{address, allow, block, deny, from_block, from_group, ipv4_block, ipv6_block, route, rule, tcp};
use super::documents::document;
use super::fixture::{Environment, FLOW_LOG_ROLE, OFFICE, S3, TRAINING_ROLE};
use ringfence_observed::{
    AclEntry, Direction, GatewayKind, IcmpTypeCode, PortRange, Protocol, VpcEndpoint, VpcEndpointType,
};

/// Whether `name` catches the mistake, says `reason`, and decides the verdict.
pub(super) fn assert_caught(environment: &Environment, name: CheckName, reason: &str) {
    let isolation = environment.prove();
    let check = environment.check(name);
    assert!(check.required && !check.holds, "{name} did not catch it: {}", check.because);
    assert!(check.because.contains(reason), "{name} does not name {reason}: {}", check.because);
    assert!(!isolation.isolated);
    let deciding = match (name.purpose(), isolation.verdict()) {
        (Purpose::KeepsClosed, Verdict::Exposed(names)) | (Purpose::MustWork, Verdict::Unusable(names)) => names,
        // Some mistakes open the environment as well.
        (Purpose::MustWork, Verdict::Exposed(_)) => vec![name],
        (_, verdict) => unreachable!("{name} led to {verdict:?}"),
    };
    assert!(deciding.contains(&name), "{name} did not decide: {deciding:?}");
}

/// Whether `name` tells of something, says `reason`, and leaves the verdict as it is.
pub(super) fn assert_told(environment: &Environment, name: CheckName, reason: &str) {
    let check = environment.check(name);
    assert!(!check.required && !check.holds, "{name} does not tell: {}", check.because);
    assert!(check.because.contains(reason), "{name} does not name {reason}: {}", check.because);
    assert_eq!(environment.prove().verdict(), Verdict::Isolated, "{name} decided");
}

#[rstest]
#[case::internet_gateway(
    |it: &mut Environment| { it.attach(GatewayKind::Internet, "igw-1", "igw-1"); }, NoGateway, "igw-1"
)]
#[case::nat_gateway(|it: &mut Environment| { it.attach(GatewayKind::Nat, "nat-1", "nat-1"); }, NoGateway, "nat-1")]
#[case::egress_only_gateway(
    |it: &mut Environment| { it.attach(GatewayKind::EgressOnlyInternet, "eigw-1", "eigw-1"); }, NoGateway, "eigw-1"
)]
#[case::peering(|it: &mut Environment| { it.attach(GatewayKind::Peering, "pcx-1", "pcx-1"); }, NoGateway, "pcx-1")]
#[case::peering_that_this_side_asked_for(
    |it: &mut Environment| it.attach(GatewayKind::Peering, "pcx-1", "pcx-1").state = "pending-acceptance".to_owned(),
    NoGateway,
    "pcx-1"
)]
#[case::transit_gateway(
    |it: &mut Environment| { it.attach(GatewayKind::TransitAttachment, "tgw-attach-1", "tgw-1"); },
    NoGateway,
    "tgw-attach-1"
)]
#[case::virtual_private_gateway(
    |it: &mut Environment| { it.attach(GatewayKind::VirtualPrivate, "vgw-1", "vgw-1"); }, NoGateway, "vgw-1"
)]
#[case::internet_gateway_that_the_spec_cannot_name(
    |it: &mut Environment| {
        it.expectation.attachments.push("igw-1".to_owned());
        it.attach(GatewayKind::Internet, "igw-1", "igw-1");
    },
    NoGateway,
    "igw-1"
)]
#[case::nat_interface(
    |it: &mut Environment| it.bridge("eni-nat", "nat_gateway"),
    NoBridgingInterface,
    "eni-nat"
)]
#[case::instance_connect_of_another_group(
    |it: &mut Environment| {
        it.expectation.instance_connect_group = Some("sg-connect".to_owned());
        it.bridge("eni-connect", "ec2_instance_connect_endpoint");
    },
    NoBridgingInterface,
    "eni-connect"
)]
#[case::instance_connect_not_asked_for(
    |it: &mut Environment| it.bridge("eni-connect", "ec2_instance_connect_endpoint"),
    NoBridgingInterface,
    "eni-connect"
)]
#[case::transit_interface_without_attachment(
    |it: &mut Environment| it.bridge("eni-tgw", "transit_gateway"),
    NoBridgingInterface,
    "eni-tgw"
)]
#[case::public_address(
    |it: &mut Environment| it.observed.interfaces[0].public_ip = Some(address("203.0.113.7")),
    NoPublicAddresses,
    "eni-host"
)]
#[case::ipv6_address(
    |it: &mut Environment| it.observed.interfaces[0].ipv6_addresses.push(std::net::Ipv6Addr::LOCALHOST),
    NoPublicAddresses,
    "eni-host"
)]
#[case::public_addresses_on_launch(
    |it: &mut Environment| it.subnet("subnet-training-b").map_public_ip = true, NoPublicAddresses, "subnet-training-b"
)]
#[case::ipv6_addresses_on_launch(
    |it: &mut Environment| it.subnet("subnet-services-a").assign_ipv6 = true, NoPublicAddresses, "subnet-services-a"
)]
#[case::ipv6_block_of_the_vpc(
    |it: &mut Environment| it.vpc().ipv6_cidrs.push(ipv6_block("2600::/56")),
    NoPublicAddresses,
    "2600::/56"
)]
#[case::secondary_block_outside_rfc_1918(
    |it: &mut Environment| it.vpc().secondary_cidrs.push(ipv4_block("100.64.0.0/16")),
    NoPublicAddresses,
    "100.64.0.0/16"
)]
#[case::endpoint_to_another_service(
    |it: &mut Environment| {
        let foreign = VpcEndpoint {
            id: "vpce-foreign".to_owned(),
            service_name: "com.amazonaws.vpce.us-east-1.vpce-svc-1".to_owned(),
            ..it.endpoint("vpce-logs").clone()
        };
        it.observed.endpoints.push(foreign);
    },
    EndpointsKnown,
    "vpce-foreign"
)]
#[case::service_network_endpoint(
    |it: &mut Environment| {
        let service_network = VpcEndpoint {
            id: "vpce-lattice".to_owned(),
            endpoint_type: VpcEndpointType::Other,
            ..it.endpoint("vpce-logs").clone()
        };
        it.observed.endpoints.push(service_network);
    },
    EndpointsKnown,
    "vpce-lattice"
)]
#[case::endpoint_no_longer_asked_for_and_still_going(
    |it: &mut Environment| {
        it.expectation.interface_endpoints.pop();
        it.endpoint("vpce-logs").state = "deleting".to_owned();
    },
    EndpointsKnown,
    "vpce-logs"
)]
#[case::default_policy_of_an_endpoint(
    |it: &mut Environment| {
        let everything = json!({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"});
        it.endpoint("vpce-ecr").policy = document(everything);
    },
    EndpointPoliciesBound,
    "vpce-ecr"
)]
#[case::policy_of_a_second_endpoint(
    |it: &mut Environment| {
        let first = it.endpoint("vpce-s3").clone();
        let second = VpcEndpoint { id: "vpce-s3-2".to_owned(), policy: String::new(), ..first };
        it.observed.endpoints.push(second);
    },
    EndpointPoliciesBound,
    "vpce-s3-2"
)]
#[case::interface_endpoint_missing(|it: &mut Environment| { it.observed.endpoints.pop(); }, EndpointsReachable, "logs")]
#[case::interface_endpoint_pending(
    |it: &mut Environment| it.endpoint("vpce-logs").state = "pending".to_owned(), EndpointsReachable, "vpce-logs"
)]
#[case::no_private_dns(
    |it: &mut Environment| it.endpoint("vpce-ecr").private_dns = false, EndpointsReachable, "vpce-ecr"
)]
#[case::endpoint_in_no_subnet(
    |it: &mut Environment| it.endpoint("vpce-ecr").subnets.clear(), EndpointsReachable, "vpce-ecr"
)]
#[case::gateway_endpoint_missing(
    |it: &mut Environment| { it.observed.endpoints.remove(0); }, GatewayEndpointsRouted, S3
)]
#[case::dns_support_off(|it: &mut Environment| it.vpc().dns_support = Some(false), DnsWorks, "enableDnsSupport")]
#[case::dns_hostnames_off(|it: &mut Environment| it.vpc().dns_hostnames = Some(false), DnsWorks, "vpc-1")]
#[case::dns_filter_missing(
    |it: &mut Environment| it.expectation.allowed_domains = Some(Vec::new()), DnsFiltered, "vpc-1"
)]
#[case::no_flow_log(|it: &mut Environment| it.observed.flow_logs.clear(), FlowLogsOn, "vpc-1")]
#[case::flow_log_of_rejects(
    |it: &mut Environment| it.observed.flow_logs[0].traffic_type = "REJECT".to_owned(),
    FlowLogsOn,
    "fl-1 records REJECT"
)]
#[case::flow_log_not_active(|it: &mut Environment| it.observed.flow_logs[0].active = false, FlowLogsOn, "fl-1")]
#[case::flow_log_of_another_role(
    |it: &mut Environment| it.observed.flow_logs[0].role_arn = "arn:aws:iam::123456789012:role/other".to_owned(),
    FlowLogsOn,
    "fl-1 is delivered with arn:aws:iam::123456789012:role/other"
)]
#[case::flow_log_of_one_subnet(
    |it: &mut Environment| it.observed.flow_logs[0].resource = "subnet-training-a".to_owned(), FlowLogsOn, "vpc-1"
)]
#[case::log_group_gone(
    |it: &mut Environment| it.observed.log_groups.clear(), FlowLogsOn, "/ringfence/fraud-v3/flow-logs"
)]
#[case::role_gone(|it: &mut Environment| { it.observed.roles.remove(0); }, RoleUsable, TRAINING_ROLE)]
#[case::instance_profile_empty(
    |it: &mut Environment| it.observed.instance_profiles[0].roles.clear(), RoleUsable, TRAINING_ROLE
)]
#[case::role_of_somebody(
    |it: &mut Environment| it.role(FLOW_LOG_ROLE).name = "stranger".to_owned(), RoleBound, "stranger"
)]
#[case::managed_policy(
    |it: &mut Environment| {
        let managed = "arn:aws:iam::aws:policy/PowerUserAccess";
        it.role(TRAINING_ROLE).attached_policies.push(managed.to_owned());
    },
    RoleBound,
    "PowerUserAccess"
)]
#[case::boundary_gone(
    |it: &mut Environment| it.role(FLOW_LOG_ROLE).permissions_boundary = None, PermissionsBoundary, FLOW_LOG_ROLE
)]
#[case::another_boundary(
    |it: &mut Environment| it.role(TRAINING_ROLE).permissions_boundary = Some("arn:aws:iam::1:policy/other".to_owned()),
    PermissionsBoundary,
    "policy/other"
)]
#[case::subnet_gone(
    |it: &mut Environment| { it.observed.subnets.remove(1); }, EverySubnetExplicit, "subnet-training-b"
)]
#[case::tier_gone(
    |it: &mut Environment| { it.observed.subnets.drain(2..); }, TrainingReachesServices, "no services subnet"
)]
fn in_what_stands(#[case] mistake: fn(&mut Environment), #[case] check: CheckName, #[case] reason: &str) {
    let mut environment = Environment::healthy();
    mistake(&mut environment);
    assert_caught(&environment, check, reason);
}

/// The same attachment that is allowed towards `ssh_from` is exposure towards anything else.
#[rstest]
#[case::route_elsewhere(
    |it: &mut Environment| it.route("rtb-training", "172.16.0.0/12", "tgw-1"), NoRouteOut, "172.16.0.0/12"
)]
#[case::route_wider_than_ssh_from(
    |it: &mut Environment| it.route("rtb-services", "192.168.0.0/16", "tgw-1"), NoRouteOut, "rtb-services"
)]
#[case::route_to_an_unknown_list(
    |it: &mut Environment| it.route("rtb-training", "pl-unknown", "tgw-1"), NoRouteOut, "pl-unknown"
)]
#[case::propagation(
    |it: &mut Environment| it.table("rtb-training").propagating_gateways.push("vgw-9".to_owned()), NoRouteOut, "vgw-9"
)]
#[case::main_table(|it: &mut Environment| it.route("rtb-main", OFFICE, "tgw-1"), MainRouteTableLocal, "rtb-main")]
#[case::outbound_rule_towards_the_office(
    |it: &mut Environment| {
        let rule = tcp(Direction::Egress, 5000, from_block(OFFICE));
        it.group("sg-training").rules.push(rule);
    },
    NothingReachesOut,
    "sg-training"
)]
#[case::other_port_from_the_office(
    |it: &mut Environment| {
        let https = PortRange::one(443);
        it.acl("acl-training").entries.push(allow(210, Direction::Ingress, Protocol::Tcp, https, "192.168.0.0/16"));
        it.group("sg-training").rules.push(tcp(Direction::Ingress, 443, from_block("192.168.10.7/32")));
    },
    NothingReachesIn,
    "TCP 443 at 192.168.10.7"
)]
#[case::ssh_to_services(
    |it: &mut Environment| {
        let ssh = PortRange::one(22);
        let office = OFFICE;
        it.acl("acl-services").entries.push(allow(210, Direction::Ingress, Protocol::Tcp, ssh, office));
    },
    NothingReachesIn,
    "subnet-services"
)]
#[case::group_of_a_peered_vpc(
    |it: &mut Environment| {
        let peered = from_group("sg-beyond");
        let replies = PortRange { from: 32_768, to: 60_999 };
        it.foreign_group("sg-foreign", vec![rule(Direction::Ingress, Protocol::Tcp, replies, peered)]);
    },
    NothingReachesIn,
    "sg-foreign"
)]
#[case::from_the_primary_block(
    |it: &mut Environment| {
        let files = tcp(Direction::Ingress, 2049, from_block("10.0.0.0/16"));
        it.foreign_group("sg-files", vec![files]);
    },
    NothingReachesIn,
    "TCP 2049 at 10.0.0.0: it may come by tgw-attach-1, acl-training and sg-files let it in"
)]
#[case::from_a_secondary_block(
    |it: &mut Environment| {
        it.vpc().secondary_cidrs.push(ipv4_block("172.16.0.0/16"));
        let https = PortRange::one(443);
        it.acl("acl-services").entries.push(allow(210, Direction::Ingress, Protocol::Tcp, https, "172.16.0.0/12"));
        it.foreign_group("sg-foreign", vec![tcp(Direction::Ingress, 443, from_block("172.16.9.0/24"))]);
    },
    NothingReachesIn,
    "subnet-services-a admits TCP 443 at 172.16.9.0"
)]
#[case::echo_requests_that_an_acl_does_not_deny(
    |it: &mut Environment| {
        let reply = IcmpTypeCode { icmp_type: 0, code: -1 };
        let (all, icmp) = (PortRange::ALL, Protocol::Icmp);
        let deny = AclEntry { icmp: reply, ..deny(50, Direction::Ingress, icmp, all, OFFICE) };
        it.acl("acl-services").entries.extend([deny, allow(60, Direction::Ingress, icmp, all, OFFICE)]);
        it.foreign_group("sg-foreign", vec![rule(Direction::Ingress, icmp, all, from_block(OFFICE))]);
    },
    NothingReachesIn,
    "ICMP type 1 code 0 at 192.168.10.0"
)]
#[case::by_what_a_deny_does_not_understand(
    |it: &mut Environment| {
        let all = PortRange::ALL;
        let deny = deny(50, Direction::Ingress, Protocol::Unknown, all, OFFICE);
        it.acl("acl-services").entries.extend([deny, allow(60, Direction::Ingress, Protocol::Udp, all, OFFICE)]);
        it.foreign_group("sg-foreign", vec![rule(Direction::Ingress, Protocol::Udp, all, from_block(OFFICE))]);
    },
    NothingReachesIn,
    "UDP 0 at 192.168.10.0"
)]
#[case::unguarded_interface(
    |it: &mut Environment| { it.interface("eni-bare", "subnet-services-a", "10.0.192.30", &[]); },
    NothingReachesIn,
    "eni-bare"
)]
fn through_an_attachment(#[case] mistake: fn(&mut Environment), #[case] check: CheckName, #[case] reason: &str) {
    let mut environment = Environment::attached();
    mistake(&mut environment);
    assert_caught(&environment, check, reason);
}

/// A gateway endpoint that is gone leaves a blackhole that looks like any other route out.
#[test]
fn a_route_to_an_endpoint_that_is_gone_is_a_route_out() {
    let mut environment = Environment::healthy();
    let blackhole = ringfence_observed::Route { active: false, ..route("pl-s3", "vpce-gone") };
    environment.table("rtb-services").routes.push(blackhole);
    assert_caught(&environment, NoRouteOut, "vpce-gone (a blackhole at present)");
}

/// Endpoints of a type that takes address blocks lead wherever their owner likes.
#[test]
fn a_gateway_load_balancer_endpoint_is_a_route_out() {
    let mut environment = Environment::healthy();
    environment.route("rtb-training", "0.0.0.0/0", "vpce-s3");
    assert_caught(&environment, NoRouteOut, "0.0.0.0/0 to vpce-s3");
    assert!(block("0.0.0.0/0").contains(&block("203.0.113.0/24")));
}

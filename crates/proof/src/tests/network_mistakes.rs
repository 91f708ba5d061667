//! Single mistakes in routes and network ACLs, and in what must work.

use rstest::rstest;

use super::super::CheckName::{self, *};
use super::builders::{allow, block, from_block, from_group, from_list, route, subnet, table, tcp};
use super::fixture::{Environment, OFFICE};
use super::mistakes::assert_caught;
use ringfence_observed::Direction::{Egress, Ingress};
use ringfence_observed::{AclEntry, GatewayKind, PeerGroup, PortRange, Protocol, Route, Source};

fn everything(number: u16, direction: ringfence_observed::Direction) -> AclEntry {
    allow(number, direction, Protocol::All, PortRange::ALL, "0.0.0.0/0")
}

/// A NAT gateway with a route to it, and nothing else: the ACL of a tier with a gateway endpoint lets 443 out anyway.
pub(super) fn nat(environment: &mut Environment, table: &str) {
    environment.attach(GatewayKind::Nat, "nat-1", "nat-1");
    environment.route(table, "0.0.0.0/0", "nat-1");
}

#[rstest]
#[case::to_an_internet_gateway(|it: &mut Environment| it.route("rtb-training", "0.0.0.0/0", "igw-1"), "rtb-training")]
#[case::ipv6(|it: &mut Environment| it.route("rtb-services", "::/0", "eigw-1"), "eigw-1")]
#[case::to_a_peering_connection(|it: &mut Environment| it.route("rtb-training", "172.31.0.0/16", "pcx-1"), "pcx-1")]
#[case::to_an_interface(|it: &mut Environment| it.route("rtb-training", "10.0.200.0/24", "eni-host"), "eni-host")]
#[case::to_a_core_network(
    |it: &mut Environment| it.route("rtb-main", "10.9.0.0/16", "arn:aws:networkmanager::1:core-network/1"), "rtb-main"
)]
#[case::of_a_prefix_list_to_an_interface_endpoint(
    |it: &mut Environment| it.route("rtb-training", "pl-s3", "vpce-ecr"), "pl-s3 to vpce-ecr"
)]
#[case::blackhole(
    |it: &mut Environment| {
        let blackhole = Route { active: false, ..route("0.0.0.0/0", "nat-gone") };
        it.table("rtb-training").routes.push(blackhole);
    },
    "nat-gone (a blackhole"
)]
#[case::without_a_target(
    |it: &mut Environment| it.route("rtb-training", "8.8.8.8/32", ""), "8.8.8.8/32 to a target that AWS"
)]
#[case::propagated(
    |it: &mut Environment| it.table("rtb-main").propagating_gateways.push("vgw-1".to_owned()), "vgw-1"
)]
#[case::of_a_foreign_table(
    |it: &mut Environment| {
        let foreign = table("rtb-foreign", &[], vec![route("0.0.0.0/0", "igw-1")]);
        it.observed.route_tables.push(foreign);
    },
    "rtb-foreign"
)]
#[case::no_tables_at_all(|it: &mut Environment| it.observed.route_tables.clear(), "no route table")]
fn in_routes(#[case] mistake: fn(&mut Environment), #[case] reason: &str) {
    let mut environment = Environment::healthy();
    mistake(&mut environment);
    assert_caught(&environment, NoRouteOut, reason);
}

#[rstest]
#[case::by_cidr(|it: &mut Environment| {
    nat(it, "rtb-training");
    it.group("sg-training").rules.push(tcp(Egress, 443, from_block("198.51.100.0/24")));
}, "TCP 443 at 198.51.100.0: rtb-training routes 0.0.0.0/0 to nat-1, acl-training and sg-training let it out")]
#[case::by_a_list_without_known_entries(|it: &mut Environment| {
    nat(it, "rtb-services");
    it.foreign_group("sg-foreign", vec![tcp(Egress, 443, from_list("pl-unknown"))]);
}, "sg-foreign")]
#[case::from_a_foreign_subnet_on_the_main_table(|it: &mut Environment| {
    nat(it, "rtb-main");
    it.observed.subnets.push(subnet("subnet-foreign", "10.0.240.0/24"));
    it.acl("acl-default").entries.push(everything(100, Egress));
    it.foreign_group("sg-foreign", vec![tcp(Egress, 25, from_block("203.0.113.25/32"))]);
}, "subnet-foreign reaches TCP 443 at 3.5.0.0: rtb-main")]
#[case::by_an_interface_without_groups(|it: &mut Environment| {
    nat(it, "rtb-training");
    it.interface("eni-bare", "subnet-training-b", "10.0.64.9", &[]);
}, "acl-training and eni-bare")]
#[case::by_one_of_many_rules(|it: &mut Environment| {
    nat(it, "rtb-training");
    let odd = (10_000..10_400).step_by(2).map(|port| tcp(Ingress, port, from_block("198.51.100.0/24")));
    let way_out = tcp(Egress, 60_000, from_block("198.51.100.0/24"));
    it.foreign_group("sg-foreign", odd.chain([way_out]).collect());
    let late = PortRange::one(60_000);
    it.acl("acl-training").entries.push(allow(310, Egress, Protocol::Tcp, late, "0.0.0.0/0"));
}, "TCP 60000 at 198.51.100.0")]
#[case::longest_prefix(|it: &mut Environment| {
    it.route("rtb-training", "52.216.4.0/24", "nat-1");
}, "52.216.4.0/24 to nat-1")]
fn out(#[case] mistake: fn(&mut Environment), #[case] reason: &str) {
    let mut environment = Environment::healthy();
    mistake(&mut environment);
    assert_caught(&environment, NothingReachesOut, reason);
}

/// Routes and groups keep closed what the ACL has to leave open for a gateway endpoint.
#[test]
fn a_route_out_that_no_group_lets_a_packet_take() {
    let mut environment = Environment::healthy();
    nat(&mut environment, "rtb-training");
    environment.group("sg-training").rules.retain(|rule| rule.source != Source::PrefixList("pl-s3".to_owned()));
    environment.group("sg-services").rules.retain(|rule| rule.source != Source::PrefixList("pl-s3".to_owned()));
    assert!(environment.check(NothingReachesOut).holds);
    assert_caught(&environment, NoRouteOut, "nat-1");
}

/// A static route wins over the prefix list's at the same length, and the group lets the list's addresses out.
#[test]
fn a_static_route_over_the_addresses_of_a_service() {
    let mut environment = Environment::healthy();
    environment.route("rtb-training", "52.216.0.0/15", "nat-1");
    assert_caught(&environment, NothingReachesOut, "TCP 443 at 52.216.0.0");
}

/// A route by prefix list wins over a propagated one of the same length.
#[test]
fn a_propagated_route_over_the_addresses_of_a_service() {
    let mut environment = Environment::healthy();
    let propagated = Route { propagated: true, ..route("52.216.0.0/15", "vgw-1") };
    environment.table("rtb-training").routes.push(propagated);
    assert!(environment.check(NothingReachesOut).holds);
    let longer = Route { propagated: true, ..route("52.216.0.0/16", "vgw-1") };
    environment.table("rtb-training").routes.push(longer);
    assert_caught(&environment, NothingReachesOut, "routes 52.216.0.0/16 to vgw-1");
}

/// The gateway endpoint's more specific routes keep the service's addresses away from a default route.
#[test]
fn a_default_route_does_not_take_the_addresses_of_a_service() {
    let mut environment = Environment::healthy();
    nat(&mut environment, "rtb-training");
    assert!(environment.check(NothingReachesOut).holds);
}

#[rstest]
#[case::default_group_with_rules(
    |it: &mut Environment| it.group("sg-default").rules.push(tcp(Egress, 443, from_group("sg-default"))),
    DefaultGroupClosed,
    "sg-default"
)]
#[case::default_group_not_reported(
    |it: &mut Environment| { it.observed.security_groups.remove(0); }, DefaultGroupClosed, "no default group"
)]
#[case::default_acl_open(
    |it: &mut Environment| it.acl("acl-default").entries.push(everything(100, Ingress)), DefaultAclUnused, "acl-default"
)]
#[case::default_acl_in_use(
    |it: &mut Environment| { it.acl("acl-training").associations.pop(); }, DefaultAclUnused, "serves subnet-training-b"
)]
#[case::default_acl_on_a_subnet(
    |it: &mut Environment| { it.acl("acl-services").associations.clear(); }, EverySubnetExplicit, "subnet-services-a"
)]
#[case::main_table_on_a_subnet(
    |it: &mut Environment| { it.table("rtb-training").associations.pop(); },
    EverySubnetExplicit,
    "rtb-main (main) serves it"
)]
#[case::main_table_associated_by_hand(
    |it: &mut Environment| it.table("rtb-training").main = true, EverySubnetExplicit, "rtb-training (main)"
)]
#[case::main_table_with_the_service(
    |it: &mut Environment| it.route("rtb-main", "pl-s3", "vpce-s3"), MainRouteTableLocal, "rtb-main"
)]
#[case::ssh_from_elsewhere(
    |it: &mut Environment| it.group("sg-training").rules.push(tcp(Ingress, 22, from_block("10.0.0.0/8"))),
    SshOnlyAsAsked,
    "sg-training"
)]
#[case::ssh_from_a_group_of_another_account(
    |it: &mut Environment| {
        let group = PeerGroup {
            id: "sg-theirs".to_owned(),
            owner: "222222222222".to_owned(),
            peering_connection: "pcx-1".to_owned(),
        };
        it.group("sg-training").rules.push(tcp(Ingress, 22, Source::PeerGroup(group)));
    },
    SshOnlyAsAsked,
    "sg-training"
)]
#[case::ssh_from_a_foreign_group(
    |it: &mut Environment| it.group("sg-training").rules.push(tcp(Ingress, 22, from_group("sg-services"))),
    SshOnlyAsAsked,
    "sg-services"
)]
fn in_defaults_and_ssh(#[case] mistake: fn(&mut Environment), #[case] check: CheckName, #[case] reason: &str) {
    let mut environment = Environment::healthy();
    mistake(&mut environment);
    assert_caught(&environment, check, reason);
}

#[rstest]
#[case::no_rule_from_itself(
    |it: &mut Environment| { it.group("sg-training").rules.remove(0); },
    TrainingReachesTraining,
    "sg-training has no rule for all traffic from"
)]
#[case::a_block_does_not_replace_the_rule_to_itself(
    |it: &mut Environment| it.group("sg-training").rules[1].source = from_block("10.0.0.0/16"),
    TrainingReachesTraining,
    "sg-training has no rule for all traffic to"
)]
#[case::a_denied_port_between_training_subnets(
    |it: &mut Environment| it.deny("acl-training", Ingress, 29_500, "10.0.64.0/18"),
    TrainingReachesTraining,
    "acl-training keeps TCP 29500"
)]
#[case::inside_by_tcp_alone(
    |it: &mut Environment| it.acl("acl-training").entries[0].protocol = Protocol::Tcp,
    TrainingReachesTraining,
    "acl-training"
)]
#[case::local_route_taken_over(
    |it: &mut Environment| it.route("rtb-training", "10.0.64.0/18", "eni-host"),
    TrainingReachesTraining,
    "sends it to eni-host"
)]
#[case::services_port_closed(
    |it: &mut Environment| { it.group("sg-services").rules.remove(0); },
    TrainingReachesServices,
    "sg-services admits no TCP 8080"
)]
#[case::services_port_not_let_out(
    |it: &mut Environment| it.expectation.services_ports.push(9090),
    TrainingReachesServices,
    "sg-training lets nothing out to TCP 9090"
)]
#[case::replies_of_services_denied(
    |it: &mut Environment| it.deny("acl-services", Egress, 50_000, "10.0.0.0/8"),
    TrainingReachesServices,
    "acl-services does not let subnet-services-a out to TCP 50000"
)]
#[case::endpoint_admits_training_no_more(
    |it: &mut Environment| { it.group("sg-endpoints").rules.remove(0); },
    EndpointsReachable,
    "sg-endpoints admits no TCP 443"
)]
#[case::endpoint_not_let_out_to_from_services(
    |it: &mut Environment| { it.group("sg-services").rules.remove(1); },
    EndpointsReachable,
    "sg-services lets nothing out"
)]
#[case::one_endpoint_address_denied(
    |it: &mut Environment| it.deny("acl-training", Egress, 443, "10.0.192.10/32"),
    EndpointsReachable,
    "vpce-ecr in subnet-services-a"
)]
#[case::route_to_the_service_gone(
    |it: &mut Environment| { it.table("rtb-services").routes.pop(); },
    GatewayEndpointsRouted,
    "rtb-services of subnet-services-a"
)]
#[case::route_to_the_service_dead(
    |it: &mut Environment| it.table("rtb-training").routes[1].active = false, GatewayEndpointsRouted, "rtb-training"
)]
#[case::replies_of_the_service_denied(
    |it: &mut Environment| {
        let replies = |entry: &AclEntry| entry.number == 300 && entry.direction == Ingress;
        it.acl("acl-training").entries.retain(|entry| !replies(entry));
    },
    GatewayEndpointsRouted,
    "acl-training keeps TCP 32768"
)]
#[case::service_not_let_out_to(
    |it: &mut Environment| { it.group("sg-services").rules.pop(); },
    GatewayEndpointsRouted,
    "sg-services lets no TCP 443 out to pl-s3"
)]
#[case::service_let_out_to_on_another_port(
    |it: &mut Environment| {
        it.group("sg-services").rules.pop();
        it.group("sg-services").rules.push(tcp(Egress, 80, from_list("pl-s3")));
    },
    GatewayEndpointsRouted,
    "sg-services lets no TCP 443 out to pl-s3"
)]
#[case::service_let_in_instead_of_out_to(
    |it: &mut Environment| {
        it.group("sg-services").rules.pop();
        it.group("sg-services").rules.push(tcp(Ingress, 443, from_list("pl-s3")));
    },
    GatewayEndpointsRouted,
    "sg-services lets no TCP 443 out to pl-s3"
)]
#[case::ssh_not_admitted_by_the_group(
    |it: &mut Environment| { it.group("sg-training").rules.remove(2); },
    SshAsAsked,
    "sg-training admits no SSH from 192.168.10.0/24"
)]
#[case::ssh_denied_by_the_acl(
    |it: &mut Environment| it.deny("acl-training", Ingress, 22, "192.168.10.128/25"),
    SshAsAsked,
    "acl-training keeps TCP 22 at 192.168.10.128"
)]
#[case::ssh_replies_narrowed(
    |it: &mut Environment| it.acl("acl-training").entries[3].ports = PortRange { from: 32_768, to: 60_999 },
    SshAsAsked,
    "acl-training does not let"
)]
#[case::ssh_of_another_block(
    |it: &mut Environment| it.expectation.ssh_from.push(block("172.16.0.0/24")), SshAsAsked, "172.16.0.0/24"
)]
#[case::instance_connect_without_rules(
    |it: &mut Environment| it.expectation.instance_connect_group = Some("sg-connect".to_owned()),
    SshAsAsked,
    "sg-connect"
)]
fn in_what_must_work(#[case] mistake: fn(&mut Environment), #[case] check: CheckName, #[case] reason: &str) {
    let mut environment = Environment::healthy();
    mistake(&mut environment);
    assert_caught(&environment, check, reason);
    assert!(environment.expectation.ssh_from.contains(&block(OFFICE)));
}

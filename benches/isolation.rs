//! How long a proof takes: 200 subnets, 60 rules a group, 40 entries a network ACL.
//!
//! Healthy, a look at the routes already settles what gets out; with ways in and out every cell of every table has to be
//! walked. Each with one ACL a tier, and with one ACL a subnet, so that nothing is shared.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::net::Ipv4Addr;
use std::time::Duration;

use criterion::Criterion;
use ipnet::{IpNet, Ipv4Net};
use ringfence_observed::{
    AclAssociation, AclEntry, Direction, Gateway, GatewayKind, IcmpTypeCode, NetworkAcl, NetworkInterface, Observed,
    PortRange, PrefixList, Protocol, Role, Route, RouteTable, RouteTableAssociation, SecurityGroup, SecurityGroupRule,
    Source, Subnet, Tags, Vpc, VpcEndpoint, VpcEndpointType,
};
use ringfence_proof::{CheckName, Expectation, Isolation, RoleExpectation, Tier, prove};

const SUBNETS: u8 = 200;
const RULES: u8 = 60;
const ENTRIES: u8 = 40;
const TRAINING: &str = "sg-training";
const SERVICES: &str = "sg-services";
const ACCOUNT: &str = "123456789012";
const S3: &str = "com.amazonaws.us-east-1.s3";
const LOGS: &str = "com.amazonaws.us-east-1.logs";
const POLICY: &str = r#"{"Version": "2012-10-17", "Statement": {
    "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*",
    "Condition": {"StringEquals": {"aws:PrincipalAccount": "123456789012", "aws:ResourceAccount": "123456789012"}}
}}"#;
const TRUST: &str = r#"{"Version": "2012-10-17", "Statement": {
    "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"
}}"#;

fn subnet_id(number: u8) -> String {
    format!("subnet-{number}")
}

fn block(address: [u8; 4], length: u8) -> IpNet {
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::from(address), length))
}

/// The first half of the subnets trains, the second half serves.
fn tier(numbers: std::ops::Range<u8>, security_group: &str) -> Tier {
    Tier { subnets: numbers.map(subnet_id).collect(), security_group: security_group.to_owned() }
}

fn subnet(number: u8) -> Subnet {
    Subnet {
        id: subnet_id(number),
        zone: "us-east-1a".to_owned(),
        cidr: Ipv4Net::new_assert(Ipv4Addr::new(10, 0, number, 0), 24),
        ipv6_cidrs: Vec::new(),
        map_public_ip: false,
        assign_ipv6: false,
        tags: Tags::new(),
    }
}

/// Half of the entries each way: denials of a port from a block each, and at the end what an environment lets through.
fn acl(number: u8, default: bool, subnets: &[u8]) -> NetworkAcl {
    let entry = |number: u8, direction, protocol, ports, cidr, allow| AclEntry {
        number: u16::from(number),
        direction,
        protocol,
        ports,
        icmp: IcmpTypeCode::ALL,
        cidr,
        allow,
    };
    let mut entries = Vec::new();
    if !default {
        let replies = PortRange { from: 32_768, to: 60_999 };
        let open = [(Direction::Ingress, replies), (Direction::Egress, PortRange::one(443))];
        for (direction, ports) in open {
            for deny in 0..ENTRIES / 2 - 2 {
                let (port, cidr) = (PortRange::one(1000 + u16::from(deny)), block([172, 16 + deny, number, 0], 24));
                entries.push(entry(deny + 1, direction, Protocol::Tcp, port, cidr, false));
            }
            entries.push(entry(100, direction, Protocol::All, PortRange::ALL, block([10, 0, 0, 0], 16), true));
            entries.push(entry(110, direction, Protocol::Tcp, ports, block([0, 0, 0, 0], 0), true));
        }
    }
    let with = |subnet: &u8| AclAssociation { id: format!("aclassoc-{subnet}"), subnet: subnet_id(*subnet) };
    let associations = subnets.iter().map(with).collect();
    NetworkAcl { id: format!("acl-{number}"), default, entries, associations, tags: Tags::new() }
}

fn table(id: &str, subnets: std::ops::Range<u8>, way_out: bool) -> RouteTable {
    let route = |destination: &str, target: &str| Route {
        destination: destination.to_owned(),
        target: target.to_owned(),
        active: true,
        propagated: false,
    };
    let mut routes = vec![route("10.0.0.0/16", "local")];
    if !subnets.is_empty() {
        routes.push(route("pl-s3", "vpce-s3"));
    }
    if way_out {
        routes.push(route("0.0.0.0/0", "tgw-1"));
    }
    let with = |subnet| RouteTableAssociation { id: format!("rtbassoc-{subnet}"), subnet: subnet_id(subnet) };
    RouteTable {
        id: id.to_owned(),
        main: subnets.is_empty(),
        routes,
        associations: subnets.map(with).collect(),
        propagating_gateways: Vec::new(),
        tags: Tags::new(),
    }
}

/// The rules that a group must have, filled up with rules for a port and a block each.
fn group(id: &str, name: &str, filler: u8) -> SecurityGroup {
    let rule = |direction, protocol, ports, source| SecurityGroupRule {
        direction,
        protocol,
        ports,
        icmp: IcmpTypeCode::ALL,
        source,
        description: String::new(),
    };
    let mut rules = Vec::new();
    for peer in [TRAINING, SERVICES] {
        rules.push(rule(Direction::Egress, Protocol::All, PortRange::ALL, Source::Group(peer.to_owned())));
        // Training admits nobody but itself.
        let peer = if id == TRAINING { TRAINING } else { peer };
        rules.push(rule(Direction::Ingress, Protocol::All, PortRange::ALL, Source::Group(peer.to_owned())));
    }
    let (https, list) = (PortRange::one(443), Source::PrefixList("pl-s3".to_owned()));
    rules.push(rule(Direction::Egress, Protocol::Tcp, https, list));
    for number in 0..RULES - 5 {
        let direction = if number % 2 == 0 { Direction::Ingress } else { Direction::Egress };
        let ports = PortRange { from: 2000 + u16::from(number), to: 3000 + u16::from(number) };
        let source = Source::Cidr(block([192, 168, number, filler], 32));
        rules.push(rule(direction, Protocol::Tcp, ports, source));
    }
    if name == "default" {
        rules.clear();
    }
    let (id, name) = (id.to_owned(), name.to_owned());
    SecurityGroup { id, name, description: String::new(), rules, tags: Tags::new() }
}

fn endpoints() -> Vec<VpcEndpoint> {
    let gateway = VpcEndpoint {
        id: "vpce-s3".to_owned(),
        service_name: S3.to_owned(),
        endpoint_type: VpcEndpointType::Gateway,
        state: "available".to_owned(),
        last_error: None,
        policy: POLICY.to_owned(),
        route_tables: Vec::new(),
        subnets: Vec::new(),
        security_groups: Vec::new(),
        interfaces: Vec::new(),
        private_dns: true,
        tags: Tags::new(),
    };
    let interface = VpcEndpoint {
        id: "vpce-logs".to_owned(),
        service_name: LOGS.to_owned(),
        endpoint_type: VpcEndpointType::Interface,
        subnets: (SUBNETS / 2..SUBNETS).map(subnet_id).collect(),
        security_groups: vec![SERVICES.to_owned()],
        interfaces: (SUBNETS / 2..SUBNETS).map(|subnet| format!("eni-{subnet}")).collect(),
        ..gateway.clone()
    };
    vec![gateway, interface]
}

fn interface(subnet: u8) -> NetworkInterface {
    NetworkInterface {
        id: format!("eni-{subnet}"),
        subnet: subnet_id(subnet),
        security_groups: vec![SERVICES.to_owned()],
        private_ip: Some(Ipv4Addr::new(10, 0, subnet, 10)),
        public_ip: None,
        ipv6_addresses: Vec::new(),
        interface_type: "vpc_endpoint".to_owned(),
        description: String::new(),
        requester: String::new(),
        requester_managed: true,
        instance: String::new(),
        status: "in-use".to_owned(),
        tags: Tags::new(),
    }
}

fn role() -> Role {
    Role {
        name: "training".to_owned(),
        path: "/".to_owned(),
        arn: format!("arn:aws:iam::{ACCOUNT}:role/training"),
        trust_policy: TRUST.to_owned(),
        inline_policies: BTreeMap::new(),
        attached_policies: Vec::new(),
        permissions_boundary: None,
        tags: Tags::new(),
    }
}

/// An environment of the size that a proof must master.
fn environment(acls: Vec<NetworkAcl>, ways_out: bool) -> (Observed, Expectation) {
    let transit = Gateway {
        id: "tgw-attach-1".to_owned(),
        kind: GatewayKind::TransitAttachment,
        route_target: "tgw-1".to_owned(),
        state: "available".to_owned(),
        requester: None,
    };
    let observed = Observed {
        vpc: Some(Vpc {
            id: "vpc-1".to_owned(),
            cidr: Ipv4Net::new_assert(Ipv4Addr::new(10, 0, 0, 0), 16),
            secondary_cidrs: Vec::new(),
            ipv6_cidrs: Vec::new(),
            dns_support: Some(true),
            dns_hostnames: Some(true),
            tags: Tags::new(),
        }),
        subnets: (0..SUBNETS).map(subnet).collect(),
        route_tables: vec![
            table("rtb-main", 0..0, false),
            table("rtb-training", 0..SUBNETS / 2, ways_out),
            table("rtb-services", SUBNETS / 2..SUBNETS, ways_out),
        ],
        network_acls: acls,
        security_groups: vec![
            group("sg-default", "default", 0),
            group(TRAINING, "training", 1),
            group(SERVICES, "services", 2),
            group("sg-foreign", "foreign", 3),
        ],
        endpoints: endpoints(),
        gateways: if ways_out { vec![transit] } else { Vec::new() },
        interfaces: (SUBNETS / 2..SUBNETS).map(interface).collect(),
        prefix_lists: vec![PrefixList {
            id: "pl-s3".to_owned(),
            name: S3.to_owned(),
            entries: (0..20).map(|number| block([52, 216, number, 0], 24)).collect(),
        }],
        roles: vec![role()],
        ..Observed::default()
    };
    let expectation = Expectation {
        partition: "aws".to_owned(),
        region: "us-east-1".to_owned(),
        account: ACCOUNT.to_owned(),
        training: tier(0..SUBNETS / 2, TRAINING),
        services: tier(SUBNETS / 2..SUBNETS, SERVICES),
        services_ports: vec![443],
        gateway_endpoints: vec![S3.to_owned()],
        interface_endpoints: vec![LOGS.to_owned()],
        roles: vec![RoleExpectation {
            name: "training".to_owned(),
            services: vec!["ec2.amazonaws.com".to_owned()],
            ..RoleExpectation::default()
        }],
        ..Expectation::default()
    };
    (observed, expectation)
}

/// One ACL a tier.
fn shared() -> Vec<NetworkAcl> {
    let (training, services): (Vec<u8>, Vec<u8>) = (0..SUBNETS).partition(|subnet| *subnet < SUBNETS / 2);
    vec![acl(SUBNETS, true, &[]), acl(0, false, &training), acl(1, false, &services)]
}

/// One ACL a subnet, each with blocks of its own.
fn distinct() -> Vec<NetworkAcl> {
    let own = (0..SUBNETS).map(|subnet| acl(subnet, false, &[subnet]));
    std::iter::once(acl(SUBNETS, true, &[])).chain(own).collect()
}

/// A bench of the wrong thing is worse than none: what is measured is a proof that comes out as intended.
fn assert_intended(isolation: &Isolation, ways_out: bool) {
    let failing: Vec<_> = isolation.checks.iter().filter(|check| check.required && !check.holds).collect();
    let expected = if ways_out { vec![CheckName::NoRouteOut, CheckName::NoGateway] } else { Vec::new() };
    let names: Vec<_> = failing.iter().map(|check| check.check).collect();
    assert_eq!(names, expected, "{failing:?}");
}

fn main() {
    let mut criterion = Criterion::default().measurement_time(Duration::from_secs(5)).configure_from_args();
    let mut group = criterion.benchmark_group("200 subnets, 60 rules a group, 40 entries an ACL");
    let environments = [
        ("healthy", environment(shared(), false), false),
        ("healthy, an ACL for each subnet", environment(distinct(), false), false),
        ("with ways in and out", environment(shared(), true), true),
        ("with ways in and out, an ACL for each subnet", environment(distinct(), true), true),
    ];
    for (name, (observed, expectation), ways_out) in &environments {
        assert_intended(&prove(observed, expectation), *ways_out);
        group.bench_function(*name, |bencher| bencher.iter(|| prove(black_box(observed), black_box(expectation))));
    }
    group.finish();
    criterion.final_summary();
}

//! Random small networks: a /28 in four subnets, and rules over a handful of addresses, ports and protocols, so that
//! rules overlap, shadow and just miss each other all the time.

use ipnet::{IpNet, Ipv4Net};
use proptest::prelude::*;
use proptest::sample::select;

use super::super::{Expectation, Tier};
use super::builders::{acl, block, group, interface, route, subnet, table, vpc};
use super::fixture::Environment;
use super::walker::PORTS;
use crate::observed::{
    AclEntry, Direction, Gateway, GatewayKind, IcmpTypeCode, NetworkAcl, Observed, PortRange, PrefixList, Protocol,
    Route, RouteTable, SecurityGroupRule, Source, Tags, VpcEndpoint, VpcEndpointType,
};

pub(super) const SERVICE: &str = "com.amazonaws.us-east-1.sqs";
pub(super) const SUBNETS: [(&str, &str); 4] = [
    ("subnet-training-a", "10.0.0.0/30"),
    ("subnet-training-b", "10.0.0.4/30"),
    ("subnet-services", "10.0.0.8/30"),
    ("subnet-foreign", "10.0.0.12/30"),
];
const GROUPS: [&str; 3] = ["sg-training", "sg-services", "sg-foreign"];

fn direction() -> impl Strategy<Value = Direction> {
    select(vec![Direction::Ingress, Direction::Egress])
}

fn protocol() -> impl Strategy<Value = Protocol> {
    prop_oneof![
        3 => Just(Protocol::All),
        3 => Just(Protocol::Tcp),
        1 => select(vec![Protocol::Udp, Protocol::Icmp, Protocol::Other(6), Protocol::Other(50)]),
    ]
}

fn ports() -> impl Strategy<Value = PortRange> {
    let some = (select(PORTS.to_vec()), select(PORTS.to_vec()))
        .prop_map(|(one, other)| PortRange { from: one.min(other), to: one.max(other) });
    prop_oneof![2 => Just(PortRange::ALL), 3 => some]
}

fn any_block() -> impl Strategy<Value = IpNet> {
    let near = (0..32_u8, 27..=32_u8).prop_map(|(last, length)| {
        let net = Ipv4Net::new([10, 0, 0, last].into(), length).unwrap_or_default();
        IpNet::V4(net.trunc())
    });
    let wide = select(vec![block("10.0.0.0/28"), block("10.0.0.0/27"), block("0.0.0.0/0"), block("::/0")]);
    prop_oneof![3 => near, 2 => wide]
}

fn entry() -> impl Strategy<Value = AclEntry> {
    let guard = (direction(), protocol(), ports(), any_block());
    (1..60_u16, guard, prop::bool::weighted(0.6)).prop_map(|(number, (direction, protocol, ports, cidr), allow)| {
        AclEntry { number, direction, protocol, ports, icmp: IcmpTypeCode::ALL, cidr, allow }
    })
}

/// Random entries with numbers of their own, and usually the environment's entries for inside behind them.
fn entries() -> impl Strategy<Value = Vec<AclEntry>> {
    (prop::collection::vec(entry(), 0..7), prop::bool::weighted(0.7)).prop_map(|(mut entries, inside)| {
        entries.sort_by_key(|entry| (entry.direction, entry.number));
        entries.dedup_by_key(|entry| (entry.direction, entry.number));
        if inside {
            entries.extend([Direction::Ingress, Direction::Egress].map(|direction| AclEntry {
                number: 100,
                direction,
                protocol: Protocol::All,
                ports: PortRange::ALL,
                icmp: IcmpTypeCode::ALL,
                cidr: block("10.0.0.0/28"),
                allow: true,
            }));
        }
        // AWS keeps no order of its own.
        entries.reverse();
        entries
    })
}

fn source() -> impl Strategy<Value = Source> {
    let groups = [GROUPS.as_slice(), &["sg-beyond"]].concat();
    prop_oneof![
        3 => any_block().prop_map(Source::Cidr),
        3 => select(groups).prop_map(|group| Source::Group(group.to_owned())),
        1 => select(vec!["pl-some", "pl-empty", "pl-unknown"]).prop_map(|list| Source::PrefixList(list.to_owned())),
    ]
}

fn rules(own: &'static str) -> impl Strategy<Value = Vec<SecurityGroupRule>> {
    let rule = |(direction, protocol, ports, source)| SecurityGroupRule {
        direction,
        protocol,
        ports,
        icmp: IcmpTypeCode::ALL,
        source,
        description: String::new(),
    };
    let random = prop::collection::vec((direction(), protocol(), ports(), source()).prop_map(rule), 0..4);
    // Mostly the group's own rules are there as well: else nothing that must work ever would.
    let usual =
        move |direction, peer: &str| rule((direction, Protocol::All, PortRange::ALL, Source::Group(peer.to_owned())));
    (random, prop::bool::weighted(0.8)).prop_map(move |(mut rules, complete)| {
        if complete && own != "sg-foreign" {
            for direction in [Direction::Ingress, Direction::Egress] {
                rules.extend(["sg-training", "sg-services"].map(|peer| usual(direction, peer)));
            }
        }
        rules
    })
}

fn any_route() -> impl Strategy<Value = Route> {
    let lists = select(vec!["pl-some", "pl-empty", "pl-unknown"]).prop_map(str::to_owned);
    let destination = prop_oneof![3 => any_block().prop_map(|block| block.to_string()), 1 => lists];
    let target = select(vec!["igw-1", "eni-1", "vpce-gateway", "vgw-1"]);
    (destination, target, prop::bool::weighted(0.9), any::<bool>()).prop_map(|(destination, target, active, spread)| {
        // Only virtual private gateways propagate, and never prefix lists.
        let propagated = spread && target == "vgw-1" && !destination.starts_with("pl-");
        Route { active, propagated, ..route(&destination, target) }
    })
}

fn routes() -> impl Strategy<Value = Vec<Route>> {
    let random = prop_oneof![Just(Vec::new()), prop::collection::vec(any_route(), 0..5)];
    random.prop_map(|mut routes| {
        routes.push(route("10.0.0.0/28", "local"));
        routes
    })
}

fn endpoints() -> Vec<VpcEndpoint> {
    let endpoint = VpcEndpoint {
        id: "vpce-gateway".to_owned(),
        service_name: "com.amazonaws.us-east-1.s3".to_owned(),
        endpoint_type: VpcEndpointType::Gateway,
        state: "available".to_owned(),
        policy: String::new(),
        route_tables: Vec::new(),
        subnets: Vec::new(),
        security_groups: Vec::new(),
        interfaces: Vec::new(),
        private_dns: true,
        tags: Tags::new(),
    };
    let interface = VpcEndpoint {
        id: "vpce-interface".to_owned(),
        service_name: SERVICE.to_owned(),
        endpoint_type: VpcEndpointType::Interface,
        subnets: vec!["subnet-services".to_owned()],
        security_groups: vec!["sg-services".to_owned()],
        interfaces: vec!["eni-endpoint".to_owned()],
        ..endpoint.clone()
    };
    vec![endpoint, interface]
}

fn expectation(ssh_from: Vec<IpNet>) -> Expectation {
    let tier = |subnets: &[&str], group: &str| Tier {
        subnets: subnets.iter().map(|subnet| (*subnet).to_owned()).collect(),
        security_group: group.to_owned(),
    };
    Expectation {
        training: tier(&["subnet-training-a", "subnet-training-b"], "sg-training"),
        services: tier(&["subnet-services"], "sg-services"),
        services_ports: vec![443],
        interface_endpoints: vec![SERVICE.to_owned()],
        ssh_from,
        ..Expectation::default()
    }
}

/// A random network.
pub(super) fn environment() -> impl Strategy<Value = Environment> {
    let guards = (entries(), entries(), rules(GROUPS[0]), rules(GROUPS[1]), rules(GROUPS[2]));
    let placing = (prop::bool::weighted(0.5), prop::bool::weighted(0.1), prop::collection::vec(any::<[bool; 2]>(), 4));
    let asked = prop::collection::vec(any_block(), 0..3);
    (guards, routes(), routes(), placing, asked).prop_map(
        |((one, other, training, services, foreign), main, own, (attached, bare, associated), ssh_from)| {
            let with = |index: usize| -> Vec<&str> {
                let subnets = SUBNETS.iter().zip(&associated).filter(|(_, own)| own[index]);
                subnets.map(|((id, _), _)| *id).collect()
            };
            let gateway = Gateway {
                id: "pcx-1".to_owned(),
                kind: GatewayKind::Peering,
                route_target: "pcx-1".to_owned(),
                state: "active".to_owned(),
                tags: Tags::new(),
            };
            let mut interfaces = vec![interface("eni-endpoint", "subnet-services", "10.0.0.9", &["sg-services"])];
            if bare {
                interfaces.push(interface("eni-bare", "subnet-foreign", "10.0.0.13", &[]));
            }
            let observed = Observed {
                vpc: Some(vpc("10.0.0.0/28")),
                subnets: SUBNETS.iter().map(|(id, cidr)| subnet(id, cidr)).collect(),
                route_tables: vec![
                    RouteTable { main: true, ..table("rtb-main", &[], main) },
                    table("rtb-own", &with(0), own),
                ],
                network_acls: vec![
                    NetworkAcl { default: true, ..acl("acl-default", &[], one) },
                    acl("acl-own", &with(1), other),
                ],
                security_groups: vec![
                    group(GROUPS[0], "training", training),
                    group(GROUPS[1], "services", services),
                    group(GROUPS[2], "foreign", foreign),
                ],
                endpoints: endpoints(),
                gateways: if attached { vec![gateway] } else { Vec::new() },
                interfaces,
                prefix_lists: vec![
                    PrefixList {
                        id: "pl-some".to_owned(),
                        name: "some".to_owned(),
                        entries: vec![block("10.0.0.16/30"), block("10.0.0.10/31"), block("2001:db8::/64")],
                    },
                    PrefixList { id: "pl-empty".to_owned(), name: "empty".to_owned(), entries: Vec::new() },
                ],
                ..Observed::default()
            };
            Environment { observed, expectation: expectation(ssh_from) }
        },
    )
}

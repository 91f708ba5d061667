//! Random small networks: a /28 in four subnets, and rules over a handful of addresses, ports and protocols, so that
//! rules overlap, shadow and just miss each other all the time.

use ipnet::{IpNet, Ipv4Net};
use proptest::prelude::*;
use proptest::sample::select;

use super::super::{Expectation, Tier};
use super::builders::{acl, block, group, interface, ipv4_block, route, subnet, table, vpc};
use super::fixture::Environment;
use super::walker::{CODES, PORTS, TYPES};
use ringfence_observed::{
    AclEntry, Direction, Gateway, GatewayKind, IcmpTypeCode, NetworkAcl, NetworkInterface, Observed, PortRange,
    PrefixList, Protocol, Requester, Route, RouteTable, SecurityGroupRule, Source, Tags, Vpc, VpcEndpoint,
    VpcEndpointType,
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
    let others = vec![
        Protocol::Udp,
        Protocol::Other(1),
        Protocol::Other(6),
        Protocol::Other(50),
        Protocol::Other(58),
        Protocol::Unknown,
    ];
    prop_oneof![
        3 => Just(Protocol::All),
        3 => Just(Protocol::Tcp),
        2 => Just(Protocol::Icmp),
        1 => select(others),
    ]
}

/// Which messages a rule names; there is no type 300.
fn messages() -> impl Strategy<Value = IcmpTypeCode> {
    let icmp_type = select([&TYPES[..4], &[300]].concat());
    let code = prop_oneof![Just(-1), select(CODES[..3].to_vec())];
    let some = (icmp_type, code).prop_map(|(icmp_type, code)| IcmpTypeCode { icmp_type, code });
    prop_oneof![2 => Just(IcmpTypeCode::ALL), 3 => some]
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
    let guard = (direction(), protocol(), ports(), messages(), any_block());
    (1..60_u16, guard, prop::bool::weighted(0.6)).prop_map(
        |(number, (direction, protocol, ports, icmp, cidr), allow)| AclEntry {
            number,
            direction,
            protocol,
            ports,
            icmp,
            cidr,
            allow,
        },
    )
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
    let rule = |(direction, protocol, ports, icmp, source)| SecurityGroupRule {
        direction,
        protocol,
        ports,
        icmp,
        source,
        description: String::new(),
    };
    let random = prop::collection::vec((direction(), protocol(), ports(), messages(), source()).prop_map(rule), 0..4);
    // Mostly the group's own rules are there as well: else nothing that must work ever would.
    let usual = move |direction, peer: &str| {
        rule((direction, Protocol::All, PortRange::ALL, IcmpTypeCode::ALL, Source::Group(peer.to_owned())))
    };
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
        last_error: None,
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

/// Something attached, of any kind and in a state of its kind.
fn gateway() -> impl Strategy<Value = Gateway> {
    use GatewayKind::{EgressOnlyInternet, Internet, Nat, Peering, TransitAttachment, VirtualPrivate};
    let kinds: Vec<(GatewayKind, &[&str])> = vec![
        (Internet, &["available"]),
        (EgressOnlyInternet, &["attached"]),
        (Nat, &["pending", "available"]),
        (Peering, &["initiating-request", "pending-acceptance", "provisioning", "active", "deleting"]),
        (Peering, &["expired", "rejected", "failed", "deleted"]),
        (TransitAttachment, &["pendingAcceptance", "available", "deleting", "rejected", "failed", "deleted"]),
        (VirtualPrivate, &["attaching", "attached", "detaching", "detached"]),
    ];
    (select(kinds), any::<prop::sample::Index>(), any::<bool>()).prop_map(|((kind, states), state, asked_outside)| {
        let asked_outside = asked_outside && kind == Peering;
        Gateway {
            id: "gateway-1".to_owned(),
            kind,
            route_target: "gateway-1".to_owned(),
            state: (*state.get(states)).to_owned(),
            requester: asked_outside.then(|| Requester { account: "999999999999".to_owned(), is_foreign: true }),
        }
    })
}

/// Interfaces beside the endpoint's: one that no group guards, and one that two groups guard together.
fn interfaces() -> impl Strategy<Value = Vec<NetworkInterface>> {
    let pairs = select(vec![["sg-training", "sg-services"], ["sg-services", "sg-foreign"]]);
    (prop::bool::weighted(0.1), prop::option::of(pairs)).prop_map(|(bare, pair)| {
        let bare = bare.then(|| interface("eni-bare", "subnet-foreign", "10.0.0.13", &[]));
        let pair = pair.map(|pair| interface("eni-pair", "subnet-services", "10.0.0.10", &pair));
        let endpoint = interface("eni-endpoint", "subnet-services", "10.0.0.9", &["sg-services"]);
        std::iter::once(endpoint).chain(bare).chain(pair).collect()
    })
}

/// A random network.
pub(super) fn environment() -> impl Strategy<Value = Environment> {
    let guards = (entries(), entries(), rules(GROUPS[0]), rules(GROUPS[1]), rules(GROUPS[2]));
    let associated = prop::collection::vec(any::<[bool; 2]>(), 4);
    let secondary = prop::option::of(select(vec!["10.0.0.16/29", "10.0.0.24/29", "198.51.100.0/24"]));
    let placing = (prop::collection::vec(gateway(), 0..2), interfaces(), associated, secondary);
    let asked = prop::collection::vec(any_block(), 0..3);
    (guards, routes(), routes(), placing, asked).prop_map(
        |((one, other, training, services, foreign), mut main, own, placing, ssh_from)| {
            let (gateways, interfaces, associated, secondary) = placing;
            let with = |index: usize| -> Vec<&str> {
                let subnets = SUBNETS.iter().zip(&associated).filter(|(_, own)| own[index]);
                subnets.map(|((id, _), _)| *id).collect()
            };
            main.extend(secondary.map(|block| route(block, "local")));
            let secondary_cidrs = secondary.map(ipv4_block).into_iter().collect();
            let observed = Observed {
                vpc: Some(Vpc { secondary_cidrs, ..vpc("10.0.0.0/28") }),
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
                gateways,
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

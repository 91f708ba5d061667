//! The oracle of the property test: takes one packet at a time by the hand and asks every rule on its way. It shares
//! nothing with the evaluator but the observed state, and knows no cells.

use std::net::IpAddr;

use ipnet::IpNet;

use super::fixture::Environment;
use crate::observed::{Direction, NetworkAcl, PortRange, Protocol, Route, RouteTable, Source, Subnet, VpcEndpointType};

/// Addresses beside those of the small network: one for all the rest of IPv4, one in the only IPv6 block that a random
/// rule may name, and one beside it.
const ELSEWHERE: [&str; 3] = ["198.51.100.1", "2001:db8::1", "2001:db9::1"];

/// Every port at which some random rule may begin or end, and its neighbours.
pub(super) const PORTS: [u16; 16] =
    [0, 21, 22, 23, 442, 443, 444, 1023, 1024, 32_767, 32_768, 40_000, 60_999, 61_000, 65_534, 65_535];

/// Protocol and destination port.
pub(super) type Traffic = (Protocol, u16);

/// Every kind of traffic that random rules can tell apart.
fn every_traffic() -> Vec<Traffic> {
    let ported = PORTS.iter().flat_map(|port| [(Protocol::Tcp, *port), (Protocol::Udp, *port)]);
    ported.chain([(Protocol::Icmp, 0), (Protocol::Other(50), 0), (Protocol::Other(99), 0)]).collect()
}

/// Every address that random rules can tell apart: 10.0.0.0/27, half of which is the VPC, and elsewhere.
fn every_address() -> Vec<IpAddr> {
    let near = (0..32).map(|last| IpAddr::from([10, 0, 0, last]));
    near.chain(ELSEWHERE.iter().filter_map(|text| text.parse().ok())).collect()
}

fn matches(protocol: Protocol, ports: PortRange, (packet, port): Traffic) -> bool {
    match protocol {
        Protocol::All => true,
        Protocol::Tcp | Protocol::Other(6) => packet == Protocol::Tcp && ports.contains(port),
        Protocol::Udp => packet == Protocol::Udp && ports.contains(port),
        other => packet == other,
    }
}

/// The lowest-numbered entry that matches decides.
fn acl_admits(acl: &NetworkAcl, direction: Direction, other: IpAddr, traffic: Traffic) -> bool {
    let matching = acl.entries.iter().filter(|entry| {
        entry.direction == direction && entry.cidr.contains(&other) && matches(entry.protocol, entry.ports, traffic)
    });
    matching.min_by_key(|entry| entry.number).is_some_and(|entry| entry.allow)
}

/// Where a route leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Local,
    Endpoint,
    Out,
}

impl Environment {
    fn walked_acl(&self, subnet: &str) -> Option<&NetworkAcl> {
        let acls = &self.observed.network_acls;
        let own = acls.iter().find(|acl| acl.associations.iter().any(|with| with.subnet == subnet));
        own.or_else(|| acls.iter().find(|acl| acl.default))
    }

    fn walked_table(&self, subnet: &str) -> Option<&RouteTable> {
        let tables = &self.observed.route_tables;
        let own = tables.iter().find(|table| table.associations.iter().any(|with| with.subnet == subnet));
        own.or_else(|| tables.iter().find(|table| table.main))
    }

    fn entries(&self, list: &str) -> &[IpNet] {
        self.observed.prefix_lists.iter().find(|known| known.id == list).map_or(&[], |known| &known.entries)
    }

    fn way(&self, route: &Route) -> Way {
        let gateway = |id: &str| {
            let mut endpoints = self.observed.endpoints.iter();
            endpoints.any(|endpoint| endpoint.id == id && endpoint.endpoint_type == VpcEndpointType::Gateway)
        };
        match route.target.as_str() {
            "local" => Way::Local,
            target if route.destination.starts_with("pl-") && gateway(target) => Way::Endpoint,
            _ => Way::Out,
        }
    }

    /// The length of the longest prefix of a route that matches.
    fn length(&self, route: &Route, other: IpAddr) -> Option<u8> {
        let longest =
            |blocks: &[IpNet]| blocks.iter().filter(|block| block.contains(&other)).map(IpNet::prefix_len).max();
        match route.destination.parse() {
            Ok(block) => longest(&[block]),
            Err(_) if self.entries(&route.destination).is_empty() => (self.way(route) == Way::Out).then_some(0),
            Err(_) => longest(self.entries(&route.destination)),
        }
    }

    /// Which way a packet from a subnet to an address goes.
    fn walked_way(&self, subnet: &str, other: IpAddr) -> Option<Way> {
        let active = self.walked_table(subnet)?.routes.iter().filter(|route| route.active);
        let (mut fixed, mut propagated) = (None, None);
        for route in active {
            let Some(length) = self.length(route, other) else { continue };
            let way = self.way(route);
            let rank = (length, !route.destination.starts_with("pl-"), way == Way::Out);
            let best = if route.propagated { &mut propagated } else { &mut fixed };
            if best.is_none_or(|(best, _)| rank > best) {
                *best = Some((rank, way));
            }
        }
        match (fixed, propagated) {
            (Some((_, Way::Local)), _) => Some(Way::Local),
            (Some(((fixed, ..), way)), Some(((propagated, ..), _))) if fixed >= propagated => Some(way),
            (_, Some((_, way))) | (Some((_, way)), None) => Some(way),
            (None, None) => None,
        }
    }

    /// Whether a group lets a packet through. `carried` are the groups of the other end; none of it is known outside.
    fn group_admits(
        &self,
        group: &str,
        direction: Direction,
        other: IpAddr,
        carried: Option<&str>,
        traffic: Traffic,
    ) -> bool {
        let groups = &self.observed.security_groups;
        let rules = groups.iter().find(|known| known.id == group).map_or(&[][..], |known| &known.rules);
        rules.iter().any(|rule| {
            let source = match &rule.source {
                Source::Cidr(block) => block.contains(&other),
                Source::PrefixList(list) if self.entries(list).is_empty() => carried.is_none(),
                Source::PrefixList(list) => self.entries(list).iter().any(|block| block.contains(&other)),
                Source::Group(wanted) => match carried {
                    Some(carried) => wanted == carried,
                    None => groups.iter().all(|known| known.id != *wanted),
                },
                Source::PeerGroup(_) => carried.is_none(),
            };
            rule.direction == direction && matches(rule.protocol, rule.ports, traffic) && source
        })
    }

    /// Whether a packet crosses the border of the VPC at this subnet.
    fn crosses(&self, subnet: &Subnet, direction: Direction, other: IpAddr, traffic: Traffic) -> bool {
        let bare = self
            .observed
            .interfaces
            .iter()
            .any(|interface| interface.subnet == subnet.id && interface.security_groups.is_empty());
        let mut groups = self.observed.security_groups.iter();
        let admitted = bare || groups.any(|group| self.group_admits(&group.id, direction, other, None, traffic));
        admitted && self.walked_acl(&subnet.id).is_none_or(|acl| acl_admits(acl, direction, other, traffic))
    }

    /// Whether any packet from any subnet leaves the VPC.
    pub(super) fn walks_out(&self) -> bool {
        self.observed.subnets.iter().any(|subnet| {
            every_address().into_iter().any(|other| {
                self.walked_way(&subnet.id, other) == Some(Way::Out)
                    && every_traffic()
                        .into_iter()
                        .any(|traffic| self.crosses(subnet, Direction::Egress, other, traffic))
            })
        })
    }

    /// Whether any packet from outside gets to any subnet, SSH as asked apart.
    pub(super) fn walks_in(&self) -> bool {
        let inside = |other: IpAddr| {
            let vpc = self.observed.vpc.as_ref().map(|vpc| IpNet::V4(vpc.cidr));
            vpc.is_some_and(|vpc| vpc.contains(&other))
        };
        let asked = |subnet: &Subnet, other: IpAddr, traffic: Traffic| {
            traffic == (Protocol::Tcp, 22)
                && self.expectation.training.subnets.contains(&subnet.id)
                && self.expectation.ssh_from.iter().any(|block| block.contains(&other))
        };
        let outside = || every_address().into_iter().filter(|other| !inside(*other));
        !self.observed.gateways.is_empty()
            && self.observed.subnets.iter().any(|subnet| {
                outside().any(|other| {
                    every_traffic().into_iter().any(|traffic| {
                        !asked(subnet, other, traffic) && self.crosses(subnet, Direction::Ingress, other, traffic)
                    })
                })
            })
    }

    /// Whether every host of some subnets, in one group, can talk to every one of others, in another group.
    pub(super) fn connects(
        &self,
        (from, from_group): (&[&Subnet], &str),
        (to, to_group): (&[(&Subnet, IpAddr)], &str),
        traffic: &[Traffic],
        replies: &[Traffic],
    ) -> bool {
        from.iter().flat_map(|subnet| hosts(subnet)).all(|(source_subnet, source)| {
            to.iter().all(|(target_subnet, target)| {
                let local = |subnet: &Subnet, other| self.walked_way(&subnet.id, other) == Some(Way::Local);
                let passes = |subnet: &Subnet, direction, other, traffic: &[Traffic]| {
                    source_subnet.id == target_subnet.id
                        || self.walked_acl(&subnet.id).is_some_and(|acl| {
                            traffic.iter().all(|traffic| acl_admits(acl, direction, other, *traffic))
                        })
                };
                local(source_subnet, *target)
                    && local(target_subnet, source)
                    && passes(source_subnet, Direction::Egress, *target, traffic)
                    && passes(target_subnet, Direction::Ingress, source, traffic)
                    && passes(target_subnet, Direction::Egress, source, replies)
                    && passes(source_subnet, Direction::Ingress, *target, replies)
                    && traffic.iter().all(|traffic| {
                        self.group_admits(from_group, Direction::Egress, *target, Some(to_group), *traffic)
                            && self.group_admits(to_group, Direction::Ingress, source, Some(from_group), *traffic)
                    })
            })
        })
    }
}

/// Every address of a subnet.
pub(super) fn hosts(subnet: &Subnet) -> impl Iterator<Item = (&Subnet, IpAddr)> {
    (u32::from(subnet.cidr.network())..=u32::from(subnet.cidr.broadcast()))
        .map(move |address| (subnet, IpAddr::V4(address.into())))
}

/// All traffic that the training tier must let through to itself.
pub(super) fn everything() -> Vec<Traffic> {
    every_traffic()
}

/// What replies go to.
pub(super) fn replies() -> Vec<Traffic> {
    let ephemeral = PORTS.iter().filter(|port| (32_768..=60_999).contains(*port));
    ephemeral.map(|port| (Protocol::Tcp, *port)).collect()
}

//! The oracle of the property test: takes one packet at a time by the hand and asks every rule on its way. It shares
//! nothing with the evaluator but the observed state, and knows no cells.

use std::net::IpAddr;

use ipnet::IpNet;

use super::fixture::Environment;
use ringfence_observed::{
    Direction, GatewayKind, IcmpTypeCode, NetworkAcl, PortRange, Protocol, Route, RouteTable, Source, Subnet,
    VpcEndpointType,
};

/// Addresses beside those of the small network: one in the secondary block that the VPC may have, one for all the rest of
/// IPv4, one in the only IPv6 block that a random rule may name, and one beside it.
const ELSEWHERE: [&str; 4] = ["198.51.100.1", "203.0.113.1", "2001:db8::1", "2001:db9::1"];

/// Every port at which some random rule may begin or end, and its neighbours.
pub(super) const PORTS: [u16; 16] =
    [0, 21, 22, 23, 442, 443, 444, 1023, 1024, 32_767, 32_768, 40_000, 60_999, 61_000, 65_534, 65_535];

/// Types of ICMP that random rules name, and one that none does.
pub(super) const TYPES: [i32; 5] = [0, 3, 8, 255, 42];
/// Codes that random rules name, and one that none does.
pub(super) const CODES: [i32; 4] = [0, 1, 4, 42];

/// What kind of packet one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Traffic {
    protocol: Protocol,
    /// The destination port, of TCP and UDP.
    port: u16,
    /// Type and code, of ICMP and ICMPv6.
    message: (i32, i32),
}

/// TCP towards a port.
pub(super) const fn tcp(port: u16) -> Traffic {
    Traffic { protocol: Protocol::Tcp, port, message: (0, 0) }
}

/// Every kind of traffic that random rules can tell apart.
fn every_traffic() -> Vec<Traffic> {
    let ported = PORTS.iter().flat_map(|port| [tcp(*port), Traffic { protocol: Protocol::Udp, ..tcp(*port) }]);
    let messages = TYPES.iter().flat_map(|icmp_type| CODES.iter().map(|code| (*icmp_type, *code)));
    let messages = messages.flat_map(|message| {
        [Protocol::Icmp, Protocol::Other(58)].map(|protocol| Traffic { protocol, port: 0, message })
    });
    let others = [50, 99].map(|number| Traffic { protocol: Protocol::Other(number), ..tcp(0) });
    ported.chain(messages).chain(others).collect()
}

/// Every address that random rules can tell apart: 10.0.0.0/27, half of which is the VPC, and elsewhere.
fn every_address() -> Vec<IpAddr> {
    let near = (0..32).map(|last| IpAddr::from([10, 0, 0, last]));
    near.chain(ELSEWHERE.iter().filter_map(|text| text.parse().ok())).collect()
}

/// Whether a rule that allows, or one that denies, is about a packet.
fn matches(rule: (Protocol, PortRange, IcmpTypeCode), allows: bool, packet: Traffic) -> bool {
    let (protocol, ports, icmp) = rule;
    let message = match icmp {
        IcmpTypeCode { icmp_type: -1, code: -1 } => true,
        // Nobody knows what other messages are.
        IcmpTypeCode { icmp_type, .. } if icmp_type > 255 => allows,
        IcmpTypeCode { icmp_type, code: -1 } => packet.message.0 == icmp_type,
        IcmpTypeCode { icmp_type, code } => packet.message == (icmp_type, code),
    };
    match protocol {
        Protocol::All => true,
        Protocol::Unknown => allows,
        Protocol::Tcp | Protocol::Other(6) => packet.protocol == Protocol::Tcp && ports.contains(packet.port),
        Protocol::Udp => packet.protocol == Protocol::Udp && ports.contains(packet.port),
        Protocol::Icmp | Protocol::Other(1) => packet.protocol == Protocol::Icmp && message,
        Protocol::Other(58) => packet.protocol == Protocol::Other(58) && message,
        other => packet.protocol == other,
    }
}

/// The lowest-numbered entry that matches decides.
fn acl_admits(acl: &NetworkAcl, direction: Direction, other: IpAddr, traffic: Traffic) -> bool {
    let matching = acl.entries.iter().filter(|entry| {
        let kind = (entry.protocol, entry.ports, entry.icmp);
        entry.direction == direction && entry.cidr.contains(&other) && matches(kind, entry.allow, traffic)
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
            let kind = (rule.protocol, rule.ports, rule.icmp);
            rule.direction == direction && matches(kind, true, traffic) && source
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

    /// Whether somebody outside can send a packet by one of the gateways, whatever its source.
    fn has_a_door(&self) -> bool {
        self.observed.gateways.iter().any(|gateway| {
            let asked_outside = gateway.requester.is_some();
            let states: &[&str] = match gateway.kind {
                GatewayKind::Internet => &["available"],
                GatewayKind::VirtualPrivate => &["attaching", "attached", "detaching"],
                GatewayKind::TransitAttachment => &["pendingAcceptance", "available", "deleting"],
                GatewayKind::Peering if asked_outside => &["provisioning", "active", "deleting"],
                GatewayKind::Peering => {
                    &["initiating-request", "pending-acceptance", "provisioning", "active", "deleting"]
                }
                GatewayKind::EgressOnlyInternet | GatewayKind::Nat => &[],
            };
            states.contains(&gateway.state.as_str())
        })
    }

    /// Whether any packet that comes by a gateway gets to any subnet, SSH as asked apart.
    pub(super) fn walks_in(&self) -> bool {
        let asked = |subnet: &Subnet, other: IpAddr, traffic: Traffic| {
            traffic == tcp(22)
                && self.expectation.training.subnets.contains(&subnet.id)
                && self.expectation.ssh_from.iter().any(|block| block.contains(&other))
        };
        self.has_a_door()
            && self.observed.subnets.iter().any(|subnet| {
                every_address().into_iter().any(|other| {
                    every_traffic().into_iter().any(|traffic| {
                        !asked(subnet, other, traffic) && self.crosses(subnet, Direction::Ingress, other, traffic)
                    })
                })
            })
    }

    /// Whether any of these groups by itself, or all that an interface carries, are open to the world in a direction.
    pub(super) fn opens(&self, direction: Direction, concerns: impl Fn(&[&str]) -> bool) -> bool {
        let open = |groups: &[&str]| {
            // What random rules can tell apart of all that the internet routes, in IPv4 and in IPv6.
            let worlds = [&ELSEWHERE[..2], &ELSEWHERE[2..]];
            let admitted = |address: &&str, traffic| {
                let address = address.parse().unwrap_or(IpAddr::from([0; 4]));
                groups.iter().any(|group| self.group_admits(group, direction, address, Some(""), traffic))
            };
            let to = |world: &[&str]| {
                every_traffic().into_iter().any(|traffic| world.iter().all(|address| admitted(address, traffic)))
            };
            worlds.into_iter().any(to)
        };
        let names_the_unknown = |id: &str| {
            let mut rules =
                self.observed.security_groups.iter().filter(|group| group.id == id).flat_map(|one| &one.rules);
            rules.any(|rule| rule.direction == direction && rule.source == Source::PrefixList("pl-unknown".to_owned()))
        };
        let mut alone = self.observed.security_groups.iter().map(|group| group.id.as_str());
        let mut worn = self.observed.interfaces.iter().map(|interface| &interface.security_groups);
        alone.any(|group| concerns(&[group]) && (open(&[group]) || names_the_unknown(group)))
            || worn.any(|groups| {
                let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
                groups.len() > 1 && concerns(&groups) && open(&groups)
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
    ephemeral.map(|port| tcp(*port)).collect()
}

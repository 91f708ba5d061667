//! Where the space is cut: at every address, port and message that a rule, a route or a question of the proof names.

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::{AddressLine, TrafficLine};
use crate::Expectation;
use crate::ports::{EPHEMERAL, HTTPS, SSH, SSH_CLIENT};
use ringfence_observed::{IcmpTypeCode, Observed, PortRange, Protocol, Source, Vpc};

/// IPv4 blocks that the internet does not route (RFC 6890): all the rest is "the world".
pub(crate) const RESERVED_IPV4: [Ipv4Net; 9] = [
    Ipv4Net::new_assert(Ipv4Addr::new(0, 0, 0, 0), 8),
    Ipv4Net::new_assert(Ipv4Addr::new(10, 0, 0, 0), 8),
    Ipv4Net::new_assert(Ipv4Addr::new(100, 64, 0, 0), 10),
    Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8),
    Ipv4Net::new_assert(Ipv4Addr::new(169, 254, 0, 0), 16),
    Ipv4Net::new_assert(Ipv4Addr::new(172, 16, 0, 0), 12),
    Ipv4Net::new_assert(Ipv4Addr::new(192, 168, 0, 0), 16),
    Ipv4Net::new_assert(Ipv4Addr::new(198, 18, 0, 0), 15),
    Ipv4Net::new_assert(Ipv4Addr::new(224, 0, 0, 0), 3),
];

/// The part of IPv6 that the internet routes (RFC 4291).
pub(crate) const GLOBAL_IPV6: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// The space of one environment.
#[derive(Debug)]
pub(crate) struct Space {
    /// The addresses of the other end.
    pub(crate) addresses: AddressLine,
    /// Protocols and ports.
    pub(crate) traffic: TrafficLine,
}

impl Space {
    /// Cuts at everything that is observed or asked.
    pub(crate) fn of(observed: &Observed, vpc: &Vpc, expectation: &Expectation) -> Self {
        Self {
            addresses: AddressLine::cut(blocks(observed, vpc, expectation)),
            traffic: TrafficLine::cut(protocols(observed, expectation)),
        }
    }
}

fn blocks<'a>(observed: &'a Observed, vpc: &'a Vpc, expectation: &'a Expectation) -> impl Iterator<Item = IpNet> + 'a {
    let own = std::iter::once(vpc.cidr).chain(vpc.secondary_cidrs.iter().copied()).map(IpNet::V4);
    let own = own.chain(vpc.ipv6_cidrs.iter().copied().map(IpNet::V6));
    let subnets = observed.subnets.iter().flat_map(|subnet| {
        let ipv6 = subnet.ipv6_cidrs.iter().copied().map(IpNet::V6);
        std::iter::once(IpNet::V4(subnet.cidr)).chain(ipv6)
    });
    let routes = observed.route_tables.iter().flat_map(|table| &table.routes);
    let routes = routes.filter_map(|route| route.destination.parse().ok());
    let entries = observed.network_acls.iter().flat_map(|acl| &acl.entries).map(|entry| entry.cidr);
    let rules = observed.security_groups.iter().flat_map(|group| &group.rules);
    let rules = rules.filter_map(|rule| match &rule.source {
        Source::Cidr(block) => Some(*block),
        Source::Group(_) | Source::PeerGroup(_) | Source::PrefixList(_) => None,
    });
    let lists = observed.prefix_lists.iter().flat_map(|list| list.entries.iter().copied());
    let asked = expectation.ssh_from.iter().copied();
    let world = RESERVED_IPV4.into_iter().map(IpNet::V4).chain(std::iter::once(IpNet::V6(GLOBAL_IPV6)));
    own.chain(subnets).chain(routes).chain(entries).chain(rules).chain(lists).chain(asked).chain(world)
}

fn protocols<'a>(
    observed: &'a Observed,
    expectation: &'a Expectation,
) -> impl Iterator<Item = (Protocol, PortRange, IcmpTypeCode)> + 'a {
    let entries = observed.network_acls.iter().flat_map(|acl| &acl.entries);
    let entries = entries.map(|entry| (entry.protocol, entry.ports, entry.icmp));
    let rules = observed.security_groups.iter().flat_map(|group| &group.rules);
    let rules = rules.map(|rule| (rule.protocol, rule.ports, rule.icmp));
    let asked = expectation.services_ports.iter().map(|port| PortRange::one(*port));
    let asked = asked.chain([SSH, HTTPS, EPHEMERAL, SSH_CLIENT]);
    entries.chain(rules).chain(asked.map(|ports| (Protocol::Tcp, ports, IcmpTypeCode::ALL)))
}

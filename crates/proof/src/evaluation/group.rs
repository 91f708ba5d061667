//! Security groups, as AWS evaluates them.

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::super::space::{Packet, PacketSet};
use super::View;
use ringfence_observed::{Direction, SecurityGroupRule, Source};

/// Every address of either family.
const ANYWHERE: [IpNet; 2] = [
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::UNSPECIFIED, 0)),
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 0)),
];

/// Who stands at the other end of a group's rules, and what is assumed where the rules do not say.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Peer<'a> {
    /// Somebody outside the VPC. A rule for a group that is not in this VPC means hosts beyond a peering connection,
    /// and a prefix list without known entries may hold any address: to be safe both match every address.
    Outside,
    /// A host inside that carries these groups. What is not known to match does not.
    Carrying(&'a [&'a str]),
}

/// What rules let through in one direction. Groups only ever allow, and rules of several groups add up:
/// <https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html>
pub(crate) fn admitted<'a>(
    view: &View<'_>,
    rules: impl IntoIterator<Item = &'a SecurityGroupRule>,
    direction: Direction,
    peer: Peer<'_>,
) -> PacketSet {
    let mut set = PacketSet::empty(&view.space.addresses, &view.space.traffic);
    for rule in rules.into_iter().filter(|rule| rule.direction == direction) {
        let traffic = view.space.traffic.of_rule(rule);
        for block in blocks(view, &rule.source, peer) {
            set.add(view.space.addresses.within(*block), &traffic);
        }
    }
    set
}

/// Whether rules let one packet through in one direction.
pub(crate) fn admits<'a>(
    view: &View<'_>,
    rules: impl IntoIterator<Item = &'a SecurityGroupRule>,
    direction: Direction,
    peer: Peer<'_>,
    packet: Packet,
) -> bool {
    rules.into_iter().filter(|rule| rule.direction == direction).any(|rule| {
        let mut blocks = blocks(view, &rule.source, peer).iter();
        view.space.traffic.of_rule(rule).contains(packet.class)
            && blocks.any(|block| view.space.addresses.within(*block).contains(&packet.cell))
    })
}

/// The addresses that the other end of a rule stands for.
fn blocks<'r>(view: &'r View<'_>, source: &'r Source, peer: Peer<'_>) -> &'r [IpNet] {
    let unless_known = |known: bool| match (peer, known) {
        (Peer::Outside, false) => ANYWHERE.as_slice(),
        (Peer::Outside, true) | (Peer::Carrying(_), _) => &[],
    };
    match source {
        Source::Cidr(block) => std::slice::from_ref(block),
        Source::PrefixList(list) => match view.prefix_list(list) {
            Some(list) if !list.entries.is_empty() => &list.entries,
            _ => unless_known(false),
        },
        Source::Group(group) => match peer {
            // Whichever address the peer has, the rule matches it for the group that it carries.
            Peer::Carrying(groups) if groups.contains(&group.as_str()) => ANYWHERE.as_slice(),
            _ => unless_known(view.group(group).is_some()),
        },
        // Nobody inside carries it.
        Source::PeerGroup(_) => unless_known(false),
    }
}

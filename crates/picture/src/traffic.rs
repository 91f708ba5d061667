//! Who may talk to whom, as the rules of groups say.

use std::collections::BTreeMap;

use super::inventory::View;
use super::words;
use ringfence_observed::{Direction, IcmpTypeCode, PortRange, Protocol, SecurityGroup, SecurityGroupRule, Source};

const SSH: u16 = 22;

/// What the rules of a group let through, by protocol, to or from such other ends: `TCP 443, 8443`. Empty for nothing.
fn let_through(group: &SecurityGroup, direction: Direction, other_end: impl Fn(&Source) -> bool) -> String {
    let rules = group.rules.iter().filter(|rule| rule.direction == direction && other_end(&rule.source));
    let mut ports: BTreeMap<(Protocol, IcmpTypeCode), Vec<PortRange>> = BTreeMap::new();
    for SecurityGroupRule { protocol, icmp, ports: range, .. } in rules {
        ports.entry((*protocol, *icmp)).or_default().push(*range);
    }
    let protocol = |((protocol, icmp), mut ranges): ((Protocol, IcmpTypeCode), Vec<PortRange>)| {
        ranges.sort();
        ranges.dedup();
        let mut ranges = ranges.into_iter();
        let first = ranges.next().map(|ports| words::traffic(protocol, ports, icmp)).unwrap_or_default();
        std::iter::once(first).chain(ranges.map(words::range)).collect::<Vec<_>>().join(", ")
    };
    ports.into_iter().map(protocol).collect::<Vec<_>>().join(" and ")
}

fn is_group(source: &Source, group: Option<&SecurityGroup>) -> bool {
    matches!(source, Source::Group(id) if group.is_some_and(|group| group.id == *id))
}

/// What training hosts may send each other: what their group both lets out to itself and lets in.
pub(super) fn among_training(view: &View<'_>) -> String {
    let Some(training) = view.inventory.training.group else { return String::new() };
    let itself = |source: &Source| is_group(source, Some(training));
    let (out, into) =
        (let_through(training, Direction::Egress, itself), let_through(training, Direction::Ingress, itself));
    if out == into { out } else { String::new() }
}

/// What the services tier admits from training hosts, where those may send anything there.
pub(super) fn training_to_services(view: &View<'_>) -> String {
    let (training, services) = (view.inventory.training.group, view.inventory.services.group);
    let (Some(from), Some(to)) = (training, services) else { return String::new() };
    let sent = let_through(from, Direction::Egress, |source| is_group(source, services));
    if sent.is_empty() { sent } else { let_through(to, Direction::Ingress, |source| is_group(source, training)) }
}

/// What the hosts of a group may send to endpoints: to their group, and to prefix lists.
pub(super) fn to_endpoints(view: &View<'_>, group: Option<&SecurityGroup>) -> String {
    let endpoints = view.inventory.endpoints_group;
    let to_service = |source: &Source| matches!(source, Source::PrefixList(_)) || is_group(source, endpoints);
    group.map(|group| let_through(group, Direction::Egress, to_service)).unwrap_or_default()
}

/// Where the training group admits SSH from, itself and other groups apart.
pub(super) fn ssh_sources(view: &View<'_>) -> Vec<String> {
    let rules = view.inventory.training.group.into_iter().flat_map(|group| &group.rules);
    let admits_ssh = |rule: &&SecurityGroupRule| {
        rule.direction == Direction::Ingress
            && matches!(rule.protocol, Protocol::Tcp | Protocol::All)
            && rule.ports.contains(SSH)
            && !matches!(rule.source, Source::Group(_))
    };
    let mut sources: Vec<_> = rules.filter(admits_ssh).map(|rule| words::source(&rule.source)).collect();
    sources.sort();
    sources.dedup();
    sources
}

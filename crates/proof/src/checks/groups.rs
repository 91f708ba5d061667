//! Security groups that would open the VPC to whoever can send a packet to it.

use std::collections::BTreeSet;

use ipnet::{IpNet, Ipv4Net};

use super::super::evaluation::{Peer, View, group};
use super::super::findings::Findings;
use super::super::ports::SSH;
use super::super::space::{GLOBAL_IPV6, Packet, RESERVED_IPV4, first_bit};
use super::super::{Check, CheckName};
use ringfence_observed::{Direction, Protocol, SecurityGroup, Source};

/// No group in the VPC, whoever made it, admits the whole world, and none of the environment's own lets everything out:
/// not as `0.0.0.0/0` or `::/0`, and not in pieces, by several rules, prefix lists or groups on one interface, that add
/// up to every address the internet routes.
pub(crate) fn no_open_group(view: &View<'_>) -> Check {
    let mut findings = Findings::of(CheckName::NoOpenGroup);
    let (own, world) = (Own::of(view), World::of(view));
    openings(view, Direction::Ingress, &world, |_| true, &mut findings);
    openings(view, Direction::Egress, &world, |groups| own.are(groups), &mut findings);
    let groups = view.observed.security_groups.len();
    findings
        .conclude(format!("none of the {groups} groups admits the whole world, and none of ours lets everything out"))
}

/// What groups of others let out. Every group that AWS or a person makes lets everything out unless told otherwise
/// (<https://docs.aws.amazon.com/vpc/latest/userguide/creating-security-groups.html>), so that this is no exposure: where
/// a packet finds a way by it, the walk finds it too.
pub(crate) fn no_foreign_open_egress(view: &View<'_>) -> Check {
    let mut findings = Findings::of(CheckName::NoForeignOpenEgress);
    let (own, world) = (Own::of(view), World::of(view));
    openings(view, Direction::Egress, &world, |groups| !own.are(groups), &mut findings);
    findings.conclude(format!("no group of others in {} lets everything out", view.vpc.id))
}

/// Reports what such sets of groups open: each group by itself, and those that interfaces carry together.
fn openings(
    view: &View<'_>,
    direction: Direction,
    world: &World,
    concerns: impl Fn(&[&str]) -> bool,
    findings: &mut Findings,
) {
    for group in &view.observed.security_groups {
        if !concerns(&[&group.id]) {
            continue;
        }
        for list in unknown_lists(view, group, direction) {
            findings.fault(format!("{} names {list}, whose addresses are not reported", group.id));
        }
        judge(view, &[&group.id], direction, world, findings);
    }
    // What is open by itself was named above.
    if !findings.none() {
        return;
    }
    let worn: BTreeSet<Vec<&str>> = view
        .observed
        .interfaces
        .iter()
        .filter(|interface| interface.security_groups.len() > 1)
        .map(|interface| interface.security_groups.iter().map(String::as_str).collect())
        .collect();
    for groups in worn.iter().filter(|groups| concerns(groups)) {
        judge(view, groups, direction, world, findings);
    }
}

/// The groups of the environment: those that it is expected to have, and the default one, which came with the VPC.
struct Own<'a>(BTreeSet<&'a str>);

impl<'a> Own<'a> {
    fn of(view: &View<'a>) -> Self {
        let expectation = view.expectation;
        let tiers = [&expectation.training, &expectation.services].map(|tier| &tier.security_group);
        let named = expectation.own_groups.iter().chain(tiers).chain(&expectation.instance_connect_group);
        let default = view.observed.security_groups.iter().filter(|group| group.is_default()).map(|group| &group.id);
        Self(named.chain(default).map(String::as_str).collect())
    }

    /// Whether all of these are.
    fn are(&self, groups: &[&str]) -> bool {
        groups.iter().all(|group| self.0.contains(group))
    }
}

/// The cells of the addresses that the internet routes.
struct World {
    ipv4: Vec<usize>,
    ipv6: Vec<usize>,
}

impl World {
    fn of(view: &View<'_>) -> Self {
        let reserved = view.cells(RESERVED_IPV4.into_iter().map(IpNet::V4));
        let mut ipv4 = view.cells([IpNet::V4(Ipv4Net::default())]);
        ipv4.retain(|cell| reserved.binary_search(cell).is_err());
        Self { ipv4, ipv6: view.cells([IpNet::V6(GLOBAL_IPV6)]) }
    }
}

fn judge(view: &View<'_>, groups: &[&str], direction: Direction, world: &World, findings: &mut Findings) {
    let way = match direction {
        Direction::Ingress => "in from",
        Direction::Egress => "out to",
    };
    let admitted = group::admitted(view, view.rules(groups), direction, Peer::Carrying(&[]));
    for (cells, anywhere) in [(&world.ipv4, "0.0.0.0/0"), (&world.ipv6, "::/0")] {
        if let Some(class) = admitted.common_class(cells.iter().copied()) {
            let (names, traffic) = (groups.join(" with "), view.space.traffic.representative(class));
            findings.fault(format!("{names} lets {traffic} {way} {anywhere}"));
        }
    }
}

/// The prefix lists that a group names and nobody reports: they may hold the whole world.
fn unknown_lists<'a>(view: &View<'_>, group: &'a SecurityGroup, direction: Direction) -> impl Iterator<Item = &'a str> {
    let rules = group.rules.iter().filter(move |rule| rule.direction == direction);
    rules.filter_map(|rule| match &rule.source {
        Source::PrefixList(list) if view.prefix_list(list).is_none() => Some(list.as_str()),
        _ => None,
    })
}

/// The default group has no rules: it is on whatever somebody launches without naming a group.
pub(crate) fn default_group_closed(view: &View<'_>) -> Check {
    let mut findings = Findings::of(CheckName::DefaultGroupClosed);
    let mut because = String::new();
    match view.observed.security_groups.iter().find(|group| group.is_default()) {
        None => findings.fault(format!("no default group of {} is reported", view.vpc.id)),
        Some(group) if group.rules.is_empty() => because = format!("{} (default) has no rules", group.id),
        Some(group) => findings.fault(format!("{} (default) has {} rules", group.id, group.rules.len())),
    }
    findings.conclude(because)
}

/// The training group admits SSH from `ssh_from`, itself and the EC2 Instance Connect Endpoint, and from nobody else,
/// also inside the VPC.
pub(crate) fn ssh_only_as_asked(view: &View<'_>) -> Check {
    let mut findings = Findings::of(CheckName::SshOnlyAsAsked);
    let id = view.expectation.training.security_group.as_str();
    let ssh = view.space.traffic.matching(Protocol::Tcp, SSH);
    let asked = view.cells(view.expectation.ssh_from.iter().copied());
    let admitted = group::admitted(view, view.rules(&[id]), Direction::Ingress, Peer::Outside);
    let stray = (0..view.space.addresses.len()).filter(|cell| asked.binary_search(cell).is_err()).find_map(|cell| {
        let common = admitted.row(cell).iter().zip(ssh.words()).map(|(row, ssh)| row & ssh);
        first_bit(common).map(|class| Packet { cell, class })
    });
    if let Some(packet) = stray {
        findings.fault(format!("{id} admits {}, which access.ssh_from does not name", view.words(packet)));
    }
    let friends = [Some(id), view.expectation.instance_connect_group.as_deref()];
    for rule in view.rules(&[id]).filter(|rule| rule.direction == Direction::Ingress) {
        let traffic = view.space.traffic.of_rule(rule);
        let admits_ssh = traffic.words().iter().zip(ssh.words()).any(|(rule, ssh)| rule & ssh != 0);
        if let Source::Group(group) = &rule.source
            && admits_ssh
            && !friends.contains(&Some(group.as_str()))
        {
            findings.fault(format!("{id} admits SSH from whatever carries {group}"));
        }
    }
    findings.conclude(format!("{id} admits SSH from access.ssh_from and from itself alone"))
}

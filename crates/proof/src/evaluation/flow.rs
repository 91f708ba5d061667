//! Whether connections that must work do: routes, ACLs and groups together, there and back.

use std::collections::BTreeMap;
use std::ops::Range;

use super::super::findings::Findings;
use super::super::space::{PacketSet, TrafficSet};
use super::group::{self, Peer};
use super::{SubnetView, View, Way};
use ringfence_observed::Direction;

/// One end of a connection: addresses in a subnet.
#[derive(Clone, Debug)]
pub(crate) struct End<'v, 'a> {
    /// How a reason names it.
    pub(crate) label: String,
    /// The subnet that it is in.
    pub(crate) place: &'v SubnetView<'a>,
    /// Its addresses: the subnet's, or the one of an endpoint's interface.
    pub(crate) cells: Range<usize>,
}

impl<'v, 'a> End<'v, 'a> {
    /// Any host in a subnet.
    pub(crate) fn anywhere_in(place: &'v SubnetView<'a>) -> Self {
        Self { label: place.subnet.id.clone(), place, cells: place.cells.clone() }
    }
}

/// Connections from every host at one side to every host at the other.
pub(crate) struct Connections<'c, 'v, 'a> {
    /// Where connections are opened.
    pub(crate) from: &'c [End<'v, 'a>],
    /// The groups that the opening hosts carry.
    pub(crate) from_groups: &'c [&'c str],
    /// Where they go to.
    pub(crate) to: &'c [End<'v, 'a>],
    /// The groups that the answering hosts carry.
    pub(crate) to_groups: &'c [&'c str],
    /// The traffic that must get through.
    pub(crate) traffic: &'c TrafficSet,
    /// What must come back.
    pub(crate) replies: &'c TrafficSet,
}

impl Connections<'_, '_, '_> {
    /// Reports what keeps any of them from working.
    pub(crate) fn verify(&self, view: &View<'_>, findings: &mut Findings) {
        routed(view, self.from, self.to, findings);
        routed(view, self.to, self.from, findings);
        // Stateless: each of the four crossings of a subnet's border needs an entry of its own.
        passes_lists(view, self.from, Direction::Egress, self.to, self.traffic, findings);
        passes_lists(view, self.to, Direction::Ingress, self.from, self.traffic, findings);
        passes_lists(view, self.to, Direction::Egress, self.from, self.replies, findings);
        passes_lists(view, self.from, Direction::Ingress, self.to, self.replies, findings);
        // Stateful: what a group let through one way, it lets back the other.
        passes_groups(view, self.from_groups, Direction::Egress, self.to_groups, self.to, self.traffic, findings);
        passes_groups(view, self.to_groups, Direction::Ingress, self.from_groups, self.from, self.traffic, findings);
    }
}

/// Whether the tables of `from` deliver to `to` within the VPC.
fn routed(view: &View<'_>, from: &[End<'_, '_>], to: &[End<'_, '_>], findings: &mut Findings) {
    for (_, end) in distinct(from, |place| place.table) {
        let Some(forwarding) = view.forwarding(end.place) else {
            findings.fault(format!("no route table is reported for {}", end.place.subnet.id));
            continue;
        };
        for other in to {
            let lost = other.cells.clone().find_map(|cell| match forwarding.winner(cell) {
                Some((Way::Local, _)) => None,
                Some((_, route)) => Some(format!("sends it to {}", route.target)),
                None => Some("has no route to it".to_owned()),
            });
            if let Some(lost) = lost {
                let table = &forwarding.table.id;
                findings.fault(format!("{} does not reach {}: {table} {lost}", end.place.subnet.id, other.label));
            }
        }
    }
}

/// Whether the ACLs of `guarded` let `traffic` through in `direction`, whoever of `others` is at the other end.
pub(crate) fn passes_lists(
    view: &View<'_>,
    guarded: &[End<'_, '_>],
    direction: Direction,
    others: &[End<'_, '_>],
    traffic: &TrafficSet,
    findings: &mut Findings,
) {
    for (subnets, end) in distinct(guarded, |place| place.list) {
        // ACLs guard the border of a subnet: hosts of the same one do not pass it.
        let crosses = |other: &&End<'_, '_>| subnets > 1 || other.place.subnet.id != end.place.subnet.id;
        for other in others.iter().filter(crosses) {
            passes_list(view, end.place, direction, other.cells.clone(), &other.label, traffic, findings);
        }
    }
}

/// Whether the ACL of one place lets `traffic` through in `direction`, with the other end in `cells`.
pub(crate) fn passes_list(
    view: &View<'_>,
    place: &SubnetView<'_>,
    direction: Direction,
    cells: Range<usize>,
    other: &str,
    traffic: &TrafficSet,
    findings: &mut Findings,
) {
    let subnet = &place.subnet.id;
    let Some(list) = view.access_list(place) else {
        findings.fault(format!("no network ACL is reported for {subnet}"));
        return;
    };
    if let Some(packet) = list.first_missing(direction, cells, traffic) {
        let (acl, packet) = (&list.acl.id, view.words(packet));
        findings.fault(match direction {
            Direction::Ingress => format!("{acl} keeps {packet} ({other}) out of {subnet}"),
            Direction::Egress => format!("{acl} does not let {subnet} out to {packet} ({other})"),
        });
    }
}

/// Whether `groups` let `traffic` through in `direction`, with a host of `others` that carries `peers` at the other
/// end.
fn passes_groups(
    view: &View<'_>,
    groups: &[&str],
    direction: Direction,
    peers: &[&str],
    others: &[End<'_, '_>],
    traffic: &TrafficSet,
    findings: &mut Findings,
) {
    let admitted: PacketSet = group::admitted(view, view.rules(groups), direction, Peer::Carrying(peers));
    for other in others {
        if let Some(packet) = admitted.first_missing(other.cells.clone(), traffic) {
            let (names, packet) = (groups.join(", "), view.words(packet));
            findings.fault(match direction {
                Direction::Ingress => format!("{names} admits no {packet} ({})", other.label),
                Direction::Egress => format!("{names} lets nothing out to {packet} ({})", other.label),
            });
        }
    }
}

/// One end for each distinct table or ACL, with the number of *subnets* that share it: what they share is evaluated
/// once, not once for each of two hundred subnets.
fn distinct<'e, 'v, 'a>(
    ends: &'e [End<'v, 'a>],
    shared: impl Fn(&SubnetView<'_>) -> Option<usize>,
) -> Vec<(usize, &'e End<'v, 'a>)> {
    let mut found: BTreeMap<Option<usize>, (Vec<&str>, &End<'v, 'a>)> = BTreeMap::new();
    for end in ends {
        let (subnets, _) = found.entry(shared(end.place)).or_insert_with(|| (Vec::new(), end));
        subnets.push(&end.place.subnet.id);
    }
    found
        .into_values()
        .map(|(mut subnets, end)| {
            subnets.sort_unstable();
            subnets.dedup();
            (subnets.len(), end)
        })
        .collect()
}

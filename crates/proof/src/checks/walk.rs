//! The packet walk across the border of the VPC: one packet for each cell of addresses and class of traffic.

use std::collections::{BTreeMap, HashMap};

use super::super::evaluation::{AccessList, Peer, Standing, SubnetView, View, group};
use super::super::findings::Findings;
use super::super::ports::SSH;
use super::super::space::{Packet, PacketSet, TrafficSet, first_bit};
use super::super::{Check, CheckName};
use super::guardduty::guards_guardduty_alone;
use ringfence_observed::{Direction, GatewayKind, NetworkInterface, Protocol, SecurityGroup};

/// No packet gets out: for every subnet in the VPC, whoever made it, and for whatever groups of the VPC a host there
/// may carry, no address to which a route leads out is let through by both the ACL and a group.
///
/// One packet is enough, replies or not: data leaves with the first one. Traffic to the prefix list of a gateway
/// endpoint stays with the endpoint, whose policy is a check of its own.
pub(crate) fn nothing_reaches_out(view: &View<'_>) -> Check {
    let mut findings = Findings::of(CheckName::NothingReachesOut);
    let unguarded = unguarded(view);
    let mut walk = None;
    for place in representatives(view, &unguarded, |place| (place.list, place.table)) {
        let subnet = &place.subnet.id;
        let Some(forwarding) = view.forwarding(place) else {
            findings.fault(format!("no route table is reported for {subnet}"));
            continue;
        };
        let mut leaving = forwarding.leaving().peekable();
        if leaving.peek().is_none() {
            continue;
        }
        let walk = walk.get_or_insert_with(|| Walk::across(view, &unguarded, Direction::Egress));
        let guards = walk.guards_of(place);
        let found = leaving.find_map(|(cell, route)| guards.crossing(cell, None).map(|packet| (packet, route)));
        if let Some((packet, route)) = found {
            let (table, destination, target) = (&forwarding.table.id, &route.destination, &route.target);
            let (packet, names) = (view.words(packet), guards.names(packet));
            findings.fault(format!(
                "{subnet} reaches {packet}: {table} routes {destination} to {target}, {names} let it out"
            ));
        }
    }
    findings.conclude(if walk.is_none() {
        format!("no route of any subnet that AWS reports in {} leads out", view.vpc.id)
    } else {
        format!("routes lead out of {}, but its ACLs and groups let no packet take them", view.vpc.id)
    })
}

/// No packet gets in by anything attached that lets others open connections: the same walk the other way round, SSH from
/// `ssh_from` to the training subnets excepted. A packet that gets in without a way back for replies still got in.
///
/// It may come from any address, those of the VPC itself included: AWS says nowhere that it drops packets whose source
/// is not behind the attachment, and whoever is behind it may give any source
/// (<https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html>: peering connections support no unicast
/// reverse path forwarding).
pub(crate) fn nothing_reaches_in(view: &View<'_>) -> Check {
    let mut findings = Findings::of(CheckName::NothingReachesIn);
    // NAT and egress-only gateways let nobody open a connection from outside.
    let one_way = [GatewayKind::Nat, GatewayKind::EgressOnlyInternet];
    let attached = view.gateways(&[Standing::Attached, Standing::Closing]);
    let entrances = attached.filter(|gateway| !one_way.contains(&gateway.kind));
    let entrances: Vec<&str> = entrances.map(|gateway| gateway.id.as_str()).collect();
    if entrances.is_empty() {
        return findings.conclude(format!(
            "no internet gateway, peering connection, transit or virtual private gateway is attached to {} that a packet \
             could come by",
            view.vpc.id
        ));
    }
    let entrances = entrances.join(", ");
    let asked = view.cells(view.expectation.ssh_from.iter().copied());
    let sources = (0..view.space.addresses.len()).map(|cell| (cell, asked.binary_search(&cell).is_ok()));
    let sources: Vec<(usize, bool)> = sources.collect();
    let ssh = view.space.traffic.matching(Protocol::Tcp, SSH);
    let is_training = |place: &SubnetView<'_>| view.expectation.training.subnets.contains(&place.subnet.id);
    let unguarded = unguarded(view);
    let walk = Walk::across(view, &unguarded, Direction::Ingress);
    for place in representatives(view, &unguarded, |place| (place.list, is_training(place))) {
        let (guards, training) = (walk.guards_of(place), is_training(place));
        let mut cells = sources.iter();
        let found = cells.find_map(|(cell, asked)| guards.crossing(*cell, (training && *asked).then_some(&ssh)));
        if let Some(packet) = found {
            let (subnet, packet, names) = (&place.subnet.id, view.words(packet), guards.names(packet));
            findings.fault(format!("{subnet} admits {packet}: it may come by {entrances}, {names} let it in"));
        }
    }
    findings.conclude(format!("ACLs and groups let in nothing that may come by {entrances}, SSH as asked apart"))
}

/// Interfaces that no group guards, by their subnet. Those of a transit gateway open no connections of their own.
type Unguarded<'a> = HashMap<&'a str, &'a NetworkInterface>;

fn unguarded<'a>(view: &View<'a>) -> Unguarded<'a> {
    let interfaces = view.observed.interfaces.iter();
    let bare = interfaces.filter(|interface| interface.security_groups.is_empty());
    let bare = bare.filter(|interface| interface.interface_type != "transit_gateway");
    bare.map(|interface| (interface.subnet.as_str(), interface)).collect()
}

/// One place for each distinct key: what places share is walked once.
fn representatives<'v, 'a, Key: Ord>(
    view: &'v View<'a>,
    unguarded: &Unguarded<'_>,
    key: impl Fn(&SubnetView<'a>) -> Key,
) -> impl Iterator<Item = &'v SubnetView<'a>> {
    let mut found = BTreeMap::new();
    for place in &view.places {
        let bare = unguarded.contains_key(place.subnet.id.as_str());
        found.entry((key(place), bare)).or_insert(place);
    }
    found.into_values()
}

/// The groups that a host may carry. Into GuardDuty's own nothing is sent to a host.
fn counted<'a>(view: &View<'a>, direction: Direction) -> impl Iterator<Item = &'a SecurityGroup> {
    let groups = view.observed.security_groups.iter();
    groups.filter(move |group| direction == Direction::Egress || !guards_guardduty_alone(view, group))
}

/// A walk across the border in one direction.
struct Walk<'w, 'a> {
    view: &'w View<'a>,
    unguarded: &'w Unguarded<'a>,
    direction: Direction,
    /// What the groups of the VPC let through together: somebody may put any of them on a host.
    groups: PacketSet,
    /// The cells that some group lets anything through to or from: mostly few, and no ACL need be asked about the rest.
    admitting: Vec<bool>,
    everything: TrafficSet,
}

/// What stands in the way of packets to or from one place.
struct Guards<'w, 'a> {
    walk: &'w Walk<'w, 'a>,
    list: Option<&'w AccessList<'a>>,
    /// An interface there that no group guards.
    bare: Option<&'a NetworkInterface>,
}

impl<'w, 'a> Walk<'w, 'a> {
    fn across(view: &'w View<'a>, unguarded: &'w Unguarded<'a>, direction: Direction) -> Self {
        let rules = counted(view, direction).flat_map(|group| &group.rules);
        let groups = group::admitted(view, rules, direction, Peer::Outside);
        let cells = 0..view.space.addresses.len();
        let admitting = cells.map(|cell| groups.row(cell).iter().any(|word| *word != 0)).collect();
        Self { view, unguarded, direction, groups, admitting, everything: view.space.traffic.everything() }
    }

    fn guards_of(&'w self, place: &SubnetView<'_>) -> Guards<'w, 'a> {
        let bare = self.unguarded.get(place.subnet.id.as_str()).copied();
        Guards { walk: self, list: self.view.access_list(place), bare }
    }
}

impl Guards<'_, '_> {
    /// A packet with its other end in `cell` that the ACL and some group let through, `excepted` traffic apart.
    fn crossing(&self, cell: usize, excepted: Option<&TrafficSet>) -> Option<Packet> {
        let Walk { groups, admitting, direction, everything, .. } = self.walk;
        if self.bare.is_none() && !admitting[cell] {
            return None;
        }
        // What is not known is assumed to let everything through.
        let by_list = self.list.map_or(everything.words(), |list| list.row(*direction, cell));
        let by_groups = if self.bare.is_some() { everything.words() } else { groups.row(cell) };
        let words = by_list.iter().zip(by_groups).enumerate().map(|(index, (by_list, by_groups))| {
            by_list & by_groups & !excepted.map_or(0, |excepted| excepted.words()[index])
        });
        first_bit(words).map(|class| Packet { cell, class })
    }

    /// The ACL and the group, or the interface without one, that let a packet through.
    fn names(&self, packet: Packet) -> String {
        let Walk { view, direction, .. } = self.walk;
        let group = counted(view, *direction)
            .find(|group| group::admits(view, &group.rules, *direction, Peer::Outside, packet));
        let list = self.list.map_or("an ACL that is not reported", |list| &list.acl.id);
        let bare = self.bare.map_or("no group", |interface| &interface.id);
        format!("{list} and {}", group.map_or(bare, |group| &group.id))
    }
}

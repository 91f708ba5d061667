//! Network ACLs, as AWS evaluates them.

use std::ops::Range;

use super::super::space::{AddressLine, Packet, Region, Space, TrafficLine, TrafficSet};
use crate::observed::{Direction, NetworkAcl};

/// What an ACL lets through, each way.
///
/// A VPC may have two hundred ACLs whose entries cut the addresses into thousands of cells between them, while each
/// knows a few dozen: every ACL is evaluated over cells of its own.
#[derive(Debug)]
pub(crate) struct AccessList<'a> {
    /// The ACL.
    pub(crate) acl: &'a NetworkAcl,
    /// The ACL's own cell that holds each cell of the space.
    own: Vec<usize>,
    ingress: Region,
    egress: Region,
}

impl<'a> AccessList<'a> {
    /// Evaluates the entries: in ascending order the first that matches decides, and what none matches is denied.
    ///
    /// <https://docs.aws.amazon.com/vpc/latest/userguide/nacl-basics.html>
    pub(crate) fn of(acl: &'a NetworkAcl, space: &Space) -> Self {
        let line = AddressLine::cut(acl.entries.iter().map(|entry| entry.cidr));
        Self {
            acl,
            own: line.holding(&space.addresses),
            ingress: admitted(acl, Direction::Ingress, &line, &space.traffic),
            egress: admitted(acl, Direction::Egress, &line, &space.traffic),
        }
    }

    /// The traffic that it lets through in one direction, with the other end in a cell of the space.
    pub(crate) fn row(&self, direction: Direction, cell: usize) -> &[u64] {
        self.region(direction).row(self.own[cell])
    }

    /// A packet of `traffic` that it does not let through, with the other end in `cells` of the space.
    pub(crate) fn first_missing(
        &self,
        direction: Direction,
        cells: Range<usize>,
        traffic: &TrafficSet,
    ) -> Option<Packet> {
        let own = &self.own[cells.clone()];
        let rows = *own.first()?..*own.last()? + 1;
        let missing = self.region(direction).first_missing(rows, traffic)?;
        // The first cell of the space that is in the ACL's own.
        let cell = cells.start + own.partition_point(|row| *row < missing.cell);
        Some(Packet { cell, ..missing })
    }

    fn region(&self, direction: Direction) -> &Region {
        match direction {
            Direction::Ingress => &self.ingress,
            Direction::Egress => &self.egress,
        }
    }
}

fn admitted(acl: &NetworkAcl, direction: Direction, line: &AddressLine, traffic: &TrafficLine) -> Region {
    let mut entries: Vec<_> = acl.entries.iter().filter(|entry| entry.direction == direction).collect();
    entries.sort_by_key(|entry| entry.number);
    let (mut admitted, mut decided) = (Region::empty(line, traffic), Region::empty(line, traffic));
    for entry in entries {
        // Traffic is told apart by protocol, not by the messages of ICMP: an allow of some of them counts as one of all,
        // a deny of some of them as none, so that never less gets through here than does in AWS.
        if !entry.allow && !entry.icmp.is_all() {
            continue;
        }
        let matched = traffic.matching(entry.protocol, entry.ports);
        admitted.add_undecided(&mut decided, line.within(entry.cidr), &matched, entry.allow);
    }
    admitted
}

#[cfg(test)]
mod tests {
    use ipnet::{IpNet, Ipv4Net};

    use super::*;
    use crate::observed::{AclEntry, IcmpTypeCode, PortRange, Protocol, Tags};

    const ECHO: IcmpTypeCode = IcmpTypeCode { icmp_type: 8, code: -1 };

    /// Whether an ACL that decides over these messages first, and allows all that is left, lets any ICMP in.
    fn lets_icmp_in(icmp: IcmpTypeCode, allow: bool, rest: bool) -> bool {
        let entry = |number, protocol, icmp, allow| {
            let cidr = IpNet::V4(Ipv4Net::default());
            AclEntry { number, direction: Direction::Ingress, protocol, ports: PortRange::ALL, icmp, cidr, allow }
        };
        let first = entry(90, Protocol::Icmp, icmp, allow);
        let entries = vec![first, entry(100, Protocol::All, IcmpTypeCode::ALL, rest)];
        let acl =
            NetworkAcl { id: "acl-1".into(), default: false, entries, associations: Vec::new(), tags: Tags::new() };
        let traffic = TrafficLine::cut([(Protocol::Icmp, PortRange::ALL)]);
        let space = Space { addresses: AddressLine::cut([IpNet::V4(Ipv4Net::default())]), traffic };
        let cells = space.addresses.within(IpNet::V4(Ipv4Net::default()));
        let messages = space.traffic.matching(Protocol::Icmp, PortRange::ALL);
        AccessList::of(&acl, &space).first_missing(Direction::Ingress, cells, &messages).is_none()
    }

    #[test]
    fn a_deny_of_some_messages_is_none_of_all() {
        assert!(!lets_icmp_in(IcmpTypeCode::ALL, false, true));
        assert!(lets_icmp_in(ECHO, false, true));
    }

    #[test]
    fn an_allow_of_some_messages_counts_as_one_of_all() {
        assert!(lets_icmp_in(IcmpTypeCode::ALL, true, false));
        assert!(lets_icmp_in(ECHO, true, false));
    }
}

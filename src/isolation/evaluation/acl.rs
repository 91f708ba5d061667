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
        let matched = traffic.matching(entry.protocol, entry.ports);
        admitted.add_undecided(&mut decided, line.within(entry.cidr), &matched, entry.allow);
    }
    admitted
}

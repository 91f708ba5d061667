//! Network ACLs, as AWS evaluates them.

use super::super::space::{Region, Space};
use crate::observed::{Direction, NetworkAcl};

/// What an ACL lets through, each way.
#[derive(Debug)]
pub(crate) struct AccessList<'a> {
    /// The ACL.
    pub(crate) acl: &'a NetworkAcl,
    ingress: Region,
    egress: Region,
}

impl<'a> AccessList<'a> {
    /// Evaluates the entries: in ascending order the first that matches decides, and what none matches is denied.
    ///
    /// <https://docs.aws.amazon.com/vpc/latest/userguide/nacl-basics.html>
    pub(crate) fn of(acl: &'a NetworkAcl, space: &Space) -> Self {
        Self { acl, ingress: admitted(acl, Direction::Ingress, space), egress: admitted(acl, Direction::Egress, space) }
    }

    /// What it lets through in one direction, by the address of the other end.
    pub(crate) fn admits(&self, direction: Direction) -> &Region {
        match direction {
            Direction::Ingress => &self.ingress,
            Direction::Egress => &self.egress,
        }
    }
}

fn admitted(acl: &NetworkAcl, direction: Direction, space: &Space) -> Region {
    let mut entries: Vec<_> = acl.entries.iter().filter(|entry| entry.direction == direction).collect();
    entries.sort_by_key(|entry| entry.number);
    let (mut admitted, mut decided) = (Region::empty(space), Region::empty(space));
    for entry in entries {
        let cells = space.addresses.within(entry.cidr);
        let traffic = space.traffic.matching(entry.protocol, entry.ports);
        admitted.add_undecided(&mut decided, cells, &traffic, entry.allow);
    }
    admitted
}

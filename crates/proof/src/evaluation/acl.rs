//! Network ACLs, as AWS evaluates them.

use std::ops::Range;

use super::super::space::{AddressLine, Packet, PacketSet, Space, TrafficLine, TrafficSet};
use ringfence_observed::{Direction, NetworkAcl};

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
    ingress: PacketSet,
    egress: PacketSet,
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
        self.admitted_in(direction).row(self.own[cell])
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
        let missing = self.admitted_in(direction).first_missing(rows, traffic)?;
        // The first cell of the space that is in the ACL's own.
        let cell = cells.start + own.partition_point(|row| *row < missing.cell);
        Some(Packet { cell, ..missing })
    }

    fn admitted_in(&self, direction: Direction) -> &PacketSet {
        match direction {
            Direction::Ingress => &self.ingress,
            Direction::Egress => &self.egress,
        }
    }
}

fn admitted(acl: &NetworkAcl, direction: Direction, line: &AddressLine, traffic: &TrafficLine) -> PacketSet {
    let mut entries: Vec<_> = acl.entries.iter().filter(|entry| entry.direction == direction).collect();
    entries.sort_by_key(|entry| entry.number);
    let (mut admitted, mut decided) = (PacketSet::empty(line, traffic), PacketSet::empty(line, traffic));
    for entry in entries {
        let matched = traffic.of_entry(entry);
        admitted.add_undecided(&mut decided, line.within(entry.cidr), &matched, entry.allow);
    }
    admitted
}

#[cfg(test)]
mod tests {
    use ipnet::{IpNet, Ipv4Net};
    use rstest::rstest;

    use super::*;
    use ringfence_observed::{AclEntry, IcmpTypeCode, PortRange, Protocol, Tags};

    const ALL: IcmpTypeCode = IcmpTypeCode::ALL;
    const ECHO: IcmpTypeCode = IcmpTypeCode { icmp_type: 8, code: -1 };
    const ECHO_0: IcmpTypeCode = IcmpTypeCode { icmp_type: 8, code: 0 };
    const NO_MESSAGE: IcmpTypeCode = IcmpTypeCode { icmp_type: 300, code: -1 };

    fn entry(number: u16, protocol: Protocol, icmp: IcmpTypeCode, allow: bool) -> AclEntry {
        let cidr = IpNet::V4(Ipv4Net::default());
        AclEntry { number, direction: Direction::Ingress, protocol, ports: PortRange::ALL, icmp, cidr, allow }
    }

    /// Of all that an ACL lets in, whether that is what an entry like `asked` means, all of it.
    fn lets_in(entries: Vec<AclEntry>, asked: &AclEntry) -> bool {
        let named = entries.iter().chain([asked]).map(|entry| (entry.protocol, entry.ports, entry.icmp));
        let traffic = TrafficLine::cut(named.collect::<Vec<_>>());
        let acl =
            NetworkAcl { id: "acl-1".into(), default: false, entries, associations: Vec::new(), tags: Tags::new() };
        let space = Space { addresses: AddressLine::cut([asked.cidr]), traffic };
        let cells = space.addresses.within(asked.cidr);
        let asked = space.traffic.of_entry(asked);
        AccessList::of(&acl, &space).first_missing(Direction::Ingress, cells, &asked).is_none()
    }

    /// An entry of these messages decides first, and one of all traffic, which is the opposite, over the rest.
    #[rstest]
    #[case::all(Protocol::Icmp, ALL, ECHO, true)]
    #[case::type_of_type(Protocol::Icmp, ECHO, ECHO, true)]
    #[case::code_of_type(Protocol::Icmp, ECHO, ECHO_0, true)]
    #[case::by_number(Protocol::Other(1), ECHO, ECHO_0, true)]
    #[case::one_code_is_not_the_type(Protocol::Icmp, ECHO_0, ECHO, false)]
    #[case::one_type_is_not_all(Protocol::Icmp, ECHO, ALL, false)]
    #[case::another_type(Protocol::Icmp, IcmpTypeCode { icmp_type: 3, code: -1 }, ECHO_0, false)]
    #[case::icmp_of_another_version(Protocol::Other(58), ECHO, ECHO, false)]
    fn an_allow_is_for_its_messages(
        #[case] protocol: Protocol,
        #[case] messages: IcmpTypeCode,
        #[case] asked: IcmpTypeCode,
        #[case] expected: bool,
    ) {
        let asked = entry(1, Protocol::Icmp, asked, true);
        let allow = vec![entry(90, protocol, messages, true), entry(100, Protocol::All, ALL, false)];
        assert_eq!(lets_in(allow, &asked), expected);
    }

    #[rstest]
    #[case::all(Protocol::Icmp, ALL, ECHO, false)]
    #[case::type_of_type(Protocol::Icmp, ECHO, ECHO_0, false)]
    #[case::another_code(Protocol::Icmp, ECHO_0, IcmpTypeCode { icmp_type: 8, code: 1 }, true)]
    #[case::one_type_is_not_all(Protocol::Icmp, ECHO, IcmpTypeCode { icmp_type: 9, code: -1 }, true)]
    #[case::what_is_no_message_denies_none(Protocol::Icmp, NO_MESSAGE, ALL, true)]
    #[case::what_is_no_protocol_denies_none(Protocol::Unknown, ALL, ALL, true)]
    fn a_deny_is_for_its_messages(
        #[case] protocol: Protocol,
        #[case] messages: IcmpTypeCode,
        #[case] asked: IcmpTypeCode,
        #[case] expected: bool,
    ) {
        let asked = entry(1, Protocol::Icmp, asked, true);
        let deny = vec![entry(90, protocol, messages, false), entry(100, Protocol::All, ALL, true)];
        assert_eq!(lets_in(deny, &asked), expected);
    }

    #[rstest]
    #[case::messages(Protocol::Icmp, NO_MESSAGE, Protocol::Icmp)]
    #[case::protocol(Protocol::Unknown, ALL, Protocol::All)]
    fn what_is_not_understood_is_open(
        #[case] protocol: Protocol,
        #[case] messages: IcmpTypeCode,
        #[case] opened: Protocol,
    ) {
        let allow = vec![entry(90, protocol, messages, true), entry(100, Protocol::All, ALL, false)];
        assert!(lets_in(allow, &entry(1, opened, ALL, true)));
    }
}

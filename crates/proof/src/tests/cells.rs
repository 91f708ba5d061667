//! The cells are exact: a rule matches a cell when it matches each of its packets, and else none of them.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use proptest::prelude::*;
use proptest::sample::select;

use super::super::space::{AddressLine, TrafficLine};
use super::builders::allow;
use ringfence_observed::{AclEntry, Direction, IcmpTypeCode, PortRange, Protocol};

fn any_block() -> impl Strategy<Value = IpNet> {
    // The ends of both families are where a number line may go wrong.
    let ipv4 = (select(vec![0_u32, 1, 5, 0x0A00_0000, u32::MAX - 6, u32::MAX]), 0..=32_u8);
    let ipv6 = (select(vec![0_u128, 1, 5, 1 << 120, u128::MAX - 6, u128::MAX]), 0..=128_u8);
    prop_oneof![
        ipv4.prop_map(|(bits, length)| Ipv4Net::new(bits.into(), length).unwrap_or_default().trunc().into()),
        ipv6.prop_map(|(bits, length)| Ipv6Net::new(bits.into(), length).unwrap_or_default().trunc().into()),
    ]
}

/// The addresses at both ends of a block, and their neighbours.
fn around(block: IpNet) -> Vec<IpAddr> {
    let near = |address: IpAddr| match address {
        IpAddr::V4(address) => {
            let bits = address.to_bits();
            [bits.saturating_sub(1), bits, bits.saturating_add(1)].map(|bits| IpAddr::V4(bits.into())).to_vec()
        }
        IpAddr::V6(address) => {
            let bits = address.to_bits();
            [bits.saturating_sub(1), bits, bits.saturating_add(1)].map(|bits| IpAddr::V6(bits.into())).to_vec()
        }
    };
    [near(block.network()), near(block.broadcast())].concat()
}

fn any_ports() -> impl Strategy<Value = PortRange> {
    let edge = select(vec![0_u16, 1, 21, 22, 23, 24, 443, 65_533, 65_534, 65_535]);
    (edge.clone(), edge).prop_map(|(one, other)| PortRange { from: one.min(other), to: one.max(other) })
}

fn any_protocol() -> impl Strategy<Value = Protocol> {
    select(vec![Protocol::All, Protocol::Tcp, Protocol::Udp, Protocol::Icmp, Protocol::Other(6), Protocol::Other(50)])
}

proptest! {
    #[test]
    fn of_addresses(blocks in prop::collection::vec(any_block(), 1..8)) {
        let line = AddressLine::cut(blocks.iter().copied());
        for block in &blocks {
            let cells = line.within(*block);
            for address in blocks.iter().flat_map(|block| around(*block)) {
                let cell = line.cell(address);
                prop_assert_eq!(cells.contains(&cell), block.contains(&address), "{} in {}", address, block);
                prop_assert!(line.representative(cell) <= address);
            }
        }
    }

    #[test]
    fn of_traffic(
        rules in prop::collection::vec((any_protocol(), any_ports()), 1..8),
        // Enough of them that a set takes several words.
        single in prop::collection::vec(any::<u16>(), 0..100),
    ) {
        let single = single.into_iter().map(|port| (Protocol::Tcp, PortRange::one(port)));
        let rules: Vec<_> = rules.into_iter().chain(single).collect();
        let line = TrafficLine::cut(rules.iter().map(|(protocol, ports)| (*protocol, *ports, IcmpTypeCode::ALL)));
        let ports = rules.iter().flat_map(|(_, ports)| [ports.from, ports.to]);
        let ports: Vec<u16> =
            ports.flat_map(|port| [port.saturating_sub(1), port, port.saturating_add(1)]).collect();
        for (packet, number, name) in [(Protocol::Tcp, 6, "TCP "), (Protocol::Udp, 17, "UDP ")] {
            let classes = classes(&line, |text| text.strip_prefix(name)?.parse::<u16>().ok());
            for (protocol, range) in &rules {
                let matched = line.matching(*protocol, *range);
                let named = *protocol == packet || *protocol == Protocol::Other(number);
                for port in &ports {
                    // The class of a port is the last one that begins at it or before.
                    let class = classes[classes.partition_point(|(begin, _)| begin <= port) - 1].1;
                    let expected = *protocol == Protocol::All || named && range.contains(*port);
                    prop_assert_eq!(matched.contains(class), expected, "{}{} under {:?}", name, port, range);
                }
            }
        }
    }

    #[test]
    fn of_messages(rules in prop::collection::vec((any_icmp(), any_messages()), 1..8)) {
        let line = TrafficLine::cut(rules.iter().map(|(protocol, messages)| (*protocol, PortRange::ALL, *messages)));
        for (packet, number, name) in [(Protocol::Icmp, 1, "ICMP type "), (Protocol::Other(58), 58, "ICMPv6 type ")] {
            let classes = classes(&line, |text| {
                let (icmp_type, code) = text.strip_prefix(name)?.split_once(" code ")?;
                Some((icmp_type.parse::<i32>().ok()?, code.parse::<i32>().ok()?))
            });
            for (protocol, messages) in &rules {
                let entry = AclEntry { icmp: *messages, ..allow(1, Direction::Ingress, *protocol, PortRange::ALL, "::/0") };
                let (matched, is_named) = (line.of_entry(&entry), [packet, Protocol::Other(number)].contains(protocol));
                for icmp_type in MESSAGES {
                    for code in MESSAGES {
                        let begun = classes.partition_point(|(begin, _)| *begin <= (icmp_type, code));
                        let of_type = messages.icmp_type == -1 || messages.icmp_type == icmp_type;
                        let expected = is_named && of_type && (messages.code == -1 || messages.code == code);
                        let class = classes[begun - 1].1;
                        prop_assert_eq!(matched.contains(class), expected, "{} {} {:?}", icmp_type, code, messages);
                    }
                }
            }
        }
    }
}

/// Types and codes at both ends and in between, with neighbours.
const MESSAGES: [i32; 7] = [0, 1, 7, 8, 9, 254, 255];

fn any_icmp() -> impl Strategy<Value = Protocol> {
    select(vec![Protocol::Icmp, Protocol::Other(1), Protocol::Other(58)])
}

fn any_messages() -> impl Strategy<Value = IcmpTypeCode> {
    let one = (select(MESSAGES.to_vec()), select([&[-1], MESSAGES.as_slice()].concat()))
        .prop_map(|(icmp_type, code)| IcmpTypeCode { icmp_type, code });
    prop_oneof![1 => Just(IcmpTypeCode::ALL), 4 => one]
}

/// The classes of a protocol, each with what it begins at, as its words say.
fn classes<Begin>(line: &TrafficLine, begin: impl Fn(&str) -> Option<Begin>) -> Vec<(Begin, usize)> {
    let everything = line.everything();
    let all = (0..everything.words().len() * 64).filter(|class| everything.contains(*class));
    all.filter_map(|class| Some((begin(&line.representative(class).to_string())?, class))).collect()
}

//! Kinds of traffic: protocols with their ports or messages, cut into classes.

use std::fmt;

use ringfence_observed::{AclEntry, IcmpTypeCode, PortRange, Protocol, SecurityGroupRule};

/// One kind of traffic, standing for its whole class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Traffic {
    /// Any protocol that no rule names.
    Unnamed,
    /// A protocol with neither ports nor messages.
    Portless(Protocol),
    /// TCP towards a port.
    Tcp(u16),
    /// UDP towards a port.
    Udp(u16),
    /// A message of ICMP.
    Icmp(Message),
    /// A message of ICMPv6.
    Icmp6(Message),
}

/// Type and code of a message of ICMP, ordered by type and then by code, so that all codes of a type are one range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Message {
    icmp_type: u8,
    code: u8,
}

impl Message {
    const FIRST: Self = Self { icmp_type: 0, code: 0 };
    const LAST: Self = Self { icmp_type: u8::MAX, code: u8::MAX };

    /// The first and the last of the messages that a rule names; `None` where it names what is not understood.
    fn range(named: IcmpTypeCode) -> Option<(Self, Self)> {
        match (named.icmp_type, named.code) {
            (-1, -1) => Some((Self::FIRST, Self::LAST)),
            (icmp_type, -1) => {
                let icmp_type = u8::try_from(icmp_type).ok()?;
                Some((Self { icmp_type, code: 0 }, Self { icmp_type, code: u8::MAX }))
            }
            (icmp_type, code) => {
                let one = Self { icmp_type: u8::try_from(icmp_type).ok()?, code: u8::try_from(code).ok()? };
                Some((one, one))
            }
        }
    }

    /// The message after this one.
    fn next(self) -> Option<Self> {
        let [icmp_type, code] = u16::from_be_bytes([self.icmp_type, self.code]).checked_add(1)?.to_be_bytes();
        Some(Self { icmp_type, code })
    }
}

impl fmt::Display for Traffic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unnamed => write!(formatter, "any other protocol"),
            Self::Portless(Protocol::Other(number)) => write!(formatter, "protocol {number}"),
            Self::Portless(protocol) => write!(formatter, "{protocol:?}"),
            Self::Tcp(port) => write!(formatter, "TCP {port}"),
            Self::Udp(port) => write!(formatter, "UDP {port}"),
            Self::Icmp(Message { icmp_type, code }) => write!(formatter, "ICMP type {icmp_type} code {code}"),
            Self::Icmp6(Message { icmp_type, code }) => write!(formatter, "ICMPv6 type {icmp_type} code {code}"),
        }
    }
}

/// All traffic, cut into classes wherever a rule's protocol, range of ports or range of messages begins or ends.
#[derive(Debug)]
pub(crate) struct TrafficLine {
    /// The first of each class, ascending.
    classes: Vec<Traffic>,
}

/// A set of classes, a bit each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TrafficSet {
    words: Vec<u64>,
}

impl TrafficSet {
    /// The bits, 64 classes a word.
    pub(crate) fn words(&self) -> &[u64] {
        &self.words
    }

    /// Whether a class is in it.
    pub(crate) fn contains(&self, class: usize) -> bool {
        self.words[class / 64] & (1 << (class % 64)) != 0
    }
}

impl TrafficLine {
    /// Cuts at everything that rules and questions name.
    pub(crate) fn cut(named: impl IntoIterator<Item = (Protocol, PortRange, IcmpTypeCode)>) -> Self {
        let first = [Traffic::Tcp(0), Traffic::Udp(0), Traffic::Icmp(Message::FIRST), Traffic::Icmp6(Message::FIRST)];
        let mut classes = vec![Traffic::Unnamed];
        classes.extend(first);
        for (protocol, ports, icmp) in named {
            // What comes after the last port or message of the range begins the next class; after the very last is none.
            let edges = [Some(ports.from), ports.to.checked_add(1)].into_iter().flatten();
            let messages = Message::range(icmp).map(|(from, to)| [Some(from), to.next()]);
            let messages = messages.into_iter().flatten().flatten();
            match canonical(protocol) {
                Protocol::All | Protocol::Unknown => {}
                Protocol::Tcp => classes.extend(edges.map(Traffic::Tcp)),
                Protocol::Udp => classes.extend(edges.map(Traffic::Udp)),
                Protocol::Icmp => classes.extend(messages.map(Traffic::Icmp)),
                ICMP6 => classes.extend(messages.map(Traffic::Icmp6)),
                portless => classes.push(Traffic::Portless(portless)),
            }
        }
        classes.sort_unstable();
        classes.dedup();
        Self { classes }
    }

    /// How many words a set takes.
    pub(crate) fn width(&self) -> usize {
        self.classes.len().div_ceil(64)
    }

    /// Every class.
    pub(crate) fn everything(&self) -> TrafficSet {
        self.matching(Protocol::All, PortRange::ALL)
    }

    /// The classes of a protocol towards these ports, with all of its messages. Ports count for TCP and UDP alone.
    pub(crate) fn matching(&self, protocol: Protocol, ports: PortRange) -> TrafficSet {
        self.named(protocol, ports, IcmpTypeCode::ALL, true)
    }

    /// The classes that an entry of a network ACL matches.
    pub(crate) fn of_entry(&self, entry: &AclEntry) -> TrafficSet {
        self.named(entry.protocol, entry.ports, entry.icmp, entry.allow)
    }

    /// The classes that a rule of a security group lets through.
    pub(crate) fn of_rule(&self, rule: &SecurityGroupRule) -> TrafficSet {
        self.named(rule.protocol, rule.ports, rule.icmp, true)
    }

    /// The classes that are meant. What is not understood may be anything: all of it is taken to be let through where
    /// the rule allows, and none of it to be kept out where it denies.
    fn named(&self, protocol: Protocol, ports: PortRange, icmp: IcmpTypeCode, allow: bool) -> TrafficSet {
        let protocol = canonical(protocol);
        let (first, last) = Message::range(icmp).unwrap_or((Message::FIRST, Message::LAST));
        let understood = allow || Message::range(icmp).is_some();
        let mut words = vec![0; self.width()];
        for (class, traffic) in self.classes.iter().enumerate() {
            let matches = match (protocol, traffic) {
                (Protocol::All, _) => true,
                (Protocol::Unknown, _) => allow,
                (Protocol::Tcp, Traffic::Tcp(port)) | (Protocol::Udp, Traffic::Udp(port)) => ports.contains(*port),
                (Protocol::Icmp, Traffic::Icmp(message)) | (ICMP6, Traffic::Icmp6(message)) => {
                    understood && (first..=last).contains(message)
                }
                (protocol, Traffic::Portless(named)) => protocol == *named,
                _ => false,
            };
            if matches {
                words[class / 64] |= 1 << (class % 64);
            }
        }
        TrafficSet { words }
    }

    /// The kind of traffic that stands for a class.
    pub(crate) fn representative(&self, class: usize) -> Traffic {
        self.classes[class]
    }
}

/// ICMPv6 by its number.
const ICMP6: Protocol = Protocol::Other(58);

/// Rules may name TCP, UDP and ICMP by their numbers as well.
fn canonical(protocol: Protocol) -> Protocol {
    match protocol {
        Protocol::Other(1) => Protocol::Icmp,
        Protocol::Other(6) => Protocol::Tcp,
        Protocol::Other(17) => Protocol::Udp,
        other => other,
    }
}

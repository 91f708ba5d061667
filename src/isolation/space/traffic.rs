//! Kinds of traffic: protocols and ports, cut into classes.

use std::fmt;

use crate::observed::{PortRange, Protocol};

/// One kind of traffic, standing for its whole class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Traffic {
    /// Any protocol that no rule names.
    Unnamed,
    /// A protocol without ports.
    Portless(Protocol),
    /// TCP towards a port.
    Tcp(u16),
    /// UDP towards a port.
    Udp(u16),
}

impl fmt::Display for Traffic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unnamed => write!(formatter, "any other protocol"),
            Self::Portless(Protocol::Icmp) => write!(formatter, "ICMP"),
            Self::Portless(Protocol::Other(number)) => write!(formatter, "protocol {number}"),
            Self::Portless(protocol) => write!(formatter, "{protocol:?}"),
            Self::Tcp(port) => write!(formatter, "TCP {port}"),
            Self::Udp(port) => write!(formatter, "UDP {port}"),
        }
    }
}

/// All traffic, cut into classes wherever a rule's protocol or range of ports begins or ends.
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
    pub(crate) fn cut(named: impl IntoIterator<Item = (Protocol, PortRange)>) -> Self {
        let mut classes = vec![Traffic::Unnamed, Traffic::Tcp(0), Traffic::Udp(0)];
        for (protocol, ports) in named {
            // The port after the last of the range begins the next class; there is none after 65535.
            let edges = [Some(ports.from), ports.to.checked_add(1)].into_iter().flatten();
            match canonical(protocol) {
                Protocol::All => {}
                Protocol::Tcp => classes.extend(edges.map(Traffic::Tcp)),
                Protocol::Udp => classes.extend(edges.map(Traffic::Udp)),
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

    /// The classes that a rule for this protocol and these ports matches. Ports count for TCP and UDP alone.
    pub(crate) fn matching(&self, protocol: Protocol, ports: PortRange) -> TrafficSet {
        let protocol = canonical(protocol);
        let mut words = vec![0; self.width()];
        for (class, traffic) in self.classes.iter().enumerate() {
            let matches = match (protocol, traffic) {
                (Protocol::All, _) => true,
                (Protocol::Tcp, Traffic::Tcp(port)) | (Protocol::Udp, Traffic::Udp(port)) => ports.contains(*port),
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

/// Rules may name TCP, UDP and ICMP by their numbers as well.
fn canonical(protocol: Protocol) -> Protocol {
    match protocol {
        Protocol::Other(1) => Protocol::Icmp,
        Protocol::Other(6) => Protocol::Tcp,
        Protocol::Other(17) => Protocol::Udp,
        other => other,
    }
}

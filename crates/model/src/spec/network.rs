//! `network`: the address space and the zones.

use std::fmt;
use std::str::FromStr;

use ipnet::Ipv4Net;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::block::parse_block;
use super::fields::fields;
use super::id::IpamPoolId;
#[cfg(any(test, feature = "testing"))]
use super::region::LONGEST_REGION;
use super::region::is_region;
#[cfg(any(test, feature = "testing"))]
use super::schema;
use crate::fault::{Faults, Malformed, Node};
use crate::text::{text_type, through_text};

fields! {
    /// The address space of an environment and the zones that it spans.
    #[cfg_attr(any(test, feature = "testing"), schemars(default, extend("not" = {"required": ["cidr", "ipam_pool_id"]})))]
    pub struct Network(given): "an object: the network" {
        /// An IPv4 block of /16 to /24 within RFC 1918, on its boundary. Overlapping a VPC of the region, or what
        /// another environment claims, is a `Conflict`. Left out: a free block of `prefix_length` is allocated from the
        /// pool, never one that overlaps. It cannot be changed later.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub cidr: Option<NetworkCidr> => Node::parse,
        /// 16 to 24: the size of an allocated block; beside `cidr` it must agree with it.
        pub prefix_length: PrefixLength = cidr.map(NetworkCidr::prefix_length).unwrap_or_default()
            => |node, faults| PrefixLength::read_beside(cidr, node, faults),
        /// An Amazon VPC IPAM pool (`ipam-pool-…`) of this region that allocates a block of `prefix_length` instead;
        /// not beside `cidr`. Use addresses that `CidrPool` does not hold.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub ipam_pool_id: Option<IpamPoolId> => |node, faults| {
            if given.get("cidr").is_some() {
                node.refuse("only one of cidr and ipam_pool_id", faults);
            }
            node.parse(faults)
        },
        /// How many (1 to 3, the first by name), or an array of 1 to 3 names such as `us-east-1a`. A zone can be added
        /// later, but not taken away.
        pub availability_zones: AvailabilityZones = AvailabilityZones::default() => AvailabilityZones::read,
    }
}

/// The block of a VPC: IPv4, [private](https://www.rfc-editor.org/rfc/rfc1918), on its boundary, /16 to /24.
///
/// A VPC may hold a [/16 to a /28](https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html); below /24
/// the subnets of an environment would not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NetworkCidr(Ipv4Net);

impl NetworkCidr {
    /// The block.
    #[must_use]
    pub const fn net(self) -> Ipv4Net {
        self.0
    }

    /// How large it is.
    #[must_use]
    pub fn prefix_length(self) -> PrefixLength {
        PrefixLength(self.0.prefix_len())
    }
}

/// The private blocks of RFC 1918.
const PRIVATE: [([u8; 4], u8); 3] = [([10, 0, 0, 0], 8), ([172, 16, 0, 0], 12), ([192, 168, 0, 0], 16)];

impl FromStr for NetworkCidr {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // This first: a boundary is of no use as a hint where it would be refused as well.
        if text.parse().is_ok_and(|block| !is_private_network(block)) {
            return Err(Malformed::new(
                "a block of /16 to /24 within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16 (RFC 1918)",
            ));
        }
        parse_block(text).map(Self)
    }
}

/// Whether the block is of a size that a VPC may have here, and private.
fn is_private_network(block: Ipv4Net) -> bool {
    let lengths = PrefixLength::SHORTEST..=PrefixLength::LONGEST;
    let private = PRIVATE
        .iter()
        .filter_map(|(address, length)| Ipv4Net::new((*address).into(), *length).ok())
        .any(|private| private.contains(&block.trunc()));
    private && lengths.contains(&block.prefix_len())
}

impl fmt::Display for NetworkCidr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0)
    }
}

through_text!(
    NetworkCidr,
    "a private IPv4 block of /16 to /24 such as 10.20.0.0/16",
    {"pattern": schema::private_block()}
);

/// How many leading bits of its addresses a VPC's block fixes: 16 (65,536 addresses, the default) to 24 (256).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct PrefixLength(u8);

impl PrefixLength {
    /// The shortest, of the largest block.
    pub const SHORTEST: u8 = 16;
    /// The longest, of the smallest block.
    pub const LONGEST: u8 = 24;

    /// The length in bits, if it is within bounds.
    #[must_use]
    pub fn new(bits: u8) -> Option<Self> {
        (Self::SHORTEST..=Self::LONGEST).contains(&bits).then_some(Self(bits))
    }

    /// The length in bits.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }

    /// Beside a block, it is that of the block.
    fn read_beside(cidr: Option<NetworkCidr>, node: &Node<'_>, faults: &mut Faults) -> Option<Self> {
        let bounds = u16::from(Self::SHORTEST)..=u16::from(Self::LONGEST);
        let bits = node.integer(bounds, faults)?;
        let length = u8::try_from(bits).ok().and_then(Self::new)?;
        if let Some(own) = cidr.map(NetworkCidr::prefix_length).filter(|own| *own != length) {
            node.refuse(&format!("nothing here, or {own} as in cidr"), faults);
        }
        Some(length)
    }
}

impl Default for PrefixLength {
    fn default() -> Self {
        Self(Self::SHORTEST)
    }
}

impl fmt::Display for PrefixLength {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0)
    }
}

/// The zones that an environment spans: 1 to 3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AvailabilityZones {
    /// How many; which ones is left to Ringfence.
    Count(u8),
    /// Which ones, each once. Their order means something: training is in the first, services in the second.
    Names(Vec<ZoneName>),
}

impl AvailabilityZones {
    /// The most zones.
    pub const MOST: u8 = 3;

    /// How many they are.
    #[must_use]
    pub fn count(&self) -> usize {
        match self {
            Self::Count(count) => usize::from(*count),
            Self::Names(names) => names.len(),
        }
    }

    fn read(node: &Node<'_>, faults: &mut Faults) -> Option<Self> {
        match node.value() {
            Value::Array(_) => node
                .list("names of availability zones", 1..=usize::from(Self::MOST), faults, Node::parse)
                .map(Self::Names),
            Value::Number(_) => {
                let count = node.integer(1..=u16::from(Self::MOST), faults)?;
                u8::try_from(count).ok().map(Self::Count)
            }
            _ => {
                node.refuse("a number of availability zones from 1 to 3, or an array of names", faults);
                None
            }
        }
    }
}

impl Default for AvailabilityZones {
    fn default() -> Self {
        Self::Count(2)
    }
}

impl Serialize for AvailabilityZones {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Count(count) => count.serialize(serializer),
            Self::Names(names) => names.serialize(serializer),
        }
    }
}

text_type! {
    /// The name of an availability zone: that of its region and a letter.
    ///
    /// Zone IDs (`use1-az1`), [local zones](https://docs.aws.amazon.com/local-zones/latest/ug/concepts-local-zones.html)
    /// (`us-east-1-bos-1a`) and wavelength zones are none. Whether the region has it is not known here.
    ZoneName,
    "the name of an availability zone such as us-east-1a",
    {"pattern": "^[a-z]{2}(?:-[a-z]+)+-[1-9][a-z]$", "maxLength": LONGEST_REGION + 1},
    |text| {
        let region = text.strip_suffix(|letter: char| letter.is_ascii_lowercase());
        region.is_some_and(is_region)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("10.0.0.0/16")]
    #[case("10.255.255.0/24")]
    #[case("172.16.0.0/16")]
    #[case("172.31.255.0/24")]
    #[case("192.168.0.0/16")]
    fn networks(#[case] text: &str) {
        let cidr: NetworkCidr = text.parse().unwrap();
        assert_eq!(cidr.to_string(), text);
        assert_eq!(text.split_once('/').unwrap().1, cidr.prefix_length().to_string());
    }

    #[rstest]
    #[case::too_large("10.0.0.0/15", "/16 to /24")]
    #[case::too_small("10.0.0.0/25", "/16 to /24")]
    #[case::public("8.8.0.0/16", "RFC 1918")]
    #[case::beside_private("172.32.0.0/16", "RFC 1918")]
    #[case::shared("100.64.0.0/16", "RFC 1918")]
    #[case::host_bits("10.0.7.0/16", "10.0.0.0/16")]
    #[case::everything_wrong("8.8.8.8/8", "RFC 1918")]
    #[case::private_host_of_a_larger_block("172.16.0.1/11", "RFC 1918")]
    #[case::no_length("10.0.0.0", "CIDR")]
    #[case::ipv6("fd00::/16", "IPv4")]
    fn no_networks(#[case] text: &str, #[case] expected: &str) {
        let message = text.parse::<NetworkCidr>().unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }

    #[rstest]
    #[case("us-east-1a", true)]
    #[case("us-gov-west-1b", true)]
    #[case("ap-southeast-2c", true)]
    #[case("us-east-1", false)]
    #[case("use1-az1", false)]
    #[case("us-east-1-bos-1a", false)]
    #[case("us-east-1-wl1-bos-wlz-1", false)]
    #[case("US-EAST-1A", false)]
    #[case("us-east-0a", false)]
    #[case("us--1a", false)]
    #[case("us-1a", false)]
    #[case("a", false)]
    #[case("é", false)]
    #[case("", false)]
    fn zones(#[case] text: &str, #[case] is_one: bool) {
        assert_eq!(text.parse::<ZoneName>().is_ok(), is_one);
    }
}

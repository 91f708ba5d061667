//! Entries of network ACLs and rules of security groups as observed.

use ipnet::IpNet;

use super::Tags;

/// Which way a packet goes, seen from the subnet or interface that the rule guards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// Towards it.
    Ingress,
    /// Away from it.
    Egress,
}

/// The protocol of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// Every protocol (`-1`).
    All,
    /// TCP (6).
    Tcp,
    /// UDP (17).
    Udp,
    /// ICMP (1).
    Icmp,
    /// Another one by its IANA number; ICMPv6 is 58.
    Other(u8),
    /// What is not understood.
    Unknown,
}

/// A range of ports, both ends included. Rules of a protocol without ports hold the whole range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortRange {
    /// The first port.
    pub from: u16,
    /// The last port.
    pub to: u16,
}

impl PortRange {
    /// Every port.
    pub const ALL: Self = Self { from: 0, to: u16::MAX };

    /// One port.
    #[must_use]
    pub const fn one(port: u16) -> Self {
        Self { from: port, to: port }
    }

    /// Whether `port` lies within.
    #[must_use]
    pub const fn contains(self, port: u16) -> bool {
        self.from <= port && port <= self.to
    }
}

/// Which messages of ICMP or ICMPv6 a rule is for, as AWS keeps it: -1 stands for any. Rules of other protocols hold
/// [`IcmpTypeCode::ALL`].
///
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IcmpTypeCode.html>; rules of groups keep type and code
/// where others keep ports (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html>).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IcmpTypeCode {
    /// The type of the message, 0 to 255, or -1.
    pub icmp_type: i32,
    /// Its code, 0 to 255, or -1, which it must be where the type is -1.
    pub code: i32,
}

impl IcmpTypeCode {
    /// Any message.
    pub const ALL: Self = Self { icmp_type: -1, code: -1 };

    /// Whether it is for any message.
    #[must_use]
    pub const fn is_all(self) -> bool {
        self.icmp_type == -1 && self.code == -1
    }
}

/// A numbered entry of a network ACL. Entries are tried in ascending order of their numbers; the first that matches
/// decides. They are stateless: replies need an entry of their own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AclEntry {
    /// 1 to 32766.
    pub number: u16,
    /// Which way.
    pub direction: Direction,
    /// Of which protocol.
    pub protocol: Protocol,
    /// The destination ports, for TCP and UDP.
    pub ports: PortRange,
    /// The messages, for ICMP and ICMPv6.
    pub icmp: IcmpTypeCode,
    /// The other end: where it comes from (ingress) or goes to (egress).
    pub cidr: IpNet,
    /// Whether it lets a packet through; else it drops it.
    pub allow: bool,
}

/// A security group with its rules. Groups are stateful and only ever allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityGroup {
    /// `sg-…`
    pub id: String,
    /// Its name, unique within the VPC.
    pub name: String,
    /// Its description, which can never be changed.
    pub description: String,
    /// Its rules.
    pub rules: Vec<SecurityGroupRule>,
    /// Tags.
    pub tags: Tags,
}

impl SecurityGroup {
    /// Whether it is the group that AWS made with the VPC and that nobody can delete.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.name == "default"
    }
}

/// One rule of a security group: one direction, one protocol, one range of ports, one other end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecurityGroupRule {
    /// Which way.
    pub direction: Direction,
    /// Of which protocol.
    pub protocol: Protocol,
    /// The destination ports, for TCP and UDP.
    pub ports: PortRange,
    /// The messages, for ICMP and ICMPv6.
    pub icmp: IcmpTypeCode,
    /// The other end.
    pub source: Source,
    /// Its description, empty when it has none.
    pub description: String,
}

/// The other end of a security group's rule: the source of an ingress rule, the destination of an egress rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// An IPv4 or IPv6 block.
    Cidr(IpNet),
    /// Every interface that carries this security group (`sg-…`) of the account that owns the rule.
    Group(String),
    /// Every interface that carries a group of another account, or one behind a VPC peering connection.
    PeerGroup(PeerGroup),
    /// A managed prefix list (`pl-…`).
    PrefixList(String),
}

/// A security group that is none of this VPC
/// (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_UserIdGroupPair.html>).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerGroup {
    /// `sg-…`
    pub id: String,
    /// The account that owns it; empty where AWS does not say.
    pub owner: String,
    /// The peering connection (`pcx-…`) that it is behind; empty where AWS names none.
    pub peering_connection: String,
}

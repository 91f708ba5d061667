//! `access`: who may reach the environment, and what its tiers may reach of each other.

use std::fmt;
use std::str::FromStr;

use ipnet::{Ipv4Net, Ipv6Net};

use super::block::{cover_the_internet, parse_block};
use super::fields::fields;
use super::id::{AttachmentId, PrefixListId};
#[cfg(any(test, feature = "testing"))]
use super::schema;
use crate::fault::{Faults, Malformed, Node};
use crate::text::through_text;

/// The most sources of SSH. A network ACL holds
/// [20 rules a direction](https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html): one is the final
/// deny, one lets through what stays inside, and gateway endpoints, which most have, take another.
const MOST_SSH_SOURCES: usize = 18;
/// The most attachments. None of them takes up a resource of ours; the bound is there to have one.
const MOST_ATTACHMENTS: usize = 20;
/// The most ports of the services tier: each takes a rule in two groups.
const MOST_PORTS: usize = 10;

fields! {
    /// Who may reach the environment, and what its tiers may reach of each other.
    #[cfg_attr(any(test, feature = "testing"), schemars(default))]
    pub struct Access(given): "an object: the access" {
        /// IPv4 blocks and prefix lists (`pl-…`) that may reach port 22 of the training subnets, inside the VPC or
        /// through an attachment. A network ACL has entries for 18 blocks, lists expanded; for 17 beside a gateway
        /// endpoint. What is added to a list is followed by the next sweep. `0.0.0.0/0` and `::/0` are refused, also in
        /// pieces, and so is IPv6; a list that admits everybody later on exposes the environment, and its ACL still
        /// keeps them out.
        #[cfg_attr(any(test, feature = "testing"), schemars(length(max = MOST_SSH_SOURCES), extend("uniqueItems" = true)))]
        pub ssh_from: Vec<SshSource> = Vec::new() => read_sources,
        /// At most 20 IDs of peering connections (`pcx-…`), transit gateways (`tgw-…`) or their attachments
        /// (`tgw-attach-…`), and virtual private gateways (`vgw-…`) that others may attach to the VPC. Routes to them
        /// are left alone as long as they lead to `ssh_from`; any other attachment or route out is exposure. Who is
        /// behind an attachment may give packets any source, so what a group in the VPC admits from the VPC's own
        /// blocks (files from all of it, say) counts as admitted from there, too.
        #[cfg_attr(any(test, feature = "testing"), schemars(length(max = MOST_ATTACHMENTS), extend("uniqueItems" = true)))]
        pub attachments: Vec<AttachmentId> = Vec::new()
            => |node, faults| node.set("IDs of attachments", 0..=MOST_ATTACHMENTS, faults, Node::parse),
        /// 1 to 10 TCP ports of the services tier that training hosts may reach.
        #[cfg_attr(any(test, feature = "testing"), schemars(length(min = 1, max = MOST_PORTS), inner(range(min = 1)), extend("uniqueItems" = true)))]
        pub services_ports: Vec<u16> = vec![443] => read_ports,
        /// True: an EC2 Instance Connect Endpoint in the services subnet of the first zone, through which whom IAM lets
        /// (`ec2-instance-connect:OpenTunnel`) reaches port 22 of the training hosts. A VPC has one at most.
        pub instance_connect: bool = false => Node::boolean,
    }
}

fn read_ports(node: &Node<'_>, faults: &mut Faults) -> Option<Vec<u16>> {
    node.set("TCP ports", 1..=MOST_PORTS, faults, |node, faults| node.integer(1..=u16::MAX, faults))
}

fn read_sources(node: &Node<'_>, faults: &mut Faults) -> Option<Vec<SshSource>> {
    let what = "IPv4 blocks or IDs of prefix lists";
    let sources = node.set(what, 0..=MOST_SSH_SOURCES, faults, Node::parse)?;
    if cover_the_internet(sources.iter().filter_map(SshSource::block)) {
        node.refuse("blocks that do not admit the whole internet (0.0.0.0/0) between them", faults);
    }
    Some(sources)
}

/// What may reach port 22 of the training subnets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SshSource {
    /// The addresses of a block, on its boundary. Environments have no IPv6.
    Cidr(Ipv4Net),
    /// The addresses that a managed prefix list holds.
    PrefixList(PrefixListId),
}

impl SshSource {
    /// The block, if it is one.
    #[must_use]
    pub const fn block(&self) -> Option<Ipv4Net> {
        match self {
            Self::Cidr(block) => Some(*block),
            Self::PrefixList(_) => None,
        }
    }
}

impl FromStr for SshSource {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const NOT_ALL: &str = "a part of the internet and never the whole of it";
        if text.starts_with("pl-") {
            return text.parse().map(Self::PrefixList);
        }
        let length = text.rsplit_once('/').map(|(_, length)| length);
        if length.is_some_and(|length| !length.is_empty() && length.bytes().all(|byte| byte == b'0')) {
            return Err(Malformed::new(NOT_ALL));
        }
        if text.parse::<Ipv6Net>().is_ok() || text.parse::<std::net::Ipv6Addr>().is_ok() {
            return Err(Malformed::new("an IPv4 block: environments have no IPv6"));
        }
        parse_block(text).map(Self::Cidr)
    }
}

impl fmt::Display for SshSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cidr(block) => write!(formatter, "{block}"),
            Self::PrefixList(id) => write!(formatter, "{id}"),
        }
    }
}

through_text!(
    SshSource,
    "an IPv4 block such as 10.1.0.0/16, or the ID of a prefix list such as pl-0123456789abcdef0",
    {"pattern": schema::block_or_list()}
);

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("10.1.0.0/16")]
    #[case("203.0.113.7/32")]
    #[case("0.0.0.0/1")]
    #[case("pl-0123456789abcdef0")]
    fn sources(#[case] text: &str) {
        assert_eq!(text.parse::<SshSource>().unwrap().to_string(), text);
    }

    #[rstest]
    #[case("0.0.0.0/0", "whole")]
    #[case("0/0", "whole")]
    #[case("1.2.3.4/0", "whole")]
    #[case("0.0.0.0/00", "whole")]
    #[case("::/0", "whole")]
    #[case("2001:db8::1/0", "whole")]
    #[case("0:0:0:0:0:0:0:0/0", "whole")]
    #[case("::ffff:0.0.0.0/96", "IPv6")]
    #[case("::ffff:10.0.0.0/104", "IPv6")]
    #[case("::/1", "IPv6")]
    #[case("fd00::/8", "IPv6")]
    #[case("fd00::1", "IPv6")]
    #[case("10.1.2.3/16", "10.1.0.0/16")]
    #[case("10.1.2.3", "10.1.2.3/32")]
    #[case("0.0.0.0", "CIDR")]
    #[case("*", "CIDR")]
    #[case("any", "CIDR")]
    #[case("", "CIDR")]
    #[case("/", "CIDR")]
    #[case("pl-", "prefix list")]
    fn no_sources(#[case] text: &str, #[case] expected: &str) {
        let message = text.parse::<SshSource>().unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
}

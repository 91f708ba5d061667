//! Network interfaces and prefix lists as observed.

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::Tags;

/// A network interface: an address that somebody holds in a subnet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkInterface {
    /// `eni-…`
    pub id: String,
    /// Its subnet.
    pub subnet: String,
    /// The groups that guard it.
    pub security_groups: Vec<String>,
    /// Its primary private address.
    pub private_ip: Option<Ipv4Addr>,
    /// The public or Elastic IP address mapped to it.
    pub public_ip: Option<Ipv4Addr>,
    /// IPv6 addresses, all of which are public.
    pub ipv6_addresses: Vec<Ipv6Addr>,
    /// `interface`, `vpc_endpoint`, `lambda`, `efa`, `nat_gateway`, `gateway_load_balancer_endpoint`, …
    pub interface_type: String,
    /// The description that its maker gave it, which often is all that tells whose it is.
    pub description: String,
    /// The account or AWS service that made it (`RequesterId`), empty when the owner did.
    pub requester: String,
    /// Whether AWS manages it for its requester.
    pub requester_managed: bool,
    /// The instance that it is attached to, empty when none.
    pub instance: String,
    /// Its status as AWS words it: `available`, `in-use`, …
    pub status: String,
    /// Tags.
    pub tags: Tags,
}

/// A managed prefix list with its entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrefixList {
    /// `pl-…`
    pub id: String,
    /// `com.amazonaws.us-east-1.s3`, or the name that its owner gave it.
    pub name: String,
    /// The blocks in it; empty when AWS does not give them.
    pub entries: Vec<IpNet>,
}

/// A pool of Amazon VPC IPAM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IpamPool {
    /// Whether it holds IPv4 addresses.
    pub is_ipv4: bool,
    /// The region that it allocates for, `None` when it allocates for none, as AWS words it.
    pub locale: String,
}

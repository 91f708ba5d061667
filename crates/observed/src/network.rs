//! VPCs, subnets, route tables and network ACLs as observed.

use ipnet::{Ipv4Net, Ipv6Net};

use super::{AclEntry, Tags};

/// A VPC. `dns_*` are `None` when they were not asked for: they cost a call each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vpc {
    /// `vpc-…`
    pub id: String,
    /// The primary block.
    pub cidr: Ipv4Net,
    /// Further IPv4 blocks associated by hand.
    pub secondary_cidrs: Vec<Ipv4Net>,
    /// IPv6 blocks associated by hand.
    pub ipv6_cidrs: Vec<Ipv6Net>,
    /// `enableDnsSupport`
    pub dns_support: Option<bool>,
    /// `enableDnsHostnames`
    pub dns_hostnames: Option<bool>,
    /// Tags.
    pub tags: Tags,
}

/// A subnet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subnet {
    /// `subnet-…`
    pub id: String,
    /// The name of its availability zone, such as `us-east-1a`.
    pub zone: String,
    /// Its IPv4 block.
    pub cidr: Ipv4Net,
    /// IPv6 blocks associated by hand.
    pub ipv6_cidrs: Vec<Ipv6Net>,
    /// `MapPublicIpOnLaunch`
    pub map_public_ip: bool,
    /// `AssignIpv6AddressOnCreation`
    pub assign_ipv6: bool,
    /// Tags.
    pub tags: Tags,
}

/// A route table with its routes and associations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteTable {
    /// `rtb-…`
    pub id: String,
    /// Whether it is the VPC's main table, which serves every subnet without one of its own.
    pub main: bool,
    /// Its routes, the local one included.
    pub routes: Vec<Route>,
    /// The subnets that it serves explicitly.
    pub associations: Vec<RouteTableAssociation>,
    /// Virtual private gateways that propagate their routes into it.
    pub propagating_gateways: Vec<String>,
    /// Tags.
    pub tags: Tags,
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// An IPv4 or IPv6 CIDR, or the ID of a prefix list (`pl-…`), as AWS writes it.
    pub destination: String,
    /// `local`, or the ID of a gateway, endpoint, peering connection, interface or instance; empty when AWS names none.
    pub target: String,
    /// False for a blackhole: the target is gone.
    pub active: bool,
    /// True when a virtual private gateway put it there (`EnableVgwRoutePropagation`).
    pub propagated: bool,
}

/// The association of a route table with a subnet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteTableAssociation {
    /// `rtbassoc-…`
    pub id: String,
    /// The subnet.
    pub subnet: String,
}

/// A network ACL with its entries and associations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkAcl {
    /// `acl-…`
    pub id: String,
    /// Whether it is the VPC's default ACL, which serves every subnet without one of its own.
    pub default: bool,
    /// Its numbered entries; the final deny (`*`, number 32767) is left out, since it is always there.
    pub entries: Vec<AclEntry>,
    /// The subnets that it serves.
    pub associations: Vec<AclAssociation>,
    /// Tags.
    pub tags: Tags,
}

/// The association of a network ACL with a subnet. A subnet always has exactly one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AclAssociation {
    /// `aclassoc-…`
    pub id: String,
    /// The subnet.
    pub subnet: String,
}

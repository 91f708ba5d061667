//! What AWS reports of an environment, as plain data.
//!
//! The planner compares it with what is wanted and the proof judges it. Nothing here calls AWS, reads a clock
//! or decides anything; every value is what some `Describe…`, `Get…` or `List…` call answered.

mod address;
mod gateway;
mod identity;
mod network;
mod operations;
mod rule;

use std::collections::BTreeMap;

pub use address::{IpamPool, NetworkInterface, PrefixList};
pub use gateway::{Gateway, GatewayKind, VpcEndpoint, VpcEndpointType};
pub use identity::{InstanceProfile, Role};
pub use network::{AclAssociation, NetworkAcl, Route, RouteTable, RouteTableAssociation, Subnet, Tags, Vpc};
pub use operations::{FlowLog, LogGroup, Parameter};
pub use rule::{AclEntry, Direction, PortRange, Protocol, SecurityGroup, SecurityGroupRule, Source};

/// Everything seen of one environment: all that stands in its VPC, whoever made it, and what belongs to it outside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// The environment's VPC; `None` when it has none (any more).
    pub vpc: Option<Vpc>,
    /// Further VPCs that carry the environment's tags: the leftovers of a creation whose answer was lost.
    pub spare_vpcs: Vec<Vpc>,
    /// Every subnet in the VPC.
    pub subnets: Vec<Subnet>,
    /// Every route table in the VPC, the main one included.
    pub route_tables: Vec<RouteTable>,
    /// Every network ACL in the VPC, the default one included.
    pub network_acls: Vec<NetworkAcl>,
    /// Every security group in the VPC, the default one included.
    pub security_groups: Vec<SecurityGroup>,
    /// Every VPC endpoint in the VPC.
    pub endpoints: Vec<VpcEndpoint>,
    /// Every internet, egress-only, NAT, virtual private or local gateway, peering connection and transit gateway
    /// attachment of the VPC.
    pub gateways: Vec<Gateway>,
    /// Every network interface in the VPC.
    pub interfaces: Vec<NetworkInterface>,
    /// The prefix lists that rules and routes in the VPC name, with their entries.
    pub prefix_lists: Vec<PrefixList>,
    /// The zones that offer a service as an interface endpoint, by the service's full name.
    pub service_zones: BTreeMap<String, Vec<String>>,
    /// Every flow log of the VPC.
    pub flow_logs: Vec<FlowLog>,
    /// The environment's log groups.
    pub log_groups: Vec<LogGroup>,
    /// The environment's IAM roles.
    pub roles: Vec<Role>,
    /// The environment's instance profiles.
    pub instance_profiles: Vec<InstanceProfile>,
    /// The environment's SSM parameters.
    pub parameters: Vec<Parameter>,
}

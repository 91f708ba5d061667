//! What AWS reports of an environment, as plain data.
//!
//! The planner compares it with what is wanted and the proof judges it. Nothing here calls AWS, reads a clock
//! or decides anything; every value is what some `Describe…`, `Get…` or `List…` call answered.

mod address;
mod firewall;
mod gateway;
mod identity;
mod network;
mod operations;
mod option;
mod rule;
mod tags;

use std::collections::BTreeMap;

pub use address::{IpamPool, NetworkInterface, PrefixList};
pub use firewall::{FirewallAssociation, FirewallDomainList, FirewallRule, FirewallRuleGroup};
pub use gateway::{Gateway, GatewayKind, Requester, VpcEndpoint, VpcEndpointType};
pub use identity::{InstanceProfile, Role};
pub use network::{AclAssociation, NetworkAcl, Route, RouteTable, RouteTableAssociation, Subnet, Vpc};
pub use operations::{FlowLog, LogGroup, Parameter};
pub use option::{InstanceConnectEndpoint, PlacementGroup};
pub use rule::{
    AclEntry, Direction, IcmpTypeCode, PeerGroup, PortRange, Protocol, SecurityGroup, SecurityGroupRule, Source,
};
pub use tags::Tags;

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
    /// The zones that offer a service as an interface endpoint, by the service's full name; none where AWS does not say.
    pub service_zones: BTreeMap<String, Vec<String>>,
    /// The private names of a service's interface endpoints, by the service's full name.
    pub service_names: BTreeMap<String, Vec<String>>,
    /// The placement group of the environment's name, whosever it is.
    pub placement_groups: Vec<PlacementGroup>,
    /// The environment's EC2 Instance Connect Endpoints.
    pub instance_connect_endpoints: Vec<InstanceConnectEndpoint>,
    /// The domain lists of DNS Firewall with the environment's names, whosever they are.
    pub firewall_domain_lists: Vec<FirewallDomainList>,
    /// The rule groups of DNS Firewall with the environment's name or associated with the VPC, whosever they are.
    pub firewall_rule_groups: Vec<FirewallRuleGroup>,
    /// Every association of the VPC with a rule group of DNS Firewall.
    pub firewall_associations: Vec<FirewallAssociation>,
    /// Whether DNS answers when the DNS Firewall of the VPC does not: `ENABLED`, `DISABLED`, or `None` when unknown.
    pub firewall_fail_open: Option<String>,
    /// What could not be read of resources that only options add: the options' words, each with the reason.
    pub unread: BTreeMap<String, String>,
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

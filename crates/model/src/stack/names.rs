//! What everything of an environment is called.

/// A tier of subnets: hosts that train, or the services that they use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Where training runs.
    Training,
    /// Where what training uses is reached: endpoints and services.
    Services,
}

impl Tier {
    /// Both tiers, training first.
    pub const ALL: [Self; 2] = [Self::Training, Self::Services];

    /// The tier's name in resource names and tags.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Training => "training",
            Self::Services => "services",
        }
    }

    /// The name of the tier's route table within the environment.
    #[must_use]
    pub fn route_table(self) -> String {
        format!("{}-route-table", self.as_str())
    }

    /// The name of the tier's network ACL within the environment.
    #[must_use]
    pub fn network_acl(self) -> String {
        format!("{}-network-acl", self.as_str())
    }

    /// The name of the tier's security group within the environment.
    #[must_use]
    pub fn security_group(self) -> String {
        format!("{}-security-group", self.as_str())
    }

    /// The name of the tier's subnet in a zone, within the environment.
    #[must_use]
    pub fn subnet(self, zone: &str) -> String {
        format!("{}-subnet-{zone}", self.as_str())
    }
}

/// The VPC's name within the environment.
pub const VPC: &str = "vpc";
/// The VPC's DNS hostnames, once they are on: private names of endpoints need them.
pub const VPC_DNS: &str = "vpc-dns";
/// The default group, default ACL and main route table that came with the VPC.
pub const VPC_DEFAULTS: &str = "vpc-defaults";
/// The security group of interface endpoints.
pub const ENDPOINTS_SECURITY_GROUP: &str = "endpoints-security-group";
/// The security group of the EC2 Instance Connect Endpoint.
pub const INSTANCE_CONNECT_SECURITY_GROUP: &str = "instance-connect-security-group";
/// The EC2 Instance Connect Endpoint.
pub const INSTANCE_CONNECT_ENDPOINT: &str = "instance-connect-endpoint";
/// The cluster placement group.
pub const TRAINING_PLACEMENT_GROUP: &str = "training-placement-group";
/// The rule group of the DNS Firewall, and its association with the VPC.
pub const DNS_FIREWALL: &str = "dns-firewall";
/// The domain list of what DNS may resolve.
pub const ALLOWED_DOMAINS: &str = "allowed-domains";
/// The domain list of everything else.
pub const BLOCKED_DOMAINS: &str = "blocked-domains";
/// The role that training hosts assume.
pub const TRAINING_ROLE: &str = "training-role";
/// The instance profile that hands the training role to EC2 instances.
pub const TRAINING_INSTANCE_PROFILE: &str = "training-instance-profile";
/// The role that flow logs are delivered with.
pub const FLOW_LOG_ROLE: &str = "flow-log-role";
/// The log group that flow logs go to.
pub const FLOW_LOG_GROUP: &str = "flow-log-group";
/// The flow log of the VPC.
pub const FLOW_LOG: &str = "flow-log";

/// The name of an endpoint within the environment.
#[must_use]
pub fn endpoint(service: &str) -> String {
    format!("endpoint-{service}")
}

//! What an environment may and must be, as far as the proof needs it.

use ipnet::IpNet;

/// What the proof measures the observed state against: plain values only, so that it depends on neither the spec nor
/// the stack, and cannot repeat their mistakes.
///
/// The default asks for nothing and allows nothing: no endpoint, no flow log, no role, no SSH. What is not asked for
/// must not be there where it would open the environment, and is not missed where it would only be of use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expectation {
    /// The partition of every ARN: `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: String,
    /// The region, such as `us-east-1`.
    pub region: String,
    /// The account that everything is bound to, twelve digits.
    pub account: String,
    /// Where training runs.
    pub training: Tier,
    /// Where services stand.
    pub services: Tier,
    /// The IDs of the groups that are the environment's own, beside those of the tiers and the default one.
    pub own_groups: Vec<String>,
    /// Blocks that may reach port 22 of the training subnets, prefix lists expanded.
    pub ssh_from: Vec<IpNet>,
    /// Peering connections (`pcx-…`), transit (`tgw-…`) and virtual private gateways (`vgw-…`) that may be attached.
    pub attachments: Vec<String>,
    /// TCP ports of the services tier that training hosts may reach.
    pub services_ports: Vec<u16>,
    /// Full names of the services wanted as gateway endpoints: `com.amazonaws.us-east-1.s3`.
    pub gateway_endpoints: Vec<String>,
    /// Full names of the services wanted as interface endpoints.
    pub interface_endpoints: Vec<String>,
    /// The IDs of the environment's own endpoints that AWS is taking away: their services were asked for until now. What
    /// their policies admit is judged as ever.
    pub leaving_endpoints: Vec<String>,
    /// The IDs of the interfaces of the environment's own EC2 Instance Connect Endpoint while AWS is taking it away.
    pub leaving_interfaces: Vec<String>,
    /// Accounts of AWS whose container images may be pulled: `763104351884` of the Deep Learning Containers.
    pub image_accounts: Vec<String>,
    /// Full names of the service that GuardDuty's own endpoint, with its group, may lead to; none where they must not be
    /// there.
    pub guardduty: Vec<String>,
    /// The names by which Amazon S3 calls AWS KMS here: `s3.us-east-1.amazonaws.com`.
    pub s3_callers: Vec<String>,
    /// The group of the EC2 Instance Connect Endpoint in the services subnets; `None` when there must not be one.
    pub instance_connect_group: Option<String>,
    /// The log group that flow logs of all traffic go to; `None` when none are wanted.
    pub flow_log_group: Option<String>,
    /// ARN of the role that they are delivered with; `None` when it may be any.
    pub flow_log_role: Option<String>,
    /// The names that DNS may answer for, `*.` before one for all below it; `None` when it need not be filtered.
    pub allowed_domains: Option<Vec<String>>,
    /// The roles of the environment.
    pub roles: Vec<RoleExpectation>,
    /// ARN of the permissions boundary, when one is configured.
    pub permissions_boundary: Option<String>,
}

/// A tier of subnets and the group that its hosts carry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tier {
    /// The IDs of its subnets.
    pub subnets: Vec<String>,
    /// The ID of its security group.
    pub security_group: String,
}

/// A role, who may assume it and which data it may touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleExpectation {
    /// Its name.
    pub name: String,
    /// Service principals that must be able to assume it, and nobody else: `ec2.amazonaws.com`.
    pub services: Vec<String>,
    /// The instance profile that must hold it, for EC2.
    pub instance_profile: Option<String>,
    /// S3 ARNs (bucket or prefix) that it may read.
    pub read: Vec<String>,
    /// S3 ARNs (bucket or prefix) that it may read and write.
    pub write: Vec<String>,
    /// KMS key ARNs that it may use for that data, in whichever account they are.
    pub kms_keys: Vec<String>,
}

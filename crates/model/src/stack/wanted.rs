//! One environment as it should be.

use std::{collections::BTreeSet, net::Ipv4Addr};

use ipnet::Ipv4Net;

use super::{
    NAME, Owner, Purpose, ServiceNames, SshBlocks, Tier, endpoint, flow_log_group, identity_name, is_gateway_service,
    layout,
};
use crate::{partition, scope::Scope, spec::Spec};
use ringfence_observed::Tags;

/// What the installation prescribes for all of its environments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prescribed {
    /// The ARN of the policy that bounds every role made here.
    pub permissions_boundary: Option<String>,
    /// The ARN of the one role that all flow logs are delivered with; `None` where each environment has its own.
    pub flow_log_role: Option<String>,
    /// What the names of published parameters begin with, `/ringfence`.
    pub export_prefix: String,
}

/// One environment as it should be: what every resource kind derives its wish from.
#[derive(Clone, Debug)]
pub struct Stack {
    /// Where it stands.
    pub scope: Scope,
    /// What the installation prescribes for it.
    pub prescribed: Prescribed,
    /// Whose it is.
    pub owner: Owner,
    /// What was asked for.
    pub spec: Spec,
    /// The VPC's block: asked for, allocated, or what the VPC has already.
    pub cidr: Ipv4Net,
    /// The IPAM pool that the block is yet to come from. Until it has, `cidr` is one of the right size that stands for
    /// it, and nothing but the VPC can be made.
    pub ipam_pool: Option<String>,
    /// The zones by their position in the layout.
    pub zones: Vec<String>,
    /// The keys of tags that were asked for once and are not any more.
    pub retired_tags: BTreeSet<String>,
    /// The blocks that SSH may come from, prefix lists expanded.
    pub ssh_from: SshBlocks,
    /// The full names of the services whose endpoints are asked for.
    pub service_names: ServiceNames,
}

impl Stack {
    /// The block of an IPAM pool is known only once the VPC has it; this one stands for it.
    #[must_use]
    pub fn any_block(prefix_length: u8) -> Ipv4Net {
        Ipv4Net::new_assert(Ipv4Addr::UNSPECIFIED, prefix_length)
    }

    /// The block, where it is known.
    #[must_use]
    pub fn known_cidr(&self) -> Option<Ipv4Net> {
        self.ipam_pool.is_none().then_some(self.cidr)
    }

    /// The environment's name.
    #[must_use]
    pub fn environment(&self) -> &str {
        &self.owner.environment
    }

    /// The value of the `Name` tag of the resource called `resource` within the environment.
    #[must_use]
    pub fn full_name(&self, resource: &str) -> String {
        self.owner.full_name(resource)
    }

    /// The tags that the resource called `resource` must carry.
    #[must_use]
    pub fn tags(&self, resource: &str) -> Tags {
        let mut tags = self.shared_tags();
        tags.insert(NAME.to_owned(), self.full_name(resource));
        tags
    }

    /// The keys of the tags that a resource carries and must not any more.
    #[must_use]
    pub fn retired(&self, observed: &Tags) -> Vec<String> {
        self.retired_tags.iter().filter(|key| observed.contains_key(*key)).cloned().collect()
    }

    /// The tags that all resources share: the owner's and the spec's.
    #[must_use]
    pub fn shared_tags(&self) -> Tags {
        self.owner.tags_with(&self.spec.tags)
    }

    /// The subnets: tier, zone and block.
    #[must_use]
    pub fn subnets(&self) -> Vec<(Tier, &str, Ipv4Net)> {
        Tier::ALL
            .into_iter()
            .flat_map(|tier| {
                self.zones.iter().enumerate().filter_map(move |(position, zone)| {
                    Some((tier, zone.as_str(), layout::subnet(self.cidr, tier, position)?))
                })
            })
            .collect()
    }

    /// The name of a role or instance profile.
    #[must_use]
    pub fn identity_name(&self, purpose: Purpose) -> String {
        identity_name(self.environment(), &self.scope.region, purpose)
    }

    /// What the environment has roles for.
    pub fn purposes(&self) -> impl Iterator<Item = Purpose> {
        let is_shared = self.prescribed.flow_log_role.is_some();
        Purpose::ALL.into_iter().filter(move |purpose| *purpose != Purpose::FlowLogs || !is_shared)
    }

    /// The ARN of the role that flow logs are delivered with.
    #[must_use]
    pub fn flow_log_role_arn(&self) -> String {
        self.prescribed.flow_log_role.clone().unwrap_or_else(|| self.role_arn(Purpose::FlowLogs))
    }

    /// The ARN of a role of the environment's own.
    #[must_use]
    pub fn role_arn(&self, purpose: Purpose) -> String {
        self.identity_arn("role", purpose)
    }

    /// The ARN of an instance profile.
    #[must_use]
    pub fn instance_profile_arn(&self, purpose: Purpose) -> String {
        self.identity_arn("instance-profile", purpose)
    }

    fn identity_arn(&self, kind: &str, purpose: Purpose) -> String {
        let Scope { partition, account, .. } = &self.scope;
        format!("arn:{partition}:iam::{account}:{kind}{}{}", self.identity_path(), self.identity_name(purpose))
    }

    /// The path of the environment's roles and instance profiles.
    #[must_use]
    pub fn identity_path(&self) -> String {
        format!("/ringfence/{}/", self.scope.region)
    }

    /// The name of the log group of the flow log.
    #[must_use]
    pub fn flow_log_group(&self) -> String {
        flow_log_group(self.environment())
    }

    /// The services asked for as gateway endpoints.
    pub fn gateway_services(&self) -> impl Iterator<Item = &str> {
        self.services().filter(|service| is_gateway_service(service))
    }

    /// The services asked for as interface endpoints.
    pub fn interface_services(&self) -> impl Iterator<Item = &str> {
        self.services().filter(|service| !is_gateway_service(service))
    }

    /// The full name of an AWS service as VPC endpoints know it.
    #[must_use]
    pub fn service_name(&self, service: &str) -> String {
        let usual = || partition::endpoint_service_names(&self.scope.region, service).swap_remove(0);
        self.service_names.get(service).map_or_else(usual, ToOwned::to_owned)
    }

    /// The names of the endpoints within the environment.
    pub fn endpoints(&self) -> impl Iterator<Item = (&str, String)> {
        self.services().map(|service| (service, endpoint(service)))
    }

    fn services(&self) -> impl Iterator<Item = &str> {
        self.spec.egress.endpoints.iter().map(AsRef::as_ref)
    }
}

/// A stack of the default spec, for tests of what is derived from one.
#[cfg(any(test, feature = "testing"))]
pub fn some_stack(cidr: &str) -> Stack {
    let scope =
        Scope { partition: "aws".to_owned(), region: "us-east-1".to_owned(), account: "123456789012".to_owned() };
    let prescribed =
        Prescribed { permissions_boundary: None, flow_log_role: None, export_prefix: "/ringfence".to_owned() };
    let owner = Owner { environment: "fraud-v3".to_owned(), installation: "ringfence".to_owned() };
    let zones = vec!["us-east-1a".to_owned(), "us-east-1b".to_owned()];
    let Ok(cidr) = cidr.parse() else { unreachable!("{cidr} is no block") };
    Stack {
        scope,
        prescribed,
        owner,
        spec: Spec::default(),
        cidr,
        ipam_pool: None,
        zones,
        retired_tags: BTreeSet::new(),
        ssh_from: SshBlocks::default(),
        service_names: ServiceNames::default(),
    }
}

//! The list of all resource kinds, and what is done with all of them.

use futures_util::future::{BoxFuture, try_join_all};

use super::{
    Draft, Look, Manage, Observe, Refusal, Removal,
    reading::{self, Reading},
};
use crate::aws::CallError;

/// All of them, a line each. The order is that of plans: a kind names only what a kind before it makes.
static KINDS: &[Kind] = &[
    Kind::managed::<super::vpc::Vpcs>(),
    Kind::seen_with_others::<super::vpc_defaults::VpcDefaults>(),
    Kind::observed::<super::prefix_list::PrefixLists>(),
    Kind::observed::<super::gateway::Gateways>(),
    Kind::observed::<super::interface::Interfaces>(),
    Kind::observed::<super::endpoint_service::EndpointServices>(),
    Kind::managed::<super::subnet::Subnets>(),
    Kind::managed::<super::route_table::RouteTables>(),
    Kind::managed::<super::network_acl::NetworkAcls>(),
    Kind::managed::<super::security_group::SecurityGroups>(),
    Kind::managed::<super::endpoint::Endpoints>(),
    Kind::seen_with_others::<super::guardduty::GuardDuty>(),
    Kind::managed::<super::instance_connect_endpoint::InstanceConnectEndpoints>(),
    Kind::managed::<super::placement_group::PlacementGroups>(),
    Kind::managed::<super::firewall::FirewallDomainLists>(),
    Kind::managed::<super::firewall::FirewallRuleGroups>(),
    Kind::managed::<super::firewall::FirewallAssociations>(),
    Kind::managed::<super::firewall::FirewallConfigs>(),
    Kind::managed::<super::role::Roles>(),
    Kind::seen_with_others::<super::role_policy::RolePolicies>(),
    Kind::managed::<super::instance_profile::InstanceProfiles>(),
    Kind::managed::<super::log_group::LogGroups>(),
    Kind::managed::<super::flow_log::FlowLogs>(),
    Kind::managed::<super::parameter::Parameters>(),
];

type Read = for<'l, 'a> fn(&'l Look<'a>) -> BoxFuture<'l, Result<Box<dyn Reading>, CallError>>;

/// What a kind says for itself, whichever it is.
struct Kind {
    observed: Option<Read>,
    managed: Option<Managed>,
}

struct Managed {
    draft: fn(&mut Draft<'_>) -> Result<(), Refusal>,
    draft_removal: fn(&mut Removal<'_>),
    #[cfg(test)]
    resource_type: &'static str,
}

impl Kind {
    /// A kind that is only looked at.
    const fn observed<K: Observe>() -> Self {
        Self { observed: Some(reading::read::<K>), managed: None }
    }

    /// A kind that is looked at, made and removed.
    const fn managed<K: Observe + Manage>() -> Self {
        Self { observed: Some(reading::read::<K>), managed: Some(Managed::of::<K>()) }
    }

    /// What is made or removed, and seen by other kinds.
    const fn seen_with_others<K: Manage>() -> Self {
        Self { observed: None, managed: Some(Managed::of::<K>()) }
    }
}

impl Managed {
    const fn of<K: Manage>() -> Self {
        Self {
            draft: K::draft,
            draft_removal: K::draft_removal,
            #[cfg(test)]
            resource_type: K::TYPE,
        }
    }
}

/// Reads everything, all at once, each kind as soon as it knows where to look.
pub(super) async fn read_all(look: &Look<'_>) -> Result<Vec<Box<dyn Reading>>, CallError> {
    try_join_all(KINDS.iter().filter_map(|kind| kind.observed).map(|read| read(look))).await
}

/// Adds the steps of every kind.
pub(super) fn draft_all(draft: &mut Draft<'_>) -> Result<(), Refusal> {
    KINDS.iter().filter_map(|kind| kind.managed.as_ref()).try_for_each(|managed| (managed.draft)(draft))
}

/// Adds the removing steps of every kind.
pub(super) fn draft_removal_all(removal: &mut Removal<'_>) {
    KINDS.iter().filter_map(|kind| kind.managed.as_ref()).for_each(|managed| (managed.draft_removal)(removal));
}

#[cfg(test)]
mod tests;

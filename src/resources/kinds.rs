//! The list of all resource kinds.

use std::collections::BTreeMap;

use futures_util::try_join;

use super::{
    Act, Draft, Home, Kind, Look, Refusal, Removal, Run, endpoint, endpoint_service, firewall_association,
    firewall_config, firewall_domain_list, firewall_rule_group, flow_log, gateway, guardduty,
    instance_connect_endpoint, instance_profile, interface, log_group, network_acl, network_acl_association, parameter,
    placement_group, prefix_list, role, role_policy, route_table, security_group, subnet, tag, vpc, vpc_defaults,
};
use crate::aws::CallError;
use ringfence_model::plan::{Reference, Refers};
use ringfence_observed::Observed;

/// Makes of a list of kinds the sum of their changes and what is done with all of them.
macro_rules! kinds {
    ($($name:ident: $kind:ty,)*) => {
        /// What can be done to some resource.
        #[derive(Debug)]
        #[expect(non_camel_case_types, dead_code, reason = "a variant is called as its kind; kinds only read have no changes")]
        pub(crate) enum Change {
            $($name(<$kind as Kind>::Change),)*
        }

        impl Refers for Change {
            fn references(&self) -> Vec<&Reference> {
                match self {
                    $(Self::$name(change) => change.references(),)*
                }
            }
        }

        impl Act for Change {
            async fn run(&self, run: &Run<'_>) -> Result<Option<String>, CallError> {
                match self {
                    $(Self::$name(change) => change.run(run).await,)*
                }
            }
        }

        /// Reads everything, all at once, each kind as soon as it knows where to look.
        pub(super) async fn read_all(look: &Look<'_>) -> Result<BTreeMap<Home, Observed>, CallError> {
            // On the heap: side by side in one future, they would be too large for a stack.
            $(let $name = Box::pin(<$kind as Kind>::read(look));)*
            let ($($name,)*) = try_join!($($name,)*)?;
            let mut homes = BTreeMap::new();
            $(for (home, seen) in $name {
                <$kind as Kind>::place(homes.entry(look.within(home)).or_default(), seen);
            })*
            Ok(homes)
        }

        /// Adds the steps of every kind, in the order of the list: a kind names only what a kind before it makes.
        pub(super) fn draft_all(draft: &mut Draft<'_>) -> Result<(), Refusal> {
            $(<$kind as Kind>::draft(draft)?;)*
            Ok(())
        }

        /// Adds the removing steps of every kind.
        pub(super) fn draft_removal_all(removal: &mut Removal<'_>) {
            $(<$kind as Kind>::draft_removal(removal);)*
        }
    };
}

kinds! {
    tag: tag::Tagging,
    vpc: vpc::Vpcs,
    vpc_defaults: vpc_defaults::VpcDefaults,
    prefix_list: prefix_list::PrefixLists,
    gateway: gateway::Gateways,
    interface: interface::Interfaces,
    endpoint_service: endpoint_service::EndpointServices,
    subnet: subnet::Subnets,
    route_table: route_table::RouteTables,
    network_acl_association: network_acl_association::NetworkAclAssociations,
    network_acl: network_acl::NetworkAcls,
    security_group: security_group::SecurityGroups,
    endpoint: endpoint::Endpoints,
    guardduty: guardduty::GuardDuty,
    instance_connect_endpoint: instance_connect_endpoint::InstanceConnectEndpoints,
    placement_group: placement_group::PlacementGroups,
    firewall_domain_list: firewall_domain_list::FirewallDomainLists,
    firewall_rule_group: firewall_rule_group::FirewallRuleGroups,
    firewall_association: firewall_association::FirewallAssociations,
    firewall_config: firewall_config::FirewallConfigs,
    role: role::Roles,
    role_policy: role_policy::RolePolicies,
    instance_profile: instance_profile::InstanceProfiles,
    log_group: log_group::LogGroups,
    flow_log: flow_log::FlowLogs,
    parameter: parameter::Parameters,
}

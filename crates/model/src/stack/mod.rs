//! What an environment should be: names, tags, addresses, and the facts that its resources are derived from. Pure.

mod acl;
mod domains;
mod exports;
mod flow_logs;
mod guardduty;
mod identity;
mod layout;
mod names;
mod options;
mod purpose;
mod rules;
mod service_names;
mod ssh;
mod tags;
mod wanted;

pub use acl::{entries as acl_entries, room_for_ssh};
pub use domains::{allowed_domains, normal as normal_domain};
pub use exports::{Export, export_names, exports, foreseen_exports, object as exports_object};
pub use flow_logs::{FLOW_LOG_GROUPS, environment_of_log_group, flow_log_group};
pub use guardduty::{
    guardduty_services, interfaces_beside_guardduty, is_endpoint_of_guardduty, is_group_of_guardduty,
    is_service_of_guardduty,
};
pub use identity::{endpoint_policy, permissions, trust_policy, trusted_services};
pub use layout::{position, services_addresses};
pub use names::*;
pub use options::{OPTIONS, StackOption, options_tag};
pub use purpose::{Purpose, identity_name};
pub use rules::{Peer, WantedGroup, WantedRule, groups as security_groups};
pub use service_names::{ServiceNames, is_gateway_service};
pub use ssh::{SshBlocks, source_faults};
pub use tags::{ENVIRONMENT, INSTALLATION, MANAGED_BY, MANAGED_BY_VALUE, NAME, Owner, missing, same_owner};
#[cfg(any(test, feature = "testing"))]
pub use wanted::some_stack;
pub use wanted::{Prescribed, Stack};

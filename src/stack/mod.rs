//! What an environment should be: names, tags, addresses, and the facts that its resources are derived from. Pure.

mod acl;
mod exports;
mod identity;
mod layout;
mod names;
mod rules;
mod tags;
mod wanted;

pub use acl::{MAXIMUM_ENTRIES, entries as acl_entries};
pub use exports::{Export, export_names, exports, object as exports_object};
pub use identity::{Purpose, endpoint_policy, identity_name, permissions, trust_policy, trusted_services};
pub use layout::{MAXIMUM_ZONES, RESERVED_ADDRESSES, position, services_addresses, subnet};
pub use names::{
    ENDPOINTS_SECURITY_GROUP, FLOW_LOG, FLOW_LOG_GROUP, FLOW_LOG_ROLE, TRAINING_INSTANCE_PROFILE, TRAINING_ROLE, Tier,
    VPC, VPC_DEFAULTS, endpoint,
};
pub use rules::{Peer, WantedGroup, WantedRule, groups as security_groups};
pub use tags::{ENVIRONMENT, INSTALLATION, MANAGED_BY, MANAGED_BY_VALUE, NAME, Owner, missing};
pub use wanted::{Place, Stack, flow_log_group, is_gateway_service};

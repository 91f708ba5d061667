//! The checks, a file for each matter.

mod addresses;
mod dns_filter;
mod endpoints;
mod groups;
mod guardduty;
mod operations;
mod roles;
mod subnets;
mod tiers;
mod walk;
mod ways_out;

pub(crate) use addresses::no_public_addresses;
pub(crate) use dns_filter::dns_filtered;
pub(crate) use endpoints::{endpoint_policies_bound, endpoints_reachable, gateway_endpoints_routed};
pub(crate) use groups::{default_group_closed, no_foreign_open_egress, no_open_group, ssh_only_as_asked};
pub(crate) use guardduty::guardduty_contained;
pub(crate) use operations::{dns_works, flow_logs_on};
pub(crate) use roles::{data_through_this_vpc, permissions_boundary, role_bound, role_usable};
pub(crate) use subnets::{default_acl_unused, every_subnet_explicit};
pub(crate) use tiers::{ssh_as_asked, training_reaches_services, training_reaches_training};
pub(crate) use walk::{nothing_reaches_in, nothing_reaches_out};
pub(crate) use ways_out::{
    endpoints_known, main_route_table_local, no_bridging_interface, no_gateway, no_request_from_outside, no_route_out,
};

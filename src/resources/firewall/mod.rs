//! The DNS Firewall of a VPC, whose kinds need one another: lists of domains, a group of rules about them, its association
//! with the VPC.

mod association;
mod association_list;
mod config;
mod domain_list;
mod ours;
mod rule_group;
mod tags;

pub(crate) use association::FirewallAssociations;
pub(crate) use association_list::list_firewall_associations;
pub(crate) use config::FirewallConfigs;
pub(crate) use domain_list::FirewallDomainLists;
pub(crate) use rule_group::FirewallRuleGroups;

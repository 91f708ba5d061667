//! What an environment should be, as its owner asks for it.
//!
//! A [`Spec`] is decoded from JSON once, at the door, and holds nothing that it may not: addresses are private and
//! on their boundaries, sets are sorted, every default is filled in. Nothing here knows what AWS has.

mod access;
mod arn;
mod block;
mod egress;
mod flow_logs;
mod id;
mod lifetime;
mod network;
mod root;
mod tags;
mod training;

#[cfg(test)]
mod schema;
#[cfg(test)]
pub(crate) mod strategy;
#[cfg(test)]
mod tests;

pub(crate) use access::{Access, SshSource};
pub(crate) use block::cover_the_internet;
pub(crate) use egress::{Egress, GuardDuty};
pub(crate) use flow_logs::FlowLogs;
pub(crate) use lifetime::{Lifetime, Ttl};
pub(crate) use network::{AvailabilityZones, Network};
pub(crate) use root::Spec;
pub(crate) use tags::Tags;
pub(crate) use training::{Training, TrainingService};

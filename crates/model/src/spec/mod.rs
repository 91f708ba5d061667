//! What an environment should be, as its owner asks for it.
//!
//! A [`Spec`] is decoded from JSON once, at the door, and holds nothing that it may not: addresses are private and
//! on their boundaries, sets are sorted, every default is filled in. Nothing here knows what AWS has.

mod access;
mod arn;
mod block;
mod egress;
mod fields;
mod flow_logs;
mod id;
mod network;
mod region;
mod root;
mod tags;
mod training;
mod ttl;

#[cfg(any(test, feature = "testing"))]
mod schema;
#[cfg(any(test, feature = "testing"))]
mod schemas;
#[cfg(any(test, feature = "testing"))]
pub mod strategy;
#[cfg(test)]
mod tests;

pub use access::{Access, SshSource};
pub use block::cover_the_internet;
pub use egress::{Egress, GuardDuty};
pub use flow_logs::FlowLogs;
pub use network::{AvailabilityZones, Network};
pub use root::Spec;
pub use tags::Tags;
pub use training::{Training, TrainingService};
pub use ttl::Ttl;

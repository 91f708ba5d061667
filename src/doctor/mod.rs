//! `doctor`: what an installation lacks before its first environment, and the command that mends each thing.

mod asked;
mod boundary;
mod bounds;
mod bus;
mod commands;
mod examine;
mod flow_log_role;
mod network;
mod permissions;
mod pool;
mod questions;
mod quotas;
mod report;
mod table;

pub(crate) use examine::examine;
pub(crate) use report::Diagnosis;

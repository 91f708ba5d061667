//! Ringfence makes isolated networks for AI training on AWS, proves them isolated, publishes their IDs, keeps them as
//! asked and removes them.

mod answer;
mod apply;
mod aws;
mod clock;
mod controller;
mod deadline;
mod doctor;
pub mod event;
mod failure;
mod fault;
pub mod isolation;
pub mod measured;
mod name;
mod notify;
pub mod observed;
mod partition;
mod picture;
mod plan;
mod policy;
mod registry;
mod request;
mod resources;
#[cfg(test)]
mod schema;
pub mod settings;
mod spec;
mod stack;
pub mod telemetry;
mod text;

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
pub mod measured;
mod notify;
mod registry;
mod resources;
pub mod settings;
pub mod telemetry;

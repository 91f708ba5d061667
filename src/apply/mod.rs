//! Runs the steps of a plan, each as soon as all that it needs is there, until the deadline comes near.

mod bounds;
mod report;
mod step;
mod steps;

pub(crate) use bounds::{Applying, Bounds};
pub(crate) use report::Report;
pub(crate) use steps::apply;

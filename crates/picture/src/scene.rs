//! What is drawn.

use ringfence_model::{name::EnvironmentName, stack::Owner, status::Status};
use ringfence_observed::Observed;
use ringfence_proof::Isolation;

/// All that the picture is drawn from.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The environment.
    pub environment: &'a EnvironmentName,
    /// How it is.
    pub status: Status,
    /// Why it failed or cannot go on, if it did or cannot.
    pub error: Option<&'a str>,
    /// Whose resources are its own.
    pub owner: &'a Owner,
    /// What others may attach to the VPC, by ID.
    pub attachments: &'a [String],
    /// What AWS reports.
    pub observed: &'a Observed,
    /// What was proved of it; `None` where nothing was.
    pub isolation: Option<&'a Isolation>,
}

//! What is drawn.

use crate::{answer::Status, isolation::Isolation, name::EnvironmentName, observed::Observed, stack::Owner};

/// All that the picture is drawn from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene<'a> {
    /// The environment.
    pub(crate) environment: &'a EnvironmentName,
    /// How it is.
    pub(crate) status: Status,
    /// Why it failed or cannot go on, if it did or cannot.
    pub(crate) error: Option<&'a str>,
    /// Whose resources are its own.
    pub(crate) owner: &'a Owner,
    /// What others may attach to the VPC, by ID.
    pub(crate) attachments: &'a [String],
    /// What AWS reports.
    pub(crate) observed: &'a Observed,
    /// What was proved of it; `None` where nothing was.
    pub(crate) isolation: Option<&'a Isolation>,
}

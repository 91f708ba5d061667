//! How long steps may take, and what they run with.

use std::time::Duration;

use crate::{
    aws::Aws,
    deadline::{Deadline, Idle},
    resources::{Change, TokenSeed},
};
use ringfence_model::plan::Step;

/// What steps run with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Applying<'a> {
    pub(crate) aws: &'a Aws,
    pub(crate) seed: &'a TokenSeed,
    pub(crate) bounds: Bounds,
}

/// How long steps may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) deadline: Deadline,
    /// Until when a value may be put that others go by.
    publishes_until: Deadline,
    /// Until when any denial that may pass is tried again, and not only one over what the plan made itself.
    pub(super) denied_until: Option<Deadline>,
    /// How long it may wait for a step to be done.
    pub(super) idle: Idle,
}

impl Bounds {
    pub(crate) const fn new(deadline: Deadline, idle: Idle) -> Self {
        Self { deadline, publishes_until: deadline, denied_until: None, idle }
    }

    /// Values are put within `span` alone: that is how long a look vouches for them. Whatever else a plan does has all
    /// the time that there is.
    pub(crate) fn publishing_within(self, span: Duration) -> Self {
        Self { publishes_until: self.deadline.within(span), ..self }
    }

    /// Whatever is denied and may be allowed yet is tried again for `span`.
    pub(crate) fn denied_for(self, span: Duration) -> Self {
        Self { denied_until: Some(self.deadline.within(span)), ..self }
    }

    /// Until when a step may run.
    pub(super) fn of(&self, step: &Step<Change>) -> Deadline {
        if step.change.publishes() { self.publishes_until } else { self.deadline }
    }
}

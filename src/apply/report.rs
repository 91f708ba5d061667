//! What came of a plan.

use std::collections::BTreeSet;

use tracing::{info, warn};

use super::step::concerns_what_stood;
use crate::{
    answer,
    aws::{CallError, Class, Tally},
    deadline::Idle,
    resources::Change,
};
use ringfence_model::plan::{Operation, Step};

/// What came of a plan.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// What was done, in the order in which it was done.
    pub(crate) changes: Vec<answer::Change>,
    /// The steps that failed: the resource's name within the environment, and why.
    pub(crate) failures: Vec<(String, CallError)>,
    /// Of those, what was denied over something that stood, and may be gone by now or have tags that do not count yet:
    /// AWS denies what concerns a thing without tags, and what is gone has none. The next look tells.
    pub(crate) may_be_gone: BTreeSet<String>,
    /// What was denied over and over until it had taken too long for anybody to wait for it, and may be allowed yet.
    pub(crate) still_denied: Vec<(String, CallError)>,
    /// Whether the deadline came before the end.
    pub(crate) cut_short: bool,
    /// Whether something that the plan made never showed: its client token may have been answered with what is gone.
    pub(crate) never_showed: bool,
    /// The IDs of what was made, by resource.
    pub(crate) made: Vec<(String, String)>,
    /// The steps that were done, by their places in the plan.
    pub(crate) done: Vec<usize>,
    /// What AWS said last of what was not done, by resource.
    pub(crate) said: Vec<(String, String)>,
    /// Since when nothing has come about; `None` where no step was done.
    pub(crate) idle: Option<Idle>,
}

impl Report {
    /// Whether all steps were done.
    pub(crate) fn is_complete(&self) -> bool {
        self.failures.is_empty() && !self.cut_short
    }

    /// The first failure that trying again will not mend. What was denied and may be gone is not among them, nor what
    /// somebody else's resources keep.
    pub(crate) fn fatal(&self) -> Option<&(String, CallError)> {
        self.failures.iter().find(|(resource, error)| {
            !error.is_transient() && error.class != Class::Held && !self.may_be_gone.contains(resource)
        })
    }

    /// What was denied and may be allowed yet, or be gone.
    pub(crate) fn denied(&self) -> impl Iterator<Item = &(String, CallError)> {
        self.failures.iter().filter(|(_, error)| error.may_be_allowed_yet()).chain(&self.still_denied)
    }

    /// Takes up what a step did.
    pub(super) fn succeeded(&mut self, index: usize, step: &Step<Change>, made: Option<&String>, tally: &Tally) {
        if let Some(operation) = step.operation {
            let id = made.or(step.id.as_ref()).cloned();
            info!(
                op = operation.as_str(),
                resource_type = step.resource_type,
                resource = step.resource,
                id,
                milliseconds = tally.milliseconds(),
                aws_request_ids = tally.request_ids(),
                "changed"
            );
            let (resource_type, resource) = (step.resource_type, step.resource.clone());
            self.changes.push(answer::Change { op: operation, resource_type, resource, id });
        }
        if let Some(id) = made {
            self.made.push((step.resource.clone(), id.clone()));
        }
        self.done.push(index);
    }

    /// Takes up why a step failed.
    pub(super) fn failed(&mut self, step: &Step<Change>, error: CallError, tally: &Tally) {
        warn!(
            op = step.operation.map(Operation::as_str),
            resource_type = step.resource_type,
            resource = step.resource,
            api_action = error.action,
            code = error.code,
            %error,
            milliseconds = tally.milliseconds(),
            aws_request_ids = tally.request_ids(),
            "step failed"
        );
        self.never_showed |= error.class == Class::NotFound && !step.needs.is_empty();
        if error.may_be_allowed_yet() && concerns_what_stood(step) {
            self.may_be_gone.insert(step.resource.clone());
        }
        self.failures.push((step.resource.clone(), error));
    }
}

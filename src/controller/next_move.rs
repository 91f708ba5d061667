//! What to do next about an environment, given what a look shows and what has been done. Pure.

use jiff::{SignedDuration, Timestamp};

use super::creation::Creation;
use crate::{registry::Record, resources::Change};
use ringfence_model::{
    plan::{Operation, Plan, Step},
    stack,
};

/// How long after a plan was carried out whole its steps still showing as undone count as reads that lag.
const READS_MAY_LAG: SignedDuration = SignedDuration::from_secs(8);

/// A plan that was carried out whole.
#[derive(Debug)]
pub(super) struct Done {
    steps: Vec<(Option<Operation>, String)>,
    at: Timestamp,
}

impl Done {
    pub(super) fn new(plan: &Plan<Change>, at: Timestamp) -> Self {
        Self { steps: plan.steps().iter().map(|step| (step.operation, step.resource.clone())).collect(), at }
    }

    /// Whether every step of `plan` was done already.
    fn covers(&self, plan: &Plan<Change>) -> bool {
        plan.steps().iter().all(|step| {
            self.steps.iter().any(|(operation, resource)| *operation == step.operation && *resource == step.resource)
        })
    }

    /// Whether `plan` shows as undone what was done a moment ago: then reads lag.
    pub(super) fn shows_undone(&self, plan: &Plan<Change>, now: Timestamp) -> bool {
        now < self.at + READS_MAY_LAG && self.covers(plan)
    }
}

/// What has been done so far.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// The last plan, where it was carried out whole.
    pub(super) done: Option<Done>,
    /// Whether any plan was carried out, whole or in part.
    pub(super) has_tried: bool,
    /// Whether taking away what is published was tried since the last look.
    pub(super) has_withdrawn: bool,
}

/// What a look shows, and what is to be made of it.
#[derive(Debug)]
pub(super) struct Situation<'a> {
    /// Whether time is up, or nothing has come about for too long.
    pub(super) has_to_stop: bool,
    /// What is left to do.
    pub(super) plan: &'a Plan<Change>,
    /// Whether the VPC is known to be there and does not show: then nothing can be concluded from the plan.
    pub(super) lags: bool,
    /// Whether AWS has yet to finish something.
    pub(super) is_pending: bool,
    /// Whether it stands open and is published.
    pub(super) is_open: bool,
    /// Whether IPAM chooses the block of the VPC that is to be made.
    pub(super) is_from_pool: bool,
    pub(super) record: &'a Record,
    pub(super) creation: Creation,
    pub(super) progress: &'a Progress,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Move {
    /// Stop, and say what is waited for.
    Stop,
    /// Prove it and publish: nothing is left to do or to wait for.
    Publish,
    /// Take away what is published, and ask again: it stands open.
    Withdraw,
    /// Wait, and look again.
    Wait,
    /// Write an attempt at the VPC down, and ask again: none is, or nothing came of the last.
    BeginAttempt,
    /// Carry the plan out, and look again.
    Apply {
        /// Whether no more than the VPC is made now.
        vpc_alone: bool,
        /// Whether all of it was done already and never showed: its client tokens may have been answered with what is
        /// gone by now.
        anew: bool,
        /// Whether it is the first repair of what is published and stands open, which may not take long.
        is_first_repair: bool,
    },
}

impl Situation<'_> {
    /// What to do next, at `now`.
    pub(super) fn next_move(&self, now: Timestamp) -> Move {
        let Self { plan, progress, .. } = self;
        if self.has_to_stop {
            return Move::Stop;
        }
        let is_done = !self.lags && plan.is_empty();
        if is_done && !self.is_pending {
            return Move::Publish;
        }
        let nothing_to_do = self.lags || plan.is_empty();
        let shows_undone = !nothing_to_do && progress.done.as_ref().is_some_and(|done| done.shows_undone(plan, now));
        // AWS may take its time over what is pending, and what was tried may fail for ever: nobody is to be let in
        // meanwhile.
        let may_wait = progress.has_tried || nothing_to_do;
        if self.is_open && may_wait && !shows_undone && !progress.has_withdrawn {
            return Move::Withdraw;
        }
        if nothing_to_do || shows_undone {
            return Move::Wait;
        }
        let makes_vpc = plan.steps().iter().any(makes_vpc);
        if makes_vpc && self.creation != Creation::Known {
            let may_show_up = self.record.vpc_may_show_up(now);
            return if may_show_up { Move::Wait } else { Move::BeginAttempt };
        }
        // Which addresses the rest gets is known only once a VPC from a pool is there. And an earlier try may yet turn out
        // to have made a VPC: so that everybody agrees which is the one, a second is recorded before anything is built
        // in it.
        let is_second = self.record.attempt.is_some_and(|attempt| attempt.number > 1);
        Move::Apply {
            vpc_alone: makes_vpc && (self.is_from_pool || is_second),
            anew: progress.done.as_ref().is_some_and(|done| done.covers(plan)),
            is_first_repair: self.is_open && !progress.has_tried,
        }
    }
}

/// Whether a step makes the VPC.
pub(super) fn makes_vpc(step: &Step<Change>) -> bool {
    step.operation == Some(Operation::Create) && step.resource == stack::VPC
}

#[cfg(test)]
mod tests;

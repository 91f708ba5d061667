//! Removes an environment: look, plan the removal, apply, look again, until nothing is left.

use std::collections::BTreeMap;

use tracing::warn;

use super::{
    blockers::{Blocker, blockers},
    creation::Creation,
    denials::Denials,
    next_move::Done,
    outcome::Outcome,
    work::{Backoff, Work},
};
use crate::{
    aws::Class,
    resources::{Change, KnownVpc, draft_withdrawal, plan_held_removal, plan_removal},
};
use ringfence_model::{
    failure::{Failure, FailureKind},
    plan::{Operation, Plan},
    stack::{self, Export},
};
use ringfence_observed::Observed;

/// What somebody else's resources keep, and what AWS said of it.
type Held = BTreeMap<String, String>;

impl Work<'_> {
    /// Removes all that carries the environment's tags. `observed` is what was last seen of it.
    pub(super) async fn tear_down(&mut self, mut observed: Observed) -> Outcome {
        match self.try_tear_down(&mut observed).await {
            Ok(outcome) => outcome,
            Err(failure) => Outcome::Failed(failure),
        }
    }

    async fn try_tear_down(&mut self, observed: &mut Observed) -> Result<Outcome, Failure> {
        let mut backoff = Backoff::new();
        if self.creation == Creation::Deleted {
            self.creation = Creation::default();
        }
        if !observed.parameters.is_empty() {
            self.names_become_free().await?;
        }
        let mut done: Option<Done> = None;
        let mut held = Held::new();
        loop {
            let blockers = blockers(&self.subject.owner, observed);
            if self.has_to_stop(self.controller.deadline) {
                return Ok(self.stopped(self.still_there(observed, &blockers)));
            }
            let plan = self.removal(observed, &blockers).without(|step| held.contains_key(&step.resource));
            if plan.is_empty() {
                // What was denied is gone.
                self.denials = Denials::default();
                if let Some(outcome) = self.outcome(observed, &blockers, &held)? {
                    return Ok(outcome);
                }
                self.pause(&mut backoff).await;
            } else if done.as_ref().is_some_and(|done| done.shows_undone(&plan, self.controller.now())) {
                self.pause(&mut backoff).await;
            } else {
                let before = self.changes.len();
                let report = self.apply(&plan).await;
                self.note(before);
                if report.is_complete() {
                    done = Some(Done::new(&plan, self.controller.now()));
                }
                // What somebody else's resources keep is named at the end. The rest goes.
                let kept = report.failures.iter().filter(|(_, error)| error.class == Class::Held);
                held.extend(kept.map(|(resource, error)| (resource.clone(), error.to_string())));
                // After a lost answer, AWS denies a second removal before it finds nothing to remove.
                if let Some(failure) = self.failed(&report, None) {
                    return Err(failure);
                }
                if !report.is_complete() {
                    self.pause(&mut backoff).await;
                }
            }
            match self.look().await {
                Ok(Some(seen)) => *observed = seen,
                Ok(None) => {}
                Err(error) if error.is_transient() => self.pause(&mut backoff).await,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// What to remove now. While somebody else's resources hold the VPC, only what they do not need to go.
    fn removal(&self, observed: &Observed, blockers: &[Blocker]) -> Plan<Change> {
        let retain = self.record.spec.as_ref().is_some_and(|spec| spec.flow_logs.retain);
        if blockers.is_empty() {
            return plan_removal(&self.subject.owner, observed, retain);
        }
        let withdrawal = draft_withdrawal(&self.subject.owner, &observed.parameters);
        if withdrawal.is_empty() { plan_held_removal(&self.subject.owner, observed) } else { withdrawal }
    }

    /// How it ended, when there is nothing to do: `None` when it has to be looked again.
    fn outcome(&self, observed: &Observed, blockers: &[Blocker], held: &Held) -> Result<Option<Outcome>, Failure> {
        if let Some(stays) = blockers.iter().find(|blocker| !blocker.passes) {
            warn!(blocker = %stays, "blocked");
            return Err(blocked(&self.subject.owner.environment, blockers.iter().map(ToString::to_string)));
        }
        if !blockers.is_empty() || observed.vpc.is_some() {
            return Ok(None);
        }
        if !held.is_empty() {
            let listed = held.iter().map(|(resource, said)| format!("{resource} ({said})"));
            return Err(blocked(&self.subject.owner.environment, listed));
        }
        let shows_up = self.creation.may_show_up(&self.record, self.controller.now());
        Ok((!shows_up).then_some(Outcome::Deleted))
    }

    /// Takes note of what was removed since `before`: the moment at which names of parameters became free, and the VPC.
    fn note(&mut self, before: usize) {
        let removed = |resource: &str| {
            let mut changes = self.changes.iter().skip(before);
            changes.any(|change| change.op == Operation::Delete && change.resource == resource)
        };
        let (exports, vpc) = (removed(Export::WHOLE), removed(stack::VPC));
        if exports {
            self.record.withdrawn_at = Some(self.controller.now());
        }
        if vpc {
            self.creation = Creation::Deleted;
            self.subject.vpc = KnownVpc::Unknown;
        }
    }

    /// What has not gone yet.
    fn still_there(&self, observed: &Observed, blockers: &[Blocker]) -> Vec<String> {
        if blockers.is_empty() {
            let plan = plan_removal(&self.subject.owner, observed, false);
            let steps = plan.steps().iter().filter(|step| step.operation.is_some());
            let mut waiting: Vec<String> = steps.map(|step| step.resource.clone()).collect();
            waiting.dedup();
            let mut waiting = self.with_last_words(waiting);
            if waiting.is_empty() {
                waiting.push("a VPC of an interrupted creation that may still show up".to_owned());
            }
            return waiting;
        }
        blockers.iter().map(ToString::to_string).collect()
    }
}

fn blocked(environment: &str, blockers: impl Iterator<Item = String>) -> Failure {
    let listed: Vec<String> = blockers.collect();
    let message = format!(
        "resources that are not Ringfence's stand in the way of deleting {environment}: {}; its exports are withdrawn; \
         remove them and send the delete again",
        listed.join(", ")
    );
    Failure::new(FailureKind::Blocked, message)
}

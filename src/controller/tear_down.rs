//! Removes an environment: look, plan the removal, apply, look again, until nothing is left.

use tracing::warn;

use super::{
    blockers::{Blocker, blockers},
    work::{Done, Ended, Pauses, Work},
};
use crate::{
    failure::{Failure, FailureKind},
    observed::Observed,
    plan::{Operation, Plan},
    resources::{Change, KnownVpc, draft_withdrawal, plan_held_removal, plan_removal},
    stack::{self, Export},
};

impl Work<'_> {
    /// Removes all that carries the environment's tags. `observed` is what was last seen of it.
    pub(super) async fn tear_down(&mut self, mut observed: Observed) -> Ended {
        match self.try_tear_down(&mut observed).await {
            Ok(ended) => ended,
            Err(failure) => Ended::Failed(failure),
        }
    }

    async fn try_tear_down(&mut self, observed: &mut Observed) -> Result<Ended, Failure> {
        let mut pauses = Pauses::new();
        self.vpc_is_deleted = false;
        if !observed.parameters.is_empty() {
            self.names_become_free().await?;
        }
        let mut done: Option<Done> = None;
        loop {
            let blockers = blockers(&self.subject.owner, observed);
            if self.controller.deadline.is_near() {
                if let Some(denied) = self.denials.outstanding() {
                    return Err(denied);
                }
                return Ok(Ended::Unfinished(self.still_there(observed, &blockers)));
            }
            let plan = self.removal(observed, &blockers);
            if plan.is_empty() {
                if let Some(ended) = self.ended(observed, &blockers)? {
                    return Ok(ended);
                }
                self.controller.deadline.pause(pauses.next()).await;
            } else if done.as_ref().is_some_and(|done| done.covers(&plan) && done.is_fresh(self.controller.now())) {
                self.controller.deadline.pause(pauses.next()).await;
            } else {
                let before = self.changes.len();
                let report = self.apply(&plan).await;
                self.note(before);
                if report.is_complete() {
                    done = Some(Done::new(&plan, self.controller.now()));
                }
                // After a lost answer, AWS denies a second removal before it finds nothing to remove.
                if let Some(failure) = self.failed(&report, None) {
                    return Err(failure);
                }
                if !report.is_complete() {
                    self.controller.deadline.pause(pauses.next()).await;
                }
            }
            match self.look().await {
                Ok(Some(seen)) => *observed = seen,
                Ok(None) => {}
                Err(error) if error.is_transient() => self.controller.deadline.pause(pauses.next()).await,
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
    fn ended(&self, observed: &Observed, blockers: &[Blocker]) -> Result<Option<Ended>, Failure> {
        if let Some(stays) = blockers.iter().find(|blocker| !blocker.passes) {
            warn!(blocker = %stays, "blocked");
            return Err(blocked(&self.subject.owner.environment, blockers));
        }
        if !blockers.is_empty() || observed.vpc.is_some() {
            return Ok(None);
        }
        let shows_up = !self.vpc_is_deleted && self.record.vpc_may_show_up(self.controller.now());
        Ok((!shows_up).then_some(Ended::Deleted))
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
            self.vpc_is_deleted = true;
            self.subject.vpc = KnownVpc::Unknown;
        }
    }

    /// What has not gone yet.
    fn still_there(&self, observed: &Observed, blockers: &[Blocker]) -> Vec<String> {
        if blockers.is_empty() {
            let plan = plan_removal(&self.subject.owner, observed, false);
            let steps = plan.steps().iter().filter(|step| step.operation.is_some());
            let mut waiting: Vec<String> = steps.map(|step| step.resource.clone()).collect();
            if waiting.is_empty() {
                waiting.push("a VPC of an interrupted creation that may still show up".to_owned());
            }
            return waiting;
        }
        blockers.iter().map(ToString::to_string).collect()
    }
}

fn blocked(environment: &str, blockers: &[Blocker]) -> Failure {
    let listed: Vec<String> = blockers.iter().map(ToString::to_string).collect();
    let message = format!(
        "resources that are not Ringfence's stand in the way of deleting {environment}: {}; its exports are withdrawn; \
         remove them and send the delete again",
        listed.join(", ")
    );
    Failure::new(FailureKind::Blocked, message)
}

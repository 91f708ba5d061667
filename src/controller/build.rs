//! Makes an environment as wanted: look, plan, apply, look again, until there is nothing to do; then prove, publish.

use std::{sync::Arc, time::Duration};

use tracing::{debug_span, warn};

use super::{
    coming::coming,
    denials::Denials,
    publish::{Published, Publishing},
    work::{Done, Ended, LastSeen, Pauses, Work},
};
use crate::{
    apply::Report,
    aws::Class,
    resources::{Change, KnownVpc, plan_stack},
};
use ringfence_model::{
    failure::Failure,
    plan::{Operation, Plan, Step},
    stack::{self, Export, Stack},
};
use ringfence_observed::Observed;

/// What is kept of the time of work on an environment that is published and stands open, for taking away what is
/// published: whatever is tried to close it may take all the time that there is.
const WITHDRAWING: Duration = Duration::from_secs(3);

/// How long the first repair of what is published and stands open may take before it is withdrawn: no longer than a sweep
/// waits for one environment.
const FIRST_REPAIR: Duration = Duration::from_secs(10);

impl Work<'_> {
    /// Makes the environment as `stack` says. `observed` is what was last seen of it.
    pub(super) async fn build(&mut self, stack: &Arc<Stack>, mut observed: Observed) -> Ended {
        let ended = self.try_build(stack, &mut observed).await.unwrap_or_else(Ended::Failed);
        self.last_seen = Some(LastSeen { stack: within(stack, &observed), observed });
        ended
    }

    async fn try_build(&mut self, stack: &Arc<Stack>, observed: &mut Observed) -> Result<Ended, Failure> {
        let mut pauses = Pauses::new();
        let mut done: Option<Done> = None;
        let mut has_tried = false;
        let mut publishing = Publishing::default();
        loop {
            let stack = &within(stack, observed);
            let is_open = self.exposure(stack, observed).is_some() && self.is_published(observed);
            let deadline = self.controller.deadline;
            let deadline = if is_open { deadline.keeping(WITHDRAWING) } else { deadline };
            if self.has_to_stop(deadline) {
                return Ok(self.stopped(self.waiting(observed, stack)));
            }
            let lags = matches!(self.subject.vpc, KnownVpc::Certain(_)) && observed.vpc.is_none();
            let planning = debug_span!("plan");
            let plan = if lags { Plan::default() } else { planning.in_scope(|| plan_stack(stack, observed))? };
            if !lags && plan.is_empty() {
                // What was denied is not to be done any more.
                self.denials = Denials::default();
            }
            let is_coming = !coming(observed, stack).is_empty();
            let mut is_to_be_read_anew = false;
            if !lags && plan.is_empty() && !is_coming {
                match self.prove_and_publish(stack, observed, &mut publishing, &mut pauses).await? {
                    Published::As(ended) => return Ok(ended),
                    Published::NotYet => is_to_be_read_anew = true,
                }
            } else {
                let now = self.controller.now();
                let undone =
                    !plan.is_empty() && done.as_ref().is_some_and(|done| done.covers(&plan) && done.is_fresh(now));
                // AWS may take its time over what is coming, and what was tried may fail for ever: nobody is to be let in
                // meanwhile.
                if is_open && (has_tried || plan.is_empty()) && !undone {
                    self.withdraw_meanwhile(observed).await?;
                }
                if lags || undone || plan.is_empty() {
                    self.pause(&mut pauses).await;
                } else if let Some(plan) = self.permitted(plan, stack).await? {
                    if done.take().is_some_and(|done| done.covers(&plan)) {
                        // What was made never showed: its client token may have been answered with what is gone by now.
                        self.save(|record| record.epoch += 1).await?;
                    }
                    let by = if is_open && !has_tried { deadline.within(FIRST_REPAIR) } else { deadline };
                    let report = self.apply_by(&plan, by).await;
                    has_tried = true;
                    self.record_vpc().await?;
                    self.judge(&report, Some(stack))?;
                    if report.never_showed {
                        self.save(|record| record.epoch += 1).await?;
                    }
                    if report.is_complete() {
                        done = Some(Done::new(&plan, self.controller.now()));
                        pauses = Pauses::new();
                    } else {
                        self.pause(&mut pauses).await;
                    }
                } else {
                    self.pause(&mut pauses).await;
                }
            }
            let seen = if is_to_be_read_anew { self.look().await } else { self.look_again(observed).await };
            match seen {
                Ok(Some(seen)) => *observed = seen,
                Ok(None) => {}
                Err(error) if error.is_transient() => self.pause(&mut pauses).await,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The part of the plan that may run now: `None` while a CreateVpc of unknown end may still show up.
    async fn permitted(&mut self, plan: Plan<Change>, stack: &Stack) -> Result<Option<Plan<Change>>, Failure> {
        let makes_vpc = |step: &Step<Change>| step.operation == Some(Operation::Create) && step.resource == stack::VPC;
        if !plan.steps().iter().any(makes_vpc) {
            return Ok(Some(plan));
        }
        if !self.attempt_is_fresh {
            let now = self.controller.now();
            if self.record.vpc_may_show_up(now) {
                return Ok(None);
            }
            warn!("no VPC showed up after a creation of unknown end: trying again");
            self.save(|record| {
                record.begin_attempt(now);
            })
            .await?;
            self.attempt_is_fresh = true;
        }
        if stack.ipam_pool.is_some() {
            // Which addresses the rest gets is known only once the VPC is there.
            return Ok(Some(plan.only(makes_vpc)));
        }
        if self.record.attempt.is_some_and(|attempt| attempt.number > 1) {
            // An earlier try may yet turn out to have made a VPC. So that everybody agrees which is the one, this one
            // is recorded before anything is built in it.
            return Ok(Some(plan.only(makes_vpc)));
        }
        Ok(Some(plan))
    }

    /// Writes down which VPC is the one, where an earlier try may have made another.
    async fn record_vpc(&mut self) -> Result<(), Failure> {
        let KnownVpc::Certain(id) = self.subject.vpc.clone() else { return Ok(()) };
        let is_second = self.record.attempt.is_some_and(|attempt| attempt.number > 1);
        if is_second && self.record.vpc_id.as_ref() != Some(&id) {
            self.save(|record| record.stands_in(Some(&id))).await?;
        }
        Ok(())
    }

    /// Takes note of what failed. An error that will not pass ends the work.
    fn judge(&mut self, report: &Report, stack: Option<&Stack>) -> Result<(), Failure> {
        for (resource, error) in &report.failures {
            if resource == stack::VPC && error.action == "ec2:CreateVpc" {
                self.attempt_is_fresh &= error.class != Class::Unknown;
                self.attempt_is_void = self.attempt_is_fresh;
            }
        }
        if report.cut_short && !matches!(self.subject.vpc, KnownVpc::Certain(_)) {
            self.attempt_is_fresh = false;
        }
        self.failed(report, stack).map_or(Ok(()), Err)
    }
}

/// The stack with the block that its VPC has, where IPAM was to choose it.
fn within(stack: &Arc<Stack>, observed: &Observed) -> Arc<Stack> {
    match observed.vpc.as_ref().filter(|_| stack.ipam_pool.is_some()) {
        Some(vpc) => Arc::new(Stack { cidr: vpc.cidr, ipam_pool: None, ..Stack::clone(stack) }),
        None => stack.clone(),
    }
}

impl Work<'_> {
    /// What is still to be done or waited for, given what was last seen and what has been done since; at the least the
    /// publishing.
    fn waiting(&self, observed: &Observed, stack: &Arc<Stack>) -> Vec<String> {
        // What only looks something up is not waited for by itself.
        let done = |step: &Step<Change>| {
            let mut done = self.changes.iter();
            step.operation
                .is_none_or(|operation| done.any(|change| change.op == operation && change.resource == step.resource))
        };
        let mut waiting: Vec<String> = match plan_stack(stack, observed) {
            Ok(plan) => plan.steps().iter().filter(|step| !done(step)).map(|step| step.resource.clone()).collect(),
            Err(refusal) => vec![refusal.to_string()],
        };
        waiting.dedup();
        let mut waiting = self.with_last_words(waiting);
        waiting.extend(coming(observed, stack));
        if waiting.is_empty() {
            waiting.push(Export::WHOLE.to_owned());
        }
        waiting
    }
}

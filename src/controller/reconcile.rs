//! Makes an environment as wanted: look, plan, apply, look again, until there is nothing to do; then prove, publish.

use std::{sync::Arc, time::Duration};

use tracing::{debug_span, warn};

use super::{
    creation::Creation,
    denials::Denials,
    next_move::{Done, Move, Progress, Situation, makes_vpc},
    outcome::Outcome,
    pending::pending,
    publication::Published,
    work::{Backoff, LastSeen, Work},
};
use crate::{
    deadline::Deadline,
    resources::{Change, KnownVpc, Refusal, plan_stack},
};
use ringfence_model::{
    failure::Failure,
    plan::{Plan, Step},
    stack::{Export, Stack},
};
use ringfence_observed::Observed;

/// What is kept of the time of work on an environment that is published and stands open, for taking away what is
/// published: whatever is tried to close it may take all the time that there is.
const WITHDRAWING: Duration = Duration::from_secs(3);

/// How long the first repair of what is published and stands open may take before it is withdrawn: no longer than a sweep
/// waits for one environment.
const FIRST_REPAIR: Duration = Duration::from_secs(10);

/// What follows from one look, until the next.
struct Sight {
    stack: Arc<Stack>,
    plan: Result<Plan<Change>, Refusal>,
    pending: Vec<String>,
    /// Whether the VPC is known to be there and does not show.
    lags: bool,
    /// Whether it stands open and is published.
    is_open: bool,
}

impl Sight {
    /// Whether nothing is left to do.
    fn is_done(&self) -> bool {
        !self.lags && self.plan.as_ref().is_ok_and(Plan::is_empty)
    }
}

impl Work<'_> {
    /// Makes the environment as `stack` says. `observed` is what was last seen of it, and `plan` what leads there, where
    /// that is planned already.
    pub(super) async fn reconcile(
        &mut self,
        stack: &Arc<Stack>,
        plan: Option<Plan<Change>>,
        mut observed: Observed,
    ) -> Outcome {
        let outcome = self.try_reconcile(stack, plan, &mut observed).await.unwrap_or_else(Outcome::Failed);
        self.last_seen = Some(LastSeen { stack: within(stack, &observed), observed });
        outcome
    }

    async fn try_reconcile(
        &mut self,
        stack: &Arc<Stack>,
        mut planned: Option<Plan<Change>>,
        observed: &mut Observed,
    ) -> Result<Outcome, Failure> {
        let mut backoff = Backoff::new();
        let mut progress = Progress::default();
        self.publication.begin();
        loop {
            let sight = self.sight(stack, planned.take(), observed);
            let mut is_to_be_read_anew = false;
            let next_move = self.next_move(&sight, &progress)?;
            if next_move != Move::Stop && sight.is_done() {
                // What was denied is not to be done any more.
                self.denials = Denials::default();
            }
            match next_move {
                Move::Stop => return Ok(self.stopped(self.waiting(&sight))),
                Move::Publish => match self.prove_and_publish(&sight.stack, observed, &mut backoff).await? {
                    Published::As(outcome) => return Ok(outcome),
                    Published::NotYet => is_to_be_read_anew = true,
                },
                Move::Withdraw => {
                    self.withdraw_meanwhile(observed).await?;
                    progress.has_withdrawn = true;
                    planned = sight.plan.ok();
                    continue;
                }
                Move::BeginAttempt => {
                    self.begin_another_attempt().await?;
                    planned = sight.plan.ok();
                    continue;
                }
                Move::Wait => self.pause(&mut backoff).await,
                Move::Apply { vpc_alone, anew, is_first_repair } => {
                    let deadline = self.deadline_of(&sight);
                    let plan = sight.plan?;
                    let plan = if vpc_alone { plan.only(makes_vpc) } else { plan };
                    if anew {
                        self.save(|record| record.epoch += 1).await?;
                    }
                    let deadline = if is_first_repair { deadline.within(FIRST_REPAIR) } else { deadline };
                    progress.has_tried = true;
                    progress.done = self.carry_out(&plan, &sight.stack, deadline).await?;
                    if progress.done.is_some() { backoff = Backoff::new() } else { self.pause(&mut backoff).await }
                }
            }
            progress.has_withdrawn = false;
            let seen = if is_to_be_read_anew { self.look().await } else { self.look_again(observed).await };
            match seen {
                Ok(Some(seen)) => *observed = seen,
                Ok(None) => {}
                Err(error) if error.is_transient() => self.pause(&mut backoff).await,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// What follows from what is `observed`, where that is not `planned` already.
    fn sight(&self, stack: &Arc<Stack>, planned: Option<Plan<Change>>, observed: &Observed) -> Sight {
        let stack = within(stack, observed);
        let is_open = self.exposure(&stack, observed).is_some() && self.is_published(observed);
        let lags = matches!(self.subject.vpc, KnownVpc::Certain(_)) && observed.vpc.is_none();
        let plan = planned.map_or_else(|| debug_span!("plan").in_scope(|| plan_stack(&stack, observed)), Ok);
        let pending = pending(observed, &stack);
        Sight { stack, plan, pending, lags, is_open }
    }

    /// Until when work on what was seen so may go on.
    fn deadline_of(&self, sight: &Sight) -> Deadline {
        let deadline = self.controller.deadline;
        if sight.is_open { deadline.keeping(WITHDRAWING) } else { deadline }
    }

    fn next_move(&self, sight: &Sight, progress: &Progress) -> Result<Move, Failure> {
        let has_to_stop = self.has_to_stop(self.deadline_of(sight));
        let nothing = Plan::default();
        let plan = match &sight.plan {
            Ok(plan) => plan,
            Err(_) if has_to_stop || sight.lags => &nothing,
            Err(refusal) => return Err(refusal.clone().into()),
        };
        let situation = Situation {
            has_to_stop,
            plan,
            lags: sight.lags,
            is_pending: !sight.pending.is_empty(),
            is_open: sight.is_open,
            is_from_pool: sight.stack.ipam_pool.is_some(),
            record: &self.record,
            creation: self.creation,
            progress,
        };
        Ok(situation.next_move(self.controller.now()))
    }

    /// Carries a plan out, and takes note of what failed: an error that will not pass ends the work. `None` where not all
    /// of it was done.
    async fn carry_out(
        &mut self,
        plan: &Plan<Change>,
        stack: &Stack,
        deadline: Deadline,
    ) -> Result<Option<Done>, Failure> {
        let report = self.apply_by(plan, deadline).await;
        self.record_vpc().await?;
        self.creation = self.creation.after(&report, matches!(self.subject.vpc, KnownVpc::Certain(_)));
        if let Some(failure) = self.failed(&report, Some(stack)) {
            return Err(failure);
        }
        if report.never_showed {
            self.save(|record| record.epoch += 1).await?;
        }
        Ok(report.is_complete().then(|| Done::new(plan, self.controller.now())))
    }

    async fn begin_another_attempt(&mut self) -> Result<(), Failure> {
        warn!("no VPC stands, and none that was asked for before can show up any more: it is asked for anew");
        let now = self.controller.now();
        self.save(|record| {
            record.begin_attempt(now);
        })
        .await?;
        self.creation = Creation::Known;
        Ok(())
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

    /// What is still to be done or waited for, given what was last seen and what has been done since; at the least the
    /// publishing.
    fn waiting(&self, sight: &Sight) -> Vec<String> {
        // What only looks something up is not waited for by itself.
        let done = |step: &Step<Change>| {
            let mut done = self.changes.iter();
            step.operation
                .is_none_or(|operation| done.any(|change| change.op == operation && change.resource == step.resource))
        };
        let mut waiting: Vec<String> = match &sight.plan {
            Ok(plan) => plan.steps().iter().filter(|step| !done(step)).map(|step| step.resource.clone()).collect(),
            Err(refusal) => vec![refusal.to_string()],
        };
        waiting.dedup();
        let mut waiting = self.with_last_words(waiting);
        waiting.extend_from_slice(&sight.pending);
        if waiting.is_empty() {
            waiting.push(Export::WHOLE.to_owned());
        }
        waiting
    }
}

/// The stack with the block that its VPC has, where IPAM was to choose it.
fn within(stack: &Arc<Stack>, observed: &Observed) -> Arc<Stack> {
    match observed.vpc.as_ref().filter(|_| stack.ipam_pool.is_some()) {
        Some(vpc) => Arc::new(Stack { cidr: vpc.cidr, ipam_pool: None, ..Stack::clone(stack) }),
        None => stack.clone(),
    }
}

//! Makes an environment as wanted: look, plan, apply, look again, until there is nothing to do; then prove, publish.

use std::sync::Arc;

use jiff::SignedDuration;
use tracing::{Instrument, debug_span, info, warn};

use super::{
    coming::coming,
    proof,
    work::{Done, Ended, Pauses, Work},
};
use crate::{
    apply::Report,
    aws::Class,
    failure::{Failure, FailureKind},
    isolation::{Isolation, Verdict, prove},
    observed::{Observed, Parameter},
    plan::{Operation, Plan, Step},
    resources::{Change, KnownVpc, draft_exports, draft_withdrawal, plan_spares, plan_stack},
    stack::{self, Export, Stack, exports, exports_object},
};

/// After a parameter was deleted AWS wants this to pass before one of its name is made
/// (<https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameter.html>).
pub(super) const NAME_RESTS: SignedDuration = SignedDuration::from_secs(30);

/// For how long it need not be written down again that names rest from now on.
const JUST_WRITTEN: SignedDuration = SignedDuration::from_secs(2);

impl Work<'_> {
    /// Makes the environment as `stack` says. `observed` is what was last seen of it.
    pub(super) async fn build(&mut self, stack: &Arc<Stack>, mut observed: Observed) -> Ended {
        match self.try_build(stack, &mut observed).await {
            Ok(ended) => ended,
            // Somebody else holds the lease by now, and does what there is to do.
            Err(failure) if failure.kind == FailureKind::Busy => Ended::Failed(failure),
            Err(failure) => match self.withdraw_if_exposed(stack, &observed).await {
                // What could not be repaired is told with what stands open meanwhile.
                Some(exposed) => {
                    let message = format!("{}; and it cannot be repaired: {failure}", exposed.message);
                    Ended::Unproved { failure: Failure { message, ..exposed } }
                }
                None => Ended::Failed(failure),
            },
        }
    }

    async fn try_build(&mut self, stack: &Arc<Stack>, observed: &mut Observed) -> Result<Ended, Failure> {
        let mut pauses = Pauses::new();
        let mut done: Option<Done> = None;
        let mut is_judged = false;
        let mut stack = stack.clone();
        loop {
            if let Some(vpc) = observed.vpc.as_ref().filter(|_| stack.ipam_pool.is_some()) {
                stack = Arc::new(Stack { cidr: vpc.cidr, ipam_pool: None, ..Stack::clone(&stack) });
            }
            let stack = &stack;
            if self.controller.deadline.is_near() {
                if let Some(denied) = self.denials.outstanding() {
                    return Err(denied);
                }
                return Ok(Ended::Unfinished(self.waiting(observed, stack)));
            }
            let lags = matches!(self.subject.vpc, KnownVpc::Certain(_)) && observed.vpc.is_none();
            let planning = debug_span!("plan");
            let plan = if lags { Plan::default() } else { planning.in_scope(|| plan_stack(stack, observed))? };
            let is_coming = !coming(observed, stack).is_empty();
            if !lags && plan.is_empty() && !is_coming {
                return self.prove_and_publish(stack, observed).await;
            }
            if plan.is_empty() && !lags && !std::mem::replace(&mut is_judged, true) {
                // AWS may take its time over what is coming, and nobody is to be let in meanwhile.
                if self.withdraw_if_exposed(stack, observed).await.is_some() {
                    // The looks that follow take over what is published from this one.
                    observed.parameters.clear();
                }
            }
            let now = self.controller.now();
            let undone = done.as_ref().is_some_and(|done| done.covers(&plan) && done.is_fresh(now));
            if lags || undone || plan.is_empty() {
                self.controller.deadline.pause(pauses.next()).await;
            } else if let Some(plan) = self.permitted(plan, stack).await? {
                if done.take().is_some_and(|done| done.covers(&plan)) {
                    // What was made never showed: its client token may have been answered with what is gone by now.
                    self.save(|record| record.epoch += 1).await?;
                }
                let report = self.apply(&plan).await;
                self.record_vpc().await?;
                self.judge(&report, Some(stack))?;
                if report.never_showed {
                    self.save(|record| record.epoch += 1).await?;
                }
                if report.is_complete() {
                    done = Some(Done::new(&plan, self.controller.now()));
                    pauses = Pauses::new();
                } else {
                    self.controller.deadline.pause(pauses.next()).await;
                }
            } else {
                self.controller.deadline.pause(pauses.next()).await;
            }
            match self.look_again(observed).await {
                Ok(Some(seen)) => *observed = seen,
                Ok(None) => {}
                Err(error) if error.is_transient() => self.controller.deadline.pause(pauses.next()).await,
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
            self.save(|record| record.vpc_id = Some(id.clone())).await?;
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

    async fn prove_and_publish(&mut self, stack: &Stack, observed: &Observed) -> Result<Ended, Failure> {
        let isolation = debug_span!("prove").in_scope(|| prove(observed, &proof::expectation(stack, observed)));
        if let Some(failure) = unproved(&isolation) {
            warn!(kind = %failure.kind, "{failure}");
            // What an earlier invocation published just before it was killed may show by now.
            let parameters = self.look_at_exports().await.ok().flatten();
            let parameters = parameters.unwrap_or_else(|| observed.parameters.clone());
            self.withdraw(&parameters).await?;
            return Ok(Ended::Unproved { failure });
        }
        self.remove_spares(observed).await;
        let Some(exports) = exports(stack, observed) else {
            let environment = &self.subject.owner.environment;
            let message = format!(
                "{environment} was proved, and a part that it exports did not show in the same look, so nothing is \
                 published; send the request again, and report it with the log of this one if that does not help"
            );
            return Err(Failure::new(FailureKind::Internal, message));
        };
        let mut pauses = Pauses::new();
        let mut seen = observed.parameters.clone();
        loop {
            let plan = draft_exports(stack, &seen, &exports)?;
            if plan.is_empty() {
                break;
            }
            let makes = plan.steps().iter().any(|step| step.operation == Some(Operation::Create));
            if let Some(rested) = self.record.withdrawn_at.map(|at| at + NAME_RESTS).filter(|_| makes) {
                let now = self.controller.now();
                if now < rested {
                    info!(until = %rested, "waiting until the names of removed parameters may be used again");
                    self.controller.deadline.pause(rested.duration_since(now).unsigned_abs()).await;
                }
            }
            if self.controller.deadline.is_near() {
                let rests = self.record.withdrawn_at.is_some_and(|at| self.controller.now() < at + NAME_RESTS);
                let what = if rests { "the names of its removed parameters to be free again" } else { Export::WHOLE };
                return Ok(Ended::Unfinished(vec![what.to_owned()]));
            }
            let takes_away = plan.steps().iter().any(|step| step.operation == Some(Operation::Delete));
            if takes_away {
                self.names_become_free().await?;
            }
            let report = self.apply(&plan).instrument(debug_span!("publish")).await;
            if takes_away {
                self.record.withdrawn_at = Some(self.controller.now());
            }
            self.judge(&report, Some(stack))?;
            // One of another type is taken away before it is made anew.
            if report.is_complete() && !takes_away {
                break;
            }
            self.controller.deadline.pause(pauses.next()).await;
            match self.look_at_exports().await {
                Ok(Some(parameters)) => seen = parameters,
                Ok(None) => {}
                Err(error) if error.is_transient() => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Ended::Ready { isolation, exports: exports_object(&exports) })
    }
}

impl Work<'_> {
    /// Withdraws what is published of an environment that is not isolated and cannot be made so now. What is wrong with
    /// it, if anything is published.
    async fn withdraw_if_exposed(&mut self, stack: &Stack, observed: &Observed) -> Option<Failure> {
        let exposure = |observed: &Observed| {
            if draft_withdrawal(&self.subject.owner, &observed.parameters).is_empty() {
                return None;
            }
            let isolation = prove(observed, &proof::expectation(stack, observed));
            unproved(&isolation).filter(|failure| failure.kind == FailureKind::Exposed)
        };
        exposure(observed)?;
        // Part of a repair may have been done since.
        let observed = self.look().await.ok().flatten()?;
        let failure = exposure(&observed)?;
        warn!(kind = %failure.kind, "{failure}");
        if let Err(error) = self.withdraw(&observed.parameters).await {
            warn!("withdrawing the exports failed: {error}");
        }
        Some(failure)
    }

    /// Withdraws what is published.
    async fn withdraw(&mut self, parameters: &[Parameter]) -> Result<(), Failure> {
        let withdrawal = draft_withdrawal(&self.subject.owner, parameters);
        if withdrawal.is_empty() {
            return Ok(());
        }
        self.names_become_free().await?;
        let report = self.apply(&withdrawal).await;
        self.record.withdrawn_at = Some(self.controller.now());
        self.judge(&report, None)
    }

    /// Writes down, before parameters are taken away, that their names rest from now on, unless that was written just
    /// before.
    pub(super) async fn names_become_free(&mut self) -> Result<(), Failure> {
        let now = self.controller.now();
        if self.record.withdrawn_at.is_some_and(|at| now < at + JUST_WRITTEN) {
            return Ok(());
        }
        self.save(|record| record.withdrawn_at = Some(now)).await
    }
}

/// How a request ends that finds nothing to do: everything stands, is proved and published. `None` where there is
/// something to do, to wait for, or to report.
pub(super) fn as_it_should_be(stack: &Arc<Stack>, observed: &Observed) -> Result<Option<Ended>, Failure> {
    if !plan_stack(stack, observed)?.is_empty() || !coming(observed, stack).is_empty() {
        return Ok(None);
    }
    let isolation = prove(observed, &proof::expectation(stack, observed));
    let exports = exports(stack, observed).filter(|_| unproved(&isolation).is_none());
    let Some(exports) = exports else { return Ok(None) };
    let is_published = draft_exports(stack, &observed.parameters, &exports)?.is_empty();
    Ok(is_published.then(|| Ended::Ready { isolation, exports: exports_object(&exports) }))
}

impl Work<'_> {
    /// Removes VPCs that a creation of unknown end left beside the one that counts. One that somebody put something
    /// into stays and is named: the environment itself is whole without it going.
    async fn remove_spares(&mut self, observed: &Observed) {
        if observed.spare_vpcs.is_empty() {
            return;
        }
        let report = self.apply(&plan_spares(observed)).await;
        for (_, error) in &report.failures {
            let spares: Vec<&str> = observed.spare_vpcs.iter().map(|spare| spare.id.as_str()).collect();
            warn!(?spares, %error, "spare VPCs of this environment are not empty: remove what is in them");
        }
    }
}

/// What the verdict means to who asked; `None` when all that is required holds.
pub(super) fn unproved(isolation: &Isolation) -> Option<Failure> {
    let (kind, names, begin) = match isolation.verdict() {
        Verdict::Isolated => return None,
        Verdict::Exposed(names) => (FailureKind::Exposed, names, "it is not isolated"),
        Verdict::Unusable(names) => (FailureKind::Unusable, names, "it is isolated, but nobody could train in it"),
    };
    let reasons: Vec<String> = isolation
        .checks
        .iter()
        .filter(|check| names.contains(&check.check))
        .map(|check| format!("{}: {}", check.check, check.because))
        .collect();
    Some(Failure::new(kind, format!("{begin}, so nothing is published: {}", reasons.join("; "))))
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
        waiting.extend(coming(observed, stack));
        if waiting.is_empty() {
            waiting.push(Export::WHOLE.to_owned());
        }
        waiting
    }
}

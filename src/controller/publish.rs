//! Proves what was seen and publishes it; takes away what is published of what is no longer isolated.
//!
//! An ID is published on a look that is no older than two seconds. Where anything takes longer than that, a pause, a
//! throttled call, it is looked again first, and proved again. What puts no value, such as tags, has all the time that
//! there is: under a bound of two seconds it would never come to its end while AWS throttles it.

use std::{collections::BTreeSet, time::Duration};

use jiff::SignedDuration;
use tracing::{Instrument, debug_span, info, warn};

use super::{
    explain::explain,
    outcome::Outcome,
    pending::pending,
    proof,
    seen::Planned,
    work::{Backoff, Work},
};
use crate::{
    apply::{Bounds, Report},
    deadline::{Deadline, Idle, SeenAt},
    resources::{draft_exports, draft_rest_of_exports, draft_withdrawal, plan_spares},
};
use ringfence_model::{
    failure::{Failure, FailureKind},
    plan::Operation,
    stack::{Export, Stack, exports, exports_object},
};
use ringfence_observed::{Observed, Parameter};
use ringfence_proof::{Isolation, Verdict, prove};

/// After a parameter was deleted AWS wants this to pass before one of its name is made
/// (<https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameter.html>).
pub(super) const NAME_RESTS: SignedDuration = SignedDuration::from_secs(30);

/// For how long it need not be written down again that names rest from now on.
const JUST_WRITTEN: SignedDuration = SignedDuration::from_secs(2);

/// How long it is looked for what else is published before it is withdrawn.
const LOOKING: Duration = Duration::from_secs(4);

/// How long a withdrawal that AWS denies is tried again: what was published a moment ago has tags that do not count yet.
const DENIED_FOR: Duration = Duration::from_secs(10);

/// How far publishing came.
pub(super) enum Published {
    /// To its end.
    As(Outcome),
    /// It has to be looked again first.
    NotYet,
}

/// What came of publishing so far.
#[derive(Debug, Default)]
pub(super) struct Publishing {
    refused: Refused,
    /// The parameters whose tags that must go are off, which no look shows.
    untagged: BTreeSet<String>,
}

/// What AWS refused of publishing so far.
#[derive(Debug, Default)]
struct Refused {
    /// What was refused once: what had vanished is refused, too, and is made at the next try.
    once: BTreeSet<String>,
    /// Whether all was taken away already, to be made anew.
    anew: bool,
}

impl Refused {
    /// Whether nothing of what AWS refused now was refused before.
    fn is_first(&mut self, report: &Report) -> bool {
        let refused = report.failures.iter().filter(|(_, error)| !error.is_transient());
        let again: Vec<bool> = refused.map(|(resource, _)| !self.once.insert(resource.clone())).collect();
        !again.contains(&true)
    }
}

impl Work<'_> {
    /// Proves what was seen, and publishes it.
    pub(super) async fn prove_and_publish(
        &mut self,
        stack: &Stack,
        observed: &Observed,
        publishing: &mut Publishing,
        backoff: &mut Backoff,
    ) -> Result<Published, Failure> {
        let Publishing { refused, untagged } = publishing;
        let isolation = debug_span!("prove").in_scope(|| prove(observed, &proof::expectation(stack, observed)));
        if let Some(failure) = unproved(&isolation) {
            warn!(kind = %failure.kind, "{failure}");
            self.withdraw_all(&observed.parameters, self.controller.deadline).await?;
            return Ok(Published::As(Outcome::Unproved { failure }));
        }
        let Some(exports) = exports(stack, observed) else {
            let environment = &self.subject.owner.environment;
            let message = format!(
                "{environment} was proved, and a part that it exports did not show in the same look, so nothing is \
                 published; send the request again, and report it with the log of this one if that does not help"
            );
            return Err(Failure::new(FailureKind::Internal, message));
        };
        let plan = draft_rest_of_exports(stack, &observed.parameters, &exports, untagged)?;
        let whole = || Published::As(Outcome::Ready { isolation, exports: exports_object(&exports) });
        if plan.is_empty() {
            self.remove_spares(observed).await;
            return Ok(whole());
        }
        let does = |operation: Operation| plan.steps().iter().any(|step| step.operation == Some(operation));
        if does(Operation::Create)
            && let Some(outcome) = self.let_names_rest().await
        {
            return Ok(outcome);
        }
        let takes_away = does(Operation::Delete);
        if takes_away {
            self.names_become_free().await?;
        }
        let fresh = self.seen_at.map(SeenAt::is_fresh_for).unwrap_or_default();
        if fresh.is_zero() {
            return Ok(Published::NotYet);
        }
        let bounds = Bounds::new(self.controller.deadline, self.idle).publishing_within(fresh);
        let report = self.apply_within(&plan, bounds).instrument(debug_span!("publish")).await;
        let done = report.done.iter().filter_map(|index| plan.steps().get(*index)?.change.untagged());
        untagged.extend(done.map(ToOwned::to_owned));
        if takes_away {
            self.record.withdrawn_at = Some(self.controller.now());
        }
        if let Some((resource, error)) = report.failures.iter().find(|(_, error)| !error.is_transient()) {
            let failure = explain(resource, error, Some(stack));
            if refused.is_first(&report) {
                return Ok(Published::NotYet);
            }
            return self.take_away_half(stack, observed, &exports, refused, failure).await;
        }
        // One of another type is taken away before it is made anew.
        if report.is_complete() && !takes_away {
            // Tags may have taken longer than the look vouches for what is answered.
            if self.seen_at.is_none_or(|at| at.is_fresh_for().is_zero()) {
                return Ok(Published::NotYet);
            }
            self.remove_spares(observed).await;
            return Ok(whole());
        }
        if !report.cut_short {
            self.pause(backoff).await;
        }
        Ok(Published::NotYet)
    }

    /// Waits until the names of removed parameters may be used again, where there is time for that. `None` where they
    /// may be used now.
    async fn let_names_rest(&self) -> Option<Published> {
        let rested = self.record.withdrawn_at? + NAME_RESTS;
        let rests = rested.duration_since(self.controller.now());
        if !rests.is_positive() {
            return None;
        }
        let rests = rests.unsigned_abs();
        if self.controller.deadline.has(rests) && self.idle.left().is_none_or(|left| rests < left) {
            info!(until = %rested, "waiting until the names of removed parameters may be used again");
            self.controller.deadline.pause(rests).await;
            return Some(Published::NotYet);
        }
        let what = "the names of its removed parameters to be free again";
        Some(Published::As(Outcome::Unfinished(vec![what.to_owned()])))
    }

    /// After AWS refused to publish a part: what stands half old and half new, or as somebody changed it, is taken away.
    /// Where it was an overwriting that was refused, all is made anew once the names have rested, which may be allowed.
    async fn take_away_half(
        &mut self,
        stack: &Stack,
        observed: &Observed,
        exports: &[Export],
        refused: &mut Refused,
        failure: Failure,
    ) -> Result<Published, Failure> {
        let told = self.look_at_exports(self.controller.deadline).await.ok().flatten();
        let seen = told.as_ref().unwrap_or(&observed.parameters);
        let standing = |export: &Export| {
            let name = export.parameter_name(stack);
            seen.iter().find(|parameter| parameter.name == name)
        };
        let is_right = |export: &Export| standing(export).is_some_and(|parameter| parameter.value == export.value);
        if seen.is_empty() || exports.iter().all(is_right) {
            return Err(failure);
        }
        let overwrites = exports.iter().all(|export| standing(export).is_some());
        warn!("what is published is not of one piece and is taken away: {failure}");
        if let Err(error) = self.withdraw(seen, self.controller.deadline).await {
            let message = format!("{}; what is published is not of one piece, and stands: {error}", failure.message);
            return Err(Failure { message, ..failure });
        }
        if overwrites && !std::mem::replace(&mut refused.anew, true) {
            return Ok(Published::NotYet);
        }
        let message = format!("{}; nothing is published meanwhile", failure.message);
        Err(Failure { message, ..failure })
    }

    /// Withdraws all that is published, also what an earlier invocation published just before it was killed; `seen` where
    /// AWS does not tell.
    pub(super) async fn withdraw_all(&mut self, seen: &[Parameter], deadline: Deadline) -> Result<(), Failure> {
        // Half of the time at most: what was seen before can be taken away without this look, which may lag besides.
        let looking = deadline.within((deadline.left() / 2).min(LOOKING));
        let mut parameters = self.look_at_exports(looking).await.ok().flatten().unwrap_or_default();
        let untold = seen.iter().filter(|known| parameters.iter().all(|told| told.name != known.name));
        let untold: Vec<Parameter> = untold.cloned().collect();
        parameters.extend(untold);
        self.withdraw(&parameters, deadline).await
    }

    /// Withdraws what is published.
    async fn withdraw(&mut self, parameters: &[Parameter], deadline: Deadline) -> Result<(), Failure> {
        let withdrawal = draft_withdrawal(&self.subject.owner, parameters);
        if withdrawal.is_empty() {
            return Ok(());
        }
        self.names_become_free().await?;
        // However often it is tried, it is waited for once: what is denied for good holds nobody up at every look.
        let patience = self.withdrawal_denied.unwrap_or_else(|| Idle::new(Some(DENIED_FOR)));
        let bounds = Bounds::new(deadline, Idle::new(None)).denied_for(patience.left().unwrap_or_default());
        let report = self.apply_within(&withdrawal, bounds).await;
        self.record.withdrawn_at = Some(self.controller.now());
        self.withdrawal_denied = (!report.is_complete()).then_some(patience);
        if let Some((_, error)) = report.failures.first() {
            return Err(error.clone().into());
        }
        if report.cut_short { Err(crate::aws::out_of_time()) } else { Ok(()) }
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

/// How a request ends that finds nothing to do: everything stands, is proved and published. `None` where there is
/// something to do, to wait for, or to report.
pub(super) fn as_it_should_be(planned: &Planned, observed: &Observed) -> Result<Option<Outcome>, Failure> {
    let Planned { stack, plan } = planned;
    if !plan.is_empty() || !pending(observed, stack).is_empty() {
        return Ok(None);
    }
    let isolation = prove(observed, &proof::expectation(stack, observed));
    let exports = exports(stack, observed).filter(|_| unproved(&isolation).is_none());
    let Some(exports) = exports else { return Ok(None) };
    let is_published = draft_exports(stack, &observed.parameters, &exports)?.is_empty();
    Ok(is_published.then(|| Outcome::Ready { isolation, exports: exports_object(&exports) }))
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

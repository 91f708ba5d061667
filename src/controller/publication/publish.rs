//! Proves what was seen and publishes it.
//!
//! An ID is published on a look that is no older than two seconds. Where anything takes longer than that, a pause, a
//! throttled call, it is looked again first, and proved again. What puts no value, such as tags, has all the time that
//! there is: under a bound of two seconds it would never come to its end while AWS throttles it.

use tracing::{Instrument, debug_span, warn};

use super::{
    super::{
        explain::explain,
        outcome::Outcome,
        proof,
        work::{Backoff, Work},
    },
    verdict::unproved,
};
use crate::{
    apply::Bounds,
    resources::{draft_rest_of_exports, plan_spares},
};
use ringfence_model::{
    failure::{Failure, FailureKind},
    plan::Operation,
    stack::{Export, Stack, exports, exports_object},
};
use ringfence_observed::Observed;
use ringfence_proof::prove;

/// How far publishing came.
pub(in crate::controller) enum Published {
    /// To its end.
    As(Outcome),
    /// It has to be looked again first.
    NotYet,
}

impl Work<'_> {
    /// Proves what was seen, and publishes it.
    pub(in crate::controller) async fn prove_and_publish(
        &mut self,
        stack: &Stack,
        observed: &Observed,
        backoff: &mut Backoff,
    ) -> Result<Published, Failure> {
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
        let plan = draft_rest_of_exports(stack, &observed.parameters, &exports, &self.publication.untagged)?;
        let whole = || Published::As(Outcome::Ready { isolation, exports: exports_object(&exports) });
        if plan.is_empty() {
            self.remove_spares(observed).await;
            return Ok(whole());
        }
        let does = |operation: Operation| plan.steps().iter().any(|step| step.operation == Some(operation));
        if does(Operation::Create)
            && let Some(rested) = self.let_names_rest().await
        {
            return Ok(rested.map_or_else(Published::As, |()| Published::NotYet));
        }
        let takes_away = does(Operation::Delete);
        if takes_away {
            self.names_become_free().await?;
        }
        let fresh = self.publication.is_vouched_for();
        if fresh.is_zero() {
            return Ok(Published::NotYet);
        }
        let bounds = Bounds::new(self.controller.deadline, self.idle).publishing_within(fresh);
        let report = self.apply_within(&plan, bounds).instrument(debug_span!("publish")).await;
        let done = report.done.iter().filter_map(|index| plan.steps().get(*index)?.change.untagged());
        self.publication.untagged.extend(done.map(ToOwned::to_owned));
        if takes_away {
            self.record.withdrawn_at = Some(self.controller.now());
        }
        if let Some((resource, error)) = report.failures.iter().find(|(_, error)| !error.is_transient()) {
            let failure = explain(resource, error, Some(stack));
            if self.publication.refused.is_first(&report) {
                return Ok(Published::NotYet);
            }
            return self.take_away_half(stack, observed, &exports, failure).await;
        }
        // One of another type is taken away before it is made anew.
        if report.is_complete() && !takes_away {
            // Tags may have taken longer than the look vouches for what is answered.
            if self.publication.is_vouched_for().is_zero() {
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

    /// After AWS refused to publish a part: what stands half old and half new, or as somebody changed it, is taken away.
    /// Where it was an overwriting that was refused, all is made anew once the names have rested, which may be allowed.
    async fn take_away_half(
        &mut self,
        stack: &Stack,
        observed: &Observed,
        exports: &[Export],
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
        if overwrites && !std::mem::replace(&mut self.publication.refused.anew, true) {
            return Ok(Published::NotYet);
        }
        let message = format!("{}; nothing is published meanwhile", failure.message);
        Err(Failure { message, ..failure })
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

//! What follows from the proof for what is published.

use std::sync::Arc;

use super::super::{outcome::Outcome, pending::pending, proof, seen::Planned, work::Work};
use crate::resources::draft_exports;
use ringfence_model::{
    failure::{Failure, FailureKind},
    stack::{Stack, exports, exports_object},
    status::Status,
};
use ringfence_observed::Observed;
use ringfence_proof::{Isolation, Verdict, prove};

/// How a request ends that finds nothing to do: everything stands, is proved and published. `None` where there is
/// something to do, to wait for, or to report.
pub(in crate::controller) fn as_it_should_be(
    planned: &Planned,
    observed: &Observed,
) -> Result<Option<Outcome>, Failure> {
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
pub(in crate::controller) fn unproved(isolation: &Isolation) -> Option<Failure> {
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
    /// What stands open of an environment that was whole before. One that is being built for the first time is not
    /// closed yet, and not published.
    pub(in crate::controller) fn exposure(&self, stack: &Arc<Stack>, observed: &Observed) -> Option<Failure> {
        let vpc = observed.vpc.as_ref()?;
        let is_recorded = self.record.vpc_id.as_ref() == Some(&vpc.id);
        let was_whole = is_recorded && (self.record.published || self.record.status == Status::Exposed);
        // What is published of one that somebody deleted says nothing of its successor.
        let is_published = observed.parameters.iter().any(|parameter| parameter.value.contains(&vpc.id));
        if !(was_whole || is_published && self.is_published(observed)) {
            return None;
        }
        let isolation = prove(observed, &proof::expectation(stack, observed));
        unproved(&isolation).filter(|failure| failure.kind == FailureKind::Exposed)
    }
}

//! Takes away what is published of what is no longer isolated.

use std::time::Duration;

use tracing::warn;

use super::super::work::Work;
use crate::{
    apply::Bounds,
    aws::out_of_time,
    deadline::{Deadline, Idle},
    resources::draft_withdrawal,
};
use ringfence_model::failure::{Failure, FailureKind};
use ringfence_observed::{Observed, Parameter};

/// How long it is looked for what else is published before it is withdrawn.
const LOOKING: Duration = Duration::from_secs(4);

/// How long a withdrawal that AWS denies is tried again: what was published a moment ago has tags that do not count yet.
const DENIED_FOR: Duration = Duration::from_secs(10);

impl Work<'_> {
    /// Whether anything of ours is published, as far as was seen.
    pub(in crate::controller) fn is_published(&self, observed: &Observed) -> bool {
        !draft_withdrawal(&self.subject.owner, &observed.parameters).is_empty()
    }

    /// Withdraws what is published of an environment that stands open while it is still worked on. What cannot be
    /// withdrawn now is tried again at the next look, and at the end.
    pub(in crate::controller) async fn withdraw_meanwhile(&mut self, observed: &mut Observed) -> Result<(), Failure> {
        warn!("it stands open meanwhile: what is published is withdrawn");
        match self.withdraw_all(&observed.parameters, self.controller.deadline).await {
            // The looks that follow take over what is published from this one.
            Ok(()) => observed.parameters.clear(),
            Err(failure) if failure.kind == FailureKind::Busy => return Err(failure),
            Err(failure) => warn!("withdrawing the exports failed: {failure}"),
        }
        Ok(())
    }

    /// Withdraws all that is published, also what an earlier invocation published just before it was killed; `seen` where
    /// AWS does not tell.
    pub(in crate::controller) async fn withdraw_all(
        &mut self,
        seen: &[Parameter],
        deadline: Deadline,
    ) -> Result<(), Failure> {
        // Half of the time at most: what was seen before can be taken away without this look, which may lag besides.
        let looking = deadline.within((deadline.left() / 2).min(LOOKING));
        let mut parameters = self.look_at_exports(looking).await.ok().flatten().unwrap_or_default();
        let untold = seen.iter().filter(|known| parameters.iter().all(|told| told.name != known.name));
        let untold: Vec<Parameter> = untold.cloned().collect();
        parameters.extend(untold);
        self.withdraw(&parameters, deadline).await
    }

    /// Withdraws what is published.
    pub(super) async fn withdraw(&mut self, parameters: &[Parameter], deadline: Deadline) -> Result<(), Failure> {
        let withdrawal = draft_withdrawal(&self.subject.owner, parameters);
        if withdrawal.is_empty() {
            return Ok(());
        }
        self.names_become_free().await?;
        // However often it is tried, it is waited for once: what is denied for good holds nobody up at every look.
        let patience = self.publication.withdrawal_denied.unwrap_or_else(|| Idle::new(Some(DENIED_FOR)));
        let bounds = Bounds::new(deadline, Idle::new(None)).denied_for(patience.left().unwrap_or_default());
        let report = self.apply_within(&withdrawal, bounds).await;
        self.record.withdrawn_at = Some(self.controller.now());
        self.publication.withdrawal_denied = (!report.is_complete()).then_some(patience);
        if let Some((_, error)) = report.failures.first() {
            return Err(error.clone().into());
        }
        if report.cut_short { Err(out_of_time()) } else { Ok(()) }
    }
}

//! The names of parameters that were taken away rest for a while before any of them may be used again.

use jiff::SignedDuration;
use tracing::info;

use super::super::{outcome::Outcome, work::Work};
use ringfence_model::failure::Failure;

/// After a parameter was deleted AWS wants this to pass before one of its name is made
/// (<https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameter.html>).
pub(in crate::controller) const NAME_RESTS: SignedDuration = SignedDuration::from_secs(30);

/// For how long it need not be written down again that names rest from now on.
const JUST_WRITTEN: SignedDuration = SignedDuration::from_secs(2);

impl Work<'_> {
    /// Writes down, before parameters are taken away, that their names rest from now on, unless that was written just
    /// before.
    pub(in crate::controller) async fn names_become_free(&mut self) -> Result<(), Failure> {
        let now = self.controller.now();
        if self.record.withdrawn_at.is_some_and(|at| now < at + JUST_WRITTEN) {
            return Ok(());
        }
        self.save(|record| record.withdrawn_at = Some(now)).await
    }

    /// Waits until the names of removed parameters may be used again, and says where there is no time for that. `None`
    /// where they may be used now.
    pub(super) async fn let_names_rest(&self) -> Option<Result<(), Outcome>> {
        let rested = self.record.withdrawn_at? + NAME_RESTS;
        let rests = rested.duration_since(self.controller.now());
        if !rests.is_positive() {
            return None;
        }
        let rests = rests.unsigned_abs();
        if self.controller.deadline.has(rests) && self.idle.left().is_none_or(|left| rests < left) {
            info!(until = %rested, "waiting until the names of removed parameters may be used again");
            self.controller.deadline.pause(rests).await;
            return Some(Ok(()));
        }
        let what = "the names of its removed parameters to be free again";
        Some(Err(Outcome::Unfinished(vec![what.to_owned()])))
    }
}

//! The one place through which every end of work goes: before it is told and written down how work on an environment
//! ended, what was last seen of it is proved. What stands open is taken off the shelf and called exposed, whatever else
//! the work failed or waited at.

use std::time::Duration;

use tracing::warn;

use super::{
    outcome::Outcome,
    work::{LastSeen, Work},
};
use crate::registry::Desired;
use ringfence_model::failure::{Failure, FailureKind};

/// How long a last look may take.
const LAST_LOOK: Duration = Duration::from_secs(10);

/// What a last look leaves of the time that there is, for taking away what is published.
const WITHDRAWING: Duration = Duration::from_millis(1500);

/// What stands open, with why it stays so.
pub(super) fn irreparable(open: Failure, reason: &Failure) -> Failure {
    Failure { message: format!("{}; and it cannot be repaired: {reason}", open.message), ..open }
}

impl Work<'_> {
    /// How it ended in truth. The work of somebody who lost the lease is judged by who has it, and what is to be removed
    /// is not published any more, or cannot be withdrawn.
    pub(super) async fn judged(&mut self, outcome: Outcome) -> Outcome {
        let is_unproved = match &outcome {
            Outcome::Ready { .. } | Outcome::Deleted | Outcome::Unproved { .. } => false,
            Outcome::Failed(failure) => failure.kind != FailureKind::Busy,
            Outcome::Unfinished(_) | Outcome::Denied { .. } => true,
        };
        let Some(seen) = self.last_seen.take().filter(|_| is_unproved) else { return outcome };
        if self.record.desired_at(self.controller.now()) == Desired::Absent {
            return outcome;
        }
        if self.exposure(&seen.stack, &seen.observed).is_none() {
            return outcome;
        }
        let deadline = self.controller.deadline.at_last();
        // Part of a repair may have been done since.
        let looking = deadline.left().saturating_sub(WITHDRAWING).min(LAST_LOOK);
        let seen = match self.look_by(deadline.within(looking)).await {
            Ok(Some(observed)) => LastSeen { observed, ..seen },
            Ok(None) | Err(_) => seen,
        };
        let Some(failure) = self.exposure(&seen.stack, &seen.observed) else { return outcome };
        warn!(kind = %failure.kind, "{failure}");
        let mut message = match &outcome {
            Outcome::Failed(reason) | Outcome::Denied { failure: reason, .. } => {
                irreparable(failure.clone(), reason).message
            }
            Outcome::Unfinished(waiting) => format!("{}; its repair waits for {}", failure.message, waiting.join(", ")),
            Outcome::Ready { .. } | Outcome::Deleted | Outcome::Unproved { .. } => failure.message.clone(),
        };
        if let Err(error) = self.withdraw_all(&seen.observed.parameters, deadline).await {
            warn!("withdrawing the exports failed: {error}");
            message.push_str(&format!("; and its exports still stand, for they cannot be withdrawn: {error}"));
        }
        Outcome::Unproved { failure: Failure { message, ..failure } }
    }
}

//! What is known of the publication of an environment while it is worked on.

use std::{collections::BTreeSet, time::Duration};

use crate::{
    apply::Report,
    deadline::{Idle, SeenAt},
};

/// What work on an environment knows of its publication, beside what is written down and what a look shows.
#[derive(Debug, Default)]
pub(in crate::controller) struct Publication {
    /// When the last look was over; `None` where nothing may be published on it.
    seen_at: Option<SeenAt>,
    /// Since when taking away what is published is denied, and for how long that may be.
    pub(super) withdrawal_denied: Option<Idle>,
    pub(super) refused: Refused,
    /// The parameters whose tags that must go are off, which no look shows.
    pub(super) untagged: BTreeSet<String>,
}

impl Publication {
    /// Begins anew, on the same look: what was refused before may be allowed. What is denied stays so.
    pub(in crate::controller) fn begin(&mut self) {
        (self.refused, self.untagged) = (Refused::default(), BTreeSet::new());
    }

    /// Takes note of a look at all that publishing goes by, which was over at `at`.
    pub(in crate::controller) const fn goes_by_look(&mut self, at: SeenAt) {
        self.seen_at = Some(at);
    }

    /// Takes note that the last look was at a part: nothing is published on it.
    pub(in crate::controller) const fn goes_by_no_look(&mut self) {
        self.seen_at = None;
    }

    /// For how long the last look vouches for what is published.
    pub(super) fn is_vouched_for(&self) -> Duration {
        self.seen_at.map(SeenAt::is_fresh_for).unwrap_or_default()
    }
}

/// What AWS refused of publishing so far.
#[derive(Debug, Default)]
pub(super) struct Refused {
    /// What was refused once: what had vanished is refused, too, and is made at the next try.
    once: BTreeSet<String>,
    /// Whether all was taken away already, to be made anew.
    pub(super) anew: bool,
}

impl Refused {
    /// Whether nothing of what AWS refused now was refused before.
    pub(super) fn is_first(&mut self, report: &Report) -> bool {
        let refused = report.failures.iter().filter(|(_, error)| !error.is_transient());
        let again: Vec<bool> = refused.map(|(resource, _)| !self.once.insert(resource.clone())).collect();
        !again.contains(&true)
    }
}

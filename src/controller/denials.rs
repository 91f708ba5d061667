//! Denials that may pass. The function's role goes by tags, and what is gone has none: AWS denies what concerns it, rather
//! than say that it is not there. And a fresh tag takes a while to count.
//!
//! A denial is believed, and its environment called failed, once it has lasted for 30 seconds. Time may run out before
//! that: a sweep leaves an environment of which nothing comes about for 10. Then it is told as denied to whoever asked,
//! and what was denied since when is written down. Nobody is told yet that the environment failed: it is no news before
//! the next one who works on it meets the same denial, and believes it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::registry::Denied;
use ringfence_model::failure::Failure;

/// How long a denial may last before it is believed, while every look still shows what it is about.
const BELIEVED_AFTER: SignedDuration = SignedDuration::from_secs(30);

/// What was denied, round after round.
#[derive(Debug, Default)]
pub(super) struct Denials {
    /// By resource, when it was first denied and not allowed since.
    since: BTreeMap<String, Timestamp>,
    /// What is to be said where time runs out before any is believed.
    last: Option<Failure>,
}

impl Denials {
    /// What was denied when others worked on it before.
    pub(super) fn met_before(denied: Option<&Denied>) -> Self {
        let since =
            denied.into_iter().flat_map(|denied| denied.resources.iter().map(|name| (name.clone(), denied.since)));
        Self { since: since.collect(), last: None }
    }

    /// What is to be written down for who works on it next: all that was denied last, and since when at the latest.
    pub(super) fn to_remember(&self) -> Option<Denied> {
        let since = *self.since.values().max()?;
        let resources: BTreeSet<String> = self.since.keys().cloned().collect();
        Some(Denied { resources, since })
    }

    /// Takes note of all that was denied in a round; the first that is to be believed by `now`.
    pub(super) fn believe(&mut self, denied: Vec<(String, Failure)>, now: Timestamp) -> Option<Failure> {
        self.since.retain(|resource, _| denied.iter().any(|(other, _)| other == resource));
        self.last = denied.first().map(|(_, failure)| failure.clone());
        let is_old = |since: &Timestamp| now.duration_since(*since) >= BELIEVED_AFTER;
        denied
            .into_iter()
            .find(|(resource, _)| is_old(self.since.entry(resource.clone()).or_insert(now)))
            .map(|(_, failure)| failure)
    }

    /// What the last round was denied, which nobody knows yet whether to believe.
    pub(super) fn outstanding(&self) -> Option<Failure> {
        self.last.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringfence_model::failure::FailureKind;

    fn denied(resources: &[&str]) -> Vec<(String, Failure)> {
        let failure = |resource: &str| Failure::new(FailureKind::AccessDenied, format!("{resource} was denied"));
        resources.iter().map(|resource| ((*resource).to_owned(), failure(resource))).collect()
    }

    #[test]
    fn a_denial_is_believed_once_it_has_lasted() {
        let (mut denials, begin) = (Denials::default(), Timestamp::UNIX_EPOCH);
        let after = |seconds| begin + SignedDuration::from_secs(seconds);
        assert_eq!(denials.believe(denied(&["subnet"]), begin), None);
        assert_eq!(denials.believe(denied(&["subnet", "group"]), after(29)), None);
        assert_eq!(denials.outstanding().unwrap().message, "subnet was denied");
        let believed = denials.believe(denied(&["group", "subnet"]), after(30)).unwrap();
        assert_eq!(believed.message, "subnet was denied");
    }

    #[test]
    fn what_is_met_once_more_is_believed() {
        let (mut denials, begin) = (Denials::default(), Timestamp::UNIX_EPOCH);
        let after = |seconds| begin + SignedDuration::from_secs(seconds);
        assert_eq!(denials.believe(denied(&["subnet", "group"]), begin), None);
        assert_eq!(denials.believe(denied(&["subnet"]), after(10)), None);
        let written = denials.to_remember();
        let mut next = Denials::met_before(written.as_ref());
        assert_eq!(next.believe(denied(&["group"]), after(300)), None, "it was allowed meanwhile");
        let mut next = Denials::met_before(written.as_ref());
        assert!(next.believe(denied(&["subnet"]), after(300)).is_some());
        assert_eq!(Denials::met_before(None).to_remember(), None);
    }

    #[test]
    fn what_was_done_meanwhile_begins_anew() {
        let (mut denials, begin) = (Denials::default(), Timestamp::UNIX_EPOCH);
        let after = |seconds| begin + SignedDuration::from_secs(seconds);
        assert_eq!(denials.believe(denied(&["subnet"]), begin), None);
        assert_eq!(denials.believe(denied(&[]), after(10)), None);
        assert_eq!(denials.outstanding(), None);
        assert_eq!(denials.believe(denied(&["subnet"]), after(35)), None);
        assert!(denials.believe(denied(&["subnet"]), after(65)).is_some());
    }
}

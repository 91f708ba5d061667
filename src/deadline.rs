//! How long an invocation may still go on.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// Nothing new is begun when less than this is left, so that where things stand can still be saved.
const MARGIN: Duration = Duration::from_secs(2);

/// A call still under way is given up when less than this is left.
const LAST_CALL: Duration = Duration::from_millis(1200);

/// The answer is out by then, whatever hangs: what was given up is still written down in between.
const LAST_WORD: Duration = Duration::from_millis(250);

/// The moment at which Lambda kills the invocation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    at: Instant,
    moment: Timestamp,
}

impl Deadline {
    /// The deadline at `moment`, when it is `now`.
    pub(crate) fn new(moment: Timestamp, now: Timestamp) -> Self {
        let left = Duration::try_from(moment.duration_since(now)).unwrap_or_default();
        Self { at: Instant::now() + left, moment }
    }

    /// The deadline as a moment in time, as leases hold it.
    pub(crate) const fn moment(&self) -> Timestamp {
        self.moment
    }

    /// Whether it is so near that nothing new may begin.
    pub(crate) fn is_near(&self) -> bool {
        self.at.saturating_duration_since(Instant::now()) <= MARGIN
    }

    /// Whether there is time for something that may well take `span`.
    pub(crate) fn has(&self, span: Duration) -> bool {
        self.at.saturating_duration_since(Instant::now()) > span + MARGIN
    }

    /// Whether it has passed.
    pub(crate) fn is_over(&self) -> bool {
        self.at <= Instant::now()
    }

    /// What a call may take.
    pub(crate) fn left(&self) -> Duration {
        self.at.saturating_duration_since(Instant::now()).saturating_sub(LAST_CALL)
    }

    /// What the whole invocation may take.
    pub(crate) fn last_word(&self) -> Duration {
        self.at.saturating_duration_since(Instant::now()).saturating_sub(LAST_WORD)
    }

    /// This deadline, or one after `span` if that is sooner.
    pub(crate) fn sooner(&self, span: Duration) -> Self {
        let other = Instant::now() + span;
        Self { at: self.at.min(other), ..*self }
    }

    /// A deadline that leaves `span` of this one's time.
    pub(crate) fn keeping(&self, span: Duration) -> Self {
        Self { at: self.at.checked_sub(span).unwrap_or(self.at), ..*self }
    }

    /// Sleeps for `span`, or until nothing new may begin.
    pub(crate) async fn pause(&self, span: Duration) {
        let left = self.at.saturating_duration_since(Instant::now()).saturating_sub(MARGIN);
        tokio::time::sleep(span.min(left)).await;
    }
}

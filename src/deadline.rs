//! How long an invocation may still go on.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// Nothing new is begun when less than this is left, so that where things stand can still be saved.
const MARGIN: Duration = Duration::from_secs(2);

/// A call still under way is given up when less than this is left.
const LAST_CALL: Duration = Duration::from_millis(1200);

/// What must still be done, come what may, is given up when less than this is left: see [`Deadline::at_last`].
const LAST_ACT: Duration = Duration::from_millis(600);

/// The answer is out by then, whatever hangs: what was given up is still written down in between.
const LAST_WORD: Duration = Duration::from_millis(250);

/// How old a look may be when an ID is published that it vouches for, beside what it took itself.
const FRESH: Duration = Duration::from_secs(2);

/// The moment at which Lambda kills the invocation, and how long before it what stops.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    at: Instant,
    /// From then on nothing new begins.
    begins_until: Instant,
    /// From then on no call is under way.
    calls_until: Instant,
    moment: Timestamp,
}

impl Deadline {
    /// The deadline at `moment`, when it is `now`.
    pub(crate) fn new(moment: Timestamp, now: Timestamp) -> Self {
        let left = Duration::try_from(moment.duration_since(now)).unwrap_or_default();
        Self::at(Instant::now() + left, moment)
    }

    fn at(at: Instant, moment: Timestamp) -> Self {
        // An instant cannot be before all time: then everything is over.
        let before = |span: Duration| at.checked_sub(span).unwrap_or(at);
        Self { at, begins_until: before(MARGIN), calls_until: before(LAST_CALL), moment }
    }

    /// The deadline as a moment in time, as leases hold it.
    pub(crate) const fn moment(&self) -> Timestamp {
        self.moment
    }

    /// Whether it is so near that nothing new may begin.
    pub(crate) fn is_near(&self) -> bool {
        self.begins_until <= Instant::now()
    }

    /// Whether there is time for something that may well take `span`.
    pub(crate) fn has(&self, span: Duration) -> bool {
        self.begins_until.saturating_duration_since(Instant::now()) > span
    }

    /// What a call may take.
    pub(crate) fn left(&self) -> Duration {
        self.calls_until.saturating_duration_since(Instant::now())
    }

    /// What the whole invocation may take.
    pub(crate) fn last_word(&self) -> Duration {
        self.at.saturating_duration_since(Instant::now()).saturating_sub(LAST_WORD)
    }

    /// This deadline, or one after `span` if that is sooner.
    pub(crate) fn sooner(&self, span: Duration) -> Self {
        let other = Self::at(Instant::now() + span, self.moment);
        Self {
            at: self.at.min(other.at),
            begins_until: self.begins_until.min(other.begins_until),
            calls_until: self.calls_until.min(other.calls_until),
            ..*self
        }
    }

    /// This deadline, or nothing is under way any more after `span` if that is sooner.
    pub(crate) fn within(&self, span: Duration) -> Self {
        let until = Instant::now() + span;
        Self { begins_until: self.begins_until.min(until), calls_until: self.calls_until.min(until), ..*self }
    }

    /// A deadline that leaves `span` of this one's time.
    pub(crate) fn keeping(&self, span: Duration) -> Self {
        let earlier = |moment: Instant| moment.checked_sub(span).unwrap_or(moment);
        Self {
            at: earlier(self.at),
            begins_until: earlier(self.begins_until),
            calls_until: earlier(self.calls_until),
            ..*self
        }
    }

    /// The deadline of what must be done after all else has stopped, and before it is written down how it ended.
    pub(crate) fn at_last(&self) -> Self {
        let until = self.at.checked_sub(LAST_ACT).unwrap_or(self.at);
        Self { begins_until: until, calls_until: until, ..*self }
    }

    /// Sleeps for `span`, or until nothing new may begin.
    pub(crate) async fn pause(&self, span: Duration) {
        tokio::time::sleep(span.min(self.begins_until.saturating_duration_since(Instant::now()))).await;
    }
}

/// When a look was over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SeenAt(Instant);

impl SeenAt {
    pub(crate) fn now() -> Self {
        Self(Instant::now())
    }

    /// For how long what was seen may still be vouched for.
    pub(crate) fn is_fresh_for(self) -> Duration {
        FRESH.saturating_sub(self.0.elapsed())
    }
}

/// How long nothing has come about, of what somebody waits for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Idle {
    /// The longest that it may be; `None` for as long as there is.
    patience: Option<Duration>,
    since: Instant,
}

impl Idle {
    pub(crate) fn new(patience: Option<Duration>) -> Self {
        Self { patience, since: Instant::now() }
    }

    /// Takes note that something came about.
    pub(crate) fn ended(&mut self) {
        self.since = Instant::now();
    }

    /// Takes note of when something came about, according to another count.
    pub(crate) fn ended_with(&mut self, other: Option<Self>) {
        self.since = other.map_or(self.since, |other| self.since.max(other.since));
    }

    /// For how much longer it may be.
    pub(crate) fn left(&self) -> Option<Duration> {
        Some(self.patience?.saturating_sub(self.since.elapsed()))
    }

    /// Whether it has been for too long.
    pub(crate) fn is_over(&self) -> bool {
        self.left().is_some_and(|left| left.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_seconds(seconds: i64) -> Deadline {
        let now = Timestamp::UNIX_EPOCH;
        Deadline::new(now + jiff::SignedDuration::from_secs(seconds), now)
    }

    fn assert_about(found: Duration, milliseconds: u64) {
        let wanted = Duration::from_millis(milliseconds);
        assert!(found.abs_diff(wanted) < Duration::from_millis(150), "{found:?} for {wanted:?}");
    }

    #[tokio::test]
    async fn nothing_begins_in_the_last_two_seconds_and_no_call_is_under_way_in_the_very_last() {
        let deadline = in_seconds(2).sooner(Duration::from_millis(2200));
        deadline.pause(Duration::from_secs(60)).await;
        assert!(deadline.is_near(), "a pause ends where nothing new may begin");
        assert_about(deadline.left(), 800);
        assert!(!deadline.at_last().is_near());
        assert_about(deadline.at_last().left(), 1400);
        assert_about(deadline.last_word(), 1750);
        assert!(in_seconds(0).is_near() && in_seconds(0).left().is_zero());
    }

    #[test]
    fn a_part_of_the_time_ends_sooner_and_never_later() {
        let deadline = in_seconds(10);
        assert_about(deadline.within(Duration::from_secs(3)).left(), 3000);
        assert_about(deadline.within(Duration::from_secs(3)).last_word(), 9750);
        assert_about(deadline.sooner(Duration::from_secs(3)).left(), 1800);
        assert_about(deadline.sooner(Duration::from_secs(3)).last_word(), 2750);
        assert_about(deadline.keeping(Duration::from_secs(3)).left(), 5800);
        assert_about(deadline.sooner(Duration::from_secs(60)).left(), 8800);
        assert!(deadline.has(Duration::from_secs(7)) && !deadline.has(Duration::from_secs(8)));
    }

    #[test]
    fn a_look_is_fresh_for_two_seconds() {
        assert_about(SeenAt::now().is_fresh_for(), 2000);
        let earlier = Instant::now().checked_sub(Duration::from_secs(3)).map(SeenAt);
        assert!(earlier.is_none_or(|earlier| earlier.is_fresh_for().is_zero()));
    }

    #[test]
    fn waiting_is_over_when_nothing_comes_about() {
        let mut idle = Idle::new(Some(Duration::ZERO));
        assert!(idle.is_over());
        idle.patience = Some(Duration::from_secs(10));
        idle.ended();
        assert!(!idle.is_over());
        assert_about(idle.left().unwrap(), 10_000);
        assert!(!Idle::new(None).is_over());
    }
}

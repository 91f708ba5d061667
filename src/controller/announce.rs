//! What the bus hears of an environment: each change of how it is, once.
//!
//! It is sent before it is written down that it was, so that who is killed in between says it twice rather than never.
//! What cannot be sent is written into the record, and the next sweep sends it.

use std::time::Duration;

use tracing::{info, warn};

use super::{Controller, outcome::Outcome, work::Work};
use crate::{
    notify,
    registry::{Announced, Unsent},
    telemetry::{self, Metric},
};
use ringfence_model::{
    failure::{Failure, FailureKind},
    name::EnvironmentName,
    request::Action,
    status::Status,
};

/// How long an announcement may take before it is left to the next sweep: nobody waits for it.
const PATIENCE: Duration = Duration::from_secs(5);

/// What to say, and what is remembered of its having been said, where something is to be said at all.
fn news(
    before: Option<Announced>,
    generation: u64,
    outcome: &Outcome,
    changed: bool,
) -> Option<(&'static str, Announced)> {
    let (status, detail_type) = match outcome {
        // What may be allowed yet has not failed.
        Outcome::Unfinished(_) | Outcome::Denied { .. } => return None,
        // Somebody else has it, and says how that ends.
        Outcome::Failed(failure) if failure.kind == FailureKind::Busy => return None,
        Outcome::Ready { .. } => (Status::Ready, notify::READY),
        Outcome::Unproved { failure } if failure.kind == FailureKind::Exposed => (Status::Exposed, notify::EXPOSED),
        Outcome::Unproved { .. } | Outcome::Failed(_) => (Status::Failed, notify::FAILED),
        Outcome::Deleted => (Status::Deleted, notify::DELETED),
    };
    let now = Announced { status, generation };
    match (before, status) {
        // A request that finds everything as it should be changes nothing, and is no news.
        (Some(Announced { status: Status::Ready, .. }), Status::Ready) if !changed => None,
        (Some(before), Status::Ready) if before == now => Some((notify::REPAIRED, now)),
        (Some(before), _) if before == now => None,
        // Nor is that what was gone, or never was, is gone.
        (None | Some(Announced { status: Status::Deleted, .. }), Status::Deleted) if !changed => None,
        _ => Some((detail_type, now)),
    }
}

/// Whether it is to be said how a request ended that came to this.
pub(super) fn is_news(before: Option<Announced>, generation: u64, outcome: &Outcome, changed: bool) -> bool {
    news(before, generation, outcome, changed).is_some()
}

impl Work<'_> {
    /// Says how it ended, where that is news.
    pub(super) async fn announce(&mut self, action: Action, outcome: &Outcome) {
        let before = self.announced.or(self.record.announced);
        let changed = !self.changes.is_empty();
        measure(outcome);
        let Some((detail_type, announced)) = news(before, self.generation, outcome, changed) else { return };
        self.announced = Some(announced);
        if detail_type == notify::REPAIRED {
            telemetry::add(Metric::Repairs, 1);
        }
        if announced.status == Status::Ready && before.is_none_or(|before| before.generation != announced.generation) {
            self.measure_time_to_ready();
        }
        let answer = self.controller.answer_with(action, outcome.clone(), &self.record, &self.changes, false);
        let detail = match serde_json::to_string(&answer) {
            Ok(detail) => detail,
            Err(error) => {
                warn!(%error, detail_type, "the announcement cannot be written");
                return;
            }
        };
        let unsent = Unsent { detail_type: detail_type.to_owned(), detail };
        if self.controller.send(&unsent).await {
            info!(detail_type, "announced");
        } else {
            self.unsent.push(unsent);
        }
    }
}

impl Work<'_> {
    /// Measures how long it took until what was asked for is there. It is written down at once, for what comes
    /// afterwards may take long, and there may be many of them in a sweep.
    fn measure_time_to_ready(&self) {
        if let Some(since) = self.record.wanted_since {
            let took = self.controller.now().duration_since(since);
            telemetry::record(Metric::TimeToReady, took.as_secs_f64() * 1000.0);
            telemetry::write_metrics();
        }
    }
}

/// Measures that one environment at least is not as it should be; a sweep counts how many are.
fn measure(outcome: &Outcome) {
    match outcome.status(Status::Provisioning) {
        _ if matches!(outcome, Outcome::Failed(failure) if failure.kind == FailureKind::Busy) => {}
        Status::Exposed => telemetry::record(Metric::Exposed, 1.0),
        Status::Failed => telemetry::record(Metric::Failed, 1.0),
        _ => {}
    }
}

impl Controller<'_> {
    /// Sends an announcement; false when it has to be sent again.
    async fn send(&self, unsent: &Unsent) -> bool {
        let Unsent { detail_type, detail } = unsent;
        let bus = self.bus();
        let sending = bus.send(detail_type, detail.clone());
        match tokio::time::timeout(self.deadline.left().min(PATIENCE), sending).await {
            Ok(Ok(())) => return true,
            Ok(Err(error)) => warn!(%error, detail_type, "announcing failed: the next sweep repeats it"),
            Err(_) => warn!(detail_type, "announcing took too long: the next sweep repeats it"),
        }
        telemetry::add(Metric::Undelivered, 1);
        false
    }

    /// Sends what could not be sent when it was news.
    pub(super) async fn send_unsent(&self, environment: &EnvironmentName) {
        if self.deadline.is_near() {
            return;
        }
        if let Err(failure) = self.try_send_unsent(environment).await {
            warn!(%environment, "repeating announcements failed: {failure}");
        }
    }

    async fn try_send_unsent(&self, environment: &EnvironmentName) -> Result<(), Failure> {
        // The work of this very sweep may have written the record.
        let Some(mut record) = self.registry().record(environment).await? else { return Ok(()) };
        let mut sent = 0;
        for unsent in &record.unsent {
            if !self.send(unsent).await {
                break;
            }
            info!(%environment, detail_type = unsent.detail_type, "announced");
            sent += 1;
        }
        if sent > 0 {
            record.unsent.drain(..sent);
            self.registry().write(&mut record, &[], self.now()).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(before: Option<(Status, u64)>, outcome: &Outcome, changed: bool) -> Option<&'static str> {
        let before = before.map(|(status, generation)| Announced { status, generation });
        news(before, 2, outcome, changed).map(|(detail_type, _)| detail_type)
    }

    fn failed(kind: FailureKind) -> Outcome {
        Outcome::Failed(Failure::new(kind, "why"))
    }

    fn ready() -> Outcome {
        let isolation = ringfence_proof::Isolation::of(Vec::new());
        Outcome::Ready { isolation, exports: serde_json::Map::new() }
    }

    #[test]
    fn each_change_is_said_once() {
        assert_eq!(said(None, &ready(), true), Some(notify::READY));
        assert_eq!(said(Some((Status::Ready, 2)), &ready(), false), None);
        assert_eq!(said(Some((Status::Ready, 2)), &ready(), true), Some(notify::REPAIRED));
        assert_eq!(said(Some((Status::Ready, 1)), &ready(), true), Some(notify::READY));
        assert_eq!(said(Some((Status::Ready, 1)), &ready(), false), None);
        assert_eq!(said(Some((Status::Exposed, 2)), &ready(), true), Some(notify::READY));
        let exposed = Outcome::Unproved { failure: Failure::new(FailureKind::Exposed, "why") };
        assert_eq!(said(Some((Status::Ready, 2)), &exposed, true), Some(notify::EXPOSED));
        assert_eq!(said(Some((Status::Exposed, 2)), &exposed, false), None);
        assert_eq!(said(Some((Status::Exposed, 1)), &exposed, false), Some(notify::EXPOSED));
        assert_eq!(said(Some((Status::Ready, 2)), &failed(FailureKind::QuotaExceeded), false), Some(notify::FAILED));
        assert_eq!(said(Some((Status::Failed, 2)), &failed(FailureKind::Throttled), false), None);
        assert_eq!(said(None, &Outcome::Deleted, true), Some(notify::DELETED));
        assert_eq!(said(Some((Status::Ready, 1)), &Outcome::Deleted, false), Some(notify::DELETED));
        assert_eq!(said(Some((Status::Deleted, 2)), &Outcome::Deleted, true), None);
        assert_eq!(said(Some((Status::Deleted, 1)), &Outcome::Deleted, false), None);
    }

    #[test]
    fn what_is_not_over_and_what_never_was_is_no_news() {
        assert_eq!(said(None, &Outcome::Unfinished(Vec::new()), true), None);
        let denied =
            Outcome::Denied { failure: Failure::new(FailureKind::AccessDenied, "why"), waiting_for: Vec::new() };
        assert_eq!(said(None, &denied, true), None);
        assert_eq!(said(None, &Outcome::Deleted, false), None);
        assert_eq!(said(Some((Status::Ready, 1)), &failed(FailureKind::Busy), true), None);
    }
}

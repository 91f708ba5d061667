//! What a sweep counts: how many environments there are in each status, and which have been on their way for too long.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::{
    registry::Record,
    telemetry::{self, Metric},
};
use ringfence_model::status::Status;

/// How long an environment may be on its way to what is wanted before it counts as stuck. AWS takes minutes over
/// interface endpoints, and a sweep comes every five.
const ON_ITS_WAY_AT_MOST: SignedDuration = SignedDuration::from_mins(30);

/// The statuses that an environment is counted in; of what is deleted nothing is left to count.
const COUNTED: [Status; 5] = [Status::Ready, Status::Provisioning, Status::Deleting, Status::Exposed, Status::Failed];

/// How the environments are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Measures {
    /// How many there are in each status, also where there is none.
    by_status: [(Status, u32); COUNTED.len()],
    /// How many have been on their way for too long.
    stuck: u32,
}

impl Measures {
    /// Counts. `records` are as the sweep found them, `statuses` says how those are that it worked on, by their names.
    pub(super) fn of(records: &[Record], statuses: &BTreeMap<String, Status>, now: Timestamp) -> Self {
        let mut measures = Self { by_status: COUNTED.map(|status| (status, 0)), stuck: 0 };
        for record in records.iter().filter(|record| !record.is_gone()) {
            // What a later request has overtaken is on its way again, as that request wrote down.
            let now_is = statuses.get(record.environment.as_str()).filter(|status| **status != Status::Superseded);
            let status = now_is.copied().unwrap_or(record.status);
            measures.add(status);
            let on_its_way = matches!(status, Status::Provisioning | Status::Deleting);
            let since = record.on_its_way_since(now).filter(|_| on_its_way);
            measures.stuck += u32::from(since.is_some_and(|since| now.duration_since(since) > ON_ITS_WAY_AT_MOST));
        }
        measures
    }

    /// Counts one more.
    pub(super) fn add(&mut self, status: Status) {
        for (counted, count) in &mut self.by_status {
            *count += u32::from(*counted == status);
        }
    }

    pub(super) fn record(&self) {
        for (status, count) in self.by_status {
            telemetry::record_environments(status.as_str(), f64::from(count));
        }
        telemetry::record(Metric::Exposed, f64::from(self.count(Status::Exposed)));
        telemetry::record(Metric::Failed, f64::from(self.count(Status::Failed)));
        telemetry::record(Metric::Stuck, f64::from(self.stuck));
    }

    /// How many are in a status.
    fn count(&self, status: Status) -> u32 {
        self.by_status.iter().filter(|(counted, _)| *counted == status).map(|(_, count)| count).sum()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use ringfence_model::{request::Order, spec::Spec};

    const MINUTES_AGO: [i64; 2] = [29, 31];

    fn now() -> Timestamp {
        "2026-11-23T12:00:00Z".parse().unwrap()
    }

    fn minutes_ago(minutes: i64) -> Timestamp {
        now() - SignedDuration::from_mins(minutes)
    }

    /// A record as it is once a request was written down so many minutes ago.
    fn record(name: &str, minutes: i64) -> Record {
        let order: Order = format!("2026-11-23T08:00:00.000000000Z#0#{}", "0".repeat(64)).parse().unwrap();
        let mut record = Record::first(name.parse().unwrap(), order);
        record.wants(order, Some(Box::new(Spec::default())), None);
        record.wanted_since = Some(minutes_ago(minutes));
        record
    }

    fn settled(name: &str, status: Status) -> Record {
        let mut record = record(name, 600);
        record.settled_generation = record.generation;
        record.status = status;
        record
    }

    fn statuses(name: &str, status: Status) -> BTreeMap<String, Status> {
        BTreeMap::from([(name.to_owned(), status)])
    }

    #[test]
    fn what_was_worked_on_counts_as_it_ended() {
        let records = [settled("one", Status::Ready), settled("two", Status::Ready), record("three", 1)];
        let measures = Measures::of(&records, &statuses("two", Status::Exposed), now());
        assert_eq!(measures.by_status.map(|(_, count)| count), [1, 1, 0, 1, 0]);
        let measures = Measures::of(&records, &statuses("three", Status::Deleted), now());
        assert_eq!(measures.by_status.map(|(_, count)| count), [2, 0, 0, 0, 0]);
        let measures = Measures::of(&records, &statuses("three", Status::Superseded), now());
        assert_eq!(measures.count(Status::Provisioning), 1);
    }

    #[test]
    fn what_is_gone_is_not_counted() {
        let measures = Measures::of(&[settled("one", Status::Deleted)], &BTreeMap::new(), now());
        assert_eq!(measures.by_status.map(|(_, count)| count), [0; 5]);
    }

    #[test]
    fn what_is_on_its_way_for_over_half_an_hour_is_stuck() {
        let stuck = MINUTES_AGO.map(|minutes| {
            Measures::of(&[record("one", minutes)], &statuses("one", Status::Provisioning), now()).stuck
        });
        assert_eq!(stuck, [0, 1]);
    }

    #[rstest]
    #[case(Status::Ready)]
    #[case(Status::Failed)]
    #[case(Status::Exposed)]
    #[case(Status::Deleted)]
    fn what_has_arrived_or_cannot_go_on_is_not_stuck(#[case] status: Status) {
        assert_eq!(Measures::of(&[record("one", 600)], &statuses("one", status), now()).stuck, 0);
    }

    #[test]
    fn a_repair_that_takes_long_is_not_stuck() {
        let records = [settled("one", Status::Ready)];
        assert_eq!(Measures::of(&records, &statuses("one", Status::Provisioning), now()).stuck, 0);
    }

    #[test]
    fn what_has_expired_is_on_its_way_since_then() {
        let stuck = MINUTES_AGO.map(|minutes| {
            let mut record = settled("one", Status::Ready);
            record.spec.as_mut().unwrap().expires_at = Some(minutes_ago(minutes));
            Measures::of(&[record], &statuses("one", Status::Deleting), now()).stuck
        });
        assert_eq!(stuck, [0, 1]);
    }
}

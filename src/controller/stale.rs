//! Whether a record and the look that was taken beside it belong together. Pure.

use jiff::{SignedDuration, Timestamp};

use crate::registry::Record;
use ringfence_observed::Observed;

/// How long reading a record may take: within it nobody alters an environment, looks at it again, proves it and writes
/// that down. One that is read again after an error takes longer.
const PROMPT: SignedDuration = SignedDuration::from_secs(1);

/// Whether `record`, for which was asked at `began` and which was there at `read_at`, may have been written after
/// `observed` was looked at in the meantime. Nothing is to be concluded from such a look.
pub(super) fn may_be_stale(observed: &Observed, record: Option<&Record>, began: Timestamp, read_at: Timestamp) -> bool {
    let Some(record) = record else { return false };
    let was_late = read_at.duration_since(began) > PROMPT;
    // The record holds milliseconds.
    let was_settled = record.looked_at.is_some_and(|at| at.as_millisecond() >= began.as_millisecond());
    let is_missing = record.vpc_id.is_some() && observed.vpc.is_none();
    let is_left = record.is_gone() && observed.vpc.is_some();
    was_late || was_settled || is_missing || is_left
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use ringfence_model::{stack::some_stack, status::Status};
    use ringfence_observed::Vpc;

    /// When the record was asked for.
    const BEGAN: &str = "2031-05-01T08:00:00.000900Z";

    fn began() -> Timestamp {
        BEGAN.parse().unwrap()
    }

    /// The record of an environment that stands in this VPC and was last looked at so many milliseconds after the record
    /// was asked for; of one that was removed where there is no VPC.
    fn record(vpc: Option<&str>, looked_at: Option<i64>) -> Record {
        let order = format!("2031-05-01T07:00:00.000000000Z#0#{}", "ab".repeat(32));
        let mut record = Record::first("fraud-v3".parse().unwrap(), order.parse().unwrap());
        record.vpc_id = vpc.map(ToOwned::to_owned);
        record.status = if vpc.is_some() { Status::Ready } else { Status::Deleted };
        record.looked_at = looked_at.map(|after| began() + SignedDuration::from_millis(after));
        record
    }

    fn with_vpc(vpc: Option<&str>) -> Observed {
        let stack = some_stack("10.42.0.0/16");
        let vpc = vpc.map(|id| Vpc {
            id: id.to_owned(),
            cidr: stack.cidr,
            secondary_cidrs: Vec::new(),
            ipv6_cidrs: Vec::new(),
            dns_support: None,
            dns_hostnames: None,
            tags: stack.tags("vpc"),
        });
        Observed { vpc, ..Observed::default() }
    }

    /// `seen` is the VPC that the look shows, and `took` how many milliseconds reading the record did.
    #[rstest]
    #[case::both_agree(record(Some("vpc-1"), Some(-60_000)), Some("vpc-1"), 20, false)]
    #[case::never_looked_at(record(Some("vpc-1"), None), Some("vpc-1"), 20, false)]
    #[case::both_say_that_it_is_gone(record(None, Some(-60_000)), None, 20, false)]
    #[case::read_just_in_time(record(Some("vpc-1"), None), Some("vpc-1"), 1_000, false)]
    #[case::read_late(record(Some("vpc-1"), None), Some("vpc-1"), 1_001, true)]
    #[case::settled_meanwhile(record(Some("vpc-1"), Some(10)), Some("vpc-1"), 20, true)]
    #[case::settled_in_the_same_millisecond(record(Some("vpc-1"), Some(0)), Some("vpc-1"), 20, true)]
    #[case::settled_just_before(record(Some("vpc-1"), Some(-1)), Some("vpc-1"), 20, false)]
    #[case::its_vpc_does_not_show(record(Some("vpc-1"), None), None, 20, true)]
    #[case::it_is_gone_and_its_vpc_shows(record(None, None), Some("vpc-1"), 20, true)]
    #[case::not_gone_yet(
        Record { generation: 1, ..record(None, None) }, Some("vpc-1"), 20, false
    )]
    fn a_look_is_stale_where_the_record_may_be_younger(
        #[case] record: Record,
        #[case] seen: Option<&str>,
        #[case] took: i64,
        #[case] stale: bool,
    ) {
        let read_at = began() + SignedDuration::from_millis(took);
        assert_eq!(may_be_stale(&with_vpc(seen), Some(&record), began(), read_at), stale);
    }

    /// DynamoDB holds the milliseconds of a moment alone, which are before the moment.
    #[test]
    fn what_is_written_down_in_milliseconds_counts_as_the_whole_millisecond() {
        let looked_at = "2031-05-01T08:00:00Z".parse().unwrap();
        let record = Record { looked_at: Some(looked_at), ..record(Some("vpc-1"), None) };
        assert!(looked_at < began());
        assert!(may_be_stale(&with_vpc(Some("vpc-1")), Some(&record), began(), began()));
    }

    #[test]
    fn without_a_record_no_look_is_stale() {
        let late = began() + SignedDuration::from_hours(1);
        assert!(!may_be_stale(&with_vpc(Some("vpc-1")), None, began(), late));
    }
}

//! What this invocation knows of the creation of the VPC: what came of the attempt that is written down. Pure.
//!
//! CreateVpc has neither a client token nor a natural key. So an attempt is written into the record before the call, and
//! where nobody knows how a call ended, its VPC is looked for before another is made.

use jiff::Timestamp;

use crate::{apply::Report, aws::Class, registry::Record};
use ringfence_model::stack;

/// How far the creations are known that may have been made under a record's attempt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Creation {
    /// Nothing: this invocation wrote no attempt down, or nobody knows how a creation under it ended.
    #[default]
    Unknown,
    /// This invocation wrote the attempt down and knows how each creation under it ended. Where no VPC came of them, none
    /// can show up.
    Known,
    /// This invocation deleted the VPC that stood: none is to be looked for.
    Deleted,
}

impl Creation {
    /// Writes an attempt into the record where no VPC `stands`, unless one that does not show yet may be there already.
    pub(super) fn begin(record: &mut Record, stands: bool, now: Timestamp) -> Self {
        if !stands && record.begin_attempt(now) { Self::Known } else { Self::Unknown }
    }

    /// What is known once a plan was carried out, after which the VPC `is_known` or not.
    #[must_use]
    pub(super) fn after(self, report: &Report, is_known: bool) -> Self {
        // What AWS said of the call counts, though time ran out over something else.
        let mut failures = report.failures.iter();
        let said = failures.find(|(resource, error)| resource == stack::VPC && error.action == "ec2:CreateVpc");
        let is_unknown = said.map_or(report.cut_short && !is_known, |(_, error)| error.class == Class::Unknown);
        if is_unknown { Self::Unknown } else { self }
    }

    /// Whether what is removed has to be looked for, although no look shows it yet. Also what this invocation made itself
    /// may not show at once.
    pub(super) fn may_show_up(self, record: &Record, now: Timestamp) -> bool {
        self != Self::Deleted && record.vpc_may_show_up(now)
    }

    /// Takes the attempt out of the record where it is known that no VPC came of it. The first alone: an earlier one than
    /// a second may yet turn out to have made one.
    pub(super) fn forget(self, record: &mut Record, stands: bool) {
        if self == Self::Known && !stands && record.attempt.is_some_and(|attempt| attempt.number == 1) {
            record.attempt = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::aws::CallError;

    const BEGAN: Timestamp = Timestamp::UNIX_EPOCH;

    fn record(number: Option<u64>) -> Record {
        let order = format!("2031-05-01T07:00:00.000000000Z#0#{}", "ab".repeat(32));
        let mut record = Record::first("fraud-v3".parse().unwrap(), order.parse().unwrap());
        record.attempt = number.map(|number| crate::registry::Attempt { number, at: BEGAN });
        record
    }

    fn after(seconds: i64) -> Timestamp {
        BEGAN + jiff::SignedDuration::from_secs(seconds)
    }

    /// What came of a plan in which making this resource ended so.
    fn report(resource: &str, action: &'static str, class: Class) -> Report {
        let error = CallError { action, class, code: String::new(), message: "said".to_owned() };
        Report { failures: vec![(resource.to_owned(), error)], ..Report::default() }
    }

    #[rstest]
    #[case::of_none(None, false, 0, Creation::Known, Some(1))]
    #[case::while_one_may_show_up(Some(1), false, 19, Creation::Unknown, Some(1))]
    #[case::once_none_showed_up(Some(1), false, 20, Creation::Known, Some(2))]
    #[case::where_a_vpc_stands(None, true, 0, Creation::Unknown, None)]
    fn an_attempt_is_written_down_where_none_may_show_up(
        #[case] number: Option<u64>,
        #[case] stands: bool,
        #[case] seconds: i64,
        #[case] begun: Creation,
        #[case] then: Option<u64>,
    ) {
        let mut record = record(number);
        assert_eq!(Creation::begin(&mut record, stands, after(seconds)), begun);
        assert_eq!(record.attempt.map(|attempt| attempt.number), then);
    }

    #[rstest]
    #[case::refused(report("vpc", "ec2:CreateVpc", Class::Quota), false, Creation::Known)]
    #[case::throttled(report("vpc", "ec2:CreateVpc", Class::Throttled), false, Creation::Known)]
    #[case::of_unknown_end(report("vpc", "ec2:CreateVpc", Class::Unknown), false, Creation::Unknown)]
    #[case::another_call_of_unknown_end(
        report("vpc", "ec2:ModifyVpcAttribute", Class::Unknown),
        false,
        Creation::Known
    )]
    #[case::made(Report::default(), true, Creation::Known)]
    #[case::refused_as_time_ran_out(
        Report { cut_short: true, ..report("vpc", "ec2:CreateVpc", Class::Throttled) }, false, Creation::Known
    )]
    #[case::given_up(Report { cut_short: true, ..Report::default() }, false, Creation::Unknown)]
    #[case::given_up_once_it_was_made(Report { cut_short: true, ..Report::default() }, true, Creation::Known)]
    fn what_a_plan_leaves_unknown(#[case] report: Report, #[case] is_known: bool, #[case] then: Creation) {
        assert_eq!(Creation::Known.after(&report, is_known), then);
        assert_eq!(Creation::Unknown.after(&report, is_known), Creation::Unknown, "nobody knows it later");
    }

    /// A second call under an attempt whose first was refused may make a VPC as well.
    #[test]
    fn a_refusal_does_not_vouch_for_the_call_after_it() {
        let refused = Creation::Known.after(&report("vpc", "ec2:CreateVpc", Class::Throttled), false);
        let given_up = refused.after(&Report { cut_short: true, ..Report::default() }, false);
        let mut record = record(Some(1));
        given_up.forget(&mut record, false);
        assert!(record.attempt.is_some());
    }

    #[rstest]
    #[case::of_which_nothing_can_come(Creation::Known, Some(1), false, false)]
    #[case::of_which_a_vpc_came(Creation::Known, Some(1), true, true)]
    #[case::of_unknown_end(Creation::Unknown, Some(1), false, true)]
    #[case::after_another(Creation::Known, Some(2), false, true)]
    fn an_attempt_is_forgotten_where_nothing_can_come_of_it(
        #[case] attempt: Creation,
        #[case] number: Option<u64>,
        #[case] stands: bool,
        #[case] stays: bool,
    ) {
        let mut record = record(number);
        attempt.forget(&mut record, stands);
        assert_eq!(record.attempt.is_some(), stays);
    }

    #[rstest]
    #[case::just_begun(Creation::Unknown, Some(1), 19, true)]
    #[case::made_here_and_not_shown_yet(Creation::Known, Some(1), 19, true)]
    #[case::long_ago(Creation::Unknown, Some(1), 20, false)]
    #[case::deleted_here(Creation::Deleted, Some(1), 19, false)]
    #[case::never(Creation::Unknown, None, 0, false)]
    fn what_may_show_up_is_looked_for(
        #[case] attempt: Creation,
        #[case] number: Option<u64>,
        #[case] seconds: i64,
        #[case] may: bool,
    ) {
        assert_eq!(attempt.may_show_up(&record(number), after(seconds)), may);
    }
}

use std::sync::Arc;

use rstest::rstest;

use super::*;
use crate::{
    registry,
    resources::{plan_stack, whole},
};
use ringfence_model::stack::{Stack, some_stack};
use ringfence_observed::Observed;

const BEGAN: Timestamp = Timestamp::UNIX_EPOCH;

const APPLY: Move = Move::Apply { vpc_alone: false, anew: false, is_first_repair: false };

fn after(seconds: i64) -> Timestamp {
    BEGAN + SignedDuration::from_secs(seconds)
}

/// What leads from what is observed to what is wanted.
fn plan(observed: impl Fn(&Stack) -> Observed) -> Plan<Change> {
    let stack = Arc::new(some_stack("10.42.0.0/16"));
    plan_stack(&stack, &observed(&stack)).unwrap()
}

fn from_nothing() -> Plan<Change> {
    // What the region offers is there before anything of ours is.
    plan(|stack| Observed { prefix_lists: whole(stack).prefix_lists, ..Observed::default() })
}

/// A plan for all that stands but for its flow log.
fn to_repair() -> Plan<Change> {
    plan(|stack| Observed { flow_logs: Vec::new(), ..whole(stack) })
}

fn nothing() -> Plan<Change> {
    plan(whole)
}

fn record(attempt: Option<u64>) -> Record {
    let order = format!("2031-05-01T07:00:00.000000000Z#0#{}", "ab".repeat(32));
    let mut record = Record::first("fraud-v3".parse().unwrap(), order.parse().unwrap());
    record.attempt = attempt.map(|number| registry::Attempt { number, at: BEGAN });
    record
}

/// What a case changes of an environment that stands whole, of which nothing is pending, and for which there is time.
#[derive(Default)]
struct Case {
    has_to_stop: bool,
    lags: bool,
    is_pending: bool,
    is_open: bool,
    is_from_pool: bool,
    record_attempt: Option<u64>,
    creation: Creation,
    /// What was carried out whole at the beginning.
    done: Option<fn() -> Plan<Change>>,
    has_tried: bool,
    has_withdrawn: bool,
    seconds: i64,
}

fn next(plan: &Plan<Change>, case: &Case) -> Move {
    let record = record(case.record_attempt);
    let progress = Progress {
        done: case.done.map(|done| Done::new(&done(), BEGAN)),
        has_tried: case.has_tried,
        has_withdrawn: case.has_withdrawn,
    };
    let situation = Situation {
        has_to_stop: case.has_to_stop,
        plan,
        lags: case.lags,
        is_pending: case.is_pending,
        is_open: case.is_open,
        is_from_pool: case.is_from_pool,
        record: &record,
        creation: case.creation,
        progress: &progress,
    };
    situation.next_move(after(case.seconds))
}

#[rstest]
#[case::in_order(Case::default(), Move::Publish)]
#[case::in_order_and_out_of_time(Case { has_to_stop: true, ..Case::default() }, Move::Stop)]
#[case::pending(Case { is_pending: true, ..Case::default() }, Move::Wait)]
#[case::pending_and_open(Case { is_pending: true, is_open: true, ..Case::default() }, Move::Withdraw)]
#[case::pending_and_withdrawn(Case { is_pending: true, is_open: true, has_withdrawn: true, ..Case::default() }, Move::Wait)]
#[case::open_though_nothing_is_to_be_done(Case { is_open: true, ..Case::default() }, Move::Publish)]
#[case::not_shown(Case { lags: true, ..Case::default() }, Move::Wait)]
fn where_nothing_is_to_be_done(#[case] case: Case, #[case] then: Move) {
    assert_eq!(next(&nothing(), &case), then);
}

#[rstest]
#[case::first(Case::default(), APPLY)]
#[case::out_of_time(Case { has_to_stop: true, ..Case::default() }, Move::Stop)]
#[case::while_another_thing_is_pending(Case { is_pending: true, ..Case::default() }, APPLY)]
#[case::tried_in_part(Case { has_tried: true, ..Case::default() }, APPLY)]
#[case::done_a_moment_ago(
    Case { done: Some(to_repair), has_tried: true, seconds: 7, ..Case::default() },
    Move::Wait
)]
#[case::done_and_never_shown(
    Case { done: Some(to_repair), has_tried: true, seconds: 8, ..Case::default() },
    Move::Apply { vpc_alone: false, anew: true, is_first_repair: false }
)]
#[case::something_else_was_done(Case { done: Some(nothing), has_tried: true, ..Case::default() }, APPLY)]
fn where_something_is_to_be_repaired(#[case] case: Case, #[case] then: Move) {
    assert_eq!(next(&to_repair(), &case), then);
}

#[rstest]
#[case::is_closed_first(
    Case { is_open: true, ..Case::default() },
    Move::Apply { vpc_alone: false, anew: false, is_first_repair: true }
)]
#[case::and_withdrawn_where_that_failed(Case { is_open: true, has_tried: true, ..Case::default() }, Move::Withdraw)]
#[case::once_a_look(Case { is_open: true, has_tried: true, has_withdrawn: true, ..Case::default() }, APPLY)]
#[case::but_not_while_reads_lag(
    Case { is_open: true, has_tried: true, done: Some(to_repair), seconds: 7, ..Case::default() },
    Move::Wait
)]
#[case::nor_for_longer_than_they_do(
    Case { is_open: true, has_tried: true, done: Some(to_repair), seconds: 8, ..Case::default() },
    Move::Withdraw
)]
fn what_stands_open_and_is_published(#[case] case: Case, #[case] then: Move) {
    assert_eq!(next(&to_repair(), &case), then);
}

const VPC_ALONE: Move = Move::Apply { vpc_alone: true, anew: false, is_first_repair: false };

#[rstest]
#[case::the_first(Case { record_attempt: Some(1), creation: Creation::Known, ..Case::default() }, APPLY)]
#[case::from_a_pool(
    Case { record_attempt: Some(1), creation: Creation::Known, is_from_pool: true, ..Case::default() },
    VPC_ALONE
)]
#[case::a_second(Case { record_attempt: Some(2), creation: Creation::Known, ..Case::default() }, VPC_ALONE)]
#[case::of_unknown_end(Case { record_attempt: Some(1), seconds: 19, ..Case::default() }, Move::Wait)]
#[case::none_showed_up(Case { record_attempt: Some(1), seconds: 20, ..Case::default() }, Move::BeginAttempt)]
#[case::no_attempt_is_written_down(Case::default(), Move::BeginAttempt)]
#[case::made_and_not_shown(Case { lags: true, record_attempt: Some(1), creation: Creation::Known, ..Case::default() }, Move::Wait)]
fn where_the_vpc_is_to_be_made(#[case] case: Case, #[case] then: Move) {
    let plan = from_nothing();
    assert!(plan.steps().iter().any(makes_vpc));
    assert_eq!(next(&plan, &case), then);
}

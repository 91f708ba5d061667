use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

use super::*;

/// The moment of the request in force.
const REQUESTED: &str = "2031-05-01T08:00:00Z";

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn after(seconds: i64) -> Timestamp {
    moment(REQUESTED) + SignedDuration::from_secs(seconds)
}

/// The order of a request: its moment, `0` for a create and `1` for a delete, and what its digest is made of.
fn order(moment: &str, verb: u8, digest: &str) -> Order {
    format!("{moment}#{verb}#{}", digest.repeat(32)).parse().unwrap()
}

fn spec(value: &Value) -> Box<Spec> {
    Box::new(Spec::decode(value).unwrap())
}

/// The record of an environment that was never asked for.
fn first() -> Record {
    Record::first("fraud-v3".parse().unwrap(), order("2031-05-01T08:00:00.000000000Z", 0, "ab"))
}

/// The record after a create with this spec, carried out to its end or not.
fn created(value: &Value, settled: bool) -> Record {
    let mut record = first();
    record.wants(record.order, Some(spec(value)), None);
    record.wanted_since = Some(after(1));
    if settled {
        record.settled_generation = record.generation;
        record.status = Status::Ready;
    }
    record
}

/// The record after a create that was carried out and a delete.
fn deleted(value: &Value, settled: bool) -> Record {
    let mut record = created(value, true);
    record.wants(record.order, None, None);
    record.wanted_since = Some(after(2));
    if settled {
        record.settled_generation = record.generation;
        record.status = Status::Deleted;
    }
    record
}

#[rstest]
#[case::a_later_moment("2031-05-01T08:00:00.000000001Z", 0, "00", Precedence::Later)]
#[case::an_earlier_moment("2031-05-01T07:59:59.999999999Z", 1, "ff", Precedence::Earlier)]
#[case::a_delete_of_the_same_moment("2031-05-01T08:00:00.000000000Z", 1, "00", Precedence::Later)]
#[case::the_greater_digest("2031-05-01T08:00:00.000000000Z", 0, "ac", Precedence::Later)]
#[case::the_smaller_digest("2031-05-01T08:00:00.000000000Z", 0, "aa", Precedence::Earlier)]
#[case::the_same_once_more("2031-05-01T08:00:00.000000000Z", 0, "ab", Precedence::Same)]
fn how_a_request_stands_to_the_one_in_force(
    #[case] moment: &str,
    #[case] verb: u8,
    #[case] digest: &str,
    #[case] standing: Precedence,
) {
    assert_eq!(Precedence::of(&order(moment, verb, digest), Some(&first())), standing);
    assert_eq!(Precedence::of(&order(moment, verb, digest), None), Precedence::Later, "nothing was asked for before");
}

#[test]
fn a_later_request_begins_anew_and_keeps_what_stands() {
    let mut record = created(&json!({"tags": {"team": "fraud"}}), true);
    let lease = Lease { owner: "invocation".to_owned(), until: after(60) };
    record.lease = Some(lease.clone());
    record.vpc_id = Some("vpc-1".to_owned());
    record.waiting_for = vec!["vpc: still there".to_owned()];
    record.denied = Some(Denied { resources: ["vpc".to_owned()].into(), since: after(0) });
    record.published = true;
    let later = order("2031-05-01T09:00:00.000000000Z", 0, "cd");
    record.wants(later, Some(spec(&json!({"ttl": "8h"}))), Some("somebody"));
    assert_eq!((record.desired, record.status), (Desired::Present, Status::Provisioning));
    assert_eq!((record.generation, record.settled_generation), (2, 1));
    assert_eq!((record.order, record.requested_by.as_deref()), (later, Some("somebody")));
    assert_eq!((record.wanted_since, &record.waiting_for, &record.denied), (None, &Vec::new(), &None));
    assert_eq!(record.retired_tags, ["team".to_owned()].into());
    assert_eq!((record.lease, record.vpc_id.as_deref(), record.published), (Some(lease), Some("vpc-1"), true));
}

#[test]
fn a_delete_keeps_the_spec_of_what_was() {
    let record = deleted(&json!({"ttl": "8h"}), false);
    assert_eq!((record.desired, record.status), (Desired::Absent, Status::Deleting));
    assert_eq!(record.spec, Some(spec(&json!({"ttl": "8h"}))));
    assert_eq!(record.requested_by, None);
    assert!(!record.is_settled());
}

#[rstest]
#[case::first_spec(&[], &[], &["team"], &[])]
#[case::kept(&[], &["team"], &["team"], &[])]
#[case::not_asked_for_any_more(&[], &["team", "cost"], &["team"], &["cost"])]
#[case::retired_long_ago(&["old"], &["team"], &["team"], &["old"])]
#[case::asked_for_again(&["old"], &["team"], &["old"], &["team"])]
#[case::all_gone(&["old"], &["team"], &[], &["old", "team"])]
fn tags_that_are_not_asked_for_any_more_go(
    #[case] retired: &[&str],
    #[case] before: &[&str],
    #[case] now: &[&str],
    #[case] expected: &[&str],
) {
    let keys = |keys: &[&str]| keys.iter().map(ToString::to_string).collect::<BTreeSet<String>>();
    let with = |keys: &[&str]| {
        let tags: serde_json::Map<_, _> = keys.iter().map(|key| ((*key).to_owned(), json!("value"))).collect();
        json!({ "tags": tags })
    };
    let mut record = created(&with(before), true);
    record.retired_tags = keys(retired);
    assert_eq!(record.retired_tags_with(&spec(&with(now))), keys(expected));
    record.wants(record.order, Some(spec(&with(now))), None);
    assert_eq!(record.retired_tags, keys(expected));
    record.wants(record.order, None, None);
    assert_eq!(record.retired_tags, keys(expected), "a delete asks for no tags");
}

#[rstest]
#[case::nobody_has_it(None, 0, false)]
#[case::our_own(Some(("we", 60)), 0, false)]
#[case::somebody_elses(Some(("they", 60)), 0, true)]
#[case::about_to_end(Some(("they", 60)), 61, true)]
#[case::at_the_margin_of_clocks(Some(("they", 60)), 62, false)]
#[case::long_over(Some(("they", 60)), 600, false)]
fn a_lease_holds_until_no_clock_could_say_otherwise(
    #[case] lease: Option<(&str, i64)>,
    #[case] now: i64,
    #[case] held: bool,
) {
    let lease = lease.map(|(owner, until)| Lease { owner: owner.to_owned(), until: after(until) });
    let record = Record { lease, ..first() };
    assert_eq!(record.is_held("we", after(now)), held);
}

#[rstest]
#[case::never_asked_for(first(), true, true)]
#[case::being_made(created(&json!({}), false), false, false)]
#[case::made(created(&json!({}), true), true, false)]
#[case::being_removed(deleted(&json!({}), false), false, false)]
#[case::removed(deleted(&json!({}), true), true, true)]
#[case::removed_in_vain(Record { status: Status::Failed, ..deleted(&json!({}), true) }, true, false)]
#[case::expired_and_removed(Record { status: Status::Deleted, ..created(&json!({"ttl": "8h"}), true) }, true, true)]
#[case::asked_for_after_it_was_removed(
    Record { status: Status::Deleted, ..created(&json!({}), false) }, false, false
)]
fn what_is_settled_and_what_is_gone(#[case] record: Record, #[case] settled: bool, #[case] gone: bool) {
    assert_eq!((record.is_settled(), record.is_gone()), (settled, gone));
}

const HOUR: i64 = 3600;

#[rstest]
#[case::without_an_end(json!({}), 400 * 24 * HOUR, Desired::Present)]
#[case::before_its_end(json!({"ttl": "8h"}), 8 * HOUR - 1, Desired::Present)]
#[case::at_its_end(json!({"ttl": "8h"}), 8 * HOUR, Desired::Absent)]
#[case::before_a_moment(json!({"expires_at": "2031-05-01T09:00:00Z"}), HOUR - 1, Desired::Present)]
#[case::at_that_moment(json!({"expires_at": "2031-05-01T09:00:00Z"}), HOUR, Desired::Absent)]
#[case::over_before_it_was_asked_for(json!({"expires_at": "2031-05-01T07:00:00Z"}), 0, Desired::Absent)]
#[case::protected(json!({"ttl": "8h", "deletion_protection": true}), 9 * HOUR, Desired::Present)]
fn expiry_follows_from_the_record(#[case] value: Value, #[case] now: i64, #[case] desired: Desired) {
    let record = created(&value, true);
    assert_eq!((record.desired, record.desired_at(after(now))), (Desired::Present, desired));
    assert_eq!(record.is_protected(), value.get("deletion_protection").is_some());
    let record = deleted(&value, true);
    assert_eq!(record.desired_at(after(now)), Desired::Absent);
    assert_eq!((record.expires_at(), record.is_protected()), (None, false), "a delete has no end and no protection");
}

#[rstest]
#[case::never_asked_for(first(), 0, None)]
#[case::being_made(created(&json!({}), false), HOUR, Some(1))]
#[case::made(created(&json!({}), true), HOUR, None)]
#[case::being_removed(deleted(&json!({}), false), HOUR, Some(2))]
#[case::removed(deleted(&json!({}), true), HOUR, None)]
#[case::not_written_down_yet(Record { wanted_since: None, ..created(&json!({}), false) }, HOUR, None)]
#[case::before_it_expires(created(&json!({"ttl": "8h"}), true), 7 * HOUR, None)]
#[case::expired(created(&json!({"ttl": "8h"}), true), 9 * HOUR, Some(8 * HOUR))]
#[case::expired_while_it_was_made(created(&json!({"ttl": "8h"}), false), 9 * HOUR, Some(8 * HOUR))]
#[case::expired_and_removed(
    Record { status: Status::Deleted, ..created(&json!({"ttl": "8h"}), true) }, 9 * HOUR, None
)]
#[case::protected(created(&json!({"ttl": "8h", "deletion_protection": true}), true), 9 * HOUR, None)]
fn since_when_it_is_on_its_way(#[case] record: Record, #[case] now: i64, #[case] since: Option<i64>) {
    assert_eq!(record.on_its_way_since(after(now)), since.map(after));
}

#[rstest]
#[case::none_before_and_none_seen(None, None, None, true)]
#[case::the_first(None, Some("vpc-1"), Some("vpc-1"), false)]
#[case::the_same(Some("vpc-1"), Some("vpc-1"), Some("vpc-1"), true)]
#[case::none_seen(Some("vpc-1"), None, Some("vpc-1"), true)]
#[case::another(Some("vpc-1"), Some("vpc-2"), Some("vpc-2"), false)]
fn what_was_whole_in_one_vpc_is_not_in_another(
    #[case] before: Option<&str>,
    #[case] seen: Option<&str>,
    #[case] stands_in: Option<&str>,
    #[case] published: bool,
) {
    let mut record = Record { vpc_id: before.map(ToOwned::to_owned), published: true, ..first() };
    record.stands_in(seen.map(ToOwned::to_owned).as_ref());
    assert_eq!((record.vpc_id.as_deref(), record.published), (stands_in, published));
    record.published = false;
    record.stands_in(seen.map(ToOwned::to_owned).as_ref());
    assert!(!record.published, "seeing a VPC publishes nothing");
}

/// `before` is the last try at making a VPC, with its number and its second; then whether one may be made `now`, and the
/// try that is written down.
#[rstest]
#[case::the_first(None, 0, true, (1, 0))]
#[case::one_may_show_up_yet(Some((1, 0)), 0, false, (1, 0))]
#[case::it_still_may(Some((1, 0)), 19, false, (1, 0))]
#[case::none_showed_up(Some((1, 0)), 20, true, (2, 20))]
#[case::nor_after_the_second(Some((2, 20)), 40, true, (3, 40))]
#[case::a_clock_that_is_behind(Some((1, 5)), 0, false, (1, 5))]
fn a_vpc_is_made_once_none_can_show_up(
    #[case] before: Option<(u64, i64)>,
    #[case] now: i64,
    #[case] may: bool,
    #[case] written: (u64, i64),
) {
    let attempt = |(number, at)| Attempt { number, at: after(at) };
    let mut record = Record { attempt: before.map(attempt), ..first() };
    assert_eq!(record.vpc_may_show_up(after(now)), !may);
    assert_eq!(record.begin_attempt(after(now)), may);
    assert_eq!(record.attempt, Some(attempt(written)));
    assert!(record.vpc_may_show_up(after(now)), "from now on one may show up");
}

fn announcements(numbers: std::ops::Range<usize>) -> Vec<Unsent> {
    numbers.map(|number| Unsent { detail_type: number.to_string(), detail: String::new() }).collect()
}

#[rstest]
#[case::nothing(0, 0, 0..0)]
#[case::one_more(3, 1, 0..4)]
#[case::as_many_as_are_kept(7, 1, 0..8)]
#[case::the_oldest_is_dropped(8, 1, 1..9)]
#[case::only_the_latest_of_many(2, 20, 14..22)]
fn the_latest_announcements_are_kept_in_their_order(
    #[case] before: usize,
    #[case] more: usize,
    #[case] kept: std::ops::Range<usize>,
) {
    let mut record = Record { unsent: announcements(0..before), ..first() };
    record.keep_unsent(&announcements(before..before + more));
    assert_eq!(record.unsent, announcements(kept));
}

proptest! {
    /// However often who works on an environment looks, two creations lie as far apart as reads may lag.
    #[test]
    fn no_two_vpcs_are_made_while_the_first_may_show_up(pauses in prop::collection::vec(0_i64..30, 1..40)) {
        let mut record = first();
        let (mut now, mut last) = (after(0), None::<Timestamp>);
        for (asked, pause) in pauses.into_iter().enumerate() {
            now += SignedDuration::from_secs(pause);
            if record.begin_attempt(now) {
                prop_assert!(last.is_none_or(|last| now.duration_since(last) >= READS_LAG));
                last = Some(now);
            }
            let attempt = record.attempt.unwrap();
            prop_assert_eq!(Some(attempt.at), last);
            prop_assert!(attempt.number <= asked as u64 + 1);
        }
    }

    /// What was asked for once and is not any more goes, and nothing that is asked for.
    #[test]
    fn no_tag_is_both_asked_for_and_retired(rounds in prop::collection::vec(prop::collection::btree_set("[a-e]", 0..4), 1..6)) {
        let mut record = first();
        let mut ever = BTreeSet::new();
        for keys in rounds {
            let tags: serde_json::Map<_, _> = keys.iter().map(|key| (key.clone(), json!("value"))).collect();
            record.wants(record.order, Some(spec(&json!({ "tags": tags }))), None);
            ever.extend(keys.iter().cloned());
            prop_assert_eq!(&record.retired_tags, &ever.difference(&keys).cloned().collect::<BTreeSet<_>>());
        }
    }
}

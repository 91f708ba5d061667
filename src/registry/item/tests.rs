//! What is in the table of an installation stays readable, and is written as it ever was.

use std::collections::BTreeMap;

use rstest::rstest;
use serde_json::{Map, Value, json};

use super::*;
use crate::registry::{Announced, Attempt, Denied, Unsent};
use ringfence_model::{
    failure::{Failure, FailureKind},
    fault::Fault,
    request::Order,
    spec::Spec,
    status::Status,
};

/// When the items were written.
const NOW: &str = "2031-05-01T10:00:00.25Z";

/// The items as they stand in the table.
const WRITTEN: &str = include_str!("written.json");

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn order(verb: u8) -> Order {
    format!("2031-05-01T08:00:00.000000001Z#{verb}#{}", "ab".repeat(32)).parse().unwrap()
}

fn spec(value: &Value) -> Box<Spec> {
    Box::new(Spec::decode(value).unwrap())
}

fn lease() -> Lease {
    Lease { owner: "8f14e45f-ea3b".to_owned(), until: moment("2031-05-01T08:14:59.5Z") }
}

/// A record that nothing lacks.
fn full() -> Record {
    let fault = Fault { pointer: "/spec/network/cidr".to_owned(), message: "taken".to_owned() };
    Record {
        desired: Desired::Present,
        spec: Some(spec(&json!({"network": {"cidr": "10.7.0.0/20"}, "ttl": "1d12h", "tags": {"team": "ml é"}}))),
        requested_by: Some("123456789012 team.ml".to_owned()),
        wanted_since: Some(moment("2031-05-01T08:00:01.002Z")),
        generation: 3,
        settled_generation: 2,
        lease: Some(lease()),
        vpc_id: Some("vpc-0123456789abcdef0".to_owned()),
        cidr: Some("10.7.0.0/20".parse().unwrap()),
        attempt: Some(Attempt { number: 2, at: moment("2031-05-01T08:00:02Z") }),
        epoch: u64::MAX,
        withdrawn_at: Some(moment("1969-12-31T23:59:59.999Z")),
        looked_at: Some(moment("2031-05-01T08:00:04Z")),
        announced_expiry: Some(moment("2031-05-02T20:00:00Z")),
        announced: Some(Announced { status: Status::Exposed, generation: 1 }),
        unsent: vec![Unsent { detail_type: "Training Environment Ready".to_owned(), detail: "{\"a\":1}".to_owned() }],
        retired_tags: ["cost".to_owned(), "team".to_owned()].into(),
        waiting_for: vec!["vpc: still there".to_owned(), "role: spreading".to_owned()],
        denied: Some(Denied {
            resources: ["role".to_owned(), "vpc".to_owned()].into(),
            since: moment("2031-05-01T08:00:05Z"),
        }),
        published: true,
        status: Status::Provisioning,
        error: Some(Failure {
            faults: vec![fault],
            ..Failure::new(FailureKind::Conflict, "the block \"10.7.0.0/20\" is taken")
        }),
        revision: 17,
        ..Record::first("fraud-v3".parse().unwrap(), order(0))
    }
}

/// A record of which there is as little as there can be.
fn first() -> Record {
    Record::first("fraud-v3".parse().unwrap(), order(0))
}

/// A record that is kept for a while.
fn gone() -> Record {
    Record {
        desired: Desired::Absent,
        generation: 2,
        settled_generation: 2,
        revision: 9,
        ..Record::first("vision-eu".parse().unwrap(), order(1))
    }
}

fn claims() -> Claims {
    let blocks = [("10.7.0.0/20", "fraud-v3"), ("10.7.16.0/24", "vision-eu")];
    let blocks = blocks.map(|(block, owner)| (block.parse().unwrap(), owner.to_owned()));
    Claims { blocks: blocks.into(), revision: 4 }
}

fn to_json(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::Bool(boolean) => json!({ "BOOL": boolean }),
        AttributeValue::M(fields) => json!({ "M": item_to_json(fields) }),
        other => panic!("{other:?} is never written"),
    }
}

fn item_to_json(item: &Item) -> Value {
    item.iter().map(|(name, value)| (name.clone(), to_json(value))).collect::<Map<_, _>>().into()
}

fn from_json(value: &Value) -> AttributeValue {
    let texts =
        |texts: &Value| texts.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect();
    let (kind, value) = value.as_object().unwrap().iter().next().unwrap();
    match (kind.as_str(), value) {
        ("S", Value::String(text)) => AttributeValue::S(text.clone()),
        ("N", Value::String(number)) => AttributeValue::N(number.clone()),
        ("BOOL", Value::Bool(boolean)) => AttributeValue::Bool(*boolean),
        ("NULL", Value::Bool(null)) => AttributeValue::Null(*null),
        ("B", Value::String(text)) => AttributeValue::B(text.as_bytes().into()),
        ("L", Value::Array(values)) => AttributeValue::L(values.iter().map(from_json).collect()),
        ("M", value) => AttributeValue::M(item_from_json(value)),
        ("SS", value) => AttributeValue::Ss(texts(value)),
        ("NS", value) => AttributeValue::Ns(texts(value)),
        other => panic!("{other:?} is no attribute's value"),
    }
}

fn item_from_json(item: &Value) -> Item {
    item.as_object().unwrap().iter().map(|(name, value)| (name.clone(), from_json(value))).collect()
}

/// An item of `written.json`.
fn written(which: &str) -> Value {
    let items: BTreeMap<String, Value> = serde_json::from_str(WRITTEN).unwrap();
    items[which].clone()
}

fn read(item: &Value) -> Result<Record, Unreadable> {
    to_record(item_from_json(item))
}

#[rstest]
#[case::full("full", full())]
#[case::first("first", first())]
#[case::gone("gone", gone())]
fn a_record_is_written_and_read_as_ever(#[case] which: &str, #[case] record: Record) {
    assert_eq!(item_to_json(&from_record(&record, moment(NOW)).unwrap()), written(which));
    assert_eq!(read(&written(which)), Ok(record));
}

#[test]
fn housekeeping_is_written_and_read_as_ever() {
    assert_eq!(item_to_json(&from_sweep(&lease()).unwrap()), written("sweep"));
    assert_eq!(to_first_seen(&item_from_json(&written("orphan"))), Some(moment("2031-05-01T08:00:00.25Z")));
    assert_eq!(to_first_seen(&Item::new()), None);
    for malformed in [json!({"S": "1935388800250"}), json!({"N": "1.5"}), json!({"N": "9e99"}), json!({"BOOL": true})] {
        assert_eq!(to_first_seen(&item_from_json(&json!({ "first_seen": malformed }))), None);
    }
}

#[test]
fn claims_are_written_and_read_as_ever() {
    let item = written("claims");
    assert_eq!(to_json(&blocks(&claims()).unwrap()), item["blocks"]);
    assert_eq!(to_claims(item_from_json(&item)), claims());
    assert_eq!(to_json(&blocks(&Claims::default()).unwrap()), json!({"M": {}}));
}

/// What is no block, or nobody's, is passed over, and the others count.
#[rstest]
#[case::none(json!({}), &[], 0)]
#[case::no_map(json!({"blocks": {"L": []}, "revision": {"N": "3"}}), &[], 3)]
#[case::a_number(json!({"blocks": {"M": {"10.7.0.0/20": {"N": "5"}, "10.8.0.0/20": {"S": "a"}}}}), &["10.8.0.0/20"], 0)]
#[case::no_block(json!({"blocks": {"M": {"10.7": {"S": "b"}, "10.8.0.0/20": {"S": "a"}}}}), &["10.8.0.0/20"], 0)]
#[case::deeper(json!({"blocks": {"M": {"10.7.0.0/20": {"M": {}}, "10.8.0.0/20": {"S": "a"}}}}), &["10.8.0.0/20"], 0)]
#[case::no_whole_revision(json!({"revision": {"N": "1.5"}}), &[], 0)]
#[case::a_text_as_revision(json!({"revision": {"S": "7"}}), &[], 7)]
fn what_is_no_claim_is_passed_over(#[case] item: Value, #[case] blocks: &[&str], #[case] revision: u64) {
    let blocks = blocks.iter().map(|block| (block.parse().unwrap(), "a".to_owned())).collect();
    assert_eq!(to_claims(item_from_json(&item)), Claims { blocks, revision });
}

/// Without one of these there is no record, and the message says which.
#[rstest]
#[case::name("name", &[json!({"S": "Fraud"}), json!({"N": "5"}), json!({"BOOL": true}), json!({"L": []})])]
#[case::wish("wish", &[json!({"S": "perhaps"}), json!({"S": "Present"}), json!({"S": ""}), json!({"BOOL": true}),
    json!({"M": {"present": {"NULL": true}}})])]
#[case::order("request_order", &[json!({"S": "2031"}), json!({"N": "1"}), json!({"SS": ["a"]})])]
#[case::generation("generation", &[json!({"N": "-1"}), json!({"N": "1.5"}), json!({"N": "1.0"}), json!({"S": "one"}),
    json!({"N": "18446744073709551616"}), json!({"NULL": true}), json!({"NS": ["1"]})])]
#[case::settled_generation("settled_generation", &[json!({"N": "1e99"}), json!({"S": ""})])]
#[case::epoch("epoch", &[json!({"S": " 1"}), json!({"B": "MQ=="})])]
#[case::status("status", &[json!({"S": "ready"}), json!({"S": "\"gone\""}), json!({"BOOL": false}), json!({"N": "1"})])]
#[case::revision("revision", &[json!({"S": "-0.5"}), json!({"M": {}})])]
fn what_a_record_cannot_do_without(#[case] attribute: &'static str, #[case] malformed: &[Value]) {
    let whole = written("full");
    let mut without = whole.clone();
    without.as_object_mut().unwrap().remove(attribute);
    let altered = malformed.iter().map(|value| {
        let mut altered = whole.clone();
        altered[attribute] = value.clone();
        altered
    });
    for item in std::iter::once(without).chain(altered) {
        let unreadable = read(&item).unwrap_err();
        assert_eq!(unreadable.attribute, attribute, "{item}");
        let name =
            item["name"].as_object().and_then(|name| Some(name.get("S").or(name.get("N"))?.as_str()?.to_owned()));
        assert_eq!(unreadable.name, name.unwrap_or_default());
    }
}

#[test]
fn of_several_the_first_is_named() {
    let wrong = json!({"BOOL": true});
    let mut item = written("full");
    let order =
        ["revision", "status", "epoch", "settled_generation", "generation", "request_order", "spec", "wish", "name"];
    for attribute in order {
        item[attribute] = if attribute == "spec" { json!({"S": "{"}) } else { wrong.clone() };
        let unreadable = read(&item).unwrap_err();
        assert_eq!(unreadable.attribute, attribute);
    }
    assert_eq!(
        read(&json!({})).unwrap_err().to_string(),
        "the record of  holds no readable name; restore it from the table's backup, or remove it"
    );
}

/// A spec that cannot be read is not taken for none.
#[rstest]
#[case::no_json(json!({"S": "{"}))]
#[case::of_a_later_version(json!({"S": r#"{"network": {"cidr": "of a later version"}}"#}))]
#[case::null(json!({"S": "null"}))]
#[case::number(json!({"N": "5"}))]
fn a_spec_that_cannot_be_read(#[case] spec: Value) {
    let mut item = written("full");
    item["spec"] = spec;
    assert_eq!(read(&item).unwrap_err().attribute, "spec");
}

/// What a record can do without, and how it is read where an attribute is this.
#[rstest]
#[case::spec("spec", &[json!({"BOOL": true}), json!({"M": {}})], |record: &mut Record| record.spec = None)]
#[case::requested_by("requested_by", &[json!({"BOOL": true}), json!({"L": []})], |record: &mut Record| record.requested_by = None)]
#[case::requested_by_empty("requested_by", &[json!({"S": ""})], |record: &mut Record| record.requested_by = Some(String::new()))]
#[case::requested_by_number("requested_by", &[json!({"N": "123456789012"})], |record: &mut Record| {
    record.requested_by = Some("123456789012".to_owned());
})]
#[case::wanted_since("wanted_since", &[json!({"N": "1.5"}), json!({"S": "soon"}), json!({"N": "1e99"}),
    json!({"N": "9223372036854775807"})], |record: &mut Record| record.wanted_since = None)]
#[case::wanted_since_text("wanted_since", &[json!({"S": "1000"})], |record: &mut Record| {
    record.wanted_since = Some(moment("1970-01-01T00:00:01Z"));
})]
#[case::error("error", &[json!({"S": "{}"}), json!({"S": "null"}), json!({"BOOL": true})], |record: &mut Record| record.error = None)]
#[case::error_without_faults("error", &[json!({"S": r#"{"kind":"Busy","message":"m","more":1}"#})], |record: &mut Record| {
    record.error = Some(Failure::new(FailureKind::Busy, "m"));
})]
#[case::owner("lease_owner", &[json!({"BOOL": true})], |record: &mut Record| record.lease = None)]
#[case::owner_number("lease_owner", &[json!({"N": "5"})], |record: &mut Record| record.lease.as_mut().unwrap().owner = "5".to_owned())]
#[case::until("lease_until", &[json!({"S": "x"}), json!({"L": []})], |record: &mut Record| record.lease = None)]
#[case::vpc_id("vpc_id", &[json!({"M": {}})], |record: &mut Record| record.vpc_id = None)]
#[case::cidr("cidr", &[json!({"S": "10.0"}), json!({"N": "10"})], |record: &mut Record| record.cidr = None)]
#[case::cidr_unmasked("cidr", &[json!({"S": "10.7.0.1/20"})], |record: &mut Record| record.cidr = "10.7.0.1/20".parse().ok())]
#[case::attempt_number("attempt_number", &[json!({"N": "-1"})], |record: &mut Record| record.attempt = None)]
#[case::attempt_number_text("attempt_number", &[json!({"S": "7"})], |record: &mut Record| record.attempt.as_mut().unwrap().number = 7)]
#[case::attempt_at("attempt_at", &[json!({"N": "0.5"})], |record: &mut Record| record.attempt = None)]
#[case::withdrawn_at("withdrawn_at", &[json!({"SS": ["a"]})], |record: &mut Record| record.withdrawn_at = None)]
#[case::looked_at("looked_at", &[json!({"NULL": true})], |record: &mut Record| record.looked_at = None)]
#[case::announced_expiry("announced_expiry", &[json!({"S": ""})], |record: &mut Record| record.announced_expiry = None)]
#[case::announced_status("announced_status", &[json!({"S": "ready"})], |record: &mut Record| record.announced = None)]
#[case::announced_generation("announced_generation", &[json!({"S": "x"})], |record: &mut Record| record.announced = None)]
#[case::unsent("unsent", &[json!({"S": "[1]"}), json!({"S": "[]"}), json!({"L": []})], |record: &mut Record| record.unsent = vec![])]
#[case::retired_tags("retired_tags", &[json!({"S": "{}"}), json!({"SS": ["cost"]})], |record: &mut Record| record.retired_tags.clear())]
#[case::retired_tags_twice("retired_tags", &[json!({"S": r#"["b", "a", "b"]"#})], |record: &mut Record| {
    record.retired_tags = ["a".to_owned(), "b".to_owned()].into();
})]
#[case::waiting_for("waiting_for", &[json!({"S": "[null]"}), json!({"N": "1"})], |record: &mut Record| record.waiting_for = vec![])]
#[case::denied("denied", &[json!({"S": "vpc"})], |record: &mut Record| record.denied = None)]
#[case::denied_nothing("denied", &[json!({"S": "[]"})], |record: &mut Record| record.denied.as_mut().unwrap().resources.clear())]
#[case::denied_since("denied_since", &[json!({"BOOL": false})], |record: &mut Record| record.denied = None)]
#[case::published("published", &[json!({"BOOL": false}), json!({"S": "true"}), json!({"N": "1"})], |record: &mut Record| {
    record.published = false;
})]
#[case::generation_text("generation", &[json!({"S": "3"}), json!({"S": "+3"}), json!({"S": "03"})], |_: &mut Record| {})]
#[case::kind("kind", &[json!({"S": "of another"}), json!({"BOOL": true})], |_: &mut Record| {})]
#[case::expires("expires", &[json!({"N": "1"}), json!({"S": "x"})], |_: &mut Record| {})]
#[case::unknown("of_a_later_version", &[json!({"S": "x"}), json!({"N": "99999999999999999999999999999999999999"}),
    json!({"NULL": true}), json!({"NULL": false}), json!({"B": "x"}), json!({"SS": ["a"]}), json!({"NS": ["1"]}),
    json!({"L": [{"M": {"a": {"N": "1"}}}]}), json!({"M": {"a": {"L": []}}})], |_: &mut Record| {})]
fn what_a_record_can_do_without(#[case] attribute: &str, #[case] values: &[Value], #[case] alter: fn(&mut Record)) {
    for value in values {
        let mut item = written("full");
        item[attribute] = value.clone();
        let mut expected = full();
        alter(&mut expected);
        assert_eq!(read(&item), Ok(expected), "{attribute}: {value}");
    }
}

#[test]
fn halves_count_as_nothing() {
    for attribute in [
        "lease_owner",
        "lease_until",
        "attempt_number",
        "attempt_at",
        "announced_status",
        "announced_generation",
        "denied",
        "denied_since",
    ] {
        let mut item = written("full");
        item.as_object_mut().unwrap().remove(attribute);
        let record = read(&item).unwrap();
        let whole =
            [record.lease.is_some(), record.attempt.is_some(), record.announced.is_some(), record.denied.is_some()];
        assert_eq!(whole.iter().filter(|whole| !**whole).count(), 1, "{attribute}");
    }
}

/// Every attribute that has been added since the first version may be lacking.
#[test]
fn an_item_of_the_first_version_is_read() {
    let needed = ["name", "wish", "request_order", "generation", "settled_generation", "epoch", "status", "revision"];
    let mut item = written("full");
    item.as_object_mut().unwrap().retain(|attribute, _| needed.contains(&attribute.as_str()));
    let full = full();
    let expected = Record {
        desired: full.desired,
        generation: full.generation,
        settled_generation: full.settled_generation,
        epoch: full.epoch,
        status: full.status,
        revision: full.revision,
        ..first()
    };
    assert_eq!(read(&item), Ok(expected));
}

use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

use super::TrainingData;
use crate::{policy::Document, scope::some_scope};

fn some_data() -> TrainingData<'static> {
    TrainingData { scope: some_scope("aws", "eu-central-1"), read: &[], write: &[], kms_keys: &[] }
}

fn statements(data: TrainingData<'_>) -> Vec<Value> {
    let text = Document::new(data.statements()).to_json();
    let mut document: Value = serde_json::from_str(&text).unwrap();
    serde_json::from_value(document["Statement"].take()).unwrap()
}

#[rstest]
#[case::bucket("arn:aws:s3:::b", json!("arn:aws:s3:::b/*"), Value::Null)]
#[case::bucket_slash("arn:aws:s3:::b/", json!("arn:aws:s3:::b/*"), Value::Null)]
#[case::bucket_star("arn:aws:s3:::b/*", json!("arn:aws:s3:::b/*"), Value::Null)]
#[case::folder("arn:aws:s3:::b/in/", json!("arn:aws:s3:::b/in/*"), json!(["in", "in/*"]))]
#[case::folder_star("arn:aws:s3:::b/in/*", json!("arn:aws:s3:::b/in/*"), json!(["in", "in/*"]))]
#[case::beginning("arn:aws:s3:::b/in/a*", json!("arn:aws:s3:::b/in/a*"), json!("in/a*"))]
#[case::name(
    "arn:aws:s3:::b/in/a",
    json!(["arn:aws:s3:::b/in/a", "arn:aws:s3:::b/in/a/*"]),
    json!(["in/a", "in/a/*"]),
)]
fn a_location_opens_its_objects_and_their_listing(#[case] arn: &str, #[case] objects: Value, #[case] prefix: Value) {
    let statements = statements(TrainingData { read: &[arn], ..some_data() });
    let [read, list] = statements.as_slice() else {
        panic!("{statements:?}");
    };
    assert_eq!(read["Resource"], objects);
    assert_eq!(list["Resource"], "arn:aws:s3:::b");
    assert_eq!(list["Condition"]["StringLike"]["s3:prefix"], prefix);
}

#[test]
fn prefixes_of_one_bucket_share_a_statement_and_each_bucket_has_its_own() {
    let read = ["arn:aws:s3:::b/y/", "arn:aws:s3:::a/x/", "arn:aws:s3:::b/x/"];
    let statements = statements(TrainingData { read: &read, ..some_data() });
    let lists: Vec<_> = statements
        .iter()
        .filter(|statement| statement["Action"] == "s3:ListBucket")
        .map(|list| (&list["Sid"], &list["Resource"], &list["Condition"]["StringLike"]["s3:prefix"]))
        .collect();
    let (first, second) = (json!("ListPrefixes1"), json!("ListPrefixes2"));
    let (a, b) = (json!("arn:aws:s3:::a"), json!("arn:aws:s3:::b"));
    let (x, xy) = (json!(["x", "x/*"]), json!(["x", "x/*", "y", "y/*"]));
    assert_eq!(lists, [(&first, &a, &x), (&second, &b, &xy)]);
}

#[test]
fn who_may_list_all_needs_no_prefixes() {
    let data = TrainingData { read: &["arn:aws:s3:::b/x/"], write: &["arn:aws:s3:::b"], ..some_data() };
    let sids: Vec<Value> = statements(data).iter().map(|s| s["Sid"].clone()).collect();
    assert_eq!(sids, ["ReadTrainingData", "WriteTrainingData", "ListBuckets"]);
}

#[test]
fn keys_are_of_no_use_without_data() {
    let kms_keys = &["arn:aws:kms:eu-central-1:123456789012:key/0f"];
    assert_eq!(statements(TrainingData { kms_keys, ..some_data() }), Vec::<Value>::new());
}

#[test]
fn who_only_reads_does_not_encrypt() {
    let data = TrainingData {
        read: &["arn:aws:s3:::b"],
        kms_keys: &["arn:aws:kms:eu-central-1:123456789012:key/0f"],
        ..some_data()
    };
    let actions: Vec<Value> = statements(data).iter().map(|s| s["Action"].clone()).collect();
    assert_eq!(actions, ["s3:GetObject", "s3:ListBucket", "kms:Decrypt"]);
}

/// Whether the text matches a pattern in which `*` stands for anything.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((before, after)) => text.strip_prefix(before).is_some_and(|rest| {
            (0..=rest.len()).filter_map(|start| rest.get(start..)).any(|rest| matches(after, rest))
        }),
    }
}

fn values(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(values) => values.iter().filter_map(Value::as_str).collect(),
        single => single.as_str().into_iter().collect(),
    }
}

proptest! {
    /// Of a key and a location, both of a small alphabet: the object can be read exactly when the location means it;
    /// what is missing is known to be missing; and listings show nothing that cannot be read, but for keys that begin
    /// with the very name of what was granted.
    #[test]
    fn what_is_listed_can_be_read(location in "[ab]{1,2}(/[ab]{0,2}){0,2}[*]?", key in "[ab/]{1,5}") {
        let arn = format!("arn:aws:s3:::bucket/{location}");
        let statements = statements(TrainingData { read: &[&arn], ..some_data() });
        let object = format!("arn:aws:s3:::bucket/{key}");
        let readable = values(&statements[0]["Resource"]).iter().any(|arn| matches(arn, &object));

        let meant = match location.strip_suffix('*') {
            Some(beginning) => key.starts_with(beginning),
            None if location.ends_with('/') => key.starts_with(&location),
            None => key == location || key.starts_with(&format!("{location}/")),
        };
        prop_assert_eq!(readable, meant);

        let prefixes = &statements[1]["Condition"]["StringLike"]["s3:prefix"];
        for length in 0..=key.len() {
            let asked = key.get(..length).unwrap_or_default();
            let listed = values(prefixes).iter().any(|prefix| matches(prefix, asked));
            let beginning = location.strip_suffix('*').unwrap_or(&location);
            let named = beginning.strip_suffix('/').unwrap_or(beginning);
            let beside = asked == named && key.starts_with(named);
            prop_assert!(!listed || readable || beside, "{asked} lists {key}");
        }
        let known_to_be_missing = prefixes.is_null() || values(prefixes).iter().any(|prefix| matches(prefix, &key));
        prop_assert!(!readable || known_to_be_missing, "{key} would be forbidden where it is missing");
    }
}

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

use crate::policy::{
    Conditions, Document, Effect, Match, OneOrMany, Operator, Principal, PrincipalKind, Statement, Version,
};

fn statement(change: impl Fn(&mut Value)) -> String {
    let mut statement = json!({
        "Effect": "Allow",
        "Principal": {"AWS": "123456789012"},
        "Action": ["s3:GetObject", "s3:PutObject"],
        "Resource": "arn:aws:s3:::data/*",
        "Condition": {"StringEquals": {"aws:SourceVpc": ["vpc-1", "vpc-2"]}},
    });
    change(&mut statement);
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

fn original() -> Document {
    statement(|_| ()).parse().unwrap()
}

#[rstest]
#[case::order(|s: &mut Value| s["Action"] = json!(["s3:PutObject", "s3:GetObject"]))]
#[case::twice(|s: &mut Value| s["Action"] = json!(["s3:PutObject", "s3:GetObject", "s3:PutObject"]))]
#[case::action_case(|s: &mut Value| s["Action"] = json!(["S3:getobject", "s3:PutObject"]))]
#[case::array(|s: &mut Value| s["Resource"] = json!(["arn:aws:s3:::data/*"]))]
#[case::root(|s: &mut Value| s["Principal"] = json!({"AWS": "arn:aws:iam::123456789012:root"}))]
#[case::sid(|s: &mut Value| s["Sid"] = json!("Named"))]
#[case::key_case(|s: &mut Value| {
    s["Condition"] = json!({"StringEquals": {"aws:sourcevpc": ["vpc-2", "vpc-1"]}});
})]
fn is_the_same(#[case] change: fn(&mut Value)) {
    assert!(original().same_as(&statement(change)));
}

#[rstest]
#[case::effect(|s: &mut Value| s["Effect"] = json!("Deny"))]
#[case::action(|s: &mut Value| s["Action"] = json!(["s3:GetObject"]))]
#[case::resource_case(|s: &mut Value| s["Resource"] = json!("arn:aws:s3:::Data/*"))]
#[case::principal(|s: &mut Value| s["Principal"] = json!({"AWS": "210987654321"}))]
#[case::role(|s: &mut Value| s["Principal"] = json!({"AWS": "arn:aws:iam::123456789012:role/a"}))]
#[case::kind(|s: &mut Value| s["Principal"] = json!({"Service": "123456789012"}))]
#[case::anyone(|s: &mut Value| s["Principal"] = json!("*"))]
#[case::value(|s: &mut Value| s["Condition"]["StringEquals"]["aws:SourceVpc"] = json!("vpc-1"))]
#[case::operator(|s: &mut Value| {
    s["Condition"] = json!({"StringEqualsIfExists": {"aws:SourceVpc": ["vpc-1", "vpc-2"]}});
})]
#[case::no_condition(|s: &mut Value| { s.as_object_mut().unwrap().remove("Condition"); })]
#[case::no_principal(|s: &mut Value| { s.as_object_mut().unwrap().remove("Principal"); })]
#[case::negated(|s: &mut Value| {
    let listed = s.as_object_mut().unwrap().remove("Resource").unwrap();
    s["NotResource"] = listed;
})]
#[case::unknown(|s: &mut Value| s["Surprise"] = json!(1))]
fn is_not_the_same(#[case] change: fn(&mut Value)) {
    assert!(!original().same_as(&statement(change)));
}

#[test]
fn anyone_is_any_aws_principal() {
    let anyone = Document::new([Statement::allow("All", "*").by(Principal::Anyone).on("*")]);
    let spelled = anyone.to_json().replace(r#""Principal":"*""#, r#""Principal":{"AWS":["*"]}"#);
    assert_ne!(spelled, anyone.to_json());
    assert!(anyone.same_as(&spelled));
}

#[test]
fn the_version_and_a_missing_statement_are_differences() {
    let document = original();
    assert!(!document.same_as(&document.to_json().replace("2012-10-17", "2008-10-17")));
    assert!(!document.same_as(r#"{"Version":"2012-10-17","Statement":[]}"#));
    assert!(!document.same_as(""));
    assert!(!document.same_as("{"));
}

fn list(value: &'static str) -> impl Strategy<Value = OneOrMany> {
    vec(value, 1..4).prop_map(OneOrMany::from)
}

fn either<T: std::fmt::Debug + Clone>(listed: impl Strategy<Value = T>) -> impl Strategy<Value = Match<T>> {
    (listed, any::<bool>()).prop_map(|(listed, only)| match only {
        true => Match::Only(listed),
        false => Match::AllBut(listed),
    })
}

fn principals() -> impl Strategy<Value = Principal> {
    let accounts = "[0-9]{12}|arn:aws:iam::[0-9]{12}:root|arn:aws:iam::[0-9]{12}:role/[a-b]{1,2}";
    prop_oneof![
        Just(Principal::Anyone),
        (list(accounts), list("[a-b]{1,2}\\.amazonaws\\.com")).prop_map(|(accounts, services)| {
            Principal::Named(BTreeMap::from([(PrincipalKind::Aws, accounts), (PrincipalKind::Service, services)]))
        }),
    ]
}

fn conditions() -> impl Strategy<Value = Conditions> {
    let operators = "StringEquals|StringNotEquals|Bool|ArnLike".prop_map(Operator::from);
    let keys = btree_map("aws:[A-C][a-b]{1,2}", list("[a-cA-C]{0,3}|true|[0-9]{1,3}"), 1..3);
    btree_map(operators, keys, 0..3)
}

fn statements() -> impl Strategy<Value = Statement> {
    (
        proptest::option::of("[A-Z][a-z]{1,4}"),
        any::<bool>(),
        proptest::option::of(either(principals())),
        either(list("[a-b]{1,2}:[A-B][a-b]{1,3}\\*?")),
        proptest::option::of(either(list("arn:aws:[a-b]{1,2}:::[a-bA-B]{1,3}|\\*"))),
        conditions(),
    )
        .prop_map(|(sid, allow, principal, action, resource, condition)| Statement {
            sid,
            effect: if allow { Effect::Allow } else { Effect::Deny },
            principal,
            action,
            resource,
            condition,
        })
}

fn documents() -> impl Strategy<Value = Document> {
    vec(statements(), 0..4).prop_map(|statement| Document { version: Version::Current, id: None, statement })
}

/// The document as AWS might give it back: arrays turned round, the only value of an array without it, a
/// single value in an array, accounts as roots and roots as accounts.
fn written_otherwise(value: Value) -> Value {
    match value {
        Value::Object(elements) => elements.into_iter().map(element_written_otherwise).collect(),
        Value::Array(elements) => match <[Value; 1]>::try_from(elements) {
            Ok([only]) => written_otherwise(only),
            Err(elements) => elements.into_iter().rev().map(written_otherwise).collect(),
        },
        Value::String(text) => match text.strip_prefix("arn:aws:iam::") {
            Some(root) if root.ends_with(":root") => root.replace(":root", "").into(),
            None if text.len() == 12 && text.parse::<u64>().is_ok() => format!("arn:aws:iam::{text}:root").into(),
            _ => text.into(),
        },
        other => other,
    }
}

fn element_written_otherwise((name, element): (String, Value)) -> (String, Value) {
    let lists = ["Action", "NotAction", "Resource", "NotResource"];
    let single = element.is_string() && lists.contains(&name.as_str());
    let element = written_otherwise(element);
    (name, if single { json!([element]) } else { element })
}

proptest! {
    #[test]
    fn a_document_is_read_as_it_was_written(document in documents()) {
        let text = document.to_json();
        prop_assert_eq!(&text.parse::<Document>().unwrap(), &document);
        prop_assert_eq!(text.parse::<Document>().unwrap().to_json(), text);
    }

    #[test]
    fn a_document_is_the_same_however_it_is_written(document in documents()) {
        let value: Value = serde_json::from_str(&document.to_json()).unwrap();
        prop_assert!(document.same_as(&document.to_json()));
        prop_assert!(document.same_as(&serde_json::to_string_pretty(&value).unwrap()));
        prop_assert!(document.same_as(&written_otherwise(value).to_string()));
    }

    #[test]
    fn sameness_goes_both_ways(one in documents(), other in documents()) {
        prop_assert_eq!(one.same_as(&other.to_json()), other.same_as(&one.to_json()));
    }

    #[test]
    fn a_statement_more_is_a_difference(document in documents(), more in statements()) {
        let mut grown = document.clone();
        grown.statement.push(Statement { resource: Some(Match::Only("arn:new".into())), ..more });
        prop_assert!(!document.same_as(&grown.to_json()));
        prop_assert!(!grown.same_as(&document.to_json()));
    }

    #[test]
    fn any_value_more_is_a_difference(
        (document, at) in documents()
            .prop_filter("statements to change", |document| !document.statement.is_empty())
            .prop_flat_map(|document| {
                let statements = 0..document.statement.len();
                (Just(document), statements)
            }),
        element in 0..3_usize,
    ) {
        let mut grown = document.clone();
        let changed = &mut grown.statement[at];
        let more = |listed: &OneOrMany| listed.iter().chain(["new"]).collect::<OneOrMany>();
        match element {
            0 => changed.action = match &changed.action {
                Match::Only(listed) => Match::Only(more(listed)),
                Match::AllBut(listed) => Match::AllBut(more(listed)),
            },
            1 => changed.resource = match &changed.resource {
                Some(Match::Only(listed)) => Some(Match::Only(more(listed))),
                Some(Match::AllBut(listed)) => Some(Match::AllBut(more(listed))),
                None => Some(Match::Only("new".into())),
            },
            _ => *changed = changed.clone().when(Operator::STRING_EQUALS, "aws:New", "new"),
        }
        prop_assert!(!document.same_as(&grown.to_json()));
    }
}

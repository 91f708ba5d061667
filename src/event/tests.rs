//! Events that are nearly right: the files of `events/`, each with one thing about it changed.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use proptest::{prelude::*, sample::Index};
use serde_json::{Value, json};

use super::{
    decode::{Incoming, decode},
    http::{asked, finished},
};
use ringfence_model::{failure::FailureKind, spec::strategy::any_json};

const EVENTS: [&str; 11] = [
    include_str!("../../events/eventbridge-create.json"),
    include_str!("../../events/eventbridge-delete.json"),
    include_str!("../../events/eventbridge-sweep.json"),
    include_str!("../../events/function-url-plan.json"),
    include_str!("../../events/http-api-create.json"),
    include_str!("../../events/invoke-delete.json"),
    include_str!("../../events/invoke-describe.json"),
    include_str!("../../events/rest-api-describe.json"),
    include_str!("../../events/scheduler-create.json"),
    include_str!("../../events/sqs-create.json"),
    include_str!("../../events/step-functions-create.json"),
];

/// The keys that tell carriers apart, each with a value that its carrier could send.
const CARRIERS: [(&str, &str); 4] =
    [("detail", "{}"), ("Records", "[]"), ("requestContext", r#"{"http": {"method": "GET"}}"#), ("action", "\"list\"")];

/// Something to be done to one value of an event.
#[derive(Clone, Debug)]
enum Change {
    Remove,
    Replace(Value),
    Wrap(usize),
    Text(String),
    Bytes(Vec<u8>),
    Add(String, Value),
}

fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn any_event() -> impl Strategy<Value = Value> {
    prop::sample::select(EVENTS.to_vec()).prop_map(|event| serde_json::from_str(event).unwrap())
}

fn any_change() -> impl Strategy<Value = Change> {
    prop_oneof![
        Just(Change::Remove),
        any_json().prop_map(Change::Replace),
        (1_usize..100).prop_map(Change::Wrap),
        any::<String>().prop_map(Change::Text),
        any::<Vec<u8>>().prop_map(Change::Bytes),
        (any::<String>(), any_json()).prop_map(|(name, value)| Change::Add(name, value)),
    ]
}

/// The pointers to all values below the root.
fn pointers(value: &Value) -> Vec<String> {
    let fields: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect(),
        _ => Vec::new(),
    };
    let below = fields.into_iter().flat_map(|(name, value)| {
        let own = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
        let further: Vec<String> = pointers(value).into_iter().map(|pointer| format!("{own}{pointer}")).collect();
        std::iter::once(own).chain(further)
    });
    below.collect()
}

/// Changes one value: of the event, or of the JSON that stands as text in the value that was chosen.
fn change(event: &mut Value, place: &Index, change: &Change) {
    let pointers = pointers(event);
    let Some(pointer) = (!pointers.is_empty()).then(|| place.get::<String>(&pointers)) else { return };
    let value = event.pointer_mut(pointer).unwrap();
    if let Some(mut inner) = value.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok())
        && inner.is_object()
    {
        self::change(&mut inner, place, change);
        *value = json!(inner.to_string());
        return;
    }
    match change {
        Change::Remove => {
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            match event.pointer_mut(parent).unwrap() {
                Value::Object(fields) => drop(fields.remove(&name.replace("~1", "/").replace("~0", "~"))),
                Value::Array(items) => drop(items.remove(name.parse().unwrap())),
                _ => unreachable!("values stand in objects and arrays"),
            }
        }
        Change::Replace(other) => *value = other.clone(),
        Change::Wrap(depth) => {
            for _ in 0..*depth {
                *value = json!([value.take()]);
            }
        }
        Change::Text(text) => *value = json!(text),
        Change::Bytes(bytes) => *value = json!(STANDARD.encode(bytes)),
        Change::Add(name, other) => match value {
            Value::Object(fields) => drop(fields.insert(name.clone(), other.clone())),
            Value::Array(items) => items.push(other.clone()),
            _ => *value = json!({name: other}),
        },
    }
}

/// What is wrong with an event is the caller's fault, in the words of its carrier.
fn assert_answered(event: &Value) -> Result<(), TestCaseError> {
    match decode(event, now()) {
        Ok(Incoming::Request(_)) => {}
        Ok(Incoming::Messages(messages)) => {
            let mut refusals = messages.iter().filter_map(|message| message.carried.as_ref().err());
            prop_assert!(refusals.all(|failure| failure.kind == FailureKind::InvalidRequest));
        }
        Ok(Incoming::Http(http)) => {
            if let Err(problem) = asked(&http, now()) {
                prop_assert!(!problem.is_ours(), "{problem:?}");
                prop_assert!((400..500).contains(&finished(&http, Err(problem)).status()));
            }
        }
        Err(failure) => {
            prop_assert_eq!(failure.kind, FailureKind::InvalidRequest);
            prop_assert!(failure.message.chars().count() < 20_000, "{}", failure.message.len());
        }
    }
    Ok(())
}

/// The fields of the request in an event; the event is not one over HTTP, nor a batch.
fn request_of(event: &mut Value) -> &mut Value {
    if event.get("detail").is_some() { &mut event["detail"] } else { event }
}

proptest! {
    #[test]
    fn a_changed_event_is_answered_or_refused(
        event in any_event(), changes in prop::collection::vec((any::<Index>(), any_change()), 1..4)
    ) {
        let mut event = event;
        for (place, what) in &changes {
            change(&mut event, place, what);
        }
        assert_answered(&event)?;
    }

    #[test]
    fn an_event_of_two_carriers_is_nobodys(event in any_event(), other in prop::sample::select(CARRIERS.to_vec())) {
        let (key, value) = other;
        prop_assume!(event.get(key).is_none());
        let mut event = event;
        event[key] = serde_json::from_str(value).unwrap();
        prop_assert_eq!(decode(&event, now()).unwrap_err().kind, FailureKind::InvalidRequest);
    }

    #[test]
    fn no_field_of_a_request_is_passed_over(event in any_event(), place: Index, name in "[a-z_]{1,12}x", value in any_json()) {
        prop_assume!(event.get("Records").is_none() && event.get("requestContext").is_none());
        prop_assume!(event.get("source") != Some(&json!("aws.events")));
        let mut event = event;
        let request = request_of(&mut event);
        let objects: Vec<String> = std::iter::once(String::new())
            .chain(pointers(request))
            .filter(|pointer| request.pointer(pointer).is_some_and(Value::is_object) && !pointer.ends_with("/tags"))
            .collect();
        let object: &String = place.get(&objects);
        request.pointer_mut(object).unwrap()[&name] = value;
        let failure = decode(&event, now()).unwrap_err();
        prop_assert!(failure.message.contains(&format!("/{name}: ")), "{}", failure.message);
    }

    #[test]
    fn a_body_of_any_bytes_is_refused_over_http(bytes: Vec<u8>, event in prop::sample::select(vec![EVENTS[3], EVENTS[4]])) {
        let mut event: Value = serde_json::from_str(event).unwrap();
        prop_assume!(serde_json::from_slice::<Value>(&bytes).is_err() && !bytes.is_empty());
        (event["body"], event["isBase64Encoded"]) = (json!(STANDARD.encode(&bytes)), json!(true));
        let Ok(Incoming::Http(http)) = decode(&event, now()) else { panic!("not over HTTP") };
        prop_assert_eq!(finished(&http, Err(asked(&http, now()).unwrap_err())).status(), 400);
    }
}

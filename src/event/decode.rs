//! From an event to what it brings.

use aws_lambda_events::eventbridge::EventBridgeEvent;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    carrier::Carrier,
    http::HttpRequest,
    sqs::{Message, messages},
};
use ringfence_model::{
    failure::{Failure, FailureKind},
    request::{Defaults, Request},
};

/// The `detail-type` of a request on an event bus.
const REQUEST: &str = "Training Environment Request";
/// The `detail-type` and source of what a rule on a schedule sends.
const SCHEDULED: (&str, &str) = ("Scheduled Event", "aws.events");

/// The keys that only one carrier's events have.
const KEYS: [(&str, Carrier); 5] = [
    ("detail-type", Carrier::EventBridge),
    ("detail", Carrier::EventBridge),
    ("Records", Carrier::Sqs),
    ("requestContext", Carrier::Http),
    ("action", Carrier::Direct),
];

/// What an event brings.
#[derive(Debug)]
pub(super) enum Incoming {
    /// One request, whose answer is what the invocation answers.
    Request(Carried),
    /// Messages of a queue, each with a request of its own.
    Messages(Vec<Message>),
    /// A request over HTTP, to be answered in its terms whatever is wrong with it.
    Http(Box<HttpRequest>),
}

/// A request, and what is known of who brought it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Carried {
    /// What brought it.
    pub(super) carrier: Carrier,
    /// It.
    pub(super) request: Request,
    /// Who asked, as far as the carrier says.
    pub(super) requested_by: Option<String>,
}

/// What an event brings.
///
/// # Errors
///
/// `InvalidRequest`, with every fault and its JSON pointer into the request, or naming what was expected where the
/// event is of no known carrier.
pub(super) fn decode(event: &Value, now: Timestamp) -> Result<Incoming, Failure> {
    let fields = object(event, "event")?;
    match carrier_of(fields, "event")? {
        Carrier::Http => HttpRequest::read(event).map(|request| Incoming::Http(Box::new(request))),
        Carrier::Sqs => messages(event, now).map(Incoming::Messages),
        Carrier::EventBridge => from_event_bridge(event, None, now).map(Incoming::Request),
        Carrier::Direct => direct(event, Defaults { requested_at: None, now }).map(Incoming::Request),
    }
}

/// What the body of a message brings: an EventBridge event, or a bare request that was made when the message was sent.
///
/// # Errors
///
/// As [`decode`].
pub(super) fn decode_message(body: &Value, sent_at: Option<Timestamp>, now: Timestamp) -> Result<Carried, Failure> {
    let fields = object(body, "message")?;
    let carried = match carrier_of(fields, "message")? {
        Carrier::EventBridge => from_event_bridge(body, sent_at, now)?,
        Carrier::Direct => direct(body, Defaults { requested_at: sent_at, now })?,
        Carrier::Sqs | Carrier::Http => return Err(unknown(fields, "message")),
    };
    Ok(Carried { carrier: Carrier::Sqs, ..carried })
}

/// Reads a request, wherever it came from.
pub(super) fn request(value: &Value, defaults: Defaults) -> Result<Request, Failure> {
    Request::decode(value, defaults).map_err(|faults| Failure::of_faults(FailureKind::InvalidRequest, faults.into()))
}

fn object<'a>(event: &'a Value, what: &str) -> Result<&'a Map<String, Value>, Failure> {
    event.as_object().ok_or_else(|| {
        let unread = "no JSON object, or larger than 1 MiB, or names a field twice";
        let is = if event.is_string() { unread } else { "not an object" };
        let message = format!("the {what} is {is}; expected an EventBridge event or a request with an action");
        Failure::new(FailureKind::InvalidRequest, message)
    })
}

/// Whose keys an event has. One that has those of several carriers is nobody's: it would be read by halves.
fn carrier_of(fields: &Map<String, Value>, what: &str) -> Result<Carrier, Failure> {
    let mut carriers: Vec<Carrier> =
        KEYS.iter().filter(|(key, _)| fields.contains_key(*key)).map(|(_, carrier)| *carrier).collect();
    carriers.dedup();
    match carriers.as_slice() {
        [carrier] => Ok(*carrier),
        _ => Err(unknown(fields, what)),
    }
}

fn unknown(fields: &Map<String, Value>, what: &str) -> Failure {
    let keys: Vec<String> = fields.keys().take(10).map(|key| key.chars().take(60).collect()).collect();
    let message = format!(
        "the {what} is of no known carrier: expected an EventBridge event with the detail-type {REQUEST:?}, or a request \
         with an action; its keys are {keys:?}"
    );
    Failure::new(FailureKind::InvalidRequest, message)
}

fn direct(value: &Value, defaults: Defaults) -> Result<Carried, Failure> {
    Ok(Carried { carrier: Carrier::Direct, request: request(value, defaults)?, requested_by: None })
}

fn from_event_bridge(event: &Value, sent_at: Option<Timestamp>, now: Timestamp) -> Result<Carried, Failure> {
    let malformed = |error: &dyn std::fmt::Display| {
        Failure::new(FailureKind::InvalidRequest, format!("the event is no EventBridge event: {error}"))
    };
    let event = EventBridgeEvent::<Value>::deserialize(event).map_err(|error| malformed(&error))?;
    let requested_by =
        Some(event.account.iter().map(String::as_str).chain([event.source.as_str()]).collect::<Vec<_>>().join(" "));
    let carried = |request| Carried { carrier: Carrier::EventBridge, request, requested_by };
    if (event.detail_type.as_str(), event.source.as_str()) == SCHEDULED {
        return Ok(carried(Request::Sweep));
    }
    if event.detail_type != REQUEST {
        let message = format!("the detail-type is {:?}; expected {REQUEST:?}", event.detail_type);
        return Err(Failure::new(FailureKind::InvalidRequest, message));
    }
    let requested_at = event.time.map(|time| Timestamp::from_millisecond(time.timestamp_millis())).transpose();
    let requested_at = requested_at.map_err(|error| malformed(&error))?.or(sent_at);
    request(&event.detail, Defaults { requested_at, now }).map(carried)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use ringfence_model::{request::Action, spec::strategy::any_json};

    fn now() -> Timestamp {
        "2026-11-23T12:00:00Z".parse().unwrap()
    }

    fn bridge(detail_type: &str, source: &str, detail: &Value) -> Value {
        json!({
            "version": "0", "id": "1", "detail-type": detail_type, "source": source, "account": "123456789012",
            "time": "2026-11-23T11:00:00Z", "region": "us-east-1", "resources": [], "detail": detail,
        })
    }

    fn carried(event: &Value) -> Carried {
        let Incoming::Request(carried) = decode(event, now()).unwrap() else { panic!("not a request") };
        carried
    }

    #[test]
    fn an_eventbridge_event_gives_its_time_to_the_request() {
        let event = bridge(REQUEST, "team.ml", &json!({"action": "delete", "environment": "fraud-v3"}));
        let carried = carried(&event);
        assert_eq!(carried.carrier, Carrier::EventBridge);
        assert_eq!(carried.requested_by.as_deref(), Some("123456789012 team.ml"));
        let Request::Environment(request) = carried.request else { panic!("not about an environment") };
        assert_eq!(request.requested_at, "2026-11-23T11:00:00Z".parse().unwrap());
    }

    #[test]
    fn an_event_without_a_time_was_made_when_its_message_was_sent() {
        let mut event = bridge(REQUEST, "acme", &json!({"action": "delete", "environment": "fraud-v3"}));
        event["time"].take();
        let sent_at: Timestamp = "2026-11-20T09:00:00Z".parse().unwrap();
        let carried = decode_message(&event, Some(sent_at), now()).unwrap();
        let Request::Environment(request) = carried.request else { panic!("not about an environment") };
        assert_eq!(request.requested_at, sent_at);
    }

    #[test]
    fn a_schedule_asks_for_a_sweep() {
        let event = bridge("Scheduled Event", "aws.events", &json!({}));
        assert_eq!(carried(&event).request, Request::Sweep);
    }

    #[test]
    fn a_bare_request_is_requested_now() {
        let carried = carried(&json!({"action": "create", "environment": "fraud-v3"}));
        assert_eq!((carried.carrier, carried.request.action()), (Carrier::Direct, Action::Create));
        assert_eq!(carried.requested_by, None);
    }

    #[rstest]
    #[case(json!("{not json"), "JSON")]
    #[case(json!([]), "object")]
    #[case(json!({}), "no known carrier")]
    #[case(json!({"hello": 1}), "hello")]
    #[case(bridge("Scheduled Event", "team.ml", &json!({})), REQUEST)]
    #[case(bridge("EC2 Instance State-change Notification", "aws.ec2", &json!({})), REQUEST)]
    #[case(json!({"detail": {"action": "create"}}), "EventBridge")]
    #[case(json!({"action": "delete", "environment": "fraud-v3", "detail": {}}), "no known carrier")]
    #[case(json!({"action": "delete", "environment": "fraud-v3", "Records": []}), "no known carrier")]
    #[case(json!({"action": "delete", "environment": "fraud-v3", "requestContext": {}}), "no known carrier")]
    #[case(json!({"action": "destroy", "environment": "fraud-v3"}), "/action")]
    #[case(json!({"action": "create", "environment": "Fraud"}), "/environment")]
    #[case(json!({"action": "create", "environment": "a-b", "spec": {"training": {"cluster": "yes"}}}), "/spec/training/cluster")]
    fn what_is_wrong_is_said(#[case] event: Value, #[case] said: &str) {
        let failure = decode(&event, now()).unwrap_err();
        assert_eq!(failure.kind, FailureKind::InvalidRequest);
        assert!(failure.message.contains(said), "{failure}");
    }

    proptest! {
        #[test]
        fn no_event_makes_it_panic(event in any_json()) {
            let _ = decode(&event, now());
        }

        #[test]
        fn no_detail_makes_it_panic(detail in any_json()) {
            let _ = decode(&bridge(REQUEST, "team.ml", &detail), now());
        }
    }
}

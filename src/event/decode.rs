//! From an event to the request in it.

use aws_lambda_events::eventbridge::EventBridgeEvent;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::carrier::Carrier;
use crate::{
    failure::{Failure, FailureKind},
    request::{Defaults, Request},
};

/// The `detail-type` of a request on an event bus.
const REQUEST: &str = "Training Environment Request";
/// The `detail-type` and source of what a rule on a schedule sends.
const SCHEDULED: (&str, &str) = ("Scheduled Event", "aws.events");

/// The carrier of an event and the request in it.
///
/// # Errors
///
/// `InvalidRequest`, with every fault and its JSON pointer into the request, or naming what was expected where the
/// event is of no known carrier.
pub(super) fn decode(event: &Value, now: Timestamp) -> Result<(Carrier, Request), Failure> {
    let Value::Object(fields) = event else {
        let message = match event {
            Value::String(_) => {
                "the event is no JSON object; expected an EventBridge event or a request with an action"
            }
            _ => "the event is not an object; expected an EventBridge event or a request with an action",
        };
        return Err(Failure::new(FailureKind::InvalidRequest, message));
    };
    if fields.contains_key("detail-type") || fields.contains_key("detail") {
        return from_event_bridge(event, now).map(|request| (Carrier::EventBridge, request));
    }
    if fields.contains_key("action") {
        let defaults = Defaults { requested_at: None, now };
        return Ok((Carrier::Direct, request(event, defaults)?));
    }
    let keys: Vec<&str> = fields.keys().map(String::as_str).take(10).collect();
    let message = format!(
        "the event is of no known carrier: expected an EventBridge event with the detail-type {REQUEST:?}, or a request \
         with an action; its keys are {keys:?}"
    );
    Err(Failure::new(FailureKind::InvalidRequest, message))
}

fn from_event_bridge(event: &Value, now: Timestamp) -> Result<Request, Failure> {
    let malformed = |error: &dyn std::fmt::Display| {
        Failure::new(FailureKind::InvalidRequest, format!("the event is no EventBridge event: {error}"))
    };
    let event = EventBridgeEvent::<Value>::deserialize(event).map_err(|error| malformed(&error))?;
    if (event.detail_type.as_str(), event.source.as_str()) == SCHEDULED {
        return Ok(Request::Sweep);
    }
    if event.detail_type != REQUEST {
        let message = format!("the detail-type is {:?}; expected {REQUEST:?}", event.detail_type);
        return Err(Failure::new(FailureKind::InvalidRequest, message));
    }
    let requested_at = event.time.map(|time| Timestamp::from_millisecond(time.timestamp_millis())).transpose();
    let requested_at = requested_at.map_err(|error| malformed(&error))?;
    request(&event.detail, Defaults { requested_at, now })
}

fn request(value: &Value, defaults: Defaults) -> Result<Request, Failure> {
    Request::decode(value, defaults).map_err(|faults| Failure::of_faults(FailureKind::InvalidRequest, faults.into()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::{request::Action, spec::strategy::any_json};

    fn now() -> Timestamp {
        "2026-11-23T12:00:00Z".parse().unwrap()
    }

    fn bridge(detail_type: &str, source: &str, detail: &Value) -> Value {
        json!({
            "version": "0", "id": "1", "detail-type": detail_type, "source": source, "account": "123456789012",
            "time": "2026-11-23T11:00:00Z", "region": "us-east-1", "resources": [], "detail": detail,
        })
    }

    #[test]
    fn an_eventbridge_event_gives_its_time_to_the_request() {
        let event = bridge(REQUEST, "team.ml", &json!({"action": "delete", "environment": "fraud-v3"}));
        let (carrier, request) = decode(&event, now()).unwrap();
        assert_eq!(carrier, Carrier::EventBridge);
        let Request::Environment(request) = request else { panic!("not about an environment") };
        assert_eq!(request.requested_at, "2026-11-23T11:00:00Z".parse().unwrap());
    }

    #[test]
    fn a_schedule_asks_for_a_sweep() {
        let event = bridge("Scheduled Event", "aws.events", &json!({}));
        assert_eq!(decode(&event, now()).unwrap().1, Request::Sweep);
    }

    #[test]
    fn a_bare_request_is_requested_now() {
        let (carrier, request) = decode(&json!({"action": "create", "environment": "fraud-v3"}), now()).unwrap();
        assert_eq!((carrier, request.action()), (Carrier::Direct, Action::Create));
    }

    #[rstest]
    #[case(json!("{not json"), "JSON")]
    #[case(json!([]), "object")]
    #[case(json!({}), "no known carrier")]
    #[case(json!({"hello": 1}), "hello")]
    #[case(bridge("Scheduled Event", "team.ml", &json!({})), REQUEST)]
    #[case(bridge("EC2 Instance State-change Notification", "aws.ec2", &json!({})), REQUEST)]
    #[case(json!({"detail": {"action": "create"}}), "EventBridge")]
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

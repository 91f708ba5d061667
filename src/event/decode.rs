//! From an event to what it brings.

use jiff::Timestamp;
use serde_json::Value;

use super::{
    carried::{Carried, direct, from_event_bridge},
    carrier::{Carrier, carrier_of, object},
    http::HttpRequest,
    sqs::{Message, messages},
};
use ringfence_model::{failure::Failure, request::Defaults};

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::event::{carried::decode_message, carrier::REQUEST};
    use ringfence_model::{
        failure::FailureKind,
        request::{Action, Request},
        spec::strategy::any_json,
    };

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

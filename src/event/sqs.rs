//! Messages of an SQS queue: a batch of them in, and out which of them are to be sent again.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::{
    carried::{Carried, decode_message},
    json,
};
use crate::{answer::Answer, controller::Reply};
use ringfence_model::{
    failure::{Failure, FailureKind},
    request::Action,
    status::Status,
};

/// The `eventSource` of a record that is a message.
const SOURCE: &str = "aws:sqs";
/// The attribute that says when a message was sent: milliseconds since 1970, as text.
const SENT: &str = "SentTimestamp";
/// What is read of a record. The rest is up to whoever sent the message, and makes no batch malformed.
const READ: [&str; 4] = ["messageId", "eventSource", "body", "attributes"];

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Message {
    /// Its ID, by which it is asked for again.
    pub(super) id: String,
    /// The request in it, or what is wrong with it.
    pub(super) carried: Result<Carried, Failure>,
}

/// The answer to a batch: which messages the queue is to send again, or to set aside once it has done so often enough
/// (a [partial batch
/// response](https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting)).
pub(super) fn left_over(ids: impl IntoIterator<Item = String>) -> SqsBatchResponse {
    let mut answer = SqsBatchResponse::default();
    answer.set_failures(ids);
    answer
}

/// The messages of a batch. What is wrong with one of them is kept with it, and does not concern the others.
///
/// # Errors
///
/// `InvalidRequest` where the event is no batch of messages: then none of it is done.
pub(super) fn messages(event: &Value, now: Timestamp) -> Result<Vec<Message>, Failure> {
    let refused = |what: &dyn std::fmt::Display| {
        Failure::new(FailureKind::InvalidRequest, format!("the event is no batch of SQS: Records: {what}"))
    };
    let batch = SqsEvent::deserialize(trimmed(event)).map_err(|error| refused(&error))?;
    let records = batch.records.into_iter().map(Record::of).collect::<Result<Vec<_>, _>>();
    let records = records.map_err(|lacking| refused(&format_args!("missing field `{lacking}`")))?;
    let stranger = records.iter().find(|record| record.source != SOURCE || record.id.is_empty());
    if let Some(stranger) = stranger {
        let source: String = stranger.source.chars().take(60).collect();
        return Err(refused(&format_args!(
            "expected each with a messageId and the eventSource {SOURCE:?}; found one from {source:?}"
        )));
    }
    Ok(records.into_iter().map(|record| message(record, now)).collect())
}

/// The batch with what is read of it.
fn trimmed(event: &Value) -> Value {
    let mut records = event.get("Records").cloned().unwrap_or_default();
    for record in records.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        record.retain(|name, _| READ.contains(&name.as_str()));
        if let Some(attributes) = record.get_mut("attributes").and_then(Value::as_object_mut) {
            attributes.retain(|name, value| name == SENT && !value.is_null());
        }
    }
    serde_json::json!({ "Records": records })
}

/// What no message is without.
struct Record {
    id: String,
    source: String,
    body: String,
    sent_at: Option<Timestamp>,
}

impl Record {
    /// A record of a batch, or the field that it lacks.
    fn of(message: SqsMessage) -> Result<Self, &'static str> {
        let sent_at = message.attributes.get(SENT).and_then(|sent_at| sent_at.parse().ok());
        Ok(Self {
            sent_at: sent_at.and_then(|sent_at| Timestamp::from_millisecond(sent_at).ok()),
            id: message.message_id.ok_or("messageId")?,
            source: message.event_source.ok_or("eventSource")?,
            body: message.body.ok_or("body")?,
        })
    }
}

fn message(record: Record, now: Timestamp) -> Message {
    let carried = json::read(record.body.as_bytes())
        .map_err(|error| {
            let message =
                format!("the message cannot be read as JSON ({error}); expected an EventBridge event or a request");
            Failure::new(FailureKind::InvalidRequest, message)
        })
        .and_then(|body| decode_message(&body, record.sent_at, now));
    Message { id: record.id, carried }
}

/// Whether a message is to be sent again: its request failed, or was begun and not finished. One that found the
/// environment busy is recorded, and done by others.
pub(super) fn is_to_be_sent_again(outcome: &Result<Reply, Failure>) -> bool {
    match outcome {
        Ok(Reply::Environment(answer)) => is_unfinished(answer),
        Ok(_) => false,
        Err(failure) => failure.kind != FailureKind::Busy,
    }
}

fn is_unfinished(answer: &Answer) -> bool {
    matches!(answer.action, Action::Create | Action::Delete)
        && matches!(answer.status, Status::Provisioning | Status::Deleting)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::event::carrier::Carrier;
    use ringfence_model::{request::Request, spec::strategy::any_json};

    const SENT: i64 = 1_748_849_400_250;

    fn now() -> Timestamp {
        "2026-11-23T12:00:00Z".parse().unwrap()
    }

    fn batch(bodies: &[&str]) -> Value {
        let records = bodies.iter().enumerate().map(|(index, body)| {
            json!({"messageId": index.to_string(), "eventSource": SOURCE, "body": body, "receiptHandle": "r",
                   "attributes": {"SentTimestamp": SENT.to_string(), "SenderId": "AIDA"}})
        });
        json!({"Records": records.collect::<Vec<_>>()})
    }

    #[test]
    fn one_bad_message_is_alone_with_it() {
        let bare = json!({"action": "delete", "environment": "fraud-v3"}).to_string();
        let messages = messages(&batch(&[&bare, "{", "[]", r#"{"Records": []}"#, &bare]), now()).unwrap();
        let good: Vec<bool> = messages.iter().map(|message| message.carried.is_ok()).collect();
        assert_eq!(good, [true, false, false, false, true]);
        assert_eq!(messages[4].id, "4");
    }

    #[test]
    fn a_bare_request_was_made_when_it_was_sent() {
        let bare = json!({"action": "delete", "environment": "fraud-v3"}).to_string();
        let carried = messages(&batch(&[&bare]), now()).unwrap().remove(0).carried.unwrap();
        let Request::Environment(request) = carried.request else { panic!("not about an environment") };
        assert_eq!(request.requested_at.as_millisecond(), SENT);
        assert_eq!((carried.carrier, carried.requested_by), (Carrier::Sqs, None));
    }

    #[rstest]
    #[case(json!({"Records": {}}))]
    #[case(json!({"Records": [{}]}))]
    #[case(json!({"Records": [{"messageId": "", "eventSource": SOURCE, "body": "{}"}]}))]
    #[case(json!({"Records": [{"messageId": "1", "eventSource": "aws:s3", "body": "{}"}]}))]
    #[case(json!({"Records": [{"messageId": "1", "eventSource": SOURCE, "body": {}}]}))]
    fn what_is_no_batch_is_refused_whole(#[case] event: Value) {
        assert_eq!(messages(&event, now()).unwrap_err().kind, FailureKind::InvalidRequest);
    }

    #[rstest]
    #[case::no_records(json!({"Records": {}}), "Records: invalid type: map, expected a sequence")]
    #[case::null(json!({"Records": null}), "Records: invalid type: null, expected a sequence")]
    #[case::no_record(json!({"Records": [5]}), "Records: invalid type: integer `5`")]
    #[case::no_id(json!({"Records": [{}]}), "Records: missing field `messageId`")]
    #[case::no_source(json!({"Records": [{"messageId": "1"}]}), "Records: missing field `eventSource`")]
    #[case::no_body(json!({"Records": [{"messageId": "1", "eventSource": SOURCE}]}), "Records: missing field `body`")]
    #[case::an_object_as_body(
        json!({"Records": [{"messageId": "1", "eventSource": SOURCE, "body": {}}]}),
        "Records: invalid type: map, expected a string"
    )]
    #[case::empty_id(
        json!({"Records": [{"messageId": "", "eventSource": SOURCE, "body": "{}"}]}),
        "expected each with a messageId and the eventSource \"aws:sqs\"; found one from \"aws:sqs\""
    )]
    #[case::from_elsewhere(
        json!({"Records": [{"messageId": "1", "eventSource": "aws:s3", "body": "{}"}]}), "found one from \"aws:s3\""
    )]
    fn a_refusal_says_what_is_wrong(#[case] event: Value, #[case] said: &str) {
        let failure = messages(&event, now()).unwrap_err();
        assert!(failure.message.contains(said), "{failure}");
    }

    /// A sender fills attributes of its own, and nobody reads them here.
    #[rstest]
    #[case::attributes("messageAttributes", json!(5), true)]
    #[case::null_in_an_attribute("messageAttributes", json!({"a": {"stringListValues": null}}), true)]
    #[case::no_base64("messageAttributes", json!({"a": {"binaryValue": "?", "dataType": "Binary"}}), true)]
    #[case::receipt("receiptHandle", json!(5), true)]
    #[case::region("awsRegion", json!([]), true)]
    #[case::no_attributes("attributes", json!(null), true)]
    #[case::no_moment("attributes", json!({}), true)]
    #[case::null_moment("attributes", json!({"SentTimestamp": null}), true)]
    #[case::odd_moment("attributes", json!({"SentTimestamp": "soon"}), true)]
    #[case::moment_out_of_bounds("attributes", json!({"SentTimestamp": "9223372036854775807"}), true)]
    #[case::a_count("attributes", json!({"ApproximateReceiveCount": 1}), true)]
    #[case::attributes_of_another_type("attributes", json!(5), false)]
    #[case::moment_as_number("attributes", json!({"SentTimestamp": SENT}), false)]
    #[case::null_id("messageId", json!(null), false)]
    #[case::null_source("eventSource", json!(null), false)]
    #[case::null_body("body", json!(null), false)]
    fn what_is_not_read_makes_no_batch_malformed(#[case] field: &str, #[case] value: Value, #[case] is_read: bool) {
        let bare = json!({"action": "delete", "environment": "fraud-v3"}).to_string();
        let mut event = batch(&[&bare]);
        event["Records"][0][field] = value;
        let read = messages(&event, now());
        assert_eq!(read.is_ok(), is_read);
        assert!(read.unwrap_or_default().iter().all(|message| message.carried.is_ok()));
    }

    #[test]
    fn the_answer_is_what_lambda_reads() {
        let answer = |ids: &[&str]| serde_json::to_value(left_over(ids.iter().map(ToString::to_string))).unwrap();
        assert_eq!(answer(&[]), json!({"batchItemFailures": []}));
        assert_eq!(
            answer(&["1", "2"]),
            json!({"batchItemFailures": [{"itemIdentifier": "1"}, {"itemIdentifier": "2"}]})
        );
    }

    #[test]
    fn what_is_sent_again() {
        let failed = |kind| Err(Failure::new(kind, "because"));
        assert!(is_to_be_sent_again(&failed(FailureKind::InvalidRequest)));
        assert!(is_to_be_sent_again(&failed(FailureKind::Throttled)));
        assert!(!is_to_be_sent_again(&failed(FailureKind::Busy)));
        let ended =
            |action, status| Ok(Reply::Environment(Box::new(Answer::new("fraud-v3".parse().unwrap(), action, status))));
        assert!(is_to_be_sent_again(&ended(Action::Create, Status::Provisioning)));
        assert!(is_to_be_sent_again(&ended(Action::Delete, Status::Deleting)));
        assert!(!is_to_be_sent_again(&ended(Action::Create, Status::Ready)));
        assert!(!is_to_be_sent_again(&ended(Action::Create, Status::Superseded)));
        assert!(!is_to_be_sent_again(&ended(Action::Describe, Status::Provisioning)));
    }

    proptest! {
        #[test]
        fn no_batch_makes_it_panic(records in any_json(), body in any_json()) {
            let _ = messages(&json!({"Records": records.clone()}), now());
            let _ = messages(&json!({"Records": [records]}), now());
            let read = messages(&batch(&[&body.to_string(), "{}"]), now()).unwrap();
            prop_assert_eq!(read.len(), 2);
        }
    }
}

//! One request, as an event or a message carries it. Pure.

use aws_lambda_events::eventbridge::EventBridgeEvent;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::carrier::{Carrier, REQUEST, carrier_of, object, unknown};
use ringfence_model::{
    failure::{Failure, FailureKind},
    request::{Defaults, Request},
};

/// The `detail-type` and source of what a rule on a schedule sends.
const SCHEDULED: (&str, &str) = ("Scheduled Event", "aws.events");

/// A request, and what is known of who brought it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Carried {
    /// What brought it.
    pub(super) carrier: Carrier,
    pub(super) request: Request,
    /// Who asked, as far as the carrier says.
    pub(super) requested_by: Option<String>,
}

/// What the body of a message brings: an EventBridge event, or a bare request that was made when the message was sent.
///
/// # Errors
///
/// `InvalidRequest`, with every fault and its JSON pointer into the request, or naming what was expected where the
/// message is of no known carrier.
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

/// The whole of it is the request.
pub(super) fn direct(value: &Value, defaults: Defaults) -> Result<Carried, Failure> {
    Ok(Carried { carrier: Carrier::Direct, request: request(value, defaults)?, requested_by: None })
}

/// The detail of it is the request.
pub(super) fn from_event_bridge(event: &Value, sent_at: Option<Timestamp>, now: Timestamp) -> Result<Carried, Failure> {
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

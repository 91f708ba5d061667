//! What brought a request: told by the keys of its events, never by what happens to parse.

use serde_json::{Map, Value};

use ringfence_model::failure::{Failure, FailureKind};

/// The `detail-type` of a request on an event bus.
pub(super) const REQUEST: &str = "Training Environment Request";

/// What brought a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carrier {
    /// An EventBridge rule.
    EventBridge,
    /// The whole event is the request: EventBridge Scheduler, Step Functions, a direct invocation.
    Direct,
    /// A message of an SQS queue.
    Sqs,
    /// API Gateway, or the function's own URL.
    Http,
}

impl Carrier {
    /// Its name in the log.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::EventBridge => "eventbridge",
            Self::Direct => "direct",
            Self::Sqs => "sqs",
            Self::Http => "http",
        }
    }
}

/// The keys that only one carrier's events have.
const KEYS: [(&str, Carrier); 5] = [
    ("detail-type", Carrier::EventBridge),
    ("detail", Carrier::EventBridge),
    ("Records", Carrier::Sqs),
    ("requestContext", Carrier::Http),
    ("action", Carrier::Direct),
];

/// The fields of an event, or of a message.
///
/// # Errors
///
/// `InvalidRequest`, where it has none.
pub(super) fn object<'a>(event: &'a Value, what: &str) -> Result<&'a Map<String, Value>, Failure> {
    event.as_object().ok_or_else(|| {
        let unread = "no JSON object, or larger than 1 MiB, or names a field twice";
        let is = if event.is_string() { unread } else { "not an object" };
        let message = format!("the {what} is {is}; expected an EventBridge event or a request with an action");
        Failure::new(FailureKind::InvalidRequest, message)
    })
}

/// Whose keys an event has. One that has those of several carriers is nobody's: it would be read by halves.
pub(super) fn carrier_of(fields: &Map<String, Value>, what: &str) -> Result<Carrier, Failure> {
    let mut carriers: Vec<Carrier> =
        KEYS.iter().filter(|(key, _)| fields.contains_key(*key)).map(|(_, carrier)| *carrier).collect();
    carriers.dedup();
    match carriers.as_slice() {
        [carrier] => Ok(*carrier),
        _ => Err(unknown(fields, what)),
    }
}

pub(super) fn unknown(fields: &Map<String, Value>, what: &str) -> Failure {
    let keys: Vec<String> = fields.keys().take(10).map(|key| key.chars().take(60).collect()).collect();
    let message = format!(
        "the {what} is of no known carrier: expected an EventBridge event with the detail-type {REQUEST:?}, or a request \
         with an action; its keys are {keys:?}"
    );
    Failure::new(FailureKind::InvalidRequest, message)
}

//! What goes out on the event bus.

use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use serde::Serialize;

use crate::{
    aws::{Aws, CallError, Named},
    registry::{Record, Wish},
    request::{Ask, EnvironmentRequest},
};

/// The source of everything that is sent.
const SOURCE: &str = "ringfence";

/// The `detail-type` of a request.
const REQUEST: &str = "Training Environment Request";

/// The `detail-type` of the announcement that an environment expires within the hour.
pub(crate) const EXPIRING: &str = "Training Environment Expiring";

/// The most events that one PutEvents takes
/// (<https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>).
const EVENTS_A_CALL: usize = 10;

/// Sends one event.
pub(crate) async fn send(aws: &Aws, bus: &str, detail_type: &str, detail: &impl Serialize) -> Result<(), CallError> {
    let detail = serde_json::to_string(detail).map_err(|error| CallError::unsendable("events:PutEvents", &error))?;
    put(aws, vec![entry(bus, detail_type, detail)]).await
}

/// Sends the requests in force of these environments to ourselves. Each carries its own moment, so that it is the
/// request that it was and no later one.
pub(crate) async fn hand_over(aws: &Aws, bus: &str, records: &[Record]) -> Result<(), CallError> {
    for records in records.chunks(EVENTS_A_CALL) {
        put(aws, records.iter().map(|record| entry(bus, REQUEST, request_of(record).canonical())).collect()).await?;
    }
    Ok(())
}

fn request_of(record: &Record) -> EnvironmentRequest {
    let ask = match record.wish {
        Wish::Present => Ask::Create(record.spec.clone().unwrap_or_default()),
        Wish::Absent => Ask::Delete,
    };
    EnvironmentRequest { environment: record.environment.clone(), ask, requested_at: record.order.requested_at() }
}

fn entry(bus: &str, detail_type: &str, detail: String) -> PutEventsRequestEntry {
    PutEventsRequestEntry::builder().event_bus_name(bus).source(SOURCE).detail_type(detail_type).detail(detail).build()
}

async fn put(aws: &Aws, entries: Vec<PutEventsRequestEntry>) -> Result<(), CallError> {
    const ACTION: &str = "events:PutEvents";
    let answer = aws.events.put_events().set_entries(Some(entries)).send().await.named(ACTION)?;
    match answer.entries().iter().find(|entry| entry.error_code().is_some()) {
        Some(failed) => {
            let code = failed.error_code().unwrap_or_default();
            Err(CallError::answered(ACTION, code, failed.error_message().unwrap_or_default()))
        }
        None => Ok(()),
    }
}

//! What goes out on the event bus.

use std::time::Duration;

use aws_sdk_eventbridge::types::PutEventsRequestEntry;

use crate::{
    aws::{
        CallError, Named, OwnAws,
        limits::{BYTES_OF_EVENTS, EVENTS_A_CALL},
    },
    registry::{Desired, Record},
};
use ringfence_model::request::{Ask, EnvironmentRequest};

#[cfg(test)]
mod schema;

/// The source of everything that is sent.
const SOURCE: &str = "ringfence";

/// The `detail-type` of a request.
const REQUEST: &str = "Training Environment Request";

/// The `detail-type` of the announcement that an environment stands, proved and published.
pub(crate) const READY: &str = "Training Environment Ready";

/// The `detail-type` of the announcement that a request cannot be carried out, or that nobody could train in what it made.
pub(crate) const FAILED: &str = "Training Environment Failed";

/// The `detail-type` of the announcement that an environment is not isolated, and not published any more.
pub(crate) const EXPOSED: &str = "Training Environment Exposed";

/// The `detail-type` of the announcement that drift was undone.
pub(crate) const REPAIRED: &str = "Training Environment Repaired";

/// The `detail-type` of the announcement that nothing is left of an environment.
pub(crate) const DELETED: &str = "Training Environment Deleted";

/// The `detail-type` of the announcement that an environment expires within the hour.
pub(crate) const EXPIRING: &str = "Training Environment Expiring";

/// What an event has beside its detail and counts: its source and its `detail-type`, and its time if it says one
/// (<https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html>). A call names the bus besides.
const BESIDE_DETAIL: usize = 2048;

/// How often an entry is sent that EventBridge throttles or fails over: the SDK tries whole calls again, and a call in
/// which entries fail is none that failed
/// (<https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html>).
const TRIES: u32 = 4;

const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The event bus.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bus<'a> {
    pub(crate) own: &'a OwnAws,
    /// Its name or ARN.
    pub(crate) name: &'a str,
    /// What the events come of, as X-Ray knows it: the header `X-Amzn-Trace-Id`.
    pub(crate) trace: Option<&'a str>,
}

impl Bus<'_> {
    /// Sends one event. `detail` is JSON.
    pub(crate) async fn send(&self, detail_type: &str, detail: String) -> Result<(), CallError> {
        self.put(vec![self.entry(detail_type, detail)]).await
    }

    /// Sends the requests in force of these environments to ourselves. Each carries its own moment, so that it is the
    /// request that it was and no later one.
    pub(crate) async fn hand_over(&self, records: &[Record]) -> Result<(), CallError> {
        let details = records.iter().map(|record| request_of(record).canonical());
        for details in packed(details, BESIDE_DETAIL + self.trace.unwrap_or_default().len()) {
            self.put(details.into_iter().map(|detail| self.entry(REQUEST, detail)).collect()).await?;
        }
        Ok(())
    }

    fn entry(&self, detail_type: &str, detail: String) -> PutEventsRequestEntry {
        PutEventsRequestEntry::builder()
            .event_bus_name(self.name)
            .source(SOURCE)
            .detail_type(detail_type)
            .detail(detail)
            .set_trace_header(self.trace.map(ToOwned::to_owned))
            .build()
    }

    async fn put(&self, entries: Vec<PutEventsRequestEntry>) -> Result<(), CallError> {
        const ACTION: &str = "events:PutEvents";
        let mut entries = entries;
        let mut refused = None;
        let mut pause = FIRST_PAUSE;
        for tries_left in (0..TRIES).rev() {
            let call = self.own.events.put_events().set_entries(Some(entries.clone()));
            let answer = call.send().await.named(ACTION)?;
            let mut again = Vec::new();
            let mut passing = None;
            // The answer has an entry for each of the request, in its order.
            for (entry, told) in entries.into_iter().zip(answer.entries()) {
                let Some(code) = told.error_code() else { continue };
                let error = CallError::answered(ACTION, code, told.error_message().unwrap_or_default());
                if error.is_transient() {
                    again.push(entry);
                    passing = Some(error);
                } else {
                    refused = Some(error);
                }
            }
            entries = again;
            match passing {
                Some(error) if tries_left == 0 => return Err(refused.unwrap_or(error)),
                Some(_) => tokio::time::sleep(pause).await,
                None => break,
            }
            pause *= 2;
        }
        refused.map_or(Ok(()), Err)
    }
}

/// Puts details together that go out in one call: no more, and no larger, than AWS takes. What is too large by itself
/// goes alone. `beside` is how much each event has beside its detail.
fn packed(details: impl Iterator<Item = String>, beside: usize) -> Vec<Vec<String>> {
    let mut calls: Vec<Vec<String>> = Vec::new();
    let mut bytes = 0;
    for detail in details {
        let size = detail.len() + beside;
        match calls.last_mut().filter(|call| call.len() < EVENTS_A_CALL && bytes + size <= BYTES_OF_EVENTS) {
            Some(call) => {
                call.push(detail);
                bytes += size;
            }
            None => {
                calls.push(vec![detail]);
                bytes = size;
            }
        }
    }
    calls
}

fn request_of(record: &Record) -> EnvironmentRequest {
    let ask = match record.desired {
        Desired::Present => Ask::Create(record.spec.clone().unwrap_or_default()),
        Desired::Absent => Ask::Delete,
    };
    EnvironmentRequest { environment: record.environment.clone(), ask, requested_at: record.order.requested_at() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_call_takes_more_events_or_bytes_than_aws_does() {
        let sizes = |details: &[usize]| {
            let calls = packed(details.iter().map(|size| "x".repeat(*size)), 1024);
            calls.iter().map(Vec::len).collect::<Vec<usize>>()
        };
        assert_eq!(sizes(&[]), Vec::<usize>::new());
        assert_eq!(sizes(&[10; 25]), [10, 10, 5]);
        let most = BYTES_OF_EVENTS - 1024;
        assert_eq!(sizes(&[most, 10, 10, most, most + 9, 5]), [1, 2, 1, 1, 1]);
        assert_eq!(sizes(&[most / 2 - 1024, most / 2, 10]), [2, 1]);
    }
}

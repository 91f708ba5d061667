//! The one place that reads the clock; everybody else is told what time it is.

use jiff::Timestamp;

/// The time, to the millisecond: what DynamoDB's numbers and Lambda's deadlines hold.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
pub(crate) fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

//! Whether a record and the look that was taken beside it belong together. Pure.

use jiff::{SignedDuration, Timestamp};

use crate::registry::Record;
use ringfence_observed::Observed;

/// How long reading a record may take: within it nobody alters an environment, looks at it again, proves it and writes
/// that down. One that is read again after an error takes longer.
const PROMPT: SignedDuration = SignedDuration::from_secs(1);

/// Whether `record`, for which was asked at `began` and which was there at `read_at`, may have been written after
/// `observed` was looked at in the meantime. Nothing is to be concluded from such a look.
pub(super) fn may_be_stale(observed: &Observed, record: Option<&Record>, began: Timestamp, read_at: Timestamp) -> bool {
    let Some(record) = record else { return false };
    let was_late = read_at.duration_since(began) > PROMPT;
    // The record holds milliseconds.
    let was_settled = record.looked_at.is_some_and(|at| at.as_millisecond() >= began.as_millisecond());
    let is_missing = record.vpc_id.is_some() && observed.vpc.is_none();
    let is_left = record.is_gone() && observed.vpc.is_some();
    was_late || was_settled || is_missing || is_left
}

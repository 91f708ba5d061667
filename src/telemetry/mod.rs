//! What a running function says of itself: JSON lines on standard output, for people and for CloudWatch.

mod log;
mod metrics;
mod trace;

pub use log::start;
pub(crate) use metrics::{Metric, add, record, record_environments, write_metrics};

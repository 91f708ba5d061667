//! Metrics: lines of CloudWatch's [Embedded Metric
//! Format](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html)
//! among those of the log, of which CloudWatch makes metrics without a call.

use std::{
    io::{Write, stdout},
    sync::OnceLock,
};

use metrics::{Unit, counter, describe_counter, describe_histogram, histogram};
use metrics_cloudwatch_embedded::{Builder, Collector};
use tracing::error;

/// The namespace of all of them.
const NAMESPACE: &str = "Ringfence";

/// How many environments there are in each status, with the status as its dimension.
const ENVIRONMENTS: &str = "Environments";

/// What is measured, each without dimensions. Names and units are what alarms and dashboards go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Metric {
    /// Calls to AWS, each try of one.
    ApiCalls,
    /// Those that AWS throttled.
    Throttles,
    /// How often drift was undone.
    Repairs,
    /// Events that the bus did not take. Nothing is lost: the next sweep sends what they said, or does it.
    Undelivered,
    /// Milliseconds from when a request was first written down until what it asks for was published.
    TimeToReady,
    /// Environments that are not isolated.
    Exposed,
    /// Environments that cannot go on, or that nobody could train in.
    Failed,
    /// Environments that have been on their way for too long.
    Stuck,
}

impl Metric {
    const fn name(self) -> &'static str {
        match self {
            Self::ApiCalls => "ApiCalls",
            Self::Throttles => "Throttles",
            Self::Repairs => "Repairs",
            Self::Undelivered => "Undelivered",
            Self::TimeToReady => "TimeToReady",
            Self::Exposed => "Exposed",
            Self::Failed => "Failed",
            Self::Stuck => "Stuck",
        }
    }
}

static COLLECTOR: OnceLock<&'static Collector> = OnceLock::new();

/// Makes ready to measure. Called once.
pub(super) fn start() {
    match Builder::new().cloudwatch_namespace(NAMESPACE).init() {
        Ok(collector) => {
            let _ = COLLECTOR.set(collector);
        }
        Err(problem) => error!("nothing is measured: {problem}"),
    }
    for counted in [Metric::ApiCalls, Metric::Throttles, Metric::Repairs, Metric::Undelivered] {
        describe_counter!(counted.name(), Unit::Count, "");
    }
    for found in [Metric::Exposed, Metric::Failed, Metric::Stuck] {
        describe_histogram!(found.name(), Unit::Count, "");
    }
    describe_histogram!(ENVIRONMENTS, Unit::Count, "");
    describe_histogram!(Metric::TimeToReady.name(), Unit::Milliseconds, "");
}

/// Adds to what is counted.
pub(crate) fn add(metric: Metric, count: u64) {
    counter!(metric.name()).increment(count);
}

/// Takes note of a value, as it is now. It is said once: a gauge would be said again by every later invocation of this
/// process, long after it was true.
pub(crate) fn record(metric: Metric, value: f64) {
    histogram!(metric.name()).record(value);
}

/// Takes note of how many environments there are in a status.
pub(crate) fn record_environments(status: &'static str, count: f64) {
    histogram!(ENVIRONMENTS, "Status" => status).record(count);
}

/// Writes down what was measured since it was last written down.
pub(crate) fn write_metrics() {
    let Some(collector) = COLLECTOR.get() else { return };
    let mut lines = Vec::new();
    // Whole lines at once, so that none of the log comes between.
    let written = collector.flush(&mut lines).and_then(|()| stdout().lock().write_all(&lines));
    if let Err(problem) = written {
        error!("what was measured is lost: {problem}");
    }
}

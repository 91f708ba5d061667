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

/// How values of a metric come together: counted up, or each as it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Counter,
    Histogram,
}

/// Declares the metrics once: what each is, its name, its kind, its unit, and the statistic of CloudWatch to look at.
macro_rules! metrics {
    ($($(#[doc = $said:literal])+ $name:ident = $kind:ident, $unit:ident, $statistic:literal;)+) => {
        /// What is measured. Names and units are what alarms and dashboards go by.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Metric {
            $($(#[doc = $said])+ $name,)+
        }

        impl Metric {
            /// All of them, in the order of the page that tells of them.
            const ALL: &'static [Self] = &[$(Self::$name,)+];

            const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)+
                }
            }

            const fn kind(self) -> Kind {
                match self {
                    $(Self::$name => Kind::$kind,)+
                }
            }

            const fn unit(self) -> Unit {
                match self {
                    $(Self::$name => Unit::$unit,)+
                }
            }

            /// What it is, in the words of its declaration.
            const fn said(self) -> &'static str {
                match self {
                    $(Self::$name => concat!($($said),+).trim_ascii(),)+
                }
            }

            #[cfg(test)]
            const fn statistic(self) -> &'static str {
                match self {
                    $(Self::$name => $statistic,)+
                }
            }
        }
    };
}

metrics! {
    /// How many there are in each status but `deleted`, at the end of a sweep.
    Environments = Histogram, Count, "Maximum";
    /// How many are `exposed`, at the end of a sweep; 1 as soon as a request ends so.
    Exposed = Histogram, Count, "Maximum";
    /// How many are `failed`, at the end of a sweep; 1 as soon as a request ends so.
    Failed = Histogram, Count, "Maximum";
    /// How many have been `provisioning` or `deleting` for over 30 minutes, at the end of a sweep.
    Stuck = Histogram, Count, "Maximum";
    /// From when a request was first written down until what it asks for was published.
    TimeToReady = Histogram, Milliseconds, "percentiles";
    /// How often drift was undone.
    Repairs = Counter, Count, "Sum";
    /// Calls to AWS, each try counted.
    ApiCalls = Counter, Count, "Sum";
    /// Calls that AWS throttled.
    Throttles = Counter, Count, "Sum";
    /// Events that the bus did not take; the next sweep sends what they said, or does it.
    Undelivered = Counter, Count, "Sum";
}

/// The one dimension there is: that of `Environments`.
const STATUS: &str = "Status";

static COLLECTOR: OnceLock<&'static Collector> = OnceLock::new();

/// Makes ready to measure. Called once.
pub(super) fn start() {
    match Builder::new().cloudwatch_namespace(NAMESPACE).init() {
        Ok(collector) => {
            let _ = COLLECTOR.set(collector);
        }
        Err(problem) => error!("nothing is measured: {problem}"),
    }
    for metric in Metric::ALL {
        match metric.kind() {
            Kind::Counter => describe_counter!(metric.name(), metric.unit(), metric.said()),
            Kind::Histogram => describe_histogram!(metric.name(), metric.unit(), metric.said()),
        }
    }
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
    histogram!(Metric::Environments.name(), STATUS => status).record(count);
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

#[cfg(test)]
mod tests {
    use ringfence_model::schema::assert_table;

    use super::{Metric, STATUS};

    fn row(metric: &Metric) -> Vec<String> {
        let by = if *metric == Metric::Environments { format!(", by `{STATUS}`") } else { String::new() };
        let unit = metric.unit().as_str().replace('_', " ");
        let (name, statistic) = (format!("`{}`{by}", metric.name()), metric.statistic().to_owned());
        vec![name, unit, statistic, metric.said().to_owned()]
    }

    #[test]
    fn the_table_of_metrics_is_committed() {
        let mut rows = vec![["metric", "unit", "statistic", "what it is"].map(ToOwned::to_owned).to_vec()];
        rows.extend(Metric::ALL.iter().map(row));
        assert_table("operations.md", "metrics", &rows);
    }
}

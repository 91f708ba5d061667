//! Log lines: the fields of the request at the top of every line.

use std::{io, path::Path};

use json_subscriber::JsonLayer;
use tracing::Subscriber;
use tracing_subscriber::{EnvFilter, Layer, layer::SubscriberExt, registry::LookupSpan, util::SubscriberInitExt};

use super::{metrics, trace::TraceLayer};

/// What is logged unless `RUST_LOG` says otherwise: our own lines, and warnings of everybody else but the runtime,
/// which would repeat every failure without saying of which request.
const DEFAULT_FILTER: &str = "warn,lambda_runtime=off,ringfence=info";

/// Starts logging and measuring, and tracing where there is a file to trace into. Called once, first of all.
///
/// # Errors
///
/// The file cannot be written. Everything else has started.
pub fn start(trace_file: Option<&Path>) -> io::Result<()> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    let (trace, started) = match trace_file.map(TraceLayer::create) {
        Some(Ok(trace)) => (Some(trace), Ok(())),
        Some(Err(problem)) => (None, Err(problem)),
        None => (None, Ok(())),
    };
    match trace {
        None => tracing_subscriber::registry().with(filter).with(lines()).init(),
        Some(trace) => tracing_subscriber::registry().with(lines().with_filter(filter)).with(trace.filtered()).init(),
    }
    metrics::start();
    started
}

/// The layer that writes the lines.
fn lines<S>() -> JsonLayer<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let mut layer = JsonLayer::stdout();
    layer.with_timer("timestamp", tracing_subscriber::fmt::time::SystemTime);
    layer.with_level("level");
    layer.with_target("target");
    layer.with_flattened_event();
    layer.with_top_level_flattened_span_list();
    layer
}

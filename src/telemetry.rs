//! Log lines: JSON on standard output, the fields of the request at the top of every line.

use json_subscriber::JsonLayer;
use tracing_subscriber::{EnvFilter, layer::SubscriberExt, util::SubscriberInitExt};

/// What is logged unless `RUST_LOG` says otherwise: our own lines, and warnings of everybody else but the runtime,
/// which would repeat every failure without saying of which request.
const DEFAULT_FILTER: &str = "warn,lambda_runtime=off,ringfence=info";

/// Starts logging. Called once, first of all.
pub fn start() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    let mut layer = JsonLayer::stdout();
    layer.with_timer("timestamp", tracing_subscriber::fmt::time::SystemTime);
    layer.with_level("level");
    layer.with_target("target");
    layer.with_flattened_event();
    layer.with_top_level_flattened_span_list();
    tracing_subscriber::registry().with(filter).with(layer).init();
}

//! Where the time goes: a trace of the calls to AWS and of the rounds that they are made in, in the [Trace Event
//! Format](https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU/preview) that Chrome and
//! Perfetto open.

use std::{
    fs::File,
    io::{self, Seek, SeekFrom, Write},
    path::Path,
    sync::{Mutex, PoisonError},
    time::Instant,
};

use serde_json::{Value, json};
use tracing::{Level, Metadata, Subscriber, span};
use tracing_subscriber::{
    Layer,
    filter::{FilterExt, LevelFilter, filter_fn},
    layer::Context,
    registry::LookupSpan,
};

/// What ends the file: it is whole after each event, also when the process is killed then.
const END: &[u8] = b"\n]\n";

/// Writes spans down as they begin and end.
pub(super) struct TraceLayer {
    file: Mutex<File>,
    began: Instant,
}

/// The number by which a span's begin and end belong together, and with those of others on the same line.
struct Line(u64);

impl TraceLayer {
    /// A trace in a new file, or over an old one.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let mut file = File::create(path)?;
        file.write_all(b"[")?;
        file.write_all(END)?;
        Ok(Self { file: Mutex::new(file), began: Instant::now() })
    }

    /// The layer, for the spans of calls, which the SDK makes, and for our own.
    pub(super) fn filtered<S>(self) -> impl Layer<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        self.with_filter(filter_fn(is_of_interest).and(LevelFilter::DEBUG))
    }

    /// What cannot be written is left out: nobody's request fails over it.
    fn write(&self, phase: &str, metadata: &Metadata<'_>, line: u64) {
        let category = if is_call(metadata) { "call" } else { "round" };
        let event = json!({
            "name": metadata.name(), "cat": category, "ph": phase, "id": line, "pid": std::process::id(), "tid": 1,
            "ts": self.began.elapsed().as_secs_f64() * 1e6,
        });
        let _ = self.append(&event);
    }

    fn append(&self, event: &Value) -> io::Result<()> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = file.stream_position()? == 1 + END.len() as u64;
        file.seek(SeekFrom::End(-(END.len() as i64)))?;
        let mut text = if is_first { "\n".to_owned() } else { ",\n".to_owned() };
        text.push_str(&event.to_string());
        file.write_all(&[text.as_bytes(), END].concat())
    }
}

impl<S> Layer<S> for TraceLayer
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn on_new_span(&self, _attributes: &span::Attributes<'_>, id: &span::Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        // Calls go on at the same time, each on a line of its own, and so do requests. Rounds follow one another.
        let is_round = !is_call(span.metadata()) && *span.metadata().level() == Level::DEBUG;
        let outer = span.parent().filter(|_| is_round);
        let line = outer.and_then(|outer| outer.extensions().get::<Line>().map(|line| line.0));
        let line = line.unwrap_or_else(|| id.into_u64());
        span.extensions_mut().insert(Line(line));
        self.write("b", span.metadata(), line);
    }

    fn on_close(&self, id: span::Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let line = span.extensions().get::<Line>().map(|line| line.0);
        if let Some(line) = line {
            self.write("e", span.metadata(), line);
        }
    }
}

fn is_of_interest(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && (is_call(metadata) || metadata.target().starts_with("ringfence"))
}

/// Whether it is the span that the SDK makes for a call, `EC2.CreateVpc`.
fn is_call(metadata: &Metadata<'_>) -> bool {
    metadata.target().starts_with("aws_sdk_")
}

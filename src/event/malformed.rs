//! Events that are no JSON which means one thing, or far too large.
//!
//! The runtime answers the first itself, with an error type of its own, and makes values of the second that take more
//! memory than the function has. So that they are refused like any other wrong request, the beginning of their text is
//! handed on as a JSON string, which no carrier sends.

use std::task::{Context, Poll};

use lambda_runtime::{
    LambdaInvocation,
    tower::{Layer, Service},
};
use serde::{Deserialize, de::IgnoredAny};

use super::json;

/// A layer that hands what is no JSON on as a JSON string.
#[derive(Clone, Copy, Debug)]
pub struct TextLayer;

/// The service that [`TextLayer`] makes.
#[derive(Clone, Debug)]
pub struct Text<S> {
    inner: S,
}

/// The largest event in bytes that is one request: what EventBridge, Scheduler and Step Functions hand over, and what
/// Lambda takes [asynchronously](https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
const LARGEST: usize = 1024 * 1024;

/// What events have that may be larger: batches of messages, and requests over HTTP.
#[derive(Deserialize)]
struct Larger {
    #[serde(rename = "Records")]
    records: Option<IgnoredAny>,
    #[serde(rename = "requestContext")]
    request_context: Option<IgnoredAny>,
}

/// How much of a malformed event is handed on.
const SHOWN: usize = 100;

impl<S> Layer<S> for TextLayer {
    type Service = Text<S>;

    fn layer(&self, inner: S) -> Text<S> {
        Text { inner }
    }
}

impl<S: Service<LambdaInvocation>> Service<LambdaInvocation> for Text<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut invocation: LambdaInvocation) -> S::Future {
        if !is_readable(&invocation.body) {
            let text: String = String::from_utf8_lossy(&invocation.body).chars().take(SHOWN).collect();
            invocation.body = serde_json::Value::String(text).to_string().into();
        }
        self.inner.call(invocation)
    }
}

fn is_readable(event: &[u8]) -> bool {
    (event.len() <= LARGEST || is_larger(event)) && json::check(event).is_ok()
}

fn is_larger(event: &[u8]) -> bool {
    serde_json::from_slice::<Larger>(event)
        .is_ok_and(|event| event.records.is_some() || event.request_context.is_some())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("{}", 0, true)]
    #[case("[", 0, false)]
    #[case(r#"{"action": "list", "action": "sweep"}"#, 0, false)]
    #[case(r#"["\ud83d"]"#, 0, false)]
    #[case(r#"{"action": "list"}"#, LARGEST, false)]
    #[case("[]", LARGEST, false)]
    #[case(r#"{"Records": []}"#, LARGEST, true)]
    #[case(r#"{"requestContext": {}}"#, LARGEST, true)]
    #[case(r#"{"requestContext": {}"#, LARGEST, false)]
    fn what_is_handed_on_as_it_is(#[case] event: &str, #[case] spaces: usize, #[case] is: bool) {
        let event = format!("{event}{}", " ".repeat(spaces));
        assert_eq!(is_readable(event.as_bytes()), is);
    }
}

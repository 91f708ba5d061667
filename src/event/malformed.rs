//! Events that are no JSON.
//!
//! The runtime answers them itself, with an error type of its own. So that they are refused like any other wrong
//! request, their text is handed on as a JSON string, which no carrier sends.

use std::task::{Context, Poll};

use lambda_runtime::{
    LambdaInvocation,
    tower::{Layer, Service},
};
use serde::de::IgnoredAny;

/// A layer that hands what is no JSON on as a JSON string.
#[derive(Clone, Copy, Debug)]
pub struct TextLayer;

/// The service that [`TextLayer`] makes.
#[derive(Clone, Debug)]
pub struct Text<S> {
    inner: S,
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
        if serde_json::from_slice::<IgnoredAny>(&invocation.body).is_err() {
            let text: String = String::from_utf8_lossy(&invocation.body).chars().take(SHOWN).collect();
            invocation.body = serde_json::Value::String(text).to_string().into();
        }
        self.inner.call(invocation)
    }
}

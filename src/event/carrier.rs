//! What brought a request.

/// What brought a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carrier {
    /// An EventBridge rule.
    EventBridge,
    /// The whole event is the request: EventBridge Scheduler, Step Functions, a direct invocation.
    Direct,
    /// A message of an SQS queue.
    Sqs,
    /// API Gateway, or the function's own URL.
    Http,
}

impl Carrier {
    /// Its name in the log.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::EventBridge => "eventbridge",
            Self::Direct => "direct",
            Self::Sqs => "sqs",
            Self::Http => "http",
        }
    }
}

//! What brought a request.

use crate::text::words;

words! {
    /// What brought a request: its name in the log.
    Carrier {
        /// An EventBridge rule.
        EventBridge = "eventbridge",
        /// The whole event is the request: EventBridge Scheduler, Step Functions, a direct invocation.
        Direct = "direct",
        /// A message of an SQS queue.
        Sqs = "sqs",
        /// API Gateway, or the function's own URL.
        Http = "http",
    }
}

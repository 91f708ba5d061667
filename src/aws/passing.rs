//! Errors that pass by themselves and that the SDK would take for the end: it goes by the status, and by codes that all
//! services share. Its own retry, with its pauses and its bound, is right for these as well.

use aws_smithy_runtime_api::client::{
    interceptors::context::InterceptorContext,
    retries::classifiers::{ClassifyRetry, RetryAction},
};
use serde_json::Value;

/// Has the SDK try again what passes.
#[derive(Debug)]
pub(super) struct Passing;

impl ClassifyRetry for Passing {
    fn name(&self) -> &'static str {
        "Passing"
    }

    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let failed = context.output_or_error().is_some_and(|outcome| outcome.is_err());
        let body = context.response().filter(|_| failed).and_then(|response| response.body().bytes());
        body.and_then(|body| std::str::from_utf8(body).ok()).map_or(RetryAction::NoActionIndicated, action)
    }
}

/// What to do about the body of an error.
fn action(body: &str) -> RetryAction {
    match code_of(body) {
        // Route 53 Resolver sends the first with status 400
        // (<https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_CreateFirewallRule.html>).
        Some("InternalServiceErrorException" | "InternalFailure" | "RetryableError") => RetryAction::transient_error(),
        // Somebody else alters the same thing at this moment; it did not take effect
        // (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>).
        Some("ConcurrentTagAccess" | "ConcurrentModification") => RetryAction::transient_error(),
        Some("TransactionCanceledException") => of_reasons(body),
        _ => RetryAction::NoActionIndicated,
    }
}

/// A transaction that was cancelled for want of throughput, or because another one holds an item, did not take effect
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>). Where a condition did
/// not hold, or a part is wrong, trying again is of no use.
fn of_reasons(body: &str) -> RetryAction {
    let document: Value = serde_json::from_str(body).unwrap_or_default();
    let reasons = document["CancellationReasons"].as_array().map(Vec::as_slice).unwrap_or_default();
    let codes = || reasons.iter().filter_map(|reason| reason["Code"].as_str()).filter(|code| *code != "None");
    let throttled = |code: &str| matches!(code, "ThrottlingError" | "ProvisionedThroughputExceeded");
    if codes().next().is_none() || !codes().all(|code| throttled(code) || code == "TransactionConflict") {
        RetryAction::NoActionIndicated
    } else if codes().any(throttled) {
        RetryAction::throttling_error()
    } else {
        RetryAction::transient_error()
    }
}

/// The code of an error, in XML or in JSON, where there may be a namespace before it and an address behind it.
fn code_of(body: &str) -> Option<&str> {
    let between = |begin: &str, end: &str| Some(body.split_once(begin)?.1.split_once(end)?.0.trim());
    let code = between("<Code>", "</Code>").or_else(|| {
        let named = body.split_once("\"__type\"")?.1.split_once('"')?.1.split_once('"')?.0;
        Some(named.rsplit('#').next().unwrap_or(named))
    })?;
    Some(code.split(':').next().unwrap_or(code))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(r#"{"__type":"InternalServiceErrorException","Message":"…"}"#, Some("InternalServiceErrorException"))]
    #[case(
        r#"{"Message":"…","__type" : "com.amazonaws.dynamodb.v20120810#ThrottlingException"}"#,
        Some("ThrottlingException")
    )]
    #[case(r#"{"__type":"InternalFailure:http://internal.amazon.com/coral/"}"#, Some("InternalFailure"))]
    #[case(
        "<Response><Errors><Error><Code>ConcurrentTagAccess</Code></Error></Errors></Response>",
        Some("ConcurrentTagAccess")
    )]
    #[case("<html>Bad Gateway</html>", None)]
    #[case("", None)]
    fn reads_the_code(#[case] body: &str, #[case] code: Option<&str>) {
        assert_eq!(code_of(body), code);
    }

    #[rstest]
    #[case(&["ThrottlingError", "None"], RetryAction::throttling_error())]
    #[case(&["ProvisionedThroughputExceeded", "TransactionConflict"], RetryAction::throttling_error())]
    #[case(&["None", "TransactionConflict"], RetryAction::transient_error())]
    #[case(&["ConditionalCheckFailed", "ThrottlingError"], RetryAction::NoActionIndicated)]
    #[case(&["ConditionalCheckFailed", "None"], RetryAction::NoActionIndicated)]
    #[case(&["ThrottlingError", "ValidationError"], RetryAction::NoActionIndicated)]
    #[case(&["ItemCollectionSizeLimitExceeded"], RetryAction::NoActionIndicated)]
    #[case(&[], RetryAction::NoActionIndicated)]
    fn a_transaction_is_tried_again_where_that_helps(#[case] codes: &[&str], #[case] wanted: RetryAction) {
        let reasons: Vec<Value> = codes.iter().map(|code| serde_json::json!({"Code": code})).collect();
        let body = serde_json::json!({"__type": "x#TransactionCanceledException", "CancellationReasons": reasons});
        assert_eq!(action(&body.to_string()), wanted);
    }

    #[rstest]
    #[case("ConcurrentTagAccess", RetryAction::transient_error())]
    #[case("DependencyViolation", RetryAction::NoActionIndicated)]
    #[case("RequestLimitExceeded", RetryAction::NoActionIndicated)]
    fn only_what_passes_is_tried_again(#[case] code: &str, #[case] wanted: RetryAction) {
        assert_eq!(action(&format!("<Error><Code>{code}</Code></Error>")), wanted);
    }
}

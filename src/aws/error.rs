//! What an error of an AWS call means.

use std::{any::Any, error::Error, fmt};

use aws_sdk_dynamodb::{operation::transact_write_items::TransactWriteItemsError, types::CancellationReason};
use aws_sdk_ec2::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
    operation::RequestId,
};
use tracing::{debug, warn};

use super::{Blame, Class, Tally, blame::advice, class::Said, denial::Denial};
use ringfence_model::failure::{Failure, FailureKind};

/// A failed call of one API action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CallError {
    /// The action as IAM writes it, `ec2:CreateVpc`.
    pub(crate) action: &'static str,
    /// What to do about it.
    pub(crate) class: Class,
    /// The error code, empty when there was no answer.
    pub(crate) code: String,
    /// What AWS or the transport said.
    pub(crate) message: String,
}

impl fmt::Display for CallError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.action)?;
        if !self.code.is_empty() {
            write!(formatter, " answered {}", self.code)?;
        }
        write!(formatter, ": {}", self.message)
    }
}

impl Error for CallError {}

impl CallError {
    /// An answer in which what was looked for does not show yet.
    pub(crate) fn unseen(action: &'static str, message: impl Into<String>) -> Self {
        Self { action, class: Class::NotFound, code: String::new(), message: message.into() }
    }

    /// An error that stands inside an answer, as batch calls give it.
    pub(crate) fn answered(action: &'static str, code: &str, message: impl Into<String>) -> Self {
        Self::said(action, Some(400), code, message.into(), &[])
    }

    pub(super) fn said(
        action: &'static str,
        status: Option<u16>,
        code: &str,
        message: String,
        reasons: &[&str],
    ) -> Self {
        let class = Said { action, status, code, message: &message, reasons }.class();
        Self { action, class, code: code.to_owned(), message }
    }

    /// A request that the SDK cannot even write: a bug.
    pub(crate) fn unsendable(action: &'static str, error: &dyn Error) -> Self {
        Self { action, class: Class::Refused, code: String::new(), message: error.to_string() }
    }

    /// The same error, understood otherwise by somebody who knows more of what it was about.
    pub(crate) fn seen_as(self, class: Class) -> Self {
        Self { class, ..self }
    }

    /// Whether the same call may succeed a little later without anybody's help.
    pub(crate) const fn is_transient(&self) -> bool {
        matches!(
            self.class,
            Class::Throttled
                | Class::Unknown
                | Class::NotFound
                | Class::AlreadyExists
                | Class::InUse
                | Class::Spreading
        )
    }

    /// Whether it is a denial that may pass: what it concerns is gone, or its tags do not count yet.
    pub(crate) fn may_be_allowed_yet(&self) -> bool {
        self.class == Class::Denied && self.blame().is_none() && Denial::of(&self.message).may_pass()
    }

    /// What is at fault, where that is neither AWS nor the function.
    pub(crate) fn blame(&self) -> Option<Blame> {
        Blame::of(self.action, self.class, &self.code, &self.message)
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        let blame = error.blame();
        let advice = advice(error.class, blame, &error.message);
        let CallError { action, class, code, message } = &error;
        let (kind, what) = match class {
            Class::Denied => {
                let other = Denial::of(message).permission.filter(|permission| permission != action);
                let other = other.map(|other| format!(", for which it needs {other}")).unwrap_or_default();
                let what = format!("AWS denied {action} to this function{other} ({code}: {message})");
                (FailureKind::AccessDenied, what)
            }
            Class::Quota => (FailureKind::QuotaExceeded, format!("{action} met a quota ({code}: {message})")),
            Class::Throttled => (FailureKind::Throttled, format!("AWS throttled {action} ({code}: {message})")),
            Class::Held => (FailureKind::Blocked, error.to_string()),
            Class::Taken => (FailureKind::Conflict, error.to_string()),
            Class::Refused if blame.is_some_and(Blame::is_of_the_request) => {
                (FailureKind::InvalidRequest, error.to_string())
            }
            _ => (FailureKind::Internal, error.to_string()),
        };
        Self::new(kind, format!("{what}; {advice}"))
    }
}

/// Names the API action in the error of its call.
pub(crate) trait Named<T> {
    /// `action` is how IAM writes it, `ec2:CreateVpc`.
    fn named(self, action: &'static str) -> Result<T, CallError>;
}

impl<T, E> Named<T> for Result<T, SdkError<E, HttpResponse>>
where
    E: ProvideErrorMetadata + Error + 'static,
{
    fn named(self, action: &'static str) -> Result<T, CallError> {
        self.map_err(|error| {
            let code = error.code().unwrap_or_default().to_owned();
            let chain = chain(&error);
            let http_status = error.raw_response().map(|response| response.status().as_u16());
            let aws_request_id = error.request_id();
            let mut message = error.message().map_or_else(|| chain.clone(), ToOwned::to_owned);
            let cancelled = cancelled(&error);
            let mut reasons = Vec::new();
            for reason in cancelled.iter().filter(|reason| reason.code().is_some_and(|code| code != "None")) {
                reasons.extend(reason.code());
                message.push_str(reason.message().map(|said| format!("; {said}")).as_deref().unwrap_or_default());
            }
            let error = CallError::said(action, http_status, &code, message, &reasons);
            match error.class {
                // Part of how it works: a look for what may not be there, a second try at what was done.
                Class::NotFound | Class::AlreadyExists | Class::InUse | Class::ConditionFailed => {
                    debug!(api_action = action, code, http_status, aws_request_id, error = chain, "call failed");
                }
                _ => warn!(api_action = action, code, http_status, aws_request_id, error = chain, "call failed"),
            }
            error
        })
    }
}

/// Why DynamoDB cancelled a transaction, part by part.
fn cancelled<E: Error + 'static>(error: &SdkError<E, HttpResponse>) -> &[CancellationReason] {
    let error: Option<&dyn Any> = error.as_service_error().map(|error| error as &dyn Any);
    match error.and_then(|error| error.downcast_ref()) {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => cancelled.cancellation_reasons(),
        _ => &[],
    }
}

/// What an error says, and what each of those says that it came of.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut said = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        said.push_str(": ");
        said.push_str(&error.to_string());
        source = error.source();
    }
    said
}

/// What becomes of work that is given up because its time is over: AWS throttled it, or did not answer.
pub(crate) fn out_of_time() -> Failure {
    let held_up = Tally::held_up_now();
    if held_up.is_empty() {
        let message = "AWS did not answer before the deadline; send the request again, and it goes on from there";
        return Failure::new(FailureKind::Internal, message);
    }
    let actions = held_up.join(", ");
    Failure::new(
        FailureKind::Throttled,
        format!("AWS throttled {actions} until the deadline; send the request again later, and it goes on from there"),
    )
}

/// An answer without a field that AWS always sends.
pub(crate) fn missing_field(action: &'static str, field: &str) -> CallError {
    CallError { action, class: Class::Unknown, code: String::new(), message: format!("the answer lacks {field}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denial_names_the_action_and_what_else_it_needs() {
        let error = CallError::answered("ec2:CreateVpc", "UnauthorizedOperation", "no");
        let failure = Failure::from(error);
        assert_eq!(failure.kind, FailureKind::AccessDenied);
        assert!(failure.message.contains("ec2:CreateVpc"), "{failure}");
        let message = "User: u is not authorized to perform: iam:PassRole on resource: r";
        let failure = Failure::from(CallError::answered("ec2:CreateFlowLogs", "UnauthorizedOperation", message));
        assert!(failure.message.contains("ec2:CreateFlowLogs to this function, for which it needs iam:PassRole"));
    }
}

//! What an error of an AWS call means.

use std::{error::Error, fmt};

use aws_sdk_ec2::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
    operation::RequestId,
};
use tracing::{debug, warn};

use super::Tally;
use crate::failure::{Failure, FailureKind};

/// What to do about a failed call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// The thing named in it is not there, or not there yet.
    NotFound,
    /// What it would have made is there already, perhaps from a try whose answer was lost.
    AlreadyExists,
    /// Something else still needs what it would have removed or altered.
    InUse,
    /// AWS asks for fewer calls.
    Throttled,
    /// Nobody knows whether it took effect: a 5xx, a cut connection, no answer in time.
    Unknown,
    /// The function's role may not do it.
    Denied,
    /// A quota is used up.
    Quota,
    /// A condition of a conditional write did not hold.
    ConditionFailed,
    /// Anything else: it did not take effect and will not next time.
    Refused,
}

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
        Self { action, class: classify(code, Some(400)), code: code.to_owned(), message: message.into() }
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
        matches!(self.class, Class::Throttled | Class::Unknown | Class::NotFound | Class::AlreadyExists | Class::InUse)
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        let CallError { action, class, code, message } = &error;
        match class {
            Class::Denied => Self::new(
                FailureKind::AccessDenied,
                format!("AWS denied {action} to this function ({code}: {message}); allow it in the function's role"),
            ),
            Class::Quota => Self::new(
                FailureKind::QuotaExceeded,
                format!(
                    "{action} met a quota ({code}: {message}); raise it in Service Quotas or remove what is unused"
                ),
            ),
            Class::Throttled => Self::new(
                FailureKind::Throttled,
                format!("AWS throttled {action} ({code}); send the request again later"),
            ),
            _ => Self::new(FailureKind::Internal, error.to_string()),
        }
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
            let class = classify(&code, http_status);
            let aws_request_id = error.request_id();
            match class {
                // Part of how it works: a look for what may not be there, a second try at what was done.
                Class::NotFound | Class::AlreadyExists | Class::InUse | Class::ConditionFailed => {
                    debug!(api_action = action, code, http_status, aws_request_id, error = chain, "call failed");
                }
                _ => warn!(api_action = action, code, http_status, aws_request_id, error = chain, "call failed"),
            }
            let message = error.message().map_or(chain, ToOwned::to_owned);
            CallError { action, class, code, message }
        })
    }
}

/// What an error says, and what each of those says that it came of.
fn chain(error: &dyn Error) -> String {
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

/// What an error code means, over all the services that are called here. `status` is that of the HTTP answer, `None`
/// when there was none.
fn classify(code: &str, status: Option<u16>) -> Class {
    match code {
        "RequestLimitExceeded"
        | "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "TooManyRequestsException"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "EC2ThrottledException"
        | "ProvisionedThroughputExceededException"
        | "SlowDown"
        | "BandwidthLimitExceeded"
        | "TooManyUpdates" => Class::Throttled,
        "UnauthorizedOperation"
        | "AccessDenied"
        | "AccessDeniedException"
        | "AuthFailure"
        | "UnauthorizedException" => Class::Denied,
        "ConditionalCheckFailedException" | "TransactionCanceledException" => Class::ConditionFailed,
        "VpcLimitExceeded"
        | "SubnetLimitExceeded"
        | "SecurityGroupLimitExceeded"
        | "RouteTableLimitExceeded"
        | "NetworkAclLimitExceeded"
        | "NetworkAclEntryLimitExceeded"
        | "RulesPerSecurityGroupLimitExceeded"
        | "SecurityGroupsPerInterfaceLimitExceeded"
        | "VpcEndpointLimitExceeded"
        | "RouteLimitExceeded"
        | "FlowLogsLimitExceeded"
        | "FlowLogLimitExceeded"
        | "LimitExceeded"
        | "LimitExceededException"
        | "ParameterLimitExceeded"
        | "InsufficientCidrBlocks"
        | "ResourceLimitExceeded"
        | "ServiceQuotaExceededException"
        | "PlacementGroupLimitExceeded"
        | "MaxSpotInstanceCountExceeded" => Class::Quota,
        "NoSuchEntity"
        | "NoSuchEntityException"
        | "ParameterNotFound"
        | "ResourceNotFoundException"
        | "InvalidResourceId"
        | "InvalidPermission.NotFound"
        | "InvalidAssociationID.NotFound"
        | "InvalidNetworkAclEntry.NotFound"
        | "InvalidFlowLogId.NotFound" => Class::NotFound,
        "EntityAlreadyExists"
        | "ParameterAlreadyExists"
        | "ResourceAlreadyExistsException"
        | "FlowLogAlreadyExists"
        | "RouteAlreadyExists"
        | "NetworkAclEntryAlreadyExists"
        | "InvalidSubnet.Conflict"
        | "IdempotentParameterMismatch"
        | "Resource.AlreadyAssociated"
        | "PrivateDnsNameConflict" => Class::AlreadyExists,
        "DependencyViolation"
        | "DeleteConflict"
        | "ResourceInUse"
        | "OperationAbortedException"
        | "ConcurrentModification"
        | "ConcurrentModificationException"
        | "IncorrectState"
        | "TransactionConflictException"
        | "TransactionInProgressException"
        | "ConflictException" => Class::InUse,
        _ if code.ends_with(".NotFound") || code.ends_with("NotFoundException") || code.ends_with(".Unknown") => {
            Class::NotFound
        }
        _ if code.ends_with(".Duplicate") || code.ends_with("AlreadyExists") => Class::AlreadyExists,
        _ if code.ends_with(".InUse") => Class::InUse,
        _ if code.ends_with("LimitExceeded") => Class::Quota,
        _ => match status {
            None | Some(500..) => Class::Unknown,
            Some(429) => Class::Throttled,
            Some(403) if code.is_empty() => Class::Denied,
            _ => Class::Refused,
        },
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("InvalidVpcID.NotFound", Some(400), Class::NotFound)]
    #[case("NoSuchEntity", Some(404), Class::NotFound)]
    #[case("InvalidGroup.Duplicate", Some(400), Class::AlreadyExists)]
    #[case("InvalidPermission.Duplicate", Some(400), Class::AlreadyExists)]
    #[case("RequestLimitExceeded", Some(503), Class::Throttled)]
    #[case("VpcLimitExceeded", Some(400), Class::Quota)]
    #[case("GatewayVpcEndpointLimitExceeded", Some(400), Class::Quota)]
    #[case("UnauthorizedOperation", Some(403), Class::Denied)]
    #[case("InternalError", Some(500), Class::Unknown)]
    #[case("", None, Class::Unknown)]
    #[case("", Some(502), Class::Unknown)]
    #[case("InvalidParameterValue", Some(400), Class::Refused)]
    #[case("DependencyViolation", Some(400), Class::InUse)]
    fn tells_what_a_code_means(#[case] code: &str, #[case] status: Option<u16>, #[case] class: Class) {
        assert_eq!(classify(code, status), class);
    }

    #[test]
    fn a_denial_names_the_action() {
        let error = CallError {
            action: "ec2:CreateVpc",
            class: Class::Denied,
            code: "UnauthorizedOperation".into(),
            message: "no".into(),
        };
        let failure = Failure::from(error);
        assert_eq!(failure.kind, FailureKind::AccessDenied);
        assert!(failure.message.contains("ec2:CreateVpc"));
    }
}

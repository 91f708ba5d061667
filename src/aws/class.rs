//! What an answer of AWS means, over all the services that are called here. `tests/recorded/` holds what AWS was seen to
//! answer, and each is tested to mean what stands beside it there.

/// What to do about a failed call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize), serde(rename_all = "kebab-case"))]
pub(crate) enum Class {
    /// The thing named in it is not there, or not there yet.
    NotFound,
    /// What it would have made is there already, perhaps from a try whose answer was lost.
    AlreadyExists,
    /// Something else still needs what it would have removed or altered, or alters it at this moment.
    InUse,
    /// Something of somebody else's needs it, and will for as long as nobody takes it away: the message names it. No code
    /// says so by itself.
    Held,
    /// Something of somebody else's stands in the place of what it would have made: the message names it. No code says so
    /// by itself.
    Taken,
    /// A role or policy that it names is there, and IAM has not told everybody yet.
    Spreading,
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

/// What there is to go by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said<'a> {
    /// The action as IAM writes it, `ec2:CreateVpc`.
    pub(super) action: &'a str,
    /// Of the HTTP answer; `None` when there was none.
    pub(super) status: Option<u16>,
    /// Empty when there was none.
    pub(super) code: &'a str,
    pub(super) message: &'a str,
    /// Why a transaction was cancelled, for each of its parts that has to do with it.
    pub(super) reasons: &'a [&'a str],
}

impl Said<'_> {
    /// What it means.
    pub(super) fn class(&self) -> Class {
        self.of_the_action().unwrap_or_else(|| of_code(self.code, self.status))
    }

    /// What a code means where it is not what it means elsewhere.
    fn of_the_action(&self) -> Option<Class> {
        let says = |words: &str| self.message.contains(words);
        Some(match (self.action, self.code) {
            // A boundary that is not there is a setting, and no role that is yet to come.
            ("iam:CreateRole" | "iam:PutRolePermissionsBoundary", "NoSuchEntity") if says("Scope ARN") => {
                Class::Refused
            }
            // The one role of a profile is there: this one, or the next look will tell.
            ("iam:AddRoleToInstanceProfile", "LimitExceeded") => Class::AlreadyExists,
            // No quota helps: the document is too long.
            ("iam:PutRolePolicy", "LimitExceeded") if says("policy size") || says("PolicySize") => Class::Refused,
            ("iam:CreateRole" | "iam:UpdateAssumeRolePolicy", "LimitExceeded") if says("ACLSizePerRole") => {
                Class::Refused
            }
            // Pools, prefix lists and zones are never made here: one that is not there was named wrongly.
            ("ec2:CreateVpc", "InvalidIpamPoolId.NotFound") | (_, "InvalidZone.NotFound") => Class::Refused,
            (
                "ec2:AuthorizeSecurityGroupIngress" | "ec2:AuthorizeSecurityGroupEgress",
                "InvalidPrefixListID.NotFound" | "InvalidPrefixListId.NotFound",
            ) => Class::Refused,
            // A role that was just made, or whose policy was, cannot be assumed before IAM has told everybody, which takes
            // seconds (<https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html>). Where that stands inside an
            // answer, its code is the number 400.
            ("ec2:CreateFlowLogs", _) if says("Unable to assume given IAM role") => Class::Spreading,
            // DNS attributes of the VPC, which were just turned on, do not count yet.
            ("ec2:CreateVpcEndpoint", "InvalidParameter") if says("private DNS requires") => Class::InUse,
            // Another endpoint, which may be going, answers under the names of the service.
            ("ec2:CreateVpcEndpoint" | "ec2:ModifyVpcEndpoint", "InvalidParameter")
                if says("conflicting DNS domain") =>
            {
                Class::InUse
            }
            // The table and the bus are settings; only who asks for them by name may find that they are not there.
            ("events:PutEvents", "ResourceNotFoundException") => Class::Refused,
            ("dynamodb:DescribeTable" | "dynamodb:DescribeTimeToLive", _) => return None,
            (_, "ResourceNotFoundException") if self.action.starts_with("dynamodb:") => Class::Refused,
            (_, "TransactionCanceledException") => of_reasons(self.reasons),
            _ => return None,
        })
    }
}

/// What the reasons of a cancelled transaction mean together. It did not take effect, whatever they are
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>). A condition that did
/// not hold says that somebody else wrote first, so that the same write is of no more use; what would fail again comes
/// before what passes.
fn of_reasons(reasons: &[&str]) -> Class {
    let any = |codes: &[&str]| reasons.iter().any(|reason| codes.contains(reason));
    if any(&["ConditionalCheckFailed"]) {
        Class::ConditionFailed
    } else if any(&["ValidationError"]) {
        Class::Refused
    } else if any(&["ItemCollectionSizeLimitExceeded"]) {
        Class::Quota
    } else if any(&["AccessDenied"]) {
        Class::Denied
    } else if any(&["ThrottlingError", "ProvisionedThroughputExceeded", "RequestLimitExceeded"]) {
        Class::Throttled
    } else {
        Class::InUse
    }
}

fn of_code(code: &str, status: Option<u16>) -> Class {
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
        // Some services send these with status 400, or inside an answer.
        "InternalError"
        | "InternalException"
        | "InternalFailure"
        | "InternalServerError"
        | "InternalServiceErrorException"
        | "RetryableError"
        | "ServerInternal"
        | "ServiceFailure"
        | "ServiceUnavailable"
        | "ServiceUnavailableException"
        | "Unavailable" => Class::Unknown,
        "UnauthorizedOperation"
        | "AccessDenied"
        | "AccessDeniedException"
        | "UnauthorizedException"
        | "NotAuthorizedForSourceException"
        | "NotAuthorizedForDetailTypeException" => Class::Denied,
        "ConditionalCheckFailedException" => Class::ConditionFailed,
        // What one call asks for, which no quota alters.
        "FilterLimitExceeded" => Class::Refused,
        "FlowLogLimitExceeded"
        | "LimitExceeded"
        | "LimitExceededException"
        | "InsufficientCidrBlocks"
        | "InsufficientFreeAddressesInSubnet"
        | "ItemCollectionSizeLimitExceededException"
        | "ServiceQuotaExceededException"
        | "TooManyTagsError"
        | "TooManyTagsException"
        | "MaxSpotInstanceCountExceeded" => Class::Quota,
        "NoSuchEntity"
        | "NoSuchEntityException"
        | "ParameterNotFound"
        | "ResourceNotFoundException"
        | "InvalidResourceId"
        | "NoSuchResourceException"
        | "InvalidSubnet" => Class::NotFound,
        "EntityAlreadyExists"
        | "ResourceAlreadyExistsException"
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
        | "ConcurrentMutationLimitExceeded"
        | "ConcurrentTagAccess"
        | "IncorrectState"
        | "InvalidState"
        | "ReplicatedWriteConflictException"
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

    /// What is recorded is tested in `recorded.rs`; here stands what is no answer, and what has no code.
    #[rstest]
    #[case("", None, Class::Unknown)]
    #[case("", Some(502), Class::Unknown)]
    #[case("", Some(429), Class::Throttled)]
    #[case("", Some(403), Class::Denied)]
    #[case("GatewayVpcEndpointLimitExceeded", Some(400), Class::Quota)]
    #[case("InvalidSomethingNew.NotFound", Some(400), Class::NotFound)]
    #[case("SomethingNew", Some(400), Class::Refused)]
    #[case("SomethingNew", Some(503), Class::Unknown)]
    fn tells_what_a_code_means(#[case] code: &str, #[case] status: Option<u16>, #[case] class: Class) {
        let said = Said { action: "ec2:CreateVpc", status, code, message: "", reasons: &[] };
        assert_eq!(said.class(), class);
    }

    #[test]
    fn a_transaction_that_says_no_reason_may_be_tried_again() {
        assert_eq!(of_reasons(&[]), Class::InUse);
    }
}

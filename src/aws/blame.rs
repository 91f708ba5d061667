//! Whose fault a failed call is, where that is neither AWS's nor the function's own, and what to do about it.

use super::{Class, denial::Denial};

/// What is at fault. Knowing no environment, it names what AWS calls it; whoever knows the request says which field or
/// setting that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blame {
    /// The permissions boundary that every role is given.
    Boundary,
    /// The key that a log group is to be encrypted with.
    KmsKey,
    /// The policy of a role, which is too long.
    RolePolicy,
    /// Who may assume a role, which is too long.
    TrustPolicy,
    /// The pool of Amazon VPC IPAM that a block was to come from.
    IpamPool,
    /// A subnet without a free address.
    Subnet,
    /// A prefix list in a rule.
    PrefixList,
    /// A tag that an organization's tag policy does not admit.
    Tag,
    /// A service that there is no endpoint for.
    EndpointService,
    /// A service whose endpoint nobody inside would find.
    NamelessService,
    Table,
    /// The event bus.
    EventBus,
    /// The role that flow logs are delivered with.
    FlowLogRole,
    /// The credentials of the function's role.
    Credentials,
    Account,
}

impl Blame {
    /// What is at fault for this answer, if anything is.
    pub(super) fn of(action: &str, class: Class, code: &str, message: &str) -> Option<Self> {
        let says = |words: &str| message.to_ascii_lowercase().contains(words);
        Some(match (action, code) {
            ("iam:CreateRole" | "iam:PutRolePermissionsBoundary", "NoSuchEntity") if class == Class::Refused => {
                Self::Boundary
            }
            ("iam:PutRolePermissionsBoundary", "PolicyNotAttachable") => Self::Boundary,
            ("iam:PutRolePolicy", "LimitExceeded") => Self::RolePolicy,
            ("iam:CreateRole" | "iam:UpdateAssumeRolePolicy", "LimitExceeded") if class == Class::Refused => {
                Self::TrustPolicy
            }
            ("logs:CreateLogGroup" | "logs:AssociateKmsKey", _) if says("kms key") => Self::KmsKey,
            ("ec2:CreateVpc", "InsufficientCidrBlocks" | "InvalidIpamPoolId.NotFound") => Self::IpamPool,
            (_, "InsufficientFreeAddressesInSubnet") => Self::Subnet,
            (
                "ec2:AuthorizeSecurityGroupIngress" | "ec2:AuthorizeSecurityGroupEgress",
                "InvalidPrefixListID.NotFound" | "InvalidPrefixListId.NotFound",
            ) => Self::PrefixList,
            (_, "TagPolicyViolation" | "InvalidTagException") => Self::Tag,
            ("ec2:CreateVpcEndpoint", "InvalidServiceName") => Self::EndpointService,
            ("ec2:CreateVpcEndpoint" | "ec2:ModifyVpcEndpoint", "InvalidParameter")
                if says("does not provide a private dns name") =>
            {
                Self::NamelessService
            }
            ("ec2:CreateFlowLogs", _) if class == Class::Spreading => Self::FlowLogRole,
            (
                "events:PutEvents",
                "ResourceNotFoundException"
                | "NotAuthorizedForSourceException"
                | "NotAuthorizedForDetailTypeException"
                | "InvalidAccountIdException",
            ) => Self::EventBus,
            (_, "ResourceNotFoundException") if action.starts_with("dynamodb:") => Self::Table,
            (
                _,
                "AuthFailure"
                | "ExpiredToken"
                | "ExpiredTokenException"
                | "IncompleteSignature"
                | "InvalidClientTokenId"
                | "InvalidSignatureException"
                | "MissingAuthenticationToken"
                | "MissingAuthenticationTokenException"
                | "RequestExpired"
                | "SignatureDoesNotMatch"
                | "UnrecognizedClientException",
            ) => Self::Credentials,
            (_, "AccountDisabled" | "Blocked" | "OptInRequired" | "PendingVerification") => Self::Account,
            _ => return None,
        })
    }

    /// Whether the request itself is what is wrong: sending it again changes nothing.
    pub(super) const fn is_of_the_request(self) -> bool {
        matches!(
            self,
            Self::KmsKey
                | Self::RolePolicy
                | Self::TrustPolicy
                | Self::IpamPool
                | Self::PrefixList
                | Self::Tag
                | Self::EndpointService
                | Self::NamelessService
        )
    }

    const fn advice(self) -> &'static str {
        match self {
            Self::Boundary => {
                "the permissions boundary in the setting RINGFENCE_PERMISSIONS_BOUNDARY is no policy that can be a \
                 boundary here: make it in this account, or set the ARN of one that is there"
            }
            Self::KmsKey => {
                "the KMS key must be a symmetric one of this region, enabled and not pending deletion, and its key policy \
                 must allow CloudWatch Logs to use it \
                 (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html)"
            }
            Self::RolePolicy => "the role's policy is longer than IAM takes: name fewer or wider locations and keys",
            Self::TrustPolicy => "the role's trust policy is longer than IAM takes: let fewer services assume it",
            Self::IpamPool => {
                "the IPAM pool is not there, or has no free block of this size: provision more to it, ask for a longer \
                 network.prefix_length, or name another pool"
            }
            Self::Subnet => "a subnet has no free address left: remove what is unused in it, or ask for larger subnets",
            Self::PrefixList => "the prefix list is not there: name one of this region",
            Self::Tag => "a tag policy of the organization does not admit a tag: give it a value that it admits",
            Self::EndpointService => "there is no such endpoint service in this region: leave it out",
            Self::NamelessService => {
                "the service has no private DNS name in this region, so that no host inside would find its endpoint: leave \
                 it out"
            }
            Self::Table => {
                "the table in the setting RINGFENCE_TABLE is not there: make it as template.yaml does, or set the name of \
                 one that is"
            }
            Self::EventBus => {
                "the bus in the setting RINGFENCE_EVENT_BUS is not there, or its event bus policy does not let this \
                 function send to it: make it or allow it there"
            }
            Self::FlowLogRole => {
                "the role that flow logs are delivered with cannot be assumed yet; where that lasts for more than a \
                 minute, see that it is there and trusts vpc-flow-logs.amazonaws.com"
            }
            Self::Credentials => {
                "AWS does not take the credentials of the function's role: see that the role is there and its session \
                 has not been revoked"
            }
            Self::Account => "AWS does not let this account use the service: see what its support says of the account",
        }
    }
}

/// What to do about an answer.
pub(super) fn advice(class: Class, blame: Option<Blame>, message: &str) -> String {
    if let Some(blame) = blame {
        return blame.advice().to_owned();
    }
    match class {
        Class::Denied => return Denial::of(message).to_string(),
        Class::Quota => "raise it in Service Quotas or remove what is unused",
        Class::Throttled => "send the request again later",
        Class::NotFound | Class::AlreadyExists | Class::InUse | Class::Spreading => {
            "AWS has not caught up, or something else holds or changes it: send the request again, and it goes on from \
             there"
        }
        Class::Held => "take away what holds it, and it goes on",
        Class::Taken => "then send the request again; only what carries this environment's tags is Ringfence's",
        Class::Unknown => "nobody knows whether it took effect: send the request again, and it goes on from there",
        Class::ConditionFailed => "somebody else wrote first: send the request again",
        Class::Refused => "nobody expected that: mend what AWS names, or report it with the log of this request",
    }
    .to_owned()
}

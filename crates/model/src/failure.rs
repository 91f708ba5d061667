//! Why a request failed, in the words that callers match on.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::fault::Fault;

/// The kinds of failure: each is an `errorType` that a Step Functions `Retry` or `Catch` can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "testing"), derive(schemars::JsonSchema))]
pub enum FailureKind {
    /// The request itself is wrong; sending it again changes nothing.
    InvalidRequest,
    /// There is no such environment.
    NotFound,
    /// An immutable property would have to change, or the CIDR is taken.
    Conflict,
    /// Another invocation holds the environment; the request is recorded and will be done.
    Busy,
    /// Deletion protection is on.
    Protected,
    /// Resources that are not ours stand in the way of a delete.
    Blocked,
    /// An AWS quota or the CIDR pool is used up.
    QuotaExceeded,
    /// AWS denied an API action to the function.
    AccessDenied,
    /// AWS throttled an API action for longer than the invocation could wait.
    Throttled,
    /// Built, but not isolated.
    Exposed,
    /// Built and isolated, but nobody could train in it.
    Unusable,
    /// Anything else: AWS answered what nobody expected, or a bug.
    Internal,
}

impl FailureKind {
    /// The `errorType`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "InvalidRequest",
            Self::NotFound => "NotFound",
            Self::Conflict => "Conflict",
            Self::Busy => "Busy",
            Self::Protected => "Protected",
            Self::Blocked => "Blocked",
            Self::QuotaExceeded => "QuotaExceeded",
            Self::AccessDenied => "AccessDenied",
            Self::Throttled => "Throttled",
            Self::Exposed => "Exposed",
            Self::Unusable => "Unusable",
            Self::Internal => "Internal",
        }
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Why a request failed: what happened, to which resource, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
#[cfg_attr(any(test, feature = "testing"), derive(schemars::JsonSchema))]
pub struct Failure {
    /// What callers match on.
    pub kind: FailureKind,
    /// The sentence for a person.
    pub message: String,
    /// The fields at fault, each with its JSON pointer; empty when no field is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
}

impl Failure {
    /// A failure that no field of the request caused.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), faults: Vec::new() }
    }

    /// A refusal of one field of the request, which `pointer` leads to.
    pub fn of_field(kind: FailureKind, pointer: &str, message: String) -> Self {
        Self::of_faults(kind, vec![Fault { pointer: pointer.to_owned(), message }])
    }

    /// A refusal of fields of the request; its message lists them all.
    #[must_use]
    pub fn of_faults(kind: FailureKind, faults: Vec<Fault>) -> Self {
        let listed: Vec<String> = faults
            .iter()
            .map(|fault| {
                let pointer = if fault.pointer.is_empty() { "the request" } else { &fault.pointer };
                format!("{pointer}: {}", fault.message)
            })
            .collect();
        Self { kind, message: listed.join("; "), faults }
    }
}

//! Why a request failed, in the words that callers match on.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::fault::Fault;

/// The kinds of failure: each is an `errorType` that a Step Functions `Retry` or `Catch` can name. Of each it is said what
/// it means, and then what to do; what goes on, the sweeps do again until it succeeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "testing"), derive(schemars::JsonSchema))]
pub enum FailureKind {
    /// The request is wrong, or AWS does not take what it names, such as a key or a tag; every fault is named with its
    /// JSON pointer.
    ///
    /// Correct it.
    InvalidRequest,
    /// There is no such environment to describe.
    NotFound,
    /// The CIDR is taken, something immutable would have to change, or somebody else's resource stands in the place.
    ///
    /// Choose another, or delete first.
    Conflict,
    /// Another invocation works on the environment; the request is recorded, and that invocation does it if its time
    /// allows, else a sweep. From EventBridge this is no error but the answer `provisioning` or `deleting`.
    ///
    /// It goes on.
    Busy,
    /// `deletion_protection` is on.
    ///
    /// Send a `create` that turns it off.
    Protected,
    /// Resources that are not Ringfence's stand in the way of a delete, such as an instance or an instance profile that
    /// holds the role; they are named, exports are withdrawn, what they do not keep is removed, and no rule keeps a
    /// group of theirs.
    ///
    /// Remove them; it goes on.
    Blocked,
    /// An AWS quota or the CIDR pool is used up; which one is named.
    ///
    /// Raise it. A quota that AWS refused with: it goes on. The pool: send the request again.
    QuotaExceeded,
    /// A policy denies the API action that is named; the message says which kind: of the function's role, its
    /// permissions boundary, the organization, a KMS key or the bus.
    ///
    /// Allow it there, and send the request again.
    AccessDenied,
    /// AWS throttled longer than the invocation could wait.
    ///
    /// Send the request again later.
    Throttled,
    /// Built, but not isolated; nothing is published.
    ///
    /// See the checks that `describe` shows; once they hold, it goes on.
    Exposed,
    /// Built and isolated, but nobody could train in it.
    ///
    /// Likewise.
    Unusable,
    /// AWS answered what nobody expected, a setting of this installation is wrong (it is named), or a bug.
    ///
    /// Mend the setting, else see the log.
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

#[cfg(test)]
mod tests {
    use schemars::{JsonSchema, generate::SchemaSettings};
    use serde_json::Value;

    use super::FailureKind;
    use crate::schema::assert_table;

    fn row(kind: &Value) -> Vec<String> {
        let said = kind["description"].as_str().unwrap();
        let (means, to_do) = said.split_once("\n\n").unwrap_or((said, ""));
        let kind = format!("`{}`", kind["const"].as_str().unwrap());
        vec![kind, means.replace('\n', " "), to_do.replace('\n', " ")]
    }

    #[test]
    fn the_table_of_errors_is_committed() {
        let schema = FailureKind::json_schema(&mut SchemaSettings::draft2020_12().into_generator()).to_value();
        let mut rows = vec![["`errorType`", "means", "do"].map(ToOwned::to_owned).to_vec()];
        rows.extend(schema["oneOf"].as_array().unwrap().iter().map(row));
        assert_table("requests.md", "errors", &rows);
    }
}

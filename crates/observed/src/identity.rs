//! IAM roles and instance profiles as observed.

use std::collections::BTreeMap;

use super::Tags;

/// An IAM role with everything attached to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its name, unique in the account.
    pub name: String,
    /// Its path.
    pub path: String,
    /// Its ARN.
    pub arn: String,
    /// The trust policy as JSON text (URL-decoded).
    pub trust_policy: String,
    /// Inline policies as JSON text (URL-decoded), by name.
    pub inline_policies: BTreeMap<String, String>,
    /// ARNs of managed policies attached to it.
    pub attached_policies: Vec<String>,
    /// ARN of its permissions boundary.
    pub permissions_boundary: Option<String>,
    /// Tags.
    pub tags: Tags,
}

/// An IAM instance profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceProfile {
    /// Its name, unique in the account.
    pub name: String,
    /// Its path.
    pub path: String,
    /// Its ARN.
    pub arn: String,
    /// The names of the roles in it: none or one.
    pub roles: Vec<String>,
    /// Tags; `None` when they were not asked for: no bulk read tells them.
    pub tags: Option<Tags>,
}

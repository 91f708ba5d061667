//! What the roles of an environment are for, and their names.

use super::{FLOW_LOG_ROLE, TRAINING_ROLE};

/// What a role is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// Training hosts assume it.
    Training,
    /// Flow logs are delivered with it.
    FlowLogs,
}

impl Purpose {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Training, Self::FlowLogs];

    /// What the role's name ends in.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Training => "training",
            Self::FlowLogs => "flow-logs",
        }
    }

    /// The role's name within the environment.
    #[must_use]
    pub const fn role(self) -> &'static str {
        match self {
            Self::Training => TRAINING_ROLE,
            Self::FlowLogs => FLOW_LOG_ROLE,
        }
    }

    /// The name within the environment of the role's one inline policy.
    #[must_use]
    pub fn policy(self) -> String {
        format!("{}/{}", self.role(), self.policy_name())
    }

    /// The name within the environment of the step that puts the boundary on a role which lacks it.
    #[must_use]
    pub const fn boundary(self) -> &'static str {
        match self {
            Self::Training => "training-role/boundary",
            Self::FlowLogs => "flow-log-role/boundary",
        }
    }

    /// The name within the environment of the last step that takes others' inline policies off the role.
    #[must_use]
    pub const fn surplus(self) -> &'static str {
        match self {
            Self::Training => "training-role/surplus",
            Self::FlowLogs => "flow-log-role/surplus",
        }
    }

    /// The name of the role's one inline policy.
    #[must_use]
    pub const fn policy_name(self) -> &'static str {
        self.as_str()
    }
}

/// The name of a role or instance profile: IAM is global and environments are regional, so it holds the region.
#[must_use]
pub fn identity_name(environment: &str, region: &str, purpose: Purpose) -> String {
    format!("{environment}-{region}-{}", purpose.as_str())
}

//! What a sweep is answered with: what it changed, what failed, and what belongs to nobody.

use std::collections::BTreeMap;

use serde::Serialize;
use tracing::warn;

use crate::answer::Answer;
use ringfence_model::{failure::Failure, name::EnvironmentName, plan::Operation, request::Action, status::Status};

/// What a sweep found and did.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Sweep {
    /// What was asked.
    action: Action,
    /// How many environments there are.
    environments: usize,
    /// What was changed, environment by environment.
    changes: Vec<SweptChange>,
    /// The environments that could not be brought to what is wanted, and why.
    failed: Vec<SweptFailure>,
    /// Resources of this installation that belong to no record.
    orphans: Vec<Orphan>,
    /// The environments that were handed to the bus.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) handed_over: Vec<EnvironmentName>,
    /// How the environments are that it worked on.
    #[serde(skip)]
    pub(super) statuses: BTreeMap<String, Status>,
}

/// A change of one environment.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct SweptChange {
    /// The environment.
    environment: EnvironmentName,
    /// What was done.
    op: Operation,
    /// The CloudFormation type of the resource.
    #[serde(rename = "type")]
    resource_type: &'static str,
    /// The resource's name within the environment.
    resource: String,
    /// Its ID, where it has one by now.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
}

/// An environment that failed.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct SweptFailure {
    /// The environment.
    environment: EnvironmentName,
    /// How it is.
    status: Status,
    /// Why.
    error: Failure,
}

/// The resources of an environment that has no record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Orphan {
    /// The environment that its tags name.
    pub(super) environment: String,
    /// The IDs of its VPCs, roles and log groups.
    pub(super) resources: Vec<String>,
}

impl Sweep {
    /// What a sweep begins with.
    pub(super) const fn of(environments: usize, orphans: Vec<Orphan>) -> Self {
        Self {
            action: Action::Sweep,
            environments,
            changes: Vec::new(),
            failed: Vec::new(),
            orphans,
            handed_over: Vec::new(),
            statuses: BTreeMap::new(),
        }
    }

    /// The answer while another invocation sweeps.
    pub(crate) const fn left_to_another() -> Self {
        Self::of(0, Vec::new())
    }

    /// Takes up what was done to one environment and how it ended.
    pub(super) fn take_up(&mut self, answer: Answer) {
        self.statuses.insert(answer.environment.to_string(), answer.status);
        self.changes.extend(answer.changes.into_iter().map(|change| SweptChange {
            environment: answer.environment.clone(),
            op: change.op,
            resource_type: change.resource_type,
            resource: change.resource,
            id: change.id,
        }));
        if let Some(failure) = answer.error {
            self.fail(answer.environment, answer.status, failure);
        }
    }

    pub(super) fn fail(&mut self, environment: EnvironmentName, status: Status, error: Failure) {
        warn!(%environment, error_type = %error.kind, "{error}");
        self.failed.push(SweptFailure { environment, status, error });
    }

    /// The orphans that were found.
    pub(super) fn orphans(&self) -> Vec<Orphan> {
        self.orphans.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringfence_model::schema::{assert_committed, written};

    #[test]
    fn the_schema_is_committed() {
        assert_committed::<Sweep>("sweep", written());
    }
}

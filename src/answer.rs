//! What a request is answered with.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use ringfence_model::{
    failure::Failure, name::EnvironmentName, plan::Operation, request::Action, spec::Spec, status::Status,
};
use ringfence_proof::Isolation;

#[cfg(test)]
mod schema;

/// One thing that was done, or that a plan would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Change {
    /// What was done.
    pub(crate) op: Operation,
    /// The CloudFormation type of the resource.
    #[serde(rename = "type")]
    pub(crate) resource_type: &'static str,
    /// The resource's name within the environment.
    pub(crate) resource: String,
    /// Its ID, where it has one by now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
}

/// The answer to a request for one environment.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Answer {
    /// The environment.
    pub(crate) environment: EnvironmentName,
    /// What was asked.
    pub(crate) action: Action,
    /// How it is.
    pub(crate) status: Status,
    /// What it publishes; empty unless it is ready.
    #[cfg_attr(test, schemars(schema_with = "schema::exports"))]
    pub(crate) exports: Map<String, Value>,
    /// What was done, in the order in which it was done.
    pub(crate) changes: Vec<Change>,
    /// What was proved; left out while there is nothing to prove.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) isolation: Option<Isolation>,
    /// The spec in force, every default filled in; left out when none is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(schema_with = "ringfence_model::schema::spec"))]
    pub(crate) spec: Option<Box<Spec>>,
    /// The moment that orders the request in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(schema_with = "ringfence_model::schema::moment"))]
    pub(crate) requested_at: Option<Timestamp>,
    /// Who made the request in force, as far as its carrier said: an ARN of IAM, or an account and the source there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) requested_by: Option<String>,
    /// When the environment is removed by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(schema_with = "ringfence_model::schema::moment"))]
    pub(crate) expires_at: Option<Timestamp>,
    /// What is waited for, where the status is `provisioning` or `deleting`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) waiting_for: Vec<String>,
    /// Why it failed, or is exposed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<Failure>,
}

impl Answer {
    /// An answer that says nothing yet but how it is.
    #[must_use]
    pub(crate) fn new(environment: EnvironmentName, action: Action, status: Status) -> Self {
        Self {
            environment,
            action,
            status,
            exports: Map::new(),
            changes: Vec::new(),
            isolation: None,
            spec: None,
            requested_at: None,
            requested_by: None,
            expires_at: None,
            waiting_for: Vec::new(),
            error: None,
        }
    }
}

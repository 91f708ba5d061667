//! What a `list` is answered with: a page of environments, as their records say. Pure.

use jiff::Timestamp;
use serde::Serialize;

use crate::registry::Record;
use ringfence_model::{failure::Failure, name::EnvironmentName, request::Action, status::Status};

/// A page of the list.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Listing {
    /// What was asked.
    pub(super) action: Action,
    /// The environments, by name.
    pub(super) environments: Vec<Entry>,
    /// What to send to get the next page; left out on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_token: Option<String>,
}

/// One environment in the list.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Entry {
    /// Its name.
    pub(super) environment: EnvironmentName,
    /// How it was when it was last worked on.
    status: Status,
    /// The moment that orders the request in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(schema_with = "ringfence_model::schema::moment"))]
    requested_at: Option<Timestamp>,
    /// When it is removed by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(schema_with = "ringfence_model::schema::moment"))]
    expires_at: Option<Timestamp>,
    /// Its VPC, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    vpc_id: Option<String>,
    /// Why it failed, or is exposed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Failure>,
}

/// What its record says of an environment.
pub(super) fn entry(record: &Record) -> Entry {
    Entry {
        environment: record.environment.clone(),
        status: record.status,
        requested_at: Some(record.order.requested_at()),
        expires_at: record.expires_at(),
        vpc_id: record.vpc_id.clone(),
        error: record.error.clone(),
    }
}

/// What there is to say of an environment whose record cannot be read: that it is there, and why nothing more is known.
pub(super) fn unreadable((name, failure): (String, Failure)) -> Option<Entry> {
    Some(Entry {
        environment: name.parse().ok()?,
        status: Status::Failed,
        requested_at: None,
        expires_at: None,
        vpc_id: None,
        error: Some(failure),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringfence_model::schema::{assert_committed, written};

    #[test]
    fn the_schema_is_committed() {
        assert_committed::<Listing>("list", written());
    }
}

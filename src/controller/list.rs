//! `list`: which environments there are, from the records.

use jiff::Timestamp;
use serde::Serialize;

use super::Controller;
use crate::registry::Record;
use ringfence_model::{
    failure::Failure,
    name::EnvironmentName,
    request::{Action, ListRequest},
    status::Status,
};

/// A page of the list.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Listing {
    /// What was asked.
    action: Action,
    /// The environments, by name.
    environments: Vec<Entry>,
    /// What to send to get the next page; left out on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// One environment in the list.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Entry {
    /// Its name.
    environment: EnvironmentName,
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

impl Controller<'_> {
    /// Lists environments by name, a page at a time. Those that are gone are left out.
    pub(super) async fn list(&self, request: ListRequest) -> Result<Listing, Failure> {
        let (records, next_token) = self.registry().page(request.limit, request.next_token.as_deref()).await?;
        let there = records.readable.iter().filter(|record| !record.is_gone()).map(entry);
        let mut environments: Vec<Entry> = there.chain(records.unreadable.into_iter().filter_map(unreadable)).collect();
        environments.sort_by(|one, other| one.environment.as_str().cmp(other.environment.as_str()));
        Ok(Listing { action: Action::List, environments, next_token })
    }
}

fn entry(record: &Record) -> Entry {
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
fn unreadable((name, failure): (String, Failure)) -> Option<Entry> {
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

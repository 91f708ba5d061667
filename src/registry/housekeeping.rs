//! What sweeps keep in the table beside the records: whose turn it is, and since when orphans have been seen.

use jiff::{SignedDuration, Timestamp};

use super::{
    Lease, Registry,
    item::{self, number, text},
    names::{EXPIRES, FIRST_SEEN, KIND, LEASE_OWNER, LEASE_UNTIL, NAME, ORPHAN, SWEEP},
};
use crate::aws::{CallError, Class, Named};
use ringfence_model::failure::Failure;

/// How long it is remembered that an orphan was seen.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(7 * 24);

impl Registry<'_> {
    /// Takes the lease of whoever sweeps; false while somebody else has it.
    pub(crate) async fn take_sweep(&self, lease: &Lease, now: Timestamp) -> Result<bool, CallError> {
        let item = item::from_sweep(lease).map_err(|error| CallError::unsendable("dynamodb:PutItem", &error))?;
        let call = self
            .own
            .dynamodb
            .put_item()
            .table_name(self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(#until) OR #until < :now OR #owner = :me")
            .expression_attribute_names("#until", LEASE_UNTIL)
            .expression_attribute_names("#owner", LEASE_OWNER)
            .expression_attribute_values(":now", number(now.as_millisecond()))
            .expression_attribute_values(":me", text(&lease.owner));
        match call.send().await.named("dynamodb:PutItem") {
            Ok(_) => Ok(true),
            Err(error) if error.class == Class::ConditionFailed => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Gives the lease up.
    pub(crate) async fn end_sweep(&self, owner: &str) -> Result<(), CallError> {
        let call = self
            .own
            .dynamodb
            .delete_item()
            .table_name(self.table)
            .key(KIND, text(SWEEP))
            .key(NAME, text(SWEEP))
            .condition_expression("#owner = :me")
            .expression_attribute_names("#owner", LEASE_OWNER)
            .expression_attribute_values(":me", text(owner));
        match call.send().await.named("dynamodb:DeleteItem") {
            Err(error) if error.class != Class::ConditionFailed => Err(error),
            _ => Ok(()),
        }
    }

    /// When an orphan was first seen: `now`, unless an earlier sweep saw it.
    pub(crate) async fn first_seen(&self, orphan: &str, now: Timestamp) -> Result<Timestamp, Failure> {
        let call = self
            .own
            .dynamodb
            .update_item()
            .table_name(self.table)
            .key(KIND, text(ORPHAN))
            .key(NAME, text(orphan))
            .update_expression("SET #seen = if_not_exists(#seen, :now), #expires = :expires")
            .expression_attribute_names("#seen", FIRST_SEEN)
            .expression_attribute_names("#expires", EXPIRES)
            .expression_attribute_values(":now", number(now.as_millisecond()))
            .expression_attribute_values(":expires", number((now + REMEMBERED).as_second()))
            .return_values(aws_sdk_dynamodb::types::ReturnValue::AllNew);
        let answer = call.send().await.named("dynamodb:UpdateItem")?;
        Ok(answer.attributes().and_then(item::to_first_seen).unwrap_or(now))
    }
}

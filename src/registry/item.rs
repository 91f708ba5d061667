//! Records, leases and claims as DynamoDB items, both ways.

use std::{collections::HashMap, fmt::Display};

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use serde::{Serialize, de::DeserializeOwned};
use serde_dynamo::{from_attribute_value, from_item, to_attribute_value, to_item};

use super::{
    Claims, Desired, Lease, Record,
    attribute::{Json, JsonOrNone, Text},
    names::{BLOCKS, ENVIRONMENT, FIRST_SEEN, NAME, SWEEP},
};
use ringfence_model::{name::EnvironmentName, request::Order, spec::Spec, status::Status};

/// How long a record outlives its environment, so that a late duplicate of a request still finds who was last.
const KEPT_AFTER_DELETE: SignedDuration = SignedDuration::from_hours(30 * 24);

pub(super) type Item = HashMap<String, AttributeValue>;

/// Why something cannot be made an item.
pub(super) type Unwritable = serde_dynamo::Error;

/// An item that no version of this function wrote.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the record of {name} holds no readable {attribute}; restore it from the table's backup, or remove it")]
pub(crate) struct Unreadable {
    pub(super) name: String,
    attribute: &'static str,
}

/// Whether an item holds what a record cannot do without in an attribute.
type Holds = fn(&Item, &str) -> bool;

/// The attributes that make a record unreadable, in the order in which they are looked for.
const NEEDED: [(&str, Holds); 9] = [
    (NAME, holds::<Text<EnvironmentName>>),
    ("wish", holds::<Desired>),
    ("spec", |item, attribute| !item.contains_key(attribute) || holds::<JsonOrNone<Box<Spec>>>(item, attribute)),
    ("request_order", holds::<Text<Order>>),
    ("generation", holds::<Text<u64>>),
    ("settled_generation", holds::<Text<u64>>),
    ("epoch", holds::<Text<u64>>),
    ("status", holds::<Json<Status>>),
    ("revision", holds::<Text<u64>>),
];

/// What is written: of which kind it is, the thing itself, and when the table may forget it.
#[derive(Serialize)]
struct Written<'a, T> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'static str>,
    #[serde(flatten)]
    of: &'a T,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<i64>,
}

/// The record as it is written. `now` is when: a record of an environment that is gone is kept for 30 days from then.
pub(super) fn from_record(record: &Record, now: Timestamp) -> Result<Item, Unwritable> {
    let expires = record.is_gone().then(|| (now + KEPT_AFTER_DELETE).as_second());
    let mut item: Item = to_item(Written { kind: ENVIRONMENT, name: None, of: record, expires })?;
    item.retain(|_, value| !value.is_null());
    Ok(item)
}

/// Reads a record.
pub(super) fn to_record(item: Item) -> Result<Record, Unreadable> {
    let item = plain(item);
    from_item(item.clone()).map_err(|_| {
        let lacking = NEEDED.iter().find(|(attribute, holds)| !holds(&item, attribute));
        let name = item.get(NAME).and_then(|name| from_attribute_value(name.clone()).ok());
        Unreadable {
            name: name.map(|Text(name)| name).unwrap_or_default(),
            attribute: lacking.map_or("record", |(attribute, _)| attribute),
        }
    })
}

/// The lease of whoever sweeps, as it is written.
pub(super) fn from_sweep(lease: &Lease) -> Result<Item, Unwritable> {
    to_item(Written { kind: SWEEP, name: Some(SWEEP), of: lease, expires: None })
}

/// When an orphan was first seen.
pub(super) fn to_first_seen(item: &Item) -> Option<Timestamp> {
    let seen = item.get(FIRST_SEEN)?.as_n().ok()?.parse().ok()?;
    Timestamp::from_millisecond(seen).ok()
}

/// Reads the claims in a region.
pub(super) fn to_claims(mut item: Item) -> Claims {
    let blocks = item.remove(BLOCKS);
    let mut item = plain(item);
    if let Some(AttributeValue::M(blocks)) = blocks {
        item.insert(BLOCKS.to_owned(), AttributeValue::M(plain(blocks)));
    }
    from_item(item).unwrap_or_default()
}

/// The claims in a region as they are written.
pub(super) fn blocks(claims: &Claims) -> Result<AttributeValue, Unwritable> {
    to_attribute_value(&claims.blocks)
}

pub(super) fn text(value: impl Display) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

pub(super) fn number(value: impl Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// Texts, numbers, true and false: what attributes hold that anything is read from. Of the others, AWS may add kinds
/// that nobody knows here.
fn plain(mut item: Item) -> Item {
    item.retain(|_, value| matches!(value, AttributeValue::S(_) | AttributeValue::N(_) | AttributeValue::Bool(_)));
    item
}

fn holds<T: DeserializeOwned>(item: &Item, attribute: &str) -> bool {
    item.get(attribute).is_some_and(|value| from_attribute_value::<_, T>(value.clone()).is_ok())
}

#[cfg(test)]
mod tests;

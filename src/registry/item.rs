//! Records and claims as DynamoDB items, both ways.

use std::{collections::HashMap, fmt::Display, str::FromStr};

use aws_sdk_dynamodb::types::AttributeValue;
use ipnet::Ipv4Net;
use jiff::{SignedDuration, Timestamp};

use super::{
    Announced, Attempt, Claims, Denied, Lease, Record, Wish,
    names::{
        ANNOUNCED_EXPIRY, ANNOUNCED_GENERATION, ANNOUNCED_STATUS, ATTEMPT_AT, ATTEMPT_NUMBER, BLOCKS, CIDR, DENIED,
        DENIED_SINCE, ENVIRONMENT, EPOCH, ERROR, EXPIRES, FIRST_SEEN, GENERATION, KIND, LEASE_OWNER, LEASE_UNTIL,
        LOOKED_AT, NAME, ORDER, PUBLISHED, REQUESTED_BY, RETIRED_TAGS, REVISION, SETTLED_GENERATION, SPEC, STATUS,
        SWEEP, UNSENT, VPC_ID, WAITING_FOR, WANTED_SINCE, WISH, WITHDRAWN_AT,
    },
};

/// How long a record outlives its environment, so that a late duplicate of a request still finds who was last.
const KEPT_AFTER_DELETE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// An item.
pub(super) type Item = HashMap<String, AttributeValue>;

/// An item that no version of this function wrote.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the record of {name} holds no readable {attribute}; restore it from the table's backup, or remove it")]
pub(crate) struct Unreadable {
    pub(super) name: String,
    attribute: &'static str,
}

/// The record as it is written. `now` is when: a record of an environment that is gone is kept for 30 days from then.
pub(super) fn from_record(record: &Record, now: Timestamp) -> Item {
    let mut item = Item::new();
    let mut put = |name: &str, value: AttributeValue| item.insert(name.to_owned(), value);
    put(KIND, text(ENVIRONMENT));
    put(NAME, text(&record.environment));
    put(WISH, text(wish(record.wish)));
    put(ORDER, text(record.order));
    put(GENERATION, number(record.generation));
    put(SETTLED_GENERATION, number(record.settled_generation));
    put(EPOCH, number(record.epoch));
    put(REVISION, number(record.revision));
    put(PUBLISHED, AttributeValue::Bool(record.published));
    put(STATUS, text(json(&record.status)));
    if let Some(spec) = &record.spec {
        put(SPEC, text(json(spec)));
    }
    if let Some(requested_by) = &record.requested_by {
        put(REQUESTED_BY, text(requested_by));
    }
    if let Some(wanted_since) = record.wanted_since {
        put(WANTED_SINCE, number(wanted_since.as_millisecond()));
    }
    if let Some(error) = &record.error {
        put(ERROR, text(json(error)));
    }
    if let Some(lease) = &record.lease {
        put(LEASE_OWNER, text(&lease.owner));
        put(LEASE_UNTIL, number(lease.until.as_millisecond()));
    }
    if let Some(vpc_id) = &record.vpc_id {
        put(VPC_ID, text(vpc_id));
    }
    if let Some(cidr) = record.cidr {
        put(CIDR, text(cidr));
    }
    if let Some(attempt) = record.attempt {
        put(ATTEMPT_NUMBER, number(attempt.number));
        put(ATTEMPT_AT, number(attempt.at.as_millisecond()));
    }
    if let Some(withdrawn_at) = record.withdrawn_at {
        put(WITHDRAWN_AT, number(withdrawn_at.as_millisecond()));
    }
    if let Some(looked_at) = record.looked_at {
        put(LOOKED_AT, number(looked_at.as_millisecond()));
    }
    if let Some(expiry) = record.announced_expiry {
        put(ANNOUNCED_EXPIRY, number(expiry.as_millisecond()));
    }
    if let Some(announced) = record.announced {
        put(ANNOUNCED_STATUS, text(json(&announced.status)));
        put(ANNOUNCED_GENERATION, number(announced.generation));
    }
    if !record.retired_tags.is_empty() {
        put(RETIRED_TAGS, text(json(&record.retired_tags)));
    }
    if !record.waiting_for.is_empty() {
        put(WAITING_FOR, text(json(&record.waiting_for)));
    }
    if let Some(denied) = &record.denied {
        put(DENIED, text(json(&denied.resources)));
        put(DENIED_SINCE, number(denied.since.as_millisecond()));
    }
    if !record.unsent.is_empty() {
        put(UNSENT, text(json(&record.unsent)));
    }
    if record.is_gone() {
        put(EXPIRES, number((now + KEPT_AFTER_DELETE).as_second()));
    }
    item
}

/// Reads a record.
pub(super) fn to_record(item: &Item) -> Result<Record, Unreadable> {
    let reader = Reader { item };
    let lease = match (reader.text(LEASE_OWNER), reader.millisecond(LEASE_UNTIL)) {
        (Some(owner), Some(until)) => Some(Lease { owner: owner.to_owned(), until }),
        _ => None,
    };
    let attempt = match (reader.parsed(ATTEMPT_NUMBER), reader.millisecond(ATTEMPT_AT)) {
        (Some(number), Some(at)) => Some(Attempt { number, at }),
        _ => None,
    };
    let announced = match (reader.json(ANNOUNCED_STATUS), reader.parsed(ANNOUNCED_GENERATION)) {
        (Some(status), Some(generation)) => Some(Announced { status, generation }),
        _ => None,
    };
    let denied = match (reader.json(DENIED), reader.millisecond(DENIED_SINCE)) {
        (Some(resources), Some(since)) => Some(Denied { resources, since }),
        _ => None,
    };
    Ok(Record {
        announced,
        denied,
        waiting_for: reader.json(WAITING_FOR).unwrap_or_default(),
        unsent: reader.json(UNSENT).unwrap_or_default(),
        retired_tags: reader.json(RETIRED_TAGS).unwrap_or_default(),
        environment: reader.required(NAME)?,
        wish: match reader.text(WISH) {
            Some("present") => Wish::Present,
            Some("absent") => Wish::Absent,
            _ => return Err(reader.unreadable(WISH)),
        },
        spec: match reader.text(SPEC) {
            Some(spec) => Some(serde_json::from_str(spec).map_err(|_| reader.unreadable(SPEC))?),
            None => None,
        },
        order: reader.required(ORDER)?,
        requested_by: reader.text(REQUESTED_BY).map(ToOwned::to_owned),
        wanted_since: reader.millisecond(WANTED_SINCE),
        generation: reader.required(GENERATION)?,
        settled_generation: reader.required(SETTLED_GENERATION)?,
        lease,
        vpc_id: reader.text(VPC_ID).map(ToOwned::to_owned),
        cidr: reader.parsed(CIDR),
        attempt,
        epoch: reader.required(EPOCH)?,
        withdrawn_at: reader.millisecond(WITHDRAWN_AT),
        looked_at: reader.millisecond(LOOKED_AT),
        announced_expiry: reader.millisecond(ANNOUNCED_EXPIRY),
        published: matches!(item.get(PUBLISHED), Some(AttributeValue::Bool(true))),
        status: reader.json(STATUS).ok_or_else(|| reader.unreadable(STATUS))?,
        error: reader.json(ERROR),
        revision: reader.required(REVISION)?,
    })
}

/// The lease of whoever sweeps, as it is written.
pub(super) fn from_sweep(lease: &Lease) -> Item {
    Item::from([
        (KIND.to_owned(), text(SWEEP)),
        (NAME.to_owned(), text(SWEEP)),
        (LEASE_OWNER.to_owned(), text(&lease.owner)),
        (LEASE_UNTIL.to_owned(), number(lease.until.as_millisecond())),
    ])
}

/// When an orphan was first seen.
pub(super) fn to_first_seen(item: &Item) -> Option<Timestamp> {
    let seen = item.get(FIRST_SEEN)?.as_n().ok()?.parse().ok()?;
    Timestamp::from_millisecond(seen).ok()
}

/// Reads the claims in a region.
pub(super) fn to_claims(item: &Item) -> Claims {
    let reader = Reader { item };
    let blocks = item.get(BLOCKS).and_then(|blocks| blocks.as_m().ok());
    let blocks = blocks
        .into_iter()
        .flatten()
        .filter_map(|(block, environment)| Some((block.parse::<Ipv4Net>().ok()?, environment.as_s().ok()?.clone())));
    Claims { blocks: blocks.collect(), revision: reader.parsed(REVISION).unwrap_or_default() }
}

/// The claims in a region as they are written.
pub(super) fn blocks(claims: &Claims) -> AttributeValue {
    let blocks = claims.blocks.iter().map(|(block, environment)| (block.to_string(), text(environment)));
    AttributeValue::M(blocks.collect())
}

pub(super) fn text(value: impl Display) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

pub(super) fn number(value: impl Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

const fn wish(wish: Wish) -> &'static str {
    match wish {
        Wish::Present => "present",
        Wish::Absent => "absent",
    }
}

/// Nothing that is written here can fail to be JSON: no maps with keys that are no text, no infinite numbers.
fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

struct Reader<'a> {
    item: &'a Item,
}

impl<'a> Reader<'a> {
    fn text(&self, attribute: &str) -> Option<&'a str> {
        match self.item.get(attribute)? {
            AttributeValue::S(text) | AttributeValue::N(text) => Some(text),
            _ => None,
        }
    }

    fn parsed<T: FromStr>(&self, attribute: &str) -> Option<T> {
        self.text(attribute)?.parse().ok()
    }

    fn required<T: FromStr>(&self, attribute: &'static str) -> Result<T, Unreadable> {
        self.parsed(attribute).ok_or_else(|| self.unreadable(attribute))
    }

    fn millisecond(&self, attribute: &str) -> Option<Timestamp> {
        Timestamp::from_millisecond(self.parsed(attribute)?).ok()
    }

    fn json<T: serde::de::DeserializeOwned>(&self, attribute: &str) -> Option<T> {
        serde_json::from_str(self.text(attribute)?).ok()
    }

    fn unreadable(&self, attribute: &'static str) -> Unreadable {
        Unreadable { name: self.text(NAME).unwrap_or_default().to_owned(), attribute }
    }
}

#[cfg(test)]
mod tests;

//! What is wanted, in DynamoDB: one record an environment, with its order, its lease and its claim on addresses.

mod attribute;
mod claims;
mod housekeeping;
mod item;
mod names;
mod record;
mod store;

pub(crate) use claims::{Claims, allocate, region_of};
pub(crate) use names::{EXPIRES as TIME_TO_LIVE, KIND as HASH_KEY, NAME as RANGE_KEY};
#[cfg(test)]
pub(crate) use record::Attempt;
pub(crate) use record::{Announced, Denied, Desired, Lease, Precedence, Record, Unsent};
pub(crate) use store::{Accepted, Claim, Records, Registry};

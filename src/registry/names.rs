//! The names of the table's keys and attributes.

/// Hash key: what kind of item it is.
pub(crate) const KIND: &str = "kind";
/// Range key: which one of its kind.
pub(crate) const NAME: &str = "name";
/// The value of [`KIND`] for the record of an environment.
pub(super) const ENVIRONMENT: &str = "environment";
/// The value of [`KIND`], and of [`NAME`], for the lease of whoever sweeps.
pub(super) const SWEEP: &str = "sweep";
/// The value of [`KIND`] for resources that carry this installation's tags and belong to no record.
pub(super) const ORPHAN: &str = "orphan";
/// The value of [`KIND`] for the claims in a /16.
pub(super) const CLAIMS: &str = "claims";

pub(super) const ANNOUNCED_GENERATION: &str = "announced_generation";
pub(super) const ANNOUNCED_STATUS: &str = "announced_status";
pub(super) const ANNOUNCED_EXPIRY: &str = "announced_expiry";
pub(super) const ATTEMPT_AT: &str = "attempt_at";
pub(super) const ATTEMPT_NUMBER: &str = "attempt_number";
pub(super) const BLOCKS: &str = "blocks";
pub(super) const CIDR: &str = "cidr";
pub(super) const DENIED: &str = "denied";
pub(super) const DENIED_SINCE: &str = "denied_since";
pub(super) const EPOCH: &str = "epoch";
pub(super) const ERROR: &str = "error";
/// The attribute that DynamoDB's time to live looks at, in seconds since 1970.
pub(crate) const EXPIRES: &str = "expires";
pub(super) const FIRST_SEEN: &str = "first_seen";
pub(super) const GENERATION: &str = "generation";
pub(super) const LEASE_OWNER: &str = "lease_owner";
pub(super) const LEASE_UNTIL: &str = "lease_until";
pub(super) const LOOKED_AT: &str = "looked_at";
pub(super) const ORDER: &str = "request_order";
pub(super) const PUBLISHED: &str = "published";
pub(super) const REQUESTED_BY: &str = "requested_by";
pub(super) const RETIRED_TAGS: &str = "retired_tags";
pub(super) const REVISION: &str = "revision";
pub(super) const SETTLED_GENERATION: &str = "settled_generation";
pub(super) const SPEC: &str = "spec";
pub(super) const STATUS: &str = "status";
pub(super) const UNSENT: &str = "unsent";
pub(super) const VPC_ID: &str = "vpc_id";
pub(super) const WAITING_FOR: &str = "waiting_for";
pub(super) const WANTED_SINCE: &str = "wanted_since";
pub(super) const WISH: &str = "wish";
pub(super) const WITHDRAWN_AT: &str = "withdrawn_at";

//! The names of the table's keys, and of the attributes that conditions and updates name.

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

pub(super) const BLOCKS: &str = "blocks";
/// The attribute that DynamoDB's time to live looks at, in seconds since 1970.
pub(crate) const EXPIRES: &str = "expires";
pub(super) const FIRST_SEEN: &str = "first_seen";
pub(super) const LEASE_OWNER: &str = "lease_owner";
pub(super) const LEASE_UNTIL: &str = "lease_until";
pub(super) const REVISION: &str = "revision";

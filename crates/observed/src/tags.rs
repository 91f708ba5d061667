//! Tags.

use std::collections::BTreeMap;

/// The tags of a resource, by key.
pub type Tags = BTreeMap<String, String>;

//! The whole spec: reading it, and its canonical form.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;

use super::{Access, Egress, FlowLogs, Network, SshSource, Tags, Training, Ttl, fields::fields};
use crate::fault::{Faults, Node};

fields! {
    /// What an environment should be. Every field may be left out. Lists are sets: their order means nothing, except in
    /// `availability_zones`.
    #[cfg_attr(any(test, feature = "testing"), schemars(transform = super::schema::nothing_required))]
    pub struct Spec(given): "an object: the spec" {
        /// Its address space and zones.
        pub network: Network = Network::default() => Network::read,
        /// Who may reach it, and what its tiers may reach of each other.
        pub access: Access = Access::default() => Access::read,
        /// What of the outside can be reached from it.
        pub egress: Egress = Egress::default() => Egress::read,
        /// What the training role may do, and where training runs.
        pub training: Training = Training::default() => Training::read,
        /// How its traffic is recorded.
        pub flow_logs: FlowLogs = FlowLogs::default() => FlowLogs::read,
        /// It is removed so long after `requested_at`: `8h`, `3d`, `1d12h`, 1 minute to 365 days in whole weeks (`w`),
        /// days, hours and minutes. Not beside `expires_at`.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub ttl: Option<Ttl> => Node::parse,
        /// It is removed at this moment (RFC 3339). Not beside `ttl`.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(any(test, feature = "testing"), schemars(schema_with = "crate::schema::moment"))]
        pub expires_at: Option<Timestamp> => |node, faults| {
            let moment = node.timestamp(faults);
            if given.get("ttl").is_some() {
                node.refuse("only one of ttl and expires_at", faults);
            }
            moment
        },
        /// True: `delete` and expiry are refused until a `create` turns it off.
        #[cfg_attr(any(test, feature = "testing"), schemars(extend("default" = false)))]
        pub deletion_protection: bool = false => Node::boolean,
        /// At most 46 tags (45 beside `training.cluster`, `access.instance_connect` or `egress.allow_domains`, which the VPC
        /// names in a tag), put on every resource beside its own: keys of 1 to 128 and values of at most 256 letters,
        /// numbers, spaces and `_ . : / = + - @`; no two keys that differ in case alone. `aws:`, `ringfence:` and
        /// `Name` are reserved. What a later request leaves out is taken off again; what others put on stays.
        #[cfg_attr(any(test, feature = "testing"), schemars(extend("default" = {})))]
        pub tags: Tags = Tags::default() => Tags::read,
    }
}

/// `Spec::default()` is what an empty spec asks for.
///
/// Serialized, a spec is canonical: every default filled in, what is unset left out, sets in ascending order. Two specs
/// that ask for the same are written alike, and what is written decodes to the same spec.
impl Spec {
    /// Reads a spec that stands alone, such as the body of an HTTP request.
    ///
    /// # Errors
    /// Everything wrong with it. The pointers lead from the spec itself: `/network/cidr`.
    pub fn decode(value: &Value) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let spec = Self::read(&Node::root(value), &mut faults);
        faults.or(spec.unwrap_or_default())
    }

    /// When the environment is removed by itself, if ever, given the moment at which it was requested. It may lie before
    /// the request, which then asks for nothing to be built.
    #[must_use]
    pub fn expires_at(&self, requested_at: Timestamp) -> Option<Timestamp> {
        self.ttl.as_ref().map(|ttl| ttl.after(requested_at)).or(self.expires_at)
    }

    /// The IDs of the prefix lists that SSH may come from.
    #[must_use]
    pub fn ssh_prefix_lists(&self) -> Vec<String> {
        let lists = self.access.ssh_from.iter().filter_map(|source| match source {
            SshSource::PrefixList(id) => Some(id.to_string()),
            SshSource::Cidr(_) => None,
        });
        lists.collect()
    }
}

impl<'de> Deserialize<'de> for Spec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::decode(&Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

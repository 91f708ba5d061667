//! The whole spec: reading it, and its canonical form.

use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use super::{Access, Egress, FlowLogs, Lifetime, Network, SshSource, Tags, Training, Ttl};
use crate::fault::{Faults, Node};

/// What an environment should be. `Spec::default()` is what an empty spec asks for.
///
/// Serialized, it is canonical: every default filled in, what is unset left out, sets in ascending order. Two specs
/// that ask for the same are written alike, and what is written decodes to the same spec.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub struct Spec {
    /// Its address space and zones.
    pub network: Network,
    /// Who may reach it, and what its tiers may reach of each other.
    pub access: Access,
    /// What of the outside can be reached from it.
    pub egress: Egress,
    /// What the training role may do, and where training runs.
    pub training: Training,
    /// How its traffic is recorded.
    pub flow_logs: FlowLogs,
    /// When it is removed by itself: the fields `ttl` and `expires_at`, of which at most one is given.
    pub lifetime: Lifetime,
    /// Whether `delete` and expiry are refused. Default: false.
    pub deletion_protection: bool,
    /// Tags put on every resource beside its own.
    pub tags: Tags,
}

/// The fields of a spec.
const FIELDS: &[&str] =
    &["network", "access", "egress", "training", "flow_logs", "ttl", "expires_at", "deletion_protection", "tags"];

impl Spec {
    /// Reads a spec that stands alone, such as the body of an HTTP request.
    ///
    /// # Errors
    /// Everything wrong with it. The pointers lead from the spec itself: `/network/cidr`.
    pub fn decode(value: &Value) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let spec = Self::read(&Node::root(value), &mut faults);
        faults.or(spec)
    }

    /// When the environment is removed by itself, if ever, given the moment at which it was requested.
    #[must_use]
    pub fn expires_at(&self, requested_at: Timestamp) -> Option<Timestamp> {
        match &self.lifetime {
            Lifetime::Forever => None,
            Lifetime::Ttl(ttl) => Some(ttl.after(requested_at)),
            Lifetime::ExpiresAt(moment) => Some(*moment),
        }
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

    /// Reads a spec. What it returns is of use only without faults.
    pub fn read(node: &Node<'_>, faults: &mut Faults) -> Self {
        let fields = node.fields("an object: the spec", FIELDS, faults);
        Self {
            network: fields.read("network", faults, Network::read).unwrap_or_default(),
            access: fields.read("access", faults, Access::read).unwrap_or_default(),
            egress: fields.read("egress", faults, Egress::read).unwrap_or_default(),
            training: fields.read("training", faults, Training::read).unwrap_or_default(),
            flow_logs: fields.read("flow_logs", faults, FlowLogs::read).unwrap_or_default(),
            lifetime: Lifetime::read(&fields, faults),
            deletion_protection: fields.read("deletion_protection", faults, Node::boolean).unwrap_or_default(),
            tags: fields.read("tags", faults, Tags::read).unwrap_or_default(),
        }
    }
}

/// What an environment should be. Every field may be left out. Lists are sets: their order means nothing, except in
/// `availability_zones`.
#[derive(Serialize)]
#[cfg_attr(
    any(test, feature = "testing"),
    derive(schemars::JsonSchema),
    schemars(rename = "Spec", deny_unknown_fields, transform = super::schema::nothing_required)
)]
pub(super) struct Written<'a> {
    /// Its address space and zones.
    network: &'a Network,
    /// Who may reach it, and what its tiers may reach of each other.
    access: &'a Access,
    /// What of the outside can be reached from it.
    egress: &'a Egress,
    /// What the training role may do, and where training runs.
    training: &'a Training,
    /// How its traffic is recorded.
    flow_logs: &'a FlowLogs,
    /// It is removed so long after it was requested. Not together with `expires_at`.
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl: Option<&'a Ttl>,
    /// It is removed at this moment. Not together with `ttl`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(any(test, feature = "testing"), schemars(schema_with = "crate::schema::moment"))]
    expires_at: Option<Timestamp>,
    /// Whether `delete` and expiry are refused. Default: false.
    #[cfg_attr(any(test, feature = "testing"), schemars(extend("default" = false)))]
    deletion_protection: bool,
    /// Tags put on every resource beside its own.
    #[cfg_attr(any(test, feature = "testing"), schemars(extend("default" = {})))]
    tags: &'a Tags,
}

impl TryFrom<Value> for Spec {
    type Error = Faults;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        Self::decode(&value)
    }
}

impl Serialize for Spec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (ttl, expires_at) = match &self.lifetime {
            Lifetime::Forever => (None, None),
            Lifetime::Ttl(ttl) => (Some(ttl), None),
            Lifetime::ExpiresAt(moment) => (None, Some(*moment)),
        };
        let written = Written {
            network: &self.network,
            access: &self.access,
            egress: &self.egress,
            training: &self.training,
            flow_logs: &self.flow_logs,
            ttl,
            expires_at,
            deletion_protection: self.deletion_protection,
            tags: &self.tags,
        };
        written.serialize(serializer)
    }
}

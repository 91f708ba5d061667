//! The `Principal` element: who a statement is about.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::OneOrMany;

/// Who a statement is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Principal {
    /// `"*"`: anyone, also who has not signed the request; conditions must narrow it.
    Anyone,
    /// Principals by their kind.
    Named(BTreeMap<PrincipalKind, OneOrMany>),
}

impl Principal {
    /// AWS services, by their service principals such as `ec2.amazonaws.com`.
    pub(crate) fn services(services: impl Into<OneOrMany>) -> Self {
        Self::Named(BTreeMap::from([(PrincipalKind::Service, services.into())]))
    }
}

/// What kind of principal a name in a [`Principal`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum PrincipalKind {
    /// Accounts, roles, users and sessions.
    #[serde(rename = "AWS")]
    Aws,
    /// AWS services.
    Service,
    /// Identity providers.
    Federated,
    /// Canonical user IDs of Amazon S3.
    CanonicalUser,
}

impl Serialize for Principal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Anyone => serializer.serialize_str("*"),
            Self::Named(names) => names.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Principal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;

        impl<'de> Visitor<'de> for Names {
            type Value = Principal;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("\"*\" or principals by their kind")
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Principal, E> {
                match value {
                    "*" => Ok(Principal::Anyone),
                    other => Err(E::invalid_value(Unexpected::Str(other), &self)),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, names: A) -> Result<Principal, A::Error> {
                BTreeMap::deserialize(MapAccessDeserializer::new(names)).map(Principal::Named)
            }
        }

        deserializer.deserialize_any(Names)
    }
}

//! How an environment is.

use serde::Serialize;

/// How an environment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(any(test, feature = "testing"), derive(schemars::JsonSchema))]
pub enum Status {
    /// Built, proved isolated, published.
    Ready,
    /// Begun and not finished.
    Provisioning,
    /// Being removed, and not finished.
    Deleting,
    /// Nothing of it is left.
    Deleted,
    /// Built, but a required check of isolation does not hold.
    Exposed,
    /// Cannot go on, or built and isolated but not usable.
    Failed,
    /// A later request for the same environment has been seen; nothing was done.
    Superseded,
}

impl Status {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Provisioning => "provisioning",
            Self::Deleting => "deleting",
            Self::Deleted => "deleted",
            Self::Exposed => "exposed",
            Self::Failed => "failed",
            Self::Superseded => "superseded",
        }
    }
}

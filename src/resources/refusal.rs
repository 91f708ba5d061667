//! Why no plan leads from what there is to what is wanted.

use ringfence_model::failure::{Failure, FailureKind};

/// Why no plan leads from what there is to what is wanted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// Somebody else's resource stands where ours would have to be.
    #[error(
        "{id} stands where {resource} would have to be and does not carry this environment's tags; remove it or use another environment"
    )]
    Foreign { resource: String, id: String },
    /// The region lacks something that was asked for.
    #[error("{what} is not offered in {region}")]
    NotOffered { what: String, region: String },
    /// A kind asked for a resource that no kind before it made: a bug.
    #[error("the plan names {0} before anything makes it")]
    Unplanned(String),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let message = refusal.to_string();
        match refusal {
            Refusal::Foreign { .. } => Self::new(FailureKind::Conflict, message),
            // All that may be lacking is asked for there.
            Refusal::NotOffered { .. } => {
                Self::of_field(FailureKind::InvalidRequest, "/spec/egress/endpoints", message)
            }
            Refusal::Unplanned(_) => Self::new(FailureKind::Internal, message),
        }
    }
}

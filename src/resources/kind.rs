//! What a resource kind has to say for itself.

use std::{fmt, future::Future};

use super::{Draft, Look, Removal, Run};
use crate::aws::CallError;
use ringfence_model::{
    failure::{Failure, FailureKind},
    plan::{Reference, Refers},
};
use ringfence_observed::Observed;

/// Where something that was read belongs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Home {
    /// In this VPC.
    Vpc(String),
    /// To this environment, by its name.
    Environment(String),
    /// To whoever looks: it is the same for all.
    Everywhere,
}

/// A kind of resource: how it is seen, what is wanted of it, and how it goes. All but reading is pure.
pub(crate) trait Kind {
    /// What is read of it.
    type Seen;
    /// What can be done to it.
    type Change: Act;

    /// Reads what there is of it in the scope of `look`.
    fn read(look: &Look<'_>) -> impl Future<Output = Result<Vec<(Home, Self::Seen)>, CallError>> + Send;

    /// Puts one thing that was read where it belongs.
    fn place(observed: &mut Observed, seen: Self::Seen);

    /// Adds the steps that make it as wanted.
    fn draft(_draft: &mut Draft<'_>) -> Result<(), Refusal> {
        Ok(())
    }

    /// Adds the steps that remove it.
    fn draft_removal(_removal: &mut Removal<'_>) {}
}

/// Something that can be done to AWS.
pub(crate) trait Act: Refers + fmt::Debug {
    /// Does it. Answers with the ID of what it made. Doing it again after a lost answer does no harm: either the call
    /// is idempotent, or AWS answers that it is done already.
    fn run(&self, run: &Run<'_>) -> impl Future<Output = Result<Option<String>, CallError>> + Send;
}

/// The change of a kind that is only ever read.
#[derive(Debug)]
pub(crate) enum ReadOnly {}

impl Refers for ReadOnly {
    fn references(&self) -> Vec<&Reference> {
        match *self {}
    }
}

impl Act for ReadOnly {
    async fn run(&self, _run: &Run<'_>) -> Result<Option<String>, CallError> {
        match *self {}
    }
}

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

//! How work on an environment ended, and what its caller is answered.

use super::Controller;
use crate::{
    answer::{Answer, Change},
    registry::{Desired, Record},
};
use ringfence_model::{
    failure::{Failure, FailureKind},
    request::Action,
    status::Status,
};
use ringfence_proof::Isolation;

/// How far the work came.
#[derive(Clone, Debug)]
pub(super) enum Outcome {
    /// What is wanted is there, proved and published.
    Ready { isolation: Isolation, exports: serde_json::Map<String, serde_json::Value> },
    /// It is built, and a required check does not hold.
    Unproved { failure: Failure },
    /// Nothing is left.
    Deleted,
    /// The deadline came first; what was waited for.
    Unfinished(Vec<String>),
    /// Nothing came about any more for AWS denied it, which nobody knows yet whether to believe.
    Denied { failure: Failure, waiting_for: Vec<String> },
    /// It cannot go on.
    Failed(Failure),
}

impl Outcome {
    /// How the environment is.
    pub(super) fn status(&self, was: Status) -> Status {
        match self {
            Self::Ready { .. } => Status::Ready,
            Self::Unproved { failure } if failure.kind == FailureKind::Exposed => Status::Exposed,
            Self::Unproved { .. } => Status::Failed,
            Self::Failed(failure) if failure.kind == FailureKind::Blocked => Status::Deleting,
            Self::Failed(_) => Status::Failed,
            Self::Deleted => Status::Deleted,
            Self::Unfinished(_) | Self::Denied { .. } => was,
        }
    }
}

impl Controller<'_> {
    /// What there is to say of `outcome` and of the `changes` that led there; of what has been overtaken no more than
    /// the changes.
    pub(super) fn answer_with(
        &self,
        action: Action,
        outcome: Outcome,
        record: &Record,
        changes: &[Change],
        is_overtaken: bool,
    ) -> Answer {
        let was = match record.desired {
            Desired::Present => Status::Provisioning,
            Desired::Absent => Status::Deleting,
        };
        let status = if is_overtaken { Status::Superseded } else { outcome.status(was) };
        let mut answer = Answer { changes: changes.to_vec(), ..self.answer(action, status, record) };
        match outcome {
            Outcome::Ready { isolation, exports } => {
                answer.isolation = Some(isolation);
                answer.exports = exports;
            }
            Outcome::Unproved { failure } | Outcome::Failed(failure) if !is_overtaken => answer.error = Some(failure),
            Outcome::Unfinished(waiting_for) => answer.waiting_for = waiting_for,
            Outcome::Denied { failure, waiting_for } => {
                answer.waiting_for = waiting_for;
                answer.error = Some(failure).filter(|_| !is_overtaken);
            }
            Outcome::Deleted | Outcome::Unproved { .. } | Outcome::Failed(_) => {}
        }
        answer
    }
}

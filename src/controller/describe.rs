//! `describe`: how an environment is, from AWS as it is now. Writes nothing.

use super::{Controller, build::unproved, create::Seen, proof};
use crate::{
    answer::{Answer, Status},
    failure::{Failure, FailureKind},
    isolation::prove,
    name::EnvironmentName,
    registry::{Record, Wish},
    request::Action,
    resources::draft_exports,
    spec::Spec,
    stack::{exports, exports_object},
};

impl Controller<'_> {
    /// Says how the environment is.
    pub(super) async fn describe(&self, environment: &EnvironmentName) -> Result<Answer, Failure> {
        let Some(record) = self.registry().record(environment).await? else { return Err(unknown(environment)) };
        if record.is_gone() {
            return Err(unknown(environment));
        }
        if record.wish_at(self.now()) == Wish::Absent {
            return self.describe_absent(&record);
        }
        let spec = record.spec.clone().unwrap_or_default();
        let seen = self.see(environment, &spec).await?;
        self.describe_present(&record, &spec, seen).await
    }

    fn describe_absent(&self, record: &Record) -> Result<Answer, Failure> {
        let mut answer = self.answer(Action::Describe, Status::Deleting, record);
        answer.error = record.error.clone();
        Ok(answer)
    }

    async fn describe_present(&self, record: &Record, spec: &Spec, seen: Seen) -> Result<Answer, Failure> {
        let mut answer = self.answer(Action::Describe, Status::Provisioning, record);
        answer.error = record.error.clone();
        if seen.observed.vpc.is_none() {
            if record.error.is_some() {
                answer.status = record.status;
            }
            return Ok(answer);
        }
        let stack = self.resolve(&record.environment, spec, &seen, 0).await?;
        let isolation = prove(&seen.observed, &proof::expectation(&stack, &seen.observed));
        let unproved = unproved(&isolation);
        answer.isolation = Some(isolation);
        if !record.is_settled() {
            if record.error.is_some() {
                answer.status = record.status;
            }
            return Ok(answer);
        }
        if let Some(failure) = unproved {
            answer.status = if failure.kind == FailureKind::Exposed { Status::Exposed } else { Status::Failed };
            answer.error = Some(failure);
            return Ok(answer);
        }
        answer.status = Status::Ready;
        // What is shown is what is published: a parameter that somebody removed or changed is not vouched for.
        if let Some(exports) = exports(&stack, &seen.observed)
            && draft_exports(&stack, &seen.observed.parameters, &exports).is_ok_and(|plan| plan.is_empty())
        {
            answer.exports = exports_object(&exports);
        }
        Ok(answer)
    }
}

pub(super) fn unknown(environment: &EnvironmentName) -> Failure {
    Failure::new(FailureKind::NotFound, format!("there is no environment {environment}; list names those there are"))
}

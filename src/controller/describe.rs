//! `describe`: how an environment is, from AWS as it is now, in words or drawn. Writes nothing.

use super::{Controller, judge::irreparable, proof, publication::unproved, reply::Picture, seen::Seen};
use crate::{
    answer::Answer,
    registry::{Desired, Record},
    resources::draft_exports,
};
use ringfence_model::{
    failure::{Failure, FailureKind},
    name::EnvironmentName,
    request::Action,
    spec::Spec,
    stack::{exports, exports_object},
    status::Status,
};
use ringfence_observed::Observed;
use ringfence_picture::{Scene, draw};
use ringfence_proof::prove;

impl Controller<'_> {
    /// Says how the environment is.
    pub(super) async fn describe(&self, environment: &EnvironmentName) -> Result<Answer, Failure> {
        let record = self.standing_record(environment).await?;
        if record.desired_at(self.now()) == Desired::Absent {
            return Ok(self.describe_absent(&record));
        }
        let spec = record.spec.clone().unwrap_or_default();
        let seen = self.see(environment, &spec).await?;
        self.describe_present(&record, &spec, &seen).await
    }

    /// Draws the environment: what `describe` says, from the same look. Of one that is being removed it draws what is
    /// left.
    pub(super) async fn draw(&self, environment: &EnvironmentName) -> Result<Picture, Failure> {
        let record = self.standing_record(environment).await?;
        let spec = record.spec.clone().unwrap_or_default();
        let seen = self.see(environment, &spec).await?;
        let answer = if record.desired_at(self.now()) == Desired::Absent {
            self.describe_absent(&record)
        } else {
            self.describe_present(&record, &spec, &seen).await?
        };
        Ok(self.picture(&answer, &spec, &seen.observed))
    }

    fn picture(&self, answer: &Answer, spec: &Spec, observed: &Observed) -> Picture {
        let attachments: Vec<String> = spec.access.attachments.iter().map(ToString::to_string).collect();
        let svg = draw(&Scene {
            environment: &answer.environment,
            status: answer.status,
            error: answer.error.as_ref().map(|failure| failure.message.as_str()),
            owner: &self.owner_of(&answer.environment),
            attachments: &attachments,
            observed,
            isolation: answer.isolation.as_ref(),
        });
        Picture { svg }
    }

    /// The record of an environment that is there.
    async fn standing_record(&self, environment: &EnvironmentName) -> Result<Record, Failure> {
        let record = self.registry().record(environment).await?;
        record.filter(|record| !record.is_gone()).ok_or_else(|| unknown(environment))
    }

    fn describe_absent(&self, record: &Record) -> Answer {
        let mut answer = self.answer(Action::Describe, Status::Deleting, record);
        answer.error = record.error.clone();
        answer.waiting_for.clone_from(&record.waiting_for);
        answer
    }

    async fn describe_present(&self, record: &Record, spec: &Spec, seen: &Seen) -> Result<Answer, Failure> {
        let mut answer = self.answer(Action::Describe, Status::Provisioning, record);
        answer.error = record.error.clone();
        answer.waiting_for.clone_from(&record.waiting_for);
        if seen.observed.vpc.is_none() {
            if record.error.is_some() {
                answer.status = record.status;
            }
            return Ok(answer);
        }
        let (stack, refusal) = self.stack_to_judge(&record.environment, spec, seen, 0).await?;
        let isolation = prove(&seen.observed, &proof::expectation(&stack, &seen.observed));
        let unproved = unproved(&isolation);
        answer.isolation = Some(isolation);
        // What is still on its way need not be proved yet, but what has stopped there may stand open by now.
        let has_stopped = record.error.is_some();
        let is_exposed = unproved.as_ref().is_some_and(|failure| failure.kind == FailureKind::Exposed);
        if !(record.is_settled() || has_stopped && is_exposed) {
            if has_stopped {
                answer.status = record.status;
            }
            return Ok(answer);
        }
        if let Some(failure) = unproved.or_else(|| refusal.clone()) {
            answer.status = if failure.kind == FailureKind::Exposed { Status::Exposed } else { Status::Failed };
            answer.error = Some(match refusal.filter(|_| is_exposed) {
                Some(refusal) => irreparable(failure, &refusal),
                None => failure,
            });
            answer.waiting_for.clear();
            return Ok(answer);
        }
        answer.status = Status::Ready;
        answer.waiting_for.clear();
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

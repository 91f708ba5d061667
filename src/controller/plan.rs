//! `plan`: the changes that `create` would make. Makes none.

use super::{
    Controller, proof,
    publication::unproved,
    seen::{Planned, Seen},
};
use crate::{
    answer::{Answer, Change},
    registry::Record,
    resources::{self, draft_exports},
};
use ringfence_model::{
    failure::Failure,
    plan::{Operation, Plan},
    request::{Action, EnvironmentRequest},
    spec::Spec,
    stack::foreseen_exports,
    status::Status,
};
use ringfence_proof::prove;

impl Controller<'_> {
    /// Says what `create` would change. What it would refuse is refused likewise.
    pub(super) async fn plan(&self, request: &EnvironmentRequest, spec: &Spec) -> Result<Answer, Failure> {
        let seen = self.see(&request.environment, spec).await?;
        let Planned { stack, plan } = self.planned(&request.environment, spec, &seen, 0).await?;
        let mut answer = match &seen.record {
            Some(record) => self.answer(Action::Plan, status(&seen, record), record),
            None => Answer::new(request.environment.clone(), Action::Plan, Status::Deleted),
        };
        answer.spec = Some(Box::new(spec.clone()));
        answer.requested_at = Some(request.requested_at);
        answer.expires_at = spec.expires_at(request.requested_at);
        answer.changes = listed(&plan);
        // What is yet to be made has no ID yet: that the exports which hold it change is known all the same.
        let exports = foreseen_exports(&stack, &seen.observed);
        answer.changes.extend(listed(&draft_exports(&stack, &seen.observed.parameters, &exports)?));
        if seen.observed.vpc.is_some() {
            let isolation = prove(&seen.observed, &proof::expectation(&stack, &seen.observed));
            answer.error = unproved(&isolation);
            answer.isolation = Some(isolation);
        }
        Ok(answer)
    }
}

fn status(seen: &Seen, record: &Record) -> Status {
    if seen.observed.vpc.is_none() { Status::Deleted } else { record.status }
}

fn listed(plan: &Plan<resources::Change>) -> Vec<Change> {
    let changes = plan.steps().iter().filter_map(|step| {
        let op = step.operation?;
        let id = step.id.clone().filter(|_| op != Operation::Create);
        Some(Change { op, resource_type: step.resource_type, resource: step.resource.clone(), id })
    });
    changes.collect()
}

//! `create`: make it so. Creates, updates and repairs.

use std::sync::Arc;

use tracing::{Instrument, debug_span, info};

use super::{
    Controller,
    accept::{desired_by, order_of},
    announce::is_news,
    outcome::Outcome,
    proof,
    publication::{as_it_should_be, unproved},
    seen::{Planned, Seen},
    settle::write_down,
    work::{LastSeen, Work},
};
use crate::{
    answer::Answer,
    registry::{Accepted, Claim, Desired, Precedence},
};
use ringfence_model::{
    failure::{Failure, FailureKind},
    request::{Action, EnvironmentRequest, Order},
    spec::Spec,
    status::Status,
};
use ringfence_observed::Observed;
use ringfence_proof::prove;

/// What is to be done for a request.
enum Decided<'a> {
    /// Nothing: it is answered already.
    Answered(Box<Answer>),
    /// What was seen is to be made as planned, or, without a plan, removed.
    Work(Box<Work<'a>>, Option<Planned>, Box<Observed>),
}

impl<'a> Controller<'a> {
    /// Makes the environment as the request says.
    pub(super) async fn create(&self, request: &EnvironmentRequest, spec: &Spec) -> Result<Answer, Failure> {
        let order = order_of(request)?;
        match self.until_first(|round| self.accept_create(request, &order, spec, round)).await? {
            Decided::Answered(answer) => Ok(*answer),
            Decided::Work(mut work, planned, observed) => {
                let outcome = if let Some(Planned { stack, plan }) = planned {
                    work.reconcile(&stack, Some(plan), *observed).await
                } else {
                    info!("the request arrived after its own expiry");
                    work.tear_down(*observed).await
                };
                work.finish(Action::Create, &order, outcome).await
            }
        }
    }

    async fn accept_create(
        &self,
        request: &EnvironmentRequest,
        order: &Order,
        spec: &Spec,
        round: usize,
    ) -> Result<Option<Decided<'a>>, Failure> {
        let answered = |answer| Ok(Some(Decided::Answered(Box::new(answer))));
        let seen = self.see(&request.environment, spec).instrument(debug_span!("observe")).await?;
        if Precedence::of(order, seen.record.as_ref()) == Precedence::Earlier {
            return answered(self.superseded(Action::Create, seen.record.as_ref(), request));
        }
        // What is refused is refused before anything is written. What builds nothing needs no block and no zones.
        let planned = match desired_by(request, spec, self.now()) {
            Desired::Present => {
                let planning = self.planned(&request.environment, spec, &seen, round);
                match planning.instrument(debug_span!("plan")).await {
                    Ok(planned) => Some(planned),
                    Err(refusal) => return answered(self.refuse(request, order, spec, seen, refusal).await?),
                }
            }
            Desired::Absent => None,
        };
        if let Some(planned) = &planned
            && let Some(answer) = self.leave_as_it_is(request, order, spec, &seen, planned).await?
        {
            return answered(answer);
        }
        let stack = planned.as_ref().map(|planned| &*planned.stack);
        let work = self.accept(request, order, &seen, stack).await?;
        Ok(work.map(|work| Decided::Work(Box::new(work), planned, Box::new(seen.observed))))
    }

    /// A request that is refused leaves no trace. But where it is the one in force, whose spec was accepted once and would
    /// not be by now, and what stands is open, that is withdrawn and said.
    async fn refuse(
        &self,
        request: &EnvironmentRequest,
        order: &Order,
        spec: &Spec,
        seen: Seen,
        refusal: Failure,
    ) -> Result<Answer, Failure> {
        if Precedence::of(order, seen.record.as_ref()) != Precedence::Same {
            return Err(refusal);
        }
        let Ok((stack, Some(_))) = self.stack_to_judge(&request.environment, spec, &seen, 0).await else {
            return Err(refusal);
        };
        let isolation = prove(&seen.observed, &proof::expectation(&stack, &seen.observed));
        if unproved(&isolation).is_none_or(|failure| failure.kind != FailureKind::Exposed) {
            return Err(refusal);
        }
        // Whoever wrote first meanwhile, or the next sweep, judges it as well.
        let Some(mut work) = self.accept(request, order, &seen, None).await? else { return Err(refusal) };
        work.last_seen = Some(LastSeen { stack: Arc::new(stack), observed: seen.observed });
        work.finish(Action::Create, order, Outcome::Failed(refusal)).await
    }

    /// Settles in one conditional write a request that finds everything as it should be, proved and published. With
    /// nothing to do there is nothing to hold a lease for: that nobody wrote since the record was read is enough.
    ///
    /// `None` when there is something to do or to say, or somebody else wrote or holds the environment.
    async fn leave_as_it_is(
        &self,
        request: &EnvironmentRequest,
        order: &Order,
        spec: &Spec,
        seen: &Seen,
        planned: &Planned,
    ) -> Result<Option<Answer>, Failure> {
        let now = self.now();
        let (Some(record), Some(vpc)) = (&seen.record, &seen.observed.vpc) else { return Ok(None) };
        if record.is_held(self.owner, now) || !seen.observed.spare_vpcs.is_empty() {
            return Ok(None);
        }
        let claims = Claim::only(&seen.claims, &request.environment, planned.stack.known_cidr());
        let Some(outcome) = as_it_should_be(planned, &seen.observed)?.filter(|_| claims.is_empty()) else {
            return Ok(None);
        };
        let mut record = record.clone();
        if Precedence::of(order, Some(&record)) == Precedence::Later {
            record.wants(*order, Some(Box::new(spec.clone())), self.requested_by);
        }
        if is_news(record.announced, record.generation, &outcome, false) {
            return Ok(None);
        }
        record.lease = None;
        record.cidr = planned.stack.known_cidr();
        record.status = Status::Ready;
        write_down(&mut record, &outcome, Some(&vpc.id), now);
        if self.registry().write(&mut record, &[], now).await? == Accepted::Overtaken {
            return Ok(None);
        }
        Ok(Some(self.answer_with(Action::Create, outcome, &record, &[], false)))
    }
}

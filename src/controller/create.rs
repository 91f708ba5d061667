//! `create`: make it so. Creates, updates and repairs.

use std::sync::Arc;

use tracing::{Instrument, debug_span, info};

use super::{
    Controller,
    accept::{LOST_RACE, order_of, overtaken, wish_of},
    announce::is_news,
    proof,
    publish::{as_it_should_be, unproved},
    seen::Seen,
    settle::write_down,
    work::{Ended, LastSeen, Work},
};
use crate::{
    answer::Answer,
    registry::{Accepted, Claim, Standing, Wish},
    resources::KnownVpc,
};
use ringfence_model::{
    failure::{Failure, FailureKind},
    request::{Action, EnvironmentRequest, Order},
    spec::Spec,
    stack::Stack,
    status::Status,
};
use ringfence_proof::prove;

impl Controller<'_> {
    /// Makes the environment as the request says.
    pub(super) async fn create(&self, request: &EnvironmentRequest, spec: &Spec) -> Result<Answer, Failure> {
        let order = order_of(request)?;
        let mut round = 0;
        let (mut work, stack, observed) = loop {
            let seen = self.see(&request.environment, spec).instrument(debug_span!("observe")).await?;
            match Standing::of(&order, seen.record.as_ref()) {
                Standing::Earlier => return Ok(self.superseded(Action::Create, seen.record.as_ref(), request)),
                Standing::Same | Standing::Later => {}
            }
            // What is refused is refused before anything is written. What builds nothing needs no block and no zones.
            let stack = match wish_of(request, spec, self.now()) {
                Wish::Present => {
                    let planning = self.plannable(&request.environment, spec, &seen, round);
                    match planning.instrument(debug_span!("plan")).await {
                        Ok(stack) => Some(stack),
                        Err(refusal) => return self.refuse(request, &order, spec, seen, refusal).await,
                    }
                }
                Wish::Absent => None,
            };
            if let Some(stack) = &stack
                && let Some(answer) = self.leave_as_it_is(request, &order, spec, &seen, stack).await?
            {
                return Ok(answer);
            }
            if let Some(work) = self.accept(request, &order, spec, &seen, stack.as_deref()).await? {
                break (work, stack, seen.observed);
            }
            self.deadline.pause(LOST_RACE * u32::try_from(round).unwrap_or(u32::MAX)).await;
            round += 1;
            if self.deadline.is_near() {
                return Err(overtaken());
            }
        };
        let ended = if let Some(stack) = stack {
            work.build(&stack, observed).await
        } else {
            info!("the request arrived after its own expiry");
            work.tear_down(observed).await
        };
        work.finish(Action::Create, &order, ended).await
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
        if Standing::of(order, seen.record.as_ref()) != Standing::Same {
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
        let Some(mut work) = self.accept(request, order, spec, &seen, None).await? else { return Err(refusal) };
        work.last_seen = Some(LastSeen { stack: Arc::new(stack), observed: seen.observed });
        work.finish(Action::Create, order, Ended::Failed(refusal)).await
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
        stack: &Arc<Stack>,
    ) -> Result<Option<Answer>, Failure> {
        let now = self.now();
        let (Some(record), Some(vpc)) = (&seen.record, &seen.observed.vpc) else { return Ok(None) };
        if record.is_held(self.owner, now) || !seen.observed.spare_vpcs.is_empty() {
            return Ok(None);
        }
        let claims = Claim::only(&seen.claims, &request.environment, stack.known_cidr());
        let Some(ended) = as_it_should_be(stack, &seen.observed)?.filter(|_| claims.is_empty()) else {
            return Ok(None);
        };
        let mut record = record.clone();
        if Standing::of(order, Some(&record)) == Standing::Later {
            record.wants(*order, Some(Box::new(spec.clone())), self.requested_by);
        }
        if is_news(record.announced, record.generation, &ended, false) {
            return Ok(None);
        }
        record.lease = None;
        record.cidr = stack.known_cidr();
        record.status = Status::Ready;
        write_down(&mut record, &ended, Some(&vpc.id), now);
        if self.registry().write(&mut record, &[], now).await? == Accepted::Overtaken {
            return Ok(None);
        }
        let subject = self.subject(&request.environment, Some(spec), KnownVpc::Certain(vpc.id.clone()));
        Ok(Some(Work::new(*self, record, subject).answer(Action::Create, ended, false)))
    }
}

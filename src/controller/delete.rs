//! `delete`: nothing of it is left.

use futures_util::try_join;

use super::{
    Controller,
    accept::{order_of, overtaken},
    stale::may_be_stale,
    work::Work,
};
use crate::{
    answer::Answer,
    registry::{Accepted, Record, Standing},
    resources::{KnownVpc, Look, observe},
};
use ringfence_model::{
    failure::{Failure, FailureKind},
    request::{Action, EnvironmentRequest, Order},
};
use ringfence_observed::Observed;

impl<'a> Controller<'a> {
    /// Removes the environment. One that never was is deleted already.
    pub(super) async fn delete(&self, request: &EnvironmentRequest) -> Result<Answer, Failure> {
        let order = order_of(request)?;
        let mut looked_again = false;
        loop {
            let subject = self.subject(&request.environment, None, KnownVpc::Unknown);
            let look = Look::new(self.aws, &subject);
            let registry = self.registry();
            let began = self.now();
            let ((record, read_at), observed) = try_join!(
                async { Ok::<_, Failure>((registry.record(&request.environment).await?, self.now())) },
                async { Ok(observe(&look).await?) }
            )?;
            let is_stale = may_be_stale(&observed, record.as_ref(), began, read_at);
            if is_stale && !std::mem::replace(&mut looked_again, true) && !self.deadline.is_near() {
                continue;
            }
            if Standing::of(&order, record.as_ref()) == Standing::Earlier {
                return Ok(self.superseded(Action::Delete, record.as_ref(), request));
            }
            if let Some(record) = record.as_ref().filter(|record| record.is_protected()) {
                return Err(protected(record));
            }
            if let Some(mut work) = self.accept_delete(request, &order, record, &observed).await? {
                let ended = work.tear_down(observed).await;
                return work.finish(Action::Delete, &order, ended).await;
            }
            if self.deadline.is_near() {
                return Err(overtaken());
            }
        }
    }

    /// Writes the request down and takes the lease, in one conditional write; `None` when somebody else wrote first.
    async fn accept_delete(
        &self,
        request: &EnvironmentRequest,
        order: &Order,
        record: Option<Record>,
        observed: &Observed,
    ) -> Result<Option<Work<'a>>, Failure> {
        let now = self.now();
        let is_later = Standing::of(order, record.as_ref()) == Standing::Later;
        let mut record = record.unwrap_or_else(|| Record::first(request.environment.clone(), *order));
        if is_later {
            record.wants(*order, None, self.requested_by);
        }
        if record.is_held(self.owner, now) {
            return self.leave_to_holder(record, is_later).await;
        }
        record.lease = Some(self.lease());
        if !observed.parameters.is_empty() {
            record.withdrawn_at = Some(now);
        }
        if self.registry().write(&mut record, &[], now).await? == Accepted::Overtaken {
            return Ok(None);
        }
        let vpc = observed.vpc.as_ref().map_or(KnownVpc::Unknown, |vpc| KnownVpc::Recorded(vpc.id.clone()));
        Ok(Some(Work::new(*self, record, self.subject(&request.environment, None, vpc))))
    }
}

pub(super) fn protected(record: &Record) -> Failure {
    let message = format!(
        "{} has deletion_protection on; send a create with deletion_protection false first",
        record.environment
    );
    Failure::new(FailureKind::Protected, message)
}

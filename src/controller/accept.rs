//! Accepting a request: it is written down and the lease taken in one conditional write, or left to whoever has it.

use std::time::Duration;

use jiff::Timestamp;

use super::{Controller, seen::Seen, work::Work};
use crate::{
    answer::Answer,
    registry::{Accepted, Claim, Record, Standing, Wish},
    resources::KnownVpc,
};
use ringfence_model::{
    failure::{Failure, FailureKind},
    request::{Action, EnvironmentRequest, Order},
    spec::Spec,
    stack::Stack,
    status::Status,
};

/// How long to let others write, for each time that they wrote first.
pub(super) const LOST_RACE: Duration = Duration::from_millis(20);

impl<'a> Controller<'a> {
    /// Writes the request down and takes the lease, in one conditional write; `None` when somebody else wrote first.
    pub(super) async fn accept(
        &self,
        request: &EnvironmentRequest,
        order: &Order,
        spec: &Spec,
        seen: &Seen,
        stack: Option<&Stack>,
    ) -> Result<Option<Work<'a>>, Failure> {
        let now = self.now();
        let environment = &request.environment;
        let mut record = seen.record.clone().unwrap_or_else(|| Record::first(environment.clone(), *order));
        let is_later = seen.record.is_none() || Standing::of(order, Some(&record)) == Standing::Later;
        if is_later {
            record.wants(*order, Some(Box::new(spec.clone())), self.requested_by);
        }
        if record.is_held(self.owner, now) {
            return self.leave_to_holder(record, is_later).await;
        }
        record.lease = Some(self.lease());
        let mut attempt_is_fresh = false;
        let mut claims = Vec::new();
        if let Some(stack) = stack {
            claims = Claim::only(&seen.claims, environment, stack.known_cidr());
            record.cidr = stack.known_cidr();
            attempt_is_fresh = seen.observed.vpc.is_none() && record.begin_attempt(now);
        }
        let vpc = match &seen.observed.vpc {
            Some(vpc) => KnownVpc::Certain(vpc.id.clone()),
            None => KnownVpc::Unknown,
        };
        match self.registry().write(&mut record, &claims, now).await? {
            Accepted::Overtaken => Ok(None),
            Accepted::Yes => {
                let work = Work::new(*self, record, self.subject(environment, Some(spec), vpc));
                Ok(Some(Work { attempt_is_fresh, seen_at: Some(seen.at), ..work }))
            }
        }
    }

    /// Records a request for an environment that another invocation works on, which will do it.
    pub(super) async fn leave_to_holder<T>(&self, mut record: Record, is_later: bool) -> Result<Option<T>, Failure> {
        if is_later && self.registry().write(&mut record, &[], self.now()).await? == Accepted::Overtaken {
            return Ok(None);
        }
        let until = record.lease.as_ref().map(|lease| lease.until.to_string()).unwrap_or_default();
        let message = format!(
            "another invocation works on {} until {until} at the latest; the request is recorded and will be done",
            record.environment
        );
        Err(Failure::new(FailureKind::Busy, message))
    }

    /// The answer to a request that a later one has overtaken.
    pub(super) fn superseded(&self, action: Action, record: Option<&Record>, request: &EnvironmentRequest) -> Answer {
        match record {
            Some(record) => self.answer(action, Status::Superseded, record),
            None => Answer::new(request.environment.clone(), action, Status::Superseded),
        }
    }
}

/// What a create asks for at `now`: nothing, once it has expired.
pub(super) fn wish_of(request: &EnvironmentRequest, spec: &Spec, now: Timestamp) -> Wish {
    let expired = spec.expires_at(request.requested_at).is_some_and(|expiry| expiry <= now);
    if expired && !spec.deletion_protection { Wish::Absent } else { Wish::Present }
}

/// Others wrote first until the time was up. Not `Busy`: the request is recorded nowhere.
pub(super) fn overtaken() -> Failure {
    Failure::new(
        FailureKind::Internal,
        "others kept writing the record of this environment in the table; send the request again",
    )
}

/// The order of a request that changes what is wanted.
pub(super) fn order_of(request: &EnvironmentRequest) -> Result<Order, Failure> {
    request.order().ok_or_else(|| {
        Failure::new(FailureKind::Internal, "the request cannot be put in an order: report it with the log of this one")
    })
}

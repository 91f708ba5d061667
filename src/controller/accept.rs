//! Accepting a request: it is written down and the lease taken in one conditional write, or left to whoever has it.

use std::{future::Future, time::Duration};

use jiff::Timestamp;

use super::{Controller, creation::Creation, seen::Seen, work::Work};
use crate::{
    answer::Answer,
    registry::{Accepted, Claim, Desired, Precedence, Record},
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
const LOST_RACE: Duration = Duration::from_millis(20);

impl<'a> Controller<'a> {
    /// What came of `trying`, which ends in a conditional write: `None` where somebody else wrote first. Then it is tried
    /// again from the start, for what was seen before counts no more; `trying` is told how often it was.
    pub(super) async fn until_first<T, F: Future<Output = Result<Option<T>, Failure>>>(
        &self,
        trying: impl Fn(usize) -> F,
    ) -> Result<T, Failure> {
        let mut round = 0;
        loop {
            if let Some(done) = trying(round).await? {
                return Ok(done);
            }
            self.deadline.pause(LOST_RACE * u32::try_from(round).unwrap_or(u32::MAX)).await;
            round += 1;
            if self.deadline.is_near() {
                return Err(overtaken());
            }
        }
    }

    /// Writes the request down and takes the lease, in one conditional write; `None` when somebody else wrote first.
    /// `stack` is what is to be built, where anything is.
    pub(super) async fn accept(
        &self,
        request: &EnvironmentRequest,
        order: &Order,
        seen: &Seen,
        stack: Option<&Stack>,
    ) -> Result<Option<Work<'a>>, Failure> {
        let now = self.now();
        let (environment, spec) = (&request.environment, request.ask.spec());
        let is_later = Precedence::of(order, seen.record.as_ref()) == Precedence::Later;
        let mut record = seen.record.clone().unwrap_or_else(|| Record::first(environment.clone(), *order));
        if is_later {
            record.wants(*order, spec.map(|spec| Box::new(spec.clone())), self.requested_by);
        }
        if record.is_held(self.owner, now) {
            return self.leave_to_holder(record, is_later).await;
        }
        record.lease = Some(self.lease());
        let mut creation = Creation::default();
        let mut claims = Vec::new();
        if let Some(stack) = stack {
            claims = Claim::only(&seen.claims, environment, stack.known_cidr());
            record.cidr = stack.known_cidr();
            creation = Creation::begin(&mut record, seen.observed.vpc.is_some(), now);
        }
        if spec.is_none() && !seen.observed.parameters.is_empty() {
            record.withdrawn_at = Some(now);
        }
        let vpc = match &seen.observed.vpc {
            Some(vpc) if spec.is_some() => KnownVpc::Certain(vpc.id.clone()),
            // It may be gone already when it is looked for the next time.
            Some(vpc) => KnownVpc::Recorded(vpc.id.clone()),
            None => KnownVpc::Unknown,
        };
        match self.registry().write(&mut record, &claims, now).await? {
            Accepted::Overtaken => Ok(None),
            Accepted::Yes => {
                let mut work = Work::new(*self, record, self.subject(environment, spec, vpc));
                work.creation = creation;
                work.publication.goes_by_look(seen.at);
                Ok(Some(work))
            }
        }
    }

    /// Records a request for an environment that another invocation works on, which will do it.
    async fn leave_to_holder<T>(&self, mut record: Record, is_later: bool) -> Result<Option<T>, Failure> {
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
pub(super) fn desired_by(request: &EnvironmentRequest, spec: &Spec, now: Timestamp) -> Desired {
    let expired = spec.expires_at(request.requested_at).is_some_and(|expiry| expiry <= now);
    if expired && !spec.deletion_protection { Desired::Absent } else { Desired::Present }
}

/// Others wrote first until the time was up. Not `Busy`: the request is recorded nowhere.
fn overtaken() -> Failure {
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

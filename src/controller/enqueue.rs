//! Requests whose caller does not wait: written down now, and done by whoever the bus invokes, else by the next sweep.

use std::time::Duration;

use tracing::{info, warn};

use super::{
    Controller,
    accept::{desired_by, order_of},
    delete::protected,
    describe::unknown,
    seen::Planned,
};
use crate::{
    answer::Answer,
    aws::out_of_time,
    registry::{Accepted, Claim, Desired, Precedence, Record},
    telemetry::{self, Metric},
};
use ringfence_model::{
    failure::Failure,
    request::{EnvironmentRequest, Order},
    spec::Spec,
    status::Status,
};

/// How long the bus may take. It is no loss if it takes longer: the request is recorded by then.
const BUS_TAKES: Duration = Duration::from_secs(3);

/// What must be so for a change to be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Precondition {
    None,
    /// There must be no such environment.
    Absent,
}

/// What became of a request whose caller does not wait.
#[derive(Debug)]
pub(crate) enum Enqueued {
    /// It is recorded: how the environment is now.
    Recorded(Box<Answer>),
    /// A later request has been seen.
    Superseded,
    /// There is such an environment, and there was to be none.
    Exists,
}

/// What came of writing a request down.
enum Written {
    Yes(Box<Record>),
    Not(Enqueued),
}

impl Controller<'_> {
    /// Writes a `create` or `delete` down and hands it to the bus. What `plan` would refuse is refused.
    pub(crate) async fn enqueue(
        &self,
        request: &EnvironmentRequest,
        precondition: Precondition,
    ) -> Result<Enqueued, Failure> {
        let writing = tokio::time::timeout(self.deadline.left(), self.write_down(request, precondition));
        let record = match writing.await {
            Ok(Ok(Written::Yes(record))) => record,
            Ok(Ok(Written::Not(enqueued))) => return Ok(enqueued),
            Ok(Err(failure)) => return Err(failure),
            Err(_) => return Err(out_of_time()),
        };
        let status = match record.desired_at(self.now()) {
            Desired::Present => Status::Provisioning,
            Desired::Absent => Status::Deleting,
        };
        let mut answer = self.answer(request.ask.action(), status, &record);
        answer.waiting_for = vec![self.send_on(*record).await];
        Ok(Enqueued::Recorded(Box::new(answer)))
    }

    /// Hands a request to the bus, and says who is to do it.
    async fn send_on(&self, record: Record) -> String {
        let records = [record];
        let bus = self.bus();
        let sending = bus.hand_over(&records);
        let problem = match tokio::time::timeout(self.deadline.left().min(BUS_TAKES), sending).await {
            Ok(Ok(())) => {
                info!("recorded and handed over");
                return "an invocation of its own, which the event bus brings about".to_owned();
            }
            Ok(Err(error)) => Failure::from(error).message,
            Err(_) => "the event bus did not answer in time".to_owned(),
        };
        telemetry::add(Metric::Undelivered, 1);
        warn!("recorded and not handed over, so the next sweep does it: {problem}");
        "the next sweep: it is recorded, and the event bus took no notice of it".to_owned()
    }

    async fn write_down(&self, request: &EnvironmentRequest, precondition: Precondition) -> Result<Written, Failure> {
        let order = order_of(request)?;
        let order = &order;
        self.until_first(|round| async move {
            match request.ask.spec() {
                Some(spec) => self.write_create(request, order, spec, precondition, round).await,
                None => self.write_delete(request, order).await,
            }
        })
        .await
    }

    /// Writes a `create` down together with its claim on addresses, without a lease: who does it takes that.
    async fn write_create(
        &self,
        request: &EnvironmentRequest,
        order: &Order,
        spec: &Spec,
        precondition: Precondition,
        round: usize,
    ) -> Result<Option<Written>, Failure> {
        let environment = &request.environment;
        let seen = self.see(environment, spec).await?;
        let precedence = Precedence::of(order, seen.record.as_ref());
        match (precedence, &seen.record) {
            (Precedence::Earlier, _) => return Ok(Some(Written::Not(Enqueued::Superseded))),
            (Precedence::Same, Some(record)) => return Ok(Some(Written::Yes(Box::new(record.clone())))),
            (Precedence::Later, Some(record)) if precondition == Precondition::Absent && !record.is_gone() => {
                return Ok(Some(Written::Not(Enqueued::Exists)));
            }
            (Precedence::Later | Precedence::Same, _) => {}
        }
        let now = self.now();
        let planned = match desired_by(request, spec, now) {
            Desired::Present => Some(self.planned(environment, spec, &seen, round).await?),
            Desired::Absent => None,
        };
        let mut record = seen.record.clone().unwrap_or_else(|| Record::first(environment.clone(), *order));
        record.wants(*order, Some(Box::new(spec.clone())), self.requested_by);
        let mut claims = Vec::new();
        // Who works on the environment may be about to give its block back, and claims another when it comes to this.
        if let Some(Planned { stack, .. }) = planned.filter(|_| !record.is_held(self.owner, now)) {
            claims = Claim::only(&seen.claims, environment, stack.known_cidr());
            record.cidr = stack.known_cidr();
        }
        self.written(record, &claims).await
    }

    async fn write_delete(&self, request: &EnvironmentRequest, order: &Order) -> Result<Option<Written>, Failure> {
        let environment = &request.environment;
        let record = self.registry().record(environment).await?.filter(|record| !record.is_gone());
        let Some(mut record) = record else { return Err(unknown(environment)) };
        match Precedence::of(order, Some(&record)) {
            Precedence::Earlier => return Ok(Some(Written::Not(Enqueued::Superseded))),
            Precedence::Same => return Ok(Some(Written::Yes(Box::new(record)))),
            Precedence::Later if record.is_protected() => return Err(protected(&record)),
            Precedence::Later => record.wants(*order, None, self.requested_by),
        }
        self.written(record, &[]).await
    }

    /// Writes the record; `None` when somebody else wrote first.
    async fn written(&self, mut record: Record, claims: &[Claim]) -> Result<Option<Written>, Failure> {
        let accepted = self.registry().write(&mut record, claims, self.now()).await?;
        Ok((accepted == Accepted::Yes).then(|| Written::Yes(Box::new(record))))
    }
}

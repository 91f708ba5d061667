//! The end of the work on an environment: it is said, written down, and answered.

use futures_util::join;
use jiff::Timestamp;
use tracing::info;

use super::{
    publish::NAME_RESTS,
    work::{Ended, Work},
};
use crate::{
    answer::Answer,
    registry::{Accepted, Claim, Record, Registry, Wish},
    resources::KnownVpc,
};
use ringfence_model::{
    failure::Failure,
    name::EnvironmentName,
    request::{Action, Order},
    status::Status,
};

impl Work<'_> {
    /// Settles, gives the lease up and answers; what did not end as wanted is an error.
    pub(super) async fn finish(self, action: Action, order: &Order, ended: Ended) -> Result<Answer, Failure> {
        match self.conclude(action, order, ended).await? {
            Answer { error: Some(failure), .. } => Err(failure),
            answer => Ok(answer),
        }
    }

    /// Settles, gives the lease up and answers; what did not end as wanted stands in the answer. Where a later request
    /// was recorded meanwhile, that is done first, as far as time allows.
    pub(super) async fn conclude(mut self, action: Action, order: &Order, mut ended: Ended) -> Result<Answer, Failure> {
        loop {
            ended = self.judged(ended).await;
            let (registry, environment) = (self.registry(), self.record.environment.clone());
            let (claims, ()) = join!(claims_after(registry, &environment, &ended), self.announce(action, &ended));
            if self.settle(&ended, claims?).await? {
                break;
            }
            if matches!(ended, Ended::Deleted) {
                // What was just deleted is not looked for again, nor answered for by its client tokens.
                (self.record.vpc_id, self.record.attempt) = (None, None);
                self.record.epoch += 1;
            }
            info!(self.generation, now = self.record.generation, "a later request was recorded meanwhile");
            if self.controller.deadline.is_near() {
                ended = Ended::Unfinished(vec!["a later request, which is recorded".to_owned()]);
                continue;
            }
            ended = self.carry_on().await;
        }
        let is_overtaken = self.record.order != *order;
        Ok(self.answer(action, ended, is_overtaken))
    }

    /// What there is to say of how it ended; of what has been overtaken no more than what was done.
    pub(super) fn answer(&self, action: Action, ended: Ended, is_overtaken: bool) -> Answer {
        let was = match self.record.wish {
            Wish::Present => Status::Provisioning,
            Wish::Absent => Status::Deleting,
        };
        let status = if is_overtaken { Status::Superseded } else { ended.status(was) };
        let mut answer = self.controller.answer(action, status, &self.record);
        answer.changes.clone_from(&self.changes);
        match ended {
            Ended::Ready { isolation, exports } => {
                answer.isolation = Some(isolation);
                answer.exports = exports;
            }
            Ended::Unproved { failure } | Ended::Failed(failure) if !is_overtaken => answer.error = Some(failure),
            Ended::Unfinished(waiting_for) => answer.waiting_for = waiting_for,
            Ended::Denied { failure, waiting_for } => {
                answer.waiting_for = waiting_for;
                answer.error = Some(failure).filter(|_| !is_overtaken);
            }
            Ended::Deleted | Ended::Unproved { .. } | Ended::Failed(_) => {}
        }
        answer
    }

    /// Writes down how it ended and gives the lease up; false when a later request was recorded meanwhile, which keeps
    /// the lease.
    async fn settle(&mut self, ended: &Ended, mut claims: Vec<Claim>) -> Result<bool, Failure> {
        let generation = self.generation;
        let was = self.record.status;
        let vpc = match &self.subject.vpc {
            KnownVpc::Certain(id) | KnownVpc::Recorded(id) => Some(id.clone()),
            KnownVpc::Unknown => None,
        };
        let now = self.controller.now();
        loop {
            let mut record = self.record.clone();
            if record.generation != generation && !matches!(ended, Ended::Unfinished(_) | Ended::Denied { .. }) {
                return Ok(false);
            }
            record.lease = None;
            if let Some(announced) = self.announced {
                record.announced = Some(announced);
            }
            record.keep_unsent(&self.unsent);
            // Where no CreateVpc of unknown end was made, no VPC can show up.
            let is_void = vpc.is_none() && (self.attempt_is_void || self.attempt_is_fresh);
            if is_void && record.attempt.is_some_and(|attempt| attempt.number == 1) {
                record.attempt = None;
            }
            if record.generation == generation {
                record.status = ended.status(was);
            }
            write_down(&mut record, ended, vpc.as_ref(), now);
            let is_over = matches!(ended, Ended::Ready { .. } | Ended::Deleted) || record.generation != generation;
            record.denied = self.denials.to_remember().filter(|_| !is_over);
            match self.registry().write(&mut record, &claims, now).await? {
                Accepted::Yes => {
                    self.record = record;
                    return Ok(true);
                }
                Accepted::Overtaken => {
                    self.read_again().await?;
                    claims = claims_after(self.registry(), &self.record.environment, ended).await?;
                }
            }
        }
    }
}

/// How much of what is waited for a record keeps, and how many characters of each: an item of DynamoDB holds 400 KB
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html>).
const MOST_WAITED_FOR: usize = 40;
const MOST_CHARACTERS: usize = 1000;

fn shortened(what: &str) -> String {
    what.chars().take(MOST_CHARACTERS).collect()
}

/// Writes into a record how its generation ended.
pub(super) fn write_down(record: &mut Record, ended: &Ended, vpc: Option<&String>, now: Timestamp) {
    let generation = record.generation;
    record.waiting_for = match ended {
        Ended::Unfinished(waiting) | Ended::Denied { waiting_for: waiting, .. } => {
            waiting.iter().take(MOST_WAITED_FOR).map(|what| shortened(what)).collect()
        }
        _ => Vec::new(),
    };
    match ended {
        Ended::Ready { .. } => {
            record.settled_generation = generation;
            record.epoch += 1;
            record.published = true;
            record.retired_tags.clear();
            record.looked_at = Some(now);
            record.withdrawn_at = record.withdrawn_at.filter(|at| now < *at + NAME_RESTS);
            (record.vpc_id, record.error) = (vpc.cloned(), None);
        }
        Ended::Deleted => {
            record.settled_generation = generation;
            record.epoch += 1;
            (record.vpc_id, record.cidr, record.attempt, record.error) = (None, None, None, None);
            record.published = false;
            record.retired_tags.clear();
        }
        Ended::Unproved { failure } | Ended::Failed(failure) => {
            record.epoch += 1;
            record.error = Some(failure.clone());
            record.stands_in(vpc);
        }
        Ended::Denied { failure, .. } => {
            record.error = Some(failure.clone());
            record.stands_in(vpc);
        }
        Ended::Unfinished(_) => {
            // What was denied before is so no more.
            record.error = record.error.take().filter(|_| record.denied.is_none());
            record.stands_in(vpc);
        }
    }
}

/// The claims as they should be once it ended so: what is gone claims nothing.
async fn claims_after(
    registry: Registry<'_>,
    environment: &EnvironmentName,
    ended: &Ended,
) -> Result<Vec<Claim>, Failure> {
    if !matches!(ended, Ended::Deleted) {
        return Ok(Vec::new());
    }
    let claims = registry.claims().await?;
    Ok(Claim::only(&claims, environment, None))
}

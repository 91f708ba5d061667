//! The end of the work on an environment: it is said, written down, and answered.

use futures_util::join;
use jiff::Timestamp;
use tracing::info;

use super::{outcome::Outcome, publication::NAME_RESTS, work::Work};
use crate::{
    answer::Answer,
    registry::{Claim, Record, Registry},
    resources::KnownVpc,
};
use ringfence_model::{
    failure::Failure,
    name::EnvironmentName,
    request::{Action, Order},
};

impl Work<'_> {
    /// Settles, gives the lease up and answers; what did not end as wanted is an error.
    pub(super) async fn finish(self, action: Action, order: &Order, outcome: Outcome) -> Result<Answer, Failure> {
        match self.conclude(action, order, outcome).await? {
            Answer { error: Some(failure), .. } => Err(failure),
            answer => Ok(answer),
        }
    }

    /// Settles, gives the lease up and answers; what did not end as wanted stands in the answer. Where a later request
    /// was recorded meanwhile, that is done first, as far as time allows.
    pub(super) async fn conclude(
        mut self,
        action: Action,
        order: &Order,
        mut outcome: Outcome,
    ) -> Result<Answer, Failure> {
        loop {
            outcome = self.judged(outcome).await;
            let (registry, environment) = (self.registry(), self.record.environment.clone());
            let (claims, ()) = join!(claims_after(registry, &environment, &outcome), self.announce(action, &outcome));
            if self.settle(&outcome, claims?).await? {
                break;
            }
            if matches!(outcome, Outcome::Deleted) {
                // What was just deleted is not looked for again, nor answered for by its client tokens.
                (self.record.vpc_id, self.record.attempt) = (None, None);
                self.record.epoch += 1;
            }
            info!(self.generation, now = self.record.generation, "a later request was recorded meanwhile");
            if self.controller.deadline.is_near() {
                outcome = Outcome::Unfinished(vec!["a later request, which is recorded".to_owned()]);
                continue;
            }
            outcome = self.carry_on().await;
        }
        let is_overtaken = self.record.order != *order;
        Ok(self.controller.answer_with(action, outcome, &self.record, &self.changes, is_overtaken))
    }

    /// Writes down how it ended and gives the lease up; false when a later request was recorded meanwhile, which keeps
    /// the lease.
    async fn settle(&mut self, outcome: &Outcome, mut claims: Vec<Claim>) -> Result<bool, Failure> {
        let generation = self.generation;
        let was = self.record.status;
        let vpc = match &self.subject.vpc {
            KnownVpc::Certain(id) | KnownVpc::Recorded(id) => Some(id.clone()),
            KnownVpc::Unknown => None,
        };
        let now = self.controller.now();
        loop {
            let mut record = self.record.clone();
            if record.generation != generation && !matches!(outcome, Outcome::Unfinished(_) | Outcome::Denied { .. }) {
                return Ok(false);
            }
            record.lease = None;
            if let Some(announced) = self.announced {
                record.announced = Some(announced);
            }
            record.keep_unsent(&self.unsent);
            self.creation.forget(&mut record, vpc.is_some());
            if record.generation == generation {
                record.status = outcome.status(was);
            }
            write_down(&mut record, outcome, vpc.as_ref(), now);
            let is_over =
                matches!(outcome, Outcome::Ready { .. } | Outcome::Deleted) || record.generation != generation;
            record.denied = self.denials.to_remember().filter(|_| !is_over);
            if self.write(record, &claims).await? {
                return Ok(true);
            }
            claims = claims_after(self.registry(), &self.record.environment, outcome).await?;
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
pub(super) fn write_down(record: &mut Record, outcome: &Outcome, vpc: Option<&String>, now: Timestamp) {
    let generation = record.generation;
    record.waiting_for = match outcome {
        Outcome::Unfinished(waiting) | Outcome::Denied { waiting_for: waiting, .. } => {
            waiting.iter().take(MOST_WAITED_FOR).map(|what| shortened(what)).collect()
        }
        _ => Vec::new(),
    };
    match outcome {
        Outcome::Ready { .. } => {
            record.settled_generation = generation;
            record.epoch += 1;
            record.published = true;
            record.retired_tags.clear();
            record.looked_at = Some(now);
            record.withdrawn_at = record.withdrawn_at.filter(|at| now < *at + NAME_RESTS);
            (record.vpc_id, record.error) = (vpc.cloned(), None);
        }
        Outcome::Deleted => {
            record.settled_generation = generation;
            record.epoch += 1;
            (record.vpc_id, record.cidr, record.attempt, record.error) = (None, None, None, None);
            record.published = false;
            record.retired_tags.clear();
        }
        Outcome::Unproved { failure } | Outcome::Failed(failure) => {
            record.epoch += 1;
            record.error = Some(failure.clone());
            record.stands_in(vpc);
        }
        Outcome::Denied { failure, .. } => {
            record.error = Some(failure.clone());
            record.stands_in(vpc);
        }
        Outcome::Unfinished(_) => {
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
    outcome: &Outcome,
) -> Result<Vec<Claim>, Failure> {
    if !matches!(outcome, Outcome::Deleted) {
        return Ok(Vec::new());
    }
    let claims = registry.claims().await?;
    Ok(Claim::only(&claims, environment, None))
}

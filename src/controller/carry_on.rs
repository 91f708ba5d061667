//! Carrying on: what the record wants by now is brought about, whoever asked for it.

use std::sync::Arc;

use super::{
    attempt::Attempt,
    outcome::Outcome,
    work::{LastSeen, Work},
};
use crate::{
    registry::{Claim, Wish},
    resources::KnownVpc,
};
use ringfence_model::failure::Failure;

impl Work<'_> {
    /// Does what the record now wants.
    pub(super) async fn carry_on(&mut self) -> Outcome {
        match self.try_carry_on().await {
            Ok(outcome) => outcome,
            Err(failure) => Outcome::Failed(failure),
        }
    }

    async fn try_carry_on(&mut self) -> Result<Outcome, Failure> {
        let controller = self.controller;
        self.generation = self.record.generation;
        let environment = self.record.environment.clone();
        let spec = self.record.spec.clone().unwrap_or_default();
        let mut seen = self.see_in_time(&environment, &spec).await?;
        if self.record.wish_at(controller.now()) == Wish::Absent {
            return Ok(self.tear_down(seen.observed).await);
        }
        let mut round = 0;
        let stack = loop {
            let (stack, refusal) = controller.stack_to_judge(&environment, &spec, &seen, round).await?;
            let stack = Arc::new(stack);
            if let Some(refusal) = refusal {
                self.last_seen = Some(LastSeen { stack, observed: seen.observed });
                return Err(refusal);
            }
            let claims = Claim::only(&seen.claims, &environment, stack.known_cidr());
            let mut record = self.record.clone();
            record.cidr = stack.known_cidr();
            self.attempt = Attempt::begin(&mut record, seen.observed.vpc.is_some(), controller.now());
            if self.write(record, &claims).await? {
                break stack;
            }
            round += 1;
            seen = self.see_in_time(&environment, &spec).await?;
        };
        let vpc = match &seen.observed.vpc {
            Some(vpc) => KnownVpc::Certain(vpc.id.clone()),
            None => KnownVpc::Unknown,
        };
        self.subject = controller.subject(&environment, Some(&spec), vpc);
        self.seen_at = Some(seen.at);
        Ok(self.reconcile(&stack, None, seen.observed).await)
    }
}

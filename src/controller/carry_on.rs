//! Carrying on: what the record wants by now is brought about, whoever asked for it.

use std::sync::Arc;

use super::{
    Controller,
    creation::Creation,
    outcome::Outcome,
    seen::Seen,
    work::{LastSeen, Work},
};
use crate::{
    aws::{Tally, out_of_time},
    registry::{Claim, Desired},
    resources::KnownVpc,
};
use ringfence_model::{failure::Failure, name::EnvironmentName, spec::Spec};

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
        if self.record.desired_at(controller.now()) == Desired::Absent {
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
            self.creation = Creation::begin(&mut record, seen.observed.vpc.is_some(), controller.now());
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
        self.publication.goes_by_look(seen.at);
        Ok(self.reconcile(&stack, None, seen.observed).await)
    }

    /// Reads all that there is, as far as time allows: what AWS does not tell must not cost the time to judge what was
    /// seen before.
    async fn see_in_time(&self, environment: &EnvironmentName, spec: &Spec) -> Result<Seen, Failure> {
        let Controller { deadline, .. } = self.controller;
        let left = self.idle.left().map_or(deadline.left(), |left| left.min(deadline.left()));
        let tally = Tally::begin();
        let seeing = tokio::time::timeout(left, tally.count(self.controller.see(environment, spec)));
        let late = || {
            let failure = out_of_time();
            // Which call it was, and what AWS said, where it said anything.
            let said = tally.last_error().map(|said| format!("{said}; ")).unwrap_or_default();
            Failure { message: format!("{said}{}", failure.message), ..failure }
        };
        seeing.await.unwrap_or_else(|_| Err(late()))
    }
}

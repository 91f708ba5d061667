//! Work on one environment under a lease: looking, saving, letting go.

use std::{collections::BTreeMap, future::Future, sync::Arc, time::Duration};

use tracing::{Instrument, debug_span};

use super::{
    Controller, creation::Creation, denials::Denials, explain::explain, outcome::Outcome, publication::Publication,
};
use crate::{
    answer::Change,
    apply::{Applying, Bounds, Report, apply},
    aws::CallError,
    deadline::{Deadline, Idle, SeenAt},
    registry::{Accepted, Announced, Claim, Record, Registry, Unsent},
    resources::{self, KnownVpc, Look, Subject, TokenSeed},
};
use ringfence_model::{
    failure::{Failure, FailureKind},
    plan::Plan,
    stack::Stack,
};
use ringfence_observed::{Observed, Parameter};

/// What is under way with one environment.
pub(super) struct Work<'a> {
    pub(super) controller: Controller<'a>,
    /// The record as last written or read.
    pub(super) record: Record,
    pub(super) subject: Subject,
    /// The generation that is brought about. The record is read again meanwhile, and may have a later one by then.
    pub(super) generation: u64,
    /// What has been done so far.
    pub(super) changes: Vec<Change>,
    /// What is known of the creation of its VPC.
    pub(super) creation: Creation,
    /// What was denied and may yet turn out to be gone.
    pub(super) denials: Denials,
    /// What this invocation announced last.
    pub(super) announced: Option<Announced>,
    /// Announcements that could not be sent.
    pub(super) unsent: Vec<Unsent>,
    /// What was last seen of it, for the proof that every end of the work goes through.
    pub(super) last_seen: Option<LastSeen>,
    /// How long nothing has come about.
    pub(super) idle: Idle,
    /// What AWS said last of what could not be done so far, by resource.
    pub(super) said: BTreeMap<String, String>,
    /// What is known of its publication.
    pub(super) publication: Publication,
}

/// What was last seen of an environment, and what it should be.
#[derive(Debug)]
pub(super) struct LastSeen {
    pub(super) stack: Arc<Stack>,
    pub(super) observed: Observed,
}

/// Pauses that grow, between looks at what AWS does in its own time.
#[derive(Debug)]
pub(super) struct Backoff(Duration);

impl Backoff {
    const LONGEST: Duration = Duration::from_secs(5);

    pub(super) const fn new() -> Self {
        Self(Duration::from_millis(100))
    }

    pub(super) fn next(&mut self) -> Duration {
        let pause = self.0;
        self.0 = (pause * 2).min(Self::LONGEST);
        pause
    }
}

/// What a look is called among what is waited for.
const LOOK: &str = "a look at all of it";

async fn in_time<T>(
    deadline: Deadline,
    looking: impl Future<Output = Result<T, CallError>>,
) -> Result<Option<T>, CallError> {
    match tokio::time::timeout(deadline.left(), looking).instrument(debug_span!("observe")).await {
        Ok(seen) => seen.map(Some),
        Err(_) => Ok(None),
    }
}

impl<'a> Work<'a> {
    /// Work on an environment whose record holds this invocation's lease.
    pub(super) fn new(controller: Controller<'a>, record: Record, subject: Subject) -> Self {
        Self {
            controller,
            generation: record.generation,
            denials: Denials::met_before(record.denied.as_ref()),
            record,
            subject,
            changes: Vec::new(),
            creation: Creation::default(),
            announced: None,
            unsent: Vec::new(),
            last_seen: None,
            idle: Idle::new(None),
            said: BTreeMap::new(),
            publication: Publication::default(),
        }
    }

    pub(super) const fn registry(&self) -> Registry<'a> {
        self.controller.registry()
    }

    /// Looks at AWS, within the deadline; `None` when it came first.
    pub(super) async fn look(&mut self) -> Result<Option<Observed>, CallError> {
        self.look_by(self.controller.deadline).await
    }

    /// Looks at AWS, within a deadline of its own.
    pub(super) async fn look_by(&mut self, deadline: Deadline) -> Result<Option<Observed>, CallError> {
        let look = Look::new(self.controller.aws, &self.subject);
        let seen = in_time(deadline, resources::observe(&look)).await;
        self.take_note_of(seen)
    }

    /// Looks at what this work alters, after having seen `before`, within the deadline; `None` when it came first.
    pub(super) async fn look_again(&mut self, before: &Observed) -> Result<Option<Observed>, CallError> {
        let look = Look::again(self.controller.aws, &self.subject, before);
        let is_whole = look.reads_prefix_lists();
        let seen = in_time(self.controller.deadline, resources::observe(&look)).await;
        let seen = self.take_note_of(seen);
        if !is_whole {
            self.publication.goes_by_no_look();
        }
        seen
    }

    /// Looks at what is published, within a deadline; `None` when it came first.
    pub(super) async fn look_at_exports(&self, deadline: Deadline) -> Result<Option<Vec<Parameter>>, CallError> {
        let look = Look::new(self.controller.aws, &self.subject);
        in_time(deadline, resources::observe_exports(&look)).await
    }

    fn take_note_of(&mut self, seen: Result<Option<Observed>, CallError>) -> Result<Option<Observed>, CallError> {
        match &seen {
            Ok(Some(_)) => {
                self.publication.goes_by_look(SeenAt::now());
                self.said.remove(LOOK);
            }
            Ok(None) => {}
            Err(error) => {
                self.said.insert(LOOK.to_owned(), error.to_string());
            }
        }
        seen
    }

    /// Pauses between two looks: until nothing new may begin, or nothing has come about for too long.
    pub(super) async fn pause(&self, backoff: &mut Backoff) {
        let pause = backoff.next();
        self.controller.deadline.pause(self.idle.left().map_or(pause, |left| pause.min(left))).await;
    }

    /// Whether the work has to stop here, by `deadline` or because nothing has come about for too long.
    pub(super) fn has_to_stop(&self, deadline: Deadline) -> bool {
        deadline.is_near() || self.idle.is_over()
    }

    /// How work ends that has to stop: `waiting_for` something, unless AWS denied it.
    pub(super) fn stopped(&self, waiting_for: Vec<String>) -> Outcome {
        match self.denials.outstanding() {
            Some(failure) => Outcome::Denied { failure, waiting_for },
            None => Outcome::Unfinished(waiting_for),
        }
    }

    /// What is waited for, each with what AWS said last of it.
    pub(super) fn with_last_words(&self, waiting: Vec<String>) -> Vec<String> {
        let waiting = waiting.into_iter().map(|resource| match self.said.get(&resource) {
            Some(said) => format!("{resource}: {said}"),
            None => resource,
        });
        waiting.chain(self.said.get(LOOK).map(|said| format!("{LOOK}: {said}"))).collect()
    }

    /// Runs a plan, and keeps what it did.
    pub(super) async fn apply(&mut self, plan: &Plan<resources::Change>) -> Report {
        self.apply_by(plan, self.controller.deadline).await
    }

    /// Runs a plan by a deadline of its own.
    pub(super) async fn apply_by(&mut self, plan: &Plan<resources::Change>, deadline: Deadline) -> Report {
        self.apply_within(plan, Bounds::new(deadline, self.idle)).await
    }

    /// Runs a plan within bounds of its own.
    pub(super) async fn apply_within(&mut self, plan: &Plan<resources::Change>, bounds: Bounds) -> Report {
        let seed = TokenSeed { environment: self.subject.owner.environment.clone(), epoch: self.record.epoch };
        let applying = Applying { aws: self.controller.aws, seed: &seed, bounds };
        let mut report = apply(plan, applying).instrument(debug_span!("apply")).await;
        // What was done before and has to be done again has not come about.
        if report.changes.iter().any(|change| !self.changes.contains(change)) {
            self.idle.ended_with(report.idle);
        }
        for change in &report.changes {
            self.said.remove(&change.resource);
        }
        self.said.extend(report.said.iter().cloned());
        self.changes.append(&mut report.changes);
        if let Some((_, id)) = report.made.iter().find(|(resource, _)| resource == ringfence_model::stack::VPC) {
            self.subject.vpc = KnownVpc::Certain(id.clone());
        }
        report
    }

    /// What of a plan failed for good: what trying again will not mend, or what was denied for too long.
    pub(super) fn failed(&mut self, report: &Report, stack: Option<&Stack>) -> Option<Failure> {
        let told = |(resource, error): &(String, CallError)| (resource.clone(), explain(resource, error, stack));
        let believed = self.denials.believe(report.denied().map(told).collect(), self.controller.now());
        report.fatal().map(|fatal| told(fatal).1).or(believed)
    }

    /// Alters the record, which this invocation holds the lease of. Requests that were recorded meanwhile stay.
    pub(super) async fn save(&mut self, alter: impl Fn(&mut Record)) -> Result<(), Failure> {
        loop {
            let mut record = self.record.clone();
            alter(&mut record);
            if self.write(record, &[]).await? {
                return Ok(());
            }
        }
    }

    /// Writes the record, which this invocation holds the lease of. False when a request was recorded meanwhile: then
    /// the record is read again, and what is to be written has to be decided anew.
    pub(super) async fn write(&mut self, mut record: Record, claims: &[Claim]) -> Result<bool, Failure> {
        match self.registry().write(&mut record, claims, self.controller.now()).await? {
            Accepted::Yes => {
                self.record = record;
                Ok(true)
            }
            Accepted::Overtaken => self.read_again().await.map(|()| false),
        }
    }

    /// Reads the record that somebody else wrote meanwhile: a request that found the lease taken may have changed
    /// what is wanted, and nobody else may have changed anything.
    async fn read_again(&mut self) -> Result<(), Failure> {
        let environment = self.record.environment.clone();
        let stands = self.registry().record(&environment).await?;
        let withdrawn_at = self.record.withdrawn_at;
        let mine = |record: &Record| record.lease.as_ref().is_some_and(|lease| lease.owner == self.controller.owner);
        self.record = stands.filter(mine).ok_or_else(|| {
            let message = format!(
                "this invocation no longer holds the lease of {environment}; whoever does carries the request out"
            );
            Failure::new(FailureKind::Busy, message)
        })?;
        // What this work removed since it wrote last is not known there.
        self.record.withdrawn_at = self.record.withdrawn_at.max(withdrawn_at);
        Ok(())
    }
}

//! Runs the steps of a plan, each as soon as all that it needs is there, until the deadline comes near.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use tracing::{info, warn};

use crate::{
    answer,
    aws::{Aws, CallError, Class, Tally},
    deadline::{Deadline, Idle},
    resources::{Change, Run, Said, TokenSeed},
};
use ringfence_model::plan::{Operation, Plan, Reference, Refers, Step};

/// How long a step is tried again while AWS does not show yet what an earlier step made, or still keeps what an
/// earlier step let go. After that the next look decides.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a denial of something done to what the plan just made is tried again: the function's role goes by tags, and
/// AWS bounds nowhere how long a fresh one takes to count.
const TAGS_COUNT_WITHIN: Duration = Duration::from_secs(30);

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// What came of a plan.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// What was done, in the order in which it was done.
    pub(crate) changes: Vec<answer::Change>,
    /// The steps that failed: the resource's name within the environment, and why.
    pub(crate) failures: Vec<(String, CallError)>,
    /// Of those, what was denied over something that stood, and may be gone by now or have tags that do not count yet:
    /// AWS denies what concerns a thing without tags, and what is gone has none. The next look tells.
    pub(crate) may_be_gone: BTreeSet<String>,
    /// What was denied over and over until it had taken too long for anybody to wait for it, and may be allowed yet.
    pub(crate) still_denied: Vec<(String, CallError)>,
    /// Whether the deadline came before the end.
    pub(crate) cut_short: bool,
    /// Whether something that the plan made never showed: its client token may have been answered with what is gone.
    pub(crate) never_showed: bool,
    /// The IDs of what was made, by resource.
    pub(crate) made: Vec<(String, String)>,
    /// The steps that were done, by their places in the plan.
    pub(crate) done: Vec<usize>,
    /// What AWS said last of what was not done, by resource.
    pub(crate) said: Vec<(String, String)>,
    /// Since when nothing has come about; `None` where no step was done.
    pub(crate) idle: Option<Idle>,
}

impl Report {
    /// Whether all steps were done.
    pub(crate) fn is_complete(&self) -> bool {
        self.failures.is_empty() && !self.cut_short
    }

    /// The first failure that trying again will not mend. What was denied and may be gone is not among them, nor what
    /// somebody else's resources keep.
    pub(crate) fn fatal(&self) -> Option<&(String, CallError)> {
        self.failures.iter().find(|(resource, error)| {
            !error.is_transient() && error.class != Class::Held && !self.may_be_gone.contains(resource)
        })
    }

    /// What was denied and may be allowed yet, or be gone.
    pub(crate) fn denied(&self) -> impl Iterator<Item = &(String, CallError)> {
        self.failures.iter().filter(|(_, error)| error.may_be_allowed_yet()).chain(&self.still_denied)
    }
}

/// What steps run with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Applying<'a> {
    pub(crate) aws: &'a Aws,
    pub(crate) seed: &'a TokenSeed,
    pub(crate) bounds: Bounds,
}

/// How long steps may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) deadline: Deadline,
    /// Until when a value may be put that others go by.
    publishes_until: Deadline,
    /// Until when any denial that may pass is tried again, and not only one over what the plan made itself.
    denied_until: Option<Deadline>,
    /// How long it may wait for a step to be done.
    idle: Idle,
}

impl Bounds {
    pub(crate) const fn new(deadline: Deadline, idle: Idle) -> Self {
        Self { deadline, publishes_until: deadline, denied_until: None, idle }
    }

    /// Values are put within `span` alone: that is how long a look vouches for them. Whatever else a plan does has all
    /// the time that there is.
    pub(crate) fn publishing_within(self, span: Duration) -> Self {
        Self { publishes_until: self.deadline.within(span), ..self }
    }

    /// Whatever is denied and may be allowed yet is tried again for `span`.
    pub(crate) fn denied_for(self, span: Duration) -> Self {
        Self { denied_until: Some(self.deadline.within(span)), ..self }
    }

    fn of(&self, step: &Step<Change>) -> Deadline {
        if step.change.publishes() { self.publishes_until } else { self.deadline }
    }
}

/// Runs `plan`. A step that fails takes those that need it along; all others still run.
pub(crate) async fn apply(plan: &Plan<Change>, applying: Applying<'_>) -> Report {
    // A tally of its own tells which of its calls AWS throttles.
    Tally::of(carry_out(plan, applying)).await.0
}

async fn carry_out(plan: &Plan<Change>, applying: Applying<'_>) -> Report {
    let steps = plan.steps();
    let bounds = applying.bounds;
    let mut idle = bounds.idle;
    let said: Vec<Said> = steps.iter().map(|_| Said::default()).collect();
    let denied: Vec<Denied> = steps.iter().map(|_| Denied::default()).collect();
    let outcomes: Vec<OnceLock<Option<String>>> = steps.iter().map(|_| OnceLock::new()).collect();
    let mut report = Report::default();
    let mut started: Vec<Option<Arc<Tally>>> = vec![None; steps.len()];
    let mut running = FuturesUnordered::new();
    loop {
        if bounds.deadline.is_near() {
            report.cut_short |= started.iter().any(Option::is_none);
        } else {
            for (index, step) in steps.iter().enumerate() {
                let ready = step.needs.iter().all(|need| outcomes.get(*need).is_some_and(|made| made.get().is_some()));
                if !ready || started[index].is_some() {
                    continue;
                }
                if bounds.of(step).is_near() {
                    report.cut_short = true;
                    continue;
                }
                let tally = Tally::begin();
                started[index] = Some(Arc::clone(&tally));
                let trying = Trying { step, made: &outcomes, said: &said[index], denied: &denied[index], applying };
                let work = async move { (index, tally.count(run(trying)).await, tally) };
                running.push(work);
            }
        }
        let next = match idle.left() {
            Some(left) => tokio::time::timeout(left, running.next()).await,
            None => Ok(running.next().await),
        };
        let Ok(next) = next else {
            // What AWS throttles is on its way, however slowly.
            if !bounds.deadline.is_near() && !Tally::held_up_now().is_empty() {
                idle.ended();
                continue;
            }
            report.cut_short = true;
            let last =
                denied.iter().zip(steps).filter_map(|(denied, step)| Some((step.resource.clone(), denied.last()?)));
            report.still_denied = last.collect();
            break;
        };
        let Some((index, result, tally)) = next else { break };
        if result.is_ok() {
            idle.ended();
            report.idle = Some(idle);
        }
        let step = &steps[index];
        let (milliseconds, aws_request_ids) = (tally.milliseconds(), tally.request_ids());
        match result {
            Ok(made) => {
                if let Some(operation) = step.operation {
                    let id = made.clone().or_else(|| step.id.clone());
                    info!(
                        op = operation.as_str(),
                        resource_type = step.resource_type,
                        resource = step.resource,
                        id,
                        milliseconds,
                        aws_request_ids,
                        "changed"
                    );
                    report.changes.push(answer::Change {
                        op: operation,
                        resource_type: step.resource_type,
                        resource: step.resource.clone(),
                        id,
                    });
                }
                if let Some(id) = &made {
                    report.made.push((step.resource.clone(), id.clone()));
                }
                report.done.push(index);
                // A step runs once, so its outcome is set once.
                let _ = outcomes[index].set(made);
            }
            Err(Stopped::Deadline) => report.cut_short = true,
            Err(Stopped::Failed(error)) => {
                warn!(
                    op = step.operation.map(Operation::as_str),
                    resource_type = step.resource_type,
                    resource = step.resource,
                    api_action = error.action,
                    code = error.code,
                    %error,
                    milliseconds,
                    aws_request_ids,
                    "step failed"
                );
                report.never_showed |= error.class == Class::NotFound && !step.needs.is_empty();
                if error.may_be_allowed_yet() && concerns_what_stood(step) {
                    report.may_be_gone.insert(step.resource.clone());
                }
                report.failures.push((step.resource.clone(), error));
            }
        }
    }
    drop(running);
    for (index, step) in steps.iter().enumerate().filter(|(index, _)| outcomes[*index].get().is_none()) {
        let last_error = || started[index].as_ref().and_then(|tally| tally.last_error());
        if let Some(said) = said[index].last().or_else(last_error) {
            report.said.push((step.resource.clone(), said));
        }
    }
    report
}

/// Whether a step does something to what an earlier one makes. What a removal waits for is another matter: it stood.
fn concerns_what_was_made(step: &Step<Change>) -> bool {
    step.operation != Some(Operation::Delete) && !step.needs.is_empty()
}

/// Whether a step does something to what stood before the plan. What is made in something that stands is denied as long
/// as the tags of that do not count, which a run that was killed may have made a moment ago; what is made in nothing, a
/// role, a log group, goes by its own name and tags, and a denial of it has nothing to wait for.
fn concerns_what_stood(step: &Step<Change>) -> bool {
    let stands = |reference: &&Reference| matches!(reference, Reference::Present(_));
    let is_in_something = || step.change.references().iter().any(stands);
    !concerns_what_was_made(step) && (step.operation != Some(Operation::Create) || is_in_something())
}

enum Stopped {
    Deadline,
    Failed(CallError),
}

/// What a step was denied at its last try.
#[derive(Debug, Default)]
struct Denied(Mutex<Option<CallError>>);

impl Denied {
    fn note(&self, error: Option<CallError>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = error;
    }

    fn last(&self) -> Option<CallError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A step under way.
#[derive(Clone, Copy)]
struct Trying<'a> {
    step: &'a Step<Change>,
    made: &'a [OnceLock<Option<String>>],
    said: &'a Said,
    denied: &'a Denied,
    applying: Applying<'a>,
}

/// Runs one step, waiting out what passes by itself.
async fn run(trying: Trying<'_>) -> Result<Option<String>, Stopped> {
    let Trying { step, made, said, denied, applying } = trying;
    let Applying { aws, seed, bounds } = applying;
    let run = Run { aws, seed, made, said };
    let deadline = bounds.of(step);
    let patient = deadline.within(PATIENCE);
    let tags_count = concerns_what_was_made(step).then(|| deadline.within(TAGS_COUNT_WITHIN)).or(bounds.denied_until);
    let mut pause = FIRST_PAUSE;
    loop {
        let error = match tokio::time::timeout(deadline.left(), step.change.run(&run)).await {
            Err(_) => return Err(Stopped::Deadline),
            Ok(Ok(id)) => {
                denied.note(None);
                return Ok(id);
            }
            Ok(Err(error)) => error,
        };
        said.note(error.to_string());
        // "Not found" is waited out only for what this very plan made; any other means to look again.
        let until = match error.class {
            Class::NotFound => (!step.needs.is_empty()).then_some(patient),
            Class::Denied => tags_count.filter(|_| error.may_be_allowed_yet()),
            Class::InUse | Class::Spreading | Class::Throttled => Some(patient),
            _ => None,
        };
        if until.is_none_or(|until| until.is_near()) {
            denied.note(None);
            return Err(Stopped::Failed(error));
        }
        denied.note((error.class == Class::Denied).then_some(error));
        deadline.pause(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

//! One step, tried again while what hinders it passes by itself.

use std::{
    sync::{Mutex, OnceLock, PoisonError},
    time::Duration,
};

use super::Applying;
use crate::{
    aws::{CallError, Class},
    resources::{Change, Run, Said},
};
use ringfence_model::plan::{Operation, Reference, Refers, Step};

/// How long a step is tried again while AWS does not show yet what an earlier step made, or still keeps what an
/// earlier step let go. After that the next look decides.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a denial of something done to what the plan just made is tried again: the function's role goes by tags, and
/// AWS bounds nowhere how long a fresh one takes to count.
const TAGS_COUNT_WITHIN: Duration = Duration::from_secs(30);

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Whether a step does something to what an earlier one makes. What a removal waits for is another matter: it stood.
fn concerns_what_was_made(step: &Step<Change>) -> bool {
    step.operation != Some(Operation::Delete) && !step.needs.is_empty()
}

/// Whether a step does something to what stood before the plan. What is made in something that stands is denied as long
/// as the tags of that do not count, which a run that was killed may have made a moment ago; what is made in nothing, a
/// role, a log group, goes by its own name and tags, and a denial of it has nothing to wait for.
pub(super) fn concerns_what_stood(step: &Step<Change>) -> bool {
    let stands = |reference: &&Reference| matches!(reference, Reference::Present(_));
    let is_in_something = || step.change.references().iter().any(stands);
    !concerns_what_was_made(step) && (step.operation != Some(Operation::Create) || is_in_something())
}

/// Why a step did not come to its end.
pub(super) enum Stopped {
    Deadline,
    Failed(CallError),
}

/// What a step was denied at its last try.
#[derive(Debug, Default)]
pub(super) struct Denied(Mutex<Option<CallError>>);

impl Denied {
    fn note(&self, error: Option<CallError>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = error;
    }

    pub(super) fn last(&self) -> Option<CallError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A step under way.
#[derive(Clone, Copy)]
pub(super) struct Trying<'a> {
    pub(super) step: &'a Step<Change>,
    pub(super) made: &'a [OnceLock<Option<String>>],
    pub(super) said: &'a Said,
    pub(super) denied: &'a Denied,
    pub(super) applying: Applying<'a>,
}

/// Runs one step, waiting out what passes by itself.
pub(super) async fn run(trying: Trying<'_>) -> Result<Option<String>, Stopped> {
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

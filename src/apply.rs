//! Runs the steps of a plan, each as soon as all that it needs is there, until the deadline comes near.

use std::{sync::OnceLock, time::Duration};

use futures_util::{StreamExt, stream::FuturesUnordered};
use tracing::{info, warn};

use crate::{
    answer,
    aws::{Aws, CallError, Class, Tally},
    deadline::Deadline,
    plan::{Operation, Plan, Step},
    resources::{Act, Change, Run, TokenSeed},
};

/// How long a step is tried again while AWS does not show yet what an earlier step made, or still keeps what an
/// earlier step let go. After that the next look decides.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a denial of something done to what the plan just made is tried again.
const TAGS_COUNT_AFTER: Duration = Duration::from_secs(4);

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// What came of a plan.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// What was done, in the order in which it was done.
    pub(crate) changes: Vec<answer::Change>,
    /// The steps that failed: the resource's name within the environment, and why.
    pub(crate) failures: Vec<(String, CallError)>,
    /// Whether the deadline came before the end.
    pub(crate) cut_short: bool,
    /// Whether something that the plan made never showed: its client token may have been answered with what is gone.
    pub(crate) never_showed: bool,
    /// The IDs of what was made, by resource.
    pub(crate) made: Vec<(String, String)>,
}

impl Report {
    /// Whether all steps were done.
    pub(crate) fn is_complete(&self) -> bool {
        self.failures.is_empty() && !self.cut_short
    }

    /// The first failure that trying again will not mend.
    pub(crate) fn fatal(&self) -> Option<&(String, CallError)> {
        self.failures.iter().find(|(_, error)| !error.is_transient())
    }
}

/// What steps run with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Applying<'a> {
    pub(crate) aws: &'a Aws,
    pub(crate) seed: &'a TokenSeed,
    pub(crate) deadline: Deadline,
}

/// Runs `plan`. A step that fails takes those that need it along; all others still run.
pub(crate) async fn apply(plan: &Plan<Change>, applying: Applying<'_>) -> Report {
    let steps = plan.steps();
    let outcomes: Vec<OnceLock<Option<String>>> = steps.iter().map(|_| OnceLock::new()).collect();
    let mut report = Report::default();
    let mut started = vec![false; steps.len()];
    let mut running = FuturesUnordered::new();
    loop {
        if applying.deadline.is_near() {
            report.cut_short |= started.iter().any(|started| !started);
        } else {
            for (index, step) in steps.iter().enumerate() {
                let ready = step.needs.iter().all(|need| outcomes.get(*need).is_some_and(|made| made.get().is_some()));
                if ready && !std::mem::replace(&mut started[index], true) {
                    let outcomes = &outcomes;
                    running.push(async move { (index, Tally::of(run(step, outcomes, applying)).await) });
                }
            }
        }
        let Some((index, (result, tally))) = running.next().await else { break };
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
                report.failures.push((step.resource.clone(), error));
            }
        }
    }
    report
}

enum Stopped {
    Deadline,
    Failed(CallError),
}

/// Runs one step, waiting out what passes by itself.
async fn run(
    step: &Step<Change>,
    made: &[OnceLock<Option<String>>],
    applying: Applying<'_>,
) -> Result<Option<String>, Stopped> {
    let Applying { aws, seed, deadline } = applying;
    let run = Run { aws, seed, made };
    let patient = deadline.sooner(PATIENCE);
    let denied = deadline.sooner(TAGS_COUNT_AFTER);
    let mut pause = FIRST_PAUSE;
    loop {
        let error = match tokio::time::timeout(deadline.left(), step.change.run(&run)).await {
            Err(_) => return Err(Stopped::Deadline),
            Ok(Ok(id)) => return Ok(id),
            Ok(Err(error)) => error,
        };
        // "Not found" is waited out only for what this very plan made; any other means to look again.
        let passes = match error.class {
            Class::NotFound => !step.needs.is_empty(),
            // Tags that the function's role goes by may take a moment to count.
            Class::Denied => !step.needs.is_empty() && !denied.is_over(),
            Class::InUse | Class::Throttled => true,
            _ => false,
        };
        if !passes || patient.is_over() || deadline.is_near() {
            return Err(Stopped::Failed(error));
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

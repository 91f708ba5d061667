//! All steps of a plan, each as soon as all that it needs is there, until the deadline comes near.

use std::sync::{Arc, OnceLock};

use futures_util::{StreamExt, stream::FuturesUnordered};

use super::{
    Applying, Report,
    step::{Denied, Stopped, Trying, run},
};
use crate::{
    aws::Tally,
    resources::{Change, Said},
};
use ringfence_model::plan::{Plan, Step};

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
    let made: Vec<OnceLock<Option<String>>> = steps.iter().map(|_| OnceLock::new()).collect();
    let mut report = Report::default();
    let mut started: Vec<Option<Arc<Tally>>> = vec![None; steps.len()];
    let mut running = FuturesUnordered::new();
    loop {
        if bounds.deadline.is_near() {
            report.cut_short |= started.iter().any(Option::is_none);
        } else {
            for (index, step) in ready(steps, &made, &started) {
                if bounds.of(step).is_near() {
                    report.cut_short = true;
                    continue;
                }
                let tally = Tally::begin();
                started[index] = Some(Arc::clone(&tally));
                let trying = Trying { step, made: &made, said: &said[index], denied: &denied[index], applying };
                running.push(async move { (index, tally.count(run(trying)).await, tally) });
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
        match result {
            Ok(id) => {
                idle.ended();
                report.idle = Some(idle);
                report.succeeded(index, &steps[index], id.as_ref(), &tally);
                // A step runs once, so what it made is set once.
                let _ = made[index].set(id);
            }
            Err(Stopped::Deadline) => report.cut_short = true,
            Err(Stopped::Failed(error)) => report.failed(&steps[index], error, &tally),
        }
    }
    drop(running);
    for (index, step) in steps.iter().enumerate().filter(|(index, _)| made[*index].get().is_none()) {
        let last_error = || started[index].as_ref().and_then(|tally| tally.last_error());
        if let Some(said) = said[index].last().or_else(last_error) {
            report.said.push((step.resource.clone(), said));
        }
    }
    report
}

/// The steps that have all that they need and were not started yet.
fn ready<'a>(
    steps: &'a [Step<Change>],
    made: &[OnceLock<Option<String>>],
    started: &[Option<Arc<Tally>>],
) -> Vec<(usize, &'a Step<Change>)> {
    let is_made = |need: &usize| made.get(*need).is_some_and(|made| made.get().is_some());
    let waiting = steps.iter().enumerate().zip(started).filter(|(_, started)| started.is_none());
    waiting.map(|(step, _)| step).filter(|(_, step)| step.needs.iter().all(is_made)).collect()
}

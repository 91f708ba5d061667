//! One file a use case. Accepting a request changes what is wanted; reconciling brings about what is wanted.

mod accept;
mod announce;
mod attempt;
mod blockers;
mod carry_on;
mod create;
mod delete;
mod denials;
mod describe;
mod enqueue;
mod explain;
mod invocation;
mod judge;
mod list;
mod measure;
mod next_move;
mod orphans;
mod outcome;
mod pending;
mod plan;
mod proof;
mod publish;
mod reconcile;
mod resolve;
mod seen;
mod settle;
mod stale;
mod sweep;
mod swept;
mod tear_down;
mod triage;
mod work;

pub(crate) use enqueue::{Enqueued, Precondition};
pub(crate) use invocation::{Controller, Reply};
pub(crate) use swept::Sweep;

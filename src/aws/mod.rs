//! Speaking AWS: the clients, and what their errors mean. Nothing here knows what an environment is.

mod blame;
mod class;
mod clients;
mod counting;
mod denial;
mod error;
mod known;
pub(crate) mod limits;
mod passing;
#[cfg(test)]
pub(crate) mod recorded;
mod tally;

pub(crate) use blame::Blame;
pub(crate) use class::Class;
pub(crate) use clients::{Aws, Caller, OwnAws, connect};
pub(crate) use error::{CallError, Named, missing_field, out_of_time};
pub(crate) use tally::Tally;

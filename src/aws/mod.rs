//! Speaking AWS: the clients, and what their errors mean. Nothing here knows what an environment is.

mod clients;
mod counting;
mod error;
mod known;
pub(crate) mod limits;
mod tally;

pub(crate) use clients::{Aws, Caller};
pub(crate) use error::{CallError, Class, Named, missing_field, out_of_time};
pub(crate) use tally::Tally;

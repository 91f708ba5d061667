//! Speaking AWS: the clients, and what their errors mean. Nothing here knows what an environment is.

mod clients;
mod error;

pub(crate) use clients::Aws;
pub(crate) use error::{CallError, Class, Named, missing_field};

//! What is published of an environment: what is out, what is taken away, and whose names rest.

mod names;
mod publish;
mod state;
mod verdict;
mod withdraw;

pub(super) use names::NAME_RESTS;
pub(super) use publish::Published;
pub(super) use state::Publication;
pub(super) use verdict::{as_it_should_be, unproved};

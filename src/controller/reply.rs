//! What an invocation answers.

use serde::Serialize;

use super::{listing::Listing, swept::Sweep};
use crate::{answer::Answer, doctor::Diagnosis};
use ringfence_model::status::Status;

/// What an invocation answers.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Reply {
    /// About one environment.
    Environment(Box<Answer>),
    /// One environment, drawn.
    Picture(Picture),
    /// Of the installation, what it lacks.
    Diagnosis(Diagnosis),
    /// Of many, a page.
    Listing(Listing),
    /// Of all, what was found and done.
    Sweep(Sweep),
}

/// An environment as a drawing.
#[derive(Debug, Serialize)]
pub(crate) struct Picture {
    /// The drawing: a whole SVG document, without an XML declaration, so that it may stand in a page as it is.
    pub(crate) svg: String,
}

impl Reply {
    /// How the environment is that it is about.
    pub(crate) fn status(&self) -> Option<Status> {
        match self {
            Self::Environment(answer) => Some(answer.status),
            Self::Picture(_) | Self::Diagnosis(_) | Self::Listing(_) | Self::Sweep(_) => None,
        }
    }
}

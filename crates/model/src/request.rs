//! What is asked: one request, wherever it came from.

use jiff::{SignedDuration, Timestamp};

use crate::name::EnvironmentName;
use crate::spec::Spec;
use crate::text::words;

mod decode;
mod order;
#[cfg(any(test, feature = "testing"))]
mod schema;
#[cfg(test)]
mod tests;

pub use order::Order;

words! {
    /// What a request asks to be done.
    Action {
        /// Make an environment as its spec says: build it, change it, repair it.
        Create = "create",
        /// Remove an environment.
        Delete = "delete",
        /// Say what there is of an environment.
        Describe = "describe",
        /// Say what the installation lacks before its first environment.
        Doctor = "doctor",
        /// Say which environments there are.
        List = "list",
        /// Say what `create` would change.
        Plan = "plan",
        /// Look after every environment.
        Sweep = "sweep",
    }
}

words! {
    /// How `describe` answers.
    View {
        /// As an answer in JSON.
        Json = "json",
        /// As a drawing of the environment.
        Svg = "svg",
    }
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// About one environment.
    Environment(EnvironmentRequest),
    /// `doctor`
    Doctor,
    /// `list`
    List(ListRequest),
    /// `sweep`
    Sweep,
}

impl Request {
    /// What it asks to be done.
    #[must_use]
    pub const fn action(&self) -> Action {
        match self {
            Self::Environment(request) => request.ask.action(),
            Self::Doctor => Action::Doctor,
            Self::List(_) => Action::List,
            Self::Sweep => Action::Sweep,
        }
    }

    /// The environment that it is about, if it is about one.
    #[must_use]
    pub const fn environment(&self) -> Option<&EnvironmentName> {
        match self {
            Self::Environment(request) => Some(&request.environment),
            Self::Doctor | Self::List(_) | Self::Sweep => None,
        }
    }
}

/// A request about one environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentRequest {
    /// The environment.
    pub environment: EnvironmentName,
    /// What is asked of it.
    pub ask: Ask,
    /// When: what puts the requests for one environment in their order.
    pub requested_at: Timestamp,
}

/// What is asked of an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Make it so.
    Create(Box<Spec>),
    /// Remove it.
    Delete,
    /// Say what there is of it.
    Describe {
        /// How.
        view: View,
    },
    /// Say what `create` would change.
    Plan(Box<Spec>),
}

impl Ask {
    /// What it asks to be done.
    #[must_use]
    pub const fn action(&self) -> Action {
        match self {
            Self::Create(_) => Action::Create,
            Self::Delete => Action::Delete,
            Self::Describe { .. } => Action::Describe,
            Self::Plan(_) => Action::Plan,
        }
    }

    /// The spec, if it comes with one.
    #[must_use]
    pub fn spec(&self) -> Option<&Spec> {
        match self {
            Self::Create(spec) | Self::Plan(spec) => Some(spec),
            Self::Delete | Self::Describe { .. } => None,
        }
    }
}

/// `list`: which environments are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListRequest {
    /// How many at most: 1 to 100. Default: 50.
    pub limit: u16,
    /// Where the page before this one ended, as its answer said; opaque here, 1 to 2,048 characters.
    pub next_token: Option<String>,
}

impl ListRequest {
    /// How many at most when nothing is said.
    pub const DEFAULT_LIMIT: u16 = 50;
    /// How many at most.
    pub const MOST: u16 = 100;
}

/// What a request leaves to whatever carried it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Defaults {
    /// The carrier's own time, if it has one: when the event came to be, when the message was sent.
    pub requested_at: Option<Timestamp>,
    /// What the clock says.
    pub now: Timestamp,
}

impl Defaults {
    /// How far ahead of the clock a request may lie: clocks differ, but one that is hours ahead would shut out every
    /// request until then.
    pub const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

    /// When a request that does not say so was made: the carrier's own time, else now.
    #[must_use]
    pub fn requested_at(&self) -> Timestamp {
        self.requested_at.unwrap_or(self.now)
    }

    /// Whether `moment` lies too far ahead of the clock.
    #[must_use]
    pub fn is_ahead(&self, moment: Timestamp) -> bool {
        moment.duration_since(self.now) > Self::TOLERANCE
    }
}

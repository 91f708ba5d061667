//! Reading a request from JSON.

use jiff::Timestamp;
use serde_json::Value;

use super::{Action, Ask, Defaults, EnvironmentRequest, ListRequest, Request, View};
use crate::fault::{Faults, Fields, Node};
use crate::name::EnvironmentName;
use crate::spec::Spec;
use crate::text::Text;

/// The fields of a request, each with the actions that it belongs to.
pub(super) const FIELDS: &[(&str, &[Action])] = &[
    ("action", Action::ALL),
    ("environment", &[Action::Create, Action::Delete, Action::Describe, Action::Plan]),
    ("spec", &[Action::Create, Action::Plan]),
    ("requested_at", Action::ALL),
    ("limit", &[Action::List]),
    ("next_token", &[Action::List]),
    ("view", &[Action::Describe]),
];

/// The longest `next_token`, in characters.
pub(super) const LONGEST_TOKEN: usize = 2_048;

impl Request {
    /// Reads a request.
    ///
    /// Every action takes `requested_at`, so that a schedule may send the same template for all of them; `doctor`,
    /// `list` and `sweep` check it and make no use of it.
    ///
    /// # Errors
    /// Everything wrong with it, as far as it can be told: fields that are unknown or do not belong to the action,
    /// and all faults of the spec.
    pub fn decode(value: &Value, defaults: Defaults) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        match decode(value, defaults, &mut faults) {
            Some(request) => faults.or(request),
            None => Err(faults),
        }
    }
}

/// What it returns is of use only without faults; `None` comes with at least one.
fn decode(value: &Value, defaults: Defaults, faults: &mut Faults) -> Option<Request> {
    let known: Vec<&str> = FIELDS.iter().map(|(name, _)| *name).collect();
    let fields = Node::root(value).fields("an object: the request", &known, faults);
    value.as_object()?;
    let action: Option<Action> = read_required("action", &fields, faults);
    if let Some(action) = action {
        refuse_strangers(action, &fields, faults);
    }
    // While the action is not known, every field is looked at.
    let belongs = |name: &str| action.is_none_or(|action| belongs_to(name, action));
    let own = |name: &str| fields.get(name).filter(|_| belongs(name));

    let environment: Option<EnvironmentName> = if action.is_some() && belongs("environment") {
        read_required("environment", &fields, faults)
    } else {
        own("environment").and_then(|node| node.parse(faults))
    };
    let requested_at = read_requested_at(&fields, defaults, faults);
    let spec = own("spec").and_then(|node| Spec::read(&node, faults)).unwrap_or_default();
    let view = own("view").and_then(|node| node.parse(faults)).unwrap_or(View::Json);
    let limit = own("limit").and_then(|node| node.integer(1..=ListRequest::MOST, faults));
    let next_token = own("next_token").and_then(|node| read_token(&node, faults));

    let ask = match action? {
        Action::Create => Ask::Create(Box::new(spec)),
        Action::Delete => Ask::Delete,
        Action::Describe => Ask::Describe { view },
        Action::Plan => Ask::Plan(Box::new(spec)),
        Action::Doctor => return Some(Request::Doctor),
        Action::List => {
            let limit = limit.unwrap_or(ListRequest::DEFAULT_LIMIT);
            return Some(Request::List(ListRequest { limit, next_token }));
        }
        Action::Sweep => return Some(Request::Sweep),
    };
    Some(Request::Environment(EnvironmentRequest { environment: environment?, ask, requested_at: requested_at? }))
}

fn belongs_to(name: &str, action: Action) -> bool {
    FIELDS.iter().any(|(field, actions)| *field == name && actions.contains(&action))
}

/// Refuses the fields that belong to other actions.
fn refuse_strangers(action: Action, fields: &Fields<'_>, faults: &mut Faults) {
    for (name, actions) in FIELDS {
        if !actions.contains(&action) && fields.get(name).is_some() {
            let homes: Vec<String> = actions.iter().map(|home| format!("`{home}`")).collect();
            let message = format!("`{name}` belongs to {}, not to `{action}`", homes.join(", "));
            faults.push(&fields.pointer(name), message);
        }
    }
}

fn read_required<T: Text>(name: &str, fields: &Fields<'_>, faults: &mut Faults) -> Option<T> {
    match fields.get(name) {
        Some(node) => node.parse(faults),
        None => {
            let message = format!("expected {}; it is missing", T::EXPECTED);
            faults.push(&fields.pointer(name), message);
            None
        }
    }
}

fn read_requested_at(fields: &Fields<'_>, defaults: Defaults, faults: &mut Faults) -> Option<Timestamp> {
    let given = fields.get("requested_at");
    let moment = match &given {
        Some(node) => node.timestamp(faults)?,
        None => defaults.requested_at(),
    };
    if defaults.is_ahead(moment) {
        let whose = if given.is_some() { "" } else { " by the carrier" };
        let message = format!(
            "expected a moment at most 5 minutes ahead of the clock, which says {}; found {moment}{whose}",
            defaults.now
        );
        faults.push(&fields.pointer("requested_at"), message);
    }
    Some(moment)
}

fn read_token(node: &Node<'_>, faults: &mut Faults) -> Option<String> {
    let token = node.value().as_str().filter(|token| !token.is_empty() && token.chars().count() <= LONGEST_TOKEN);
    if token.is_none() {
        node.refuse("the next_token of the page before", faults);
    }
    token.map(str::to_owned)
}

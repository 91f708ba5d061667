//! Which environments a sweep has to work on. Pure.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{proof, publication::unproved};
use crate::{
    registry::{Desired, Record},
    resources::plan_stack,
};
use ringfence_model::{
    stack::{Export, Stack, exports},
    status::Status,
};
use ringfence_observed::Observed;
use ringfence_proof::prove;

/// How often everything of an environment is looked at, also what no bulk read tells.
const LOOK_AT_ALL: SignedDuration = SignedDuration::from_hours(24);

/// How long before an environment expires that is announced.
const ANNOUNCED_BEFORE: SignedDuration = SignedDuration::from_hours(1);

/// What an environment needs of a sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// Nothing, or nothing but what its holder does.
    Nothing,
    /// Work, now; why.
    Work(&'static str),
    /// A look at everything, since the last was over a day ago.
    Look,
}

/// What the record alone says; `None` when what AWS reports decides.
pub(super) fn by_record(record: &Record, observed: &Observed, owner: &str, now: Timestamp) -> Option<Need> {
    if record.is_held(owner, now) {
        return Some(Need::Nothing);
    }
    if !record.is_settled() {
        return Some(Need::Work("unfinished"));
    }
    if record.is_gone() {
        // A VPC whose creation was given up may show up later than anybody waited for it.
        let is_left = observed.vpc.is_some() || !observed.roles.is_empty();
        return Some(if is_left { Need::Work("left behind") } else { Need::Nothing });
    }
    match (record.desired, record.desired_at(now)) {
        (Desired::Present, Desired::Absent) => Some(Need::Work("expired")),
        // What was left behind, and could not be removed then.
        (Desired::Absent, _) => Some(Need::Work("left behind")),
        (Desired::Present, Desired::Present) => None,
    }
}

/// What a settled environment needs, given what AWS reports in bulk and the stack that should be.
pub(super) fn by_observation(record: &Record, observed: &Observed, stack: &Arc<Stack>, now: Timestamp) -> Need {
    if !observed.unread.is_empty() {
        // The look at it says what it is that the region refuses to tell.
        return Need::Work("unread");
    }
    if observed.vpc.is_none() || !observed.spare_vpcs.is_empty() {
        return Need::Work("drift");
    }
    match plan_stack(stack, observed) {
        Ok(plan) if plan.is_empty() => {}
        Ok(_) | Err(_) => return Need::Work("drift"),
    }
    let isolation = prove(observed, &proof::expectation(stack, observed));
    if unproved(&isolation).is_some() || record.status != Status::Ready {
        return Need::Work("proof");
    }
    let published = exports(stack, observed).is_some_and(|exports| {
        exports.last().is_some_and(|whole| {
            let name = whole.parameter_name(stack);
            observed.parameters.iter().any(|parameter| parameter.name == name && parameter.value == whole.value)
        })
    });
    if !published {
        return Need::Work(Export::WHOLE);
    }
    if record.looked_at.is_none_or(|looked_at| now.duration_since(looked_at) >= LOOK_AT_ALL) {
        return Need::Look;
    }
    Need::Nothing
}

/// The expiry that is to be announced now, if one is.
pub(super) fn expiry_to_announce(record: &Record, now: Timestamp) -> Option<Timestamp> {
    let expiry = record.expires_at().filter(|_| !record.is_protected())?;
    let is_near = expiry - ANNOUNCED_BEFORE <= now && now < expiry;
    // The record holds milliseconds.
    let announced = record.announced_expiry.map(|announced| announced.as_millisecond());
    (is_near && announced != Some(expiry.as_millisecond())).then_some(expiry)
}

#[cfg(test)]
mod tests;

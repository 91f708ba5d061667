//! What is published, and taken away again: steps over SSM parameters. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Change, Refusal,
    parameter::{ParameterChange, is_ours, is_whole},
};
use crate::aws::limits::PARAMETERS_A_CALL;
use ringfence_model::{
    plan::{Handle, Operation, Plan},
    stack::{Export, Owner, Stack, missing},
};
use ringfence_observed::{Observed, Parameter};

impl Change {
    /// Whether it puts a value that others go by.
    pub(crate) fn publishes(&self) -> bool {
        matches!(self.is_a(), Some(ParameterChange::Create { .. } | ParameterChange::Overwrite { .. }))
    }

    /// The parameter that it takes tags off.
    pub(crate) fn untagged(&self) -> Option<&str> {
        match self.is_a() {
            Some(ParameterChange::Untag { name, .. }) => Some(name),
            _ => None,
        }
    }
}

fn names(parameters: &[Parameter]) -> Vec<String> {
    parameters.iter().map(|parameter| parameter.name.clone()).collect()
}

/// Refuses where parameters of the names that will be published are somebody else's.
pub(crate) fn check_exports(stack: &Stack, observed: &Observed) -> Result<(), Refusal> {
    check(&stack.owner, &observed.parameters)
}

fn check(owner: &Owner, parameters: &[Parameter]) -> Result<(), Refusal> {
    match parameters.iter().find(|parameter| !is_ours(owner, parameter)) {
        Some(foreign) => Err(Refusal::Foreign { resource: Export::WHOLE.to_owned(), id: foreign.name.clone() }),
        None => Ok(()),
    }
}

/// The steps that publish `exports`, the whole set last so that who reads it reads a whole set. Parameters under the
/// environment's path that are no export are taken away, and so are those of another type, for the next plan to make.
///
/// Refused where parameters of these names are somebody else's.
pub(crate) fn draft_exports(
    stack: &Stack,
    parameters: &[Parameter],
    exports: &[Export],
) -> Result<Plan<Change>, Refusal> {
    draft_rest_of_exports(stack, parameters, exports, &BTreeSet::new())
}

/// The same, where tags that must go are off the parameters `untagged` already: no look shows that.
pub(crate) fn draft_rest_of_exports(
    stack: &Stack,
    parameters: &[Parameter],
    exports: &[Export],
    untagged: &BTreeSet<String>,
) -> Result<Plan<Change>, Refusal> {
    check(&stack.owner, parameters)?;
    let seen: BTreeMap<&str, &Parameter> =
        parameters.iter().map(|parameter| (parameter.name.as_str(), parameter)).collect();
    let mut plan = Plan::default();
    let mut before = Vec::new();
    for export in exports {
        let name = export.parameter_name(stack);
        let (value, list) = (export.value.clone(), export.list);
        let resource = format!("exports/{}", export.name);
        let after = if export.name == Export::WHOLE { before.as_slice() } else { &[] };
        let standing = seen.get(name.as_str());
        let kind = if list { "StringList" } else { "String" };
        if standing.is_some_and(|parameter| parameter.parameter_type != kind) {
            // SSM lets nobody change a parameter's type, and wants a pause between two of one name.
            let change = ParameterChange::Delete { names: vec![name.clone()] };
            before.push(plan.push(Operation::Delete, &*resource, Some(name), change, after));
            continue;
        }
        let operation = match standing {
            Some(parameter) if parameter.value == value => None,
            Some(_) => Some((Operation::Update, ParameterChange::Overwrite { name: name.clone(), value, list })),
            None => {
                let tags = stack.tags(&export.name);
                Some((Operation::Create, ParameterChange::Create { name: name.clone(), value, list, tags }))
            }
        };
        let mut steps: Vec<Handle> = Vec::new();
        if let Some((operation, change)) = operation {
            let id = (operation == Operation::Update).then(|| name.clone());
            let put = plan.push(operation, &*resource, id, change, after);
            steps.push(put);
            // The whole set waits for values alone: tags say nothing that anybody reads there.
            before.push(put);
        }
        let tags_seen = standing.and_then(|parameter| parameter.tags.as_ref());
        // Which tags it carries beside the right ones is not known: those that must go are taken off, there or not.
        let keys: Vec<String> = stack.retired_tags.iter().cloned().collect();
        if tags_seen.is_some() && !keys.is_empty() && !untagged.contains(&name) {
            let change = ParameterChange::Untag { name: name.clone(), keys };
            steps.push(plan.push(Operation::Update, &*resource, Some(name.clone()), change, &[]));
        }
        let tags = tags_seen.map(|seen| missing(&stack.tags(&export.name), seen)).unwrap_or_default();
        if !tags.is_empty() {
            // A parameter holds 50 tags as well: those that go are off first.
            let change = ParameterChange::Tag { name: name.clone(), tags };
            plan.push(Operation::Update, &*resource, Some(name), change, &steps);
        }
    }
    let wanted: Vec<String> = exports.iter().map(|export| export.parameter_name(stack)).collect();
    let surplus: Vec<String> = names(parameters).into_iter().filter(|name| !wanted.contains(name)).collect();
    for names in surplus.chunks(PARAMETERS_A_CALL) {
        let change = ParameterChange::Delete { names: names.to_vec() };
        plan.push(Operation::Delete, "exports", Some(names.join(",")), change, &[]);
    }
    Ok(plan)
}

/// The steps that withdraw everything published: the whole set first, so that nobody starts with a part of it.
pub(crate) fn draft_withdrawal(owner: &Owner, parameters: &[Parameter]) -> Plan<Change> {
    let mut plan = Plan::default();
    let ours = parameters.iter().filter(|parameter| is_ours(owner, parameter));
    let (whole, parts): (Vec<String>, Vec<String>) =
        ours.map(|parameter| parameter.name.clone()).partition(|name| is_whole(name));
    let mut before = Vec::new();
    for names in whole.chunks(PARAMETERS_A_CALL).chain(parts.chunks(PARAMETERS_A_CALL)) {
        let change = ParameterChange::Delete { names: names.to_vec() };
        let all = Some(names.join(","));
        before.push(plan.push(Operation::Delete, Export::WHOLE, all, change, &before));
    }
    plan
}

#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, sync::Arc};

use super::*;
use crate::resources::{Change, plan_removal, plan_stack, whole};
use ringfence_model::{
    plan::{Operation, Plan},
    stack::{Stack, some_stack},
};
use ringfence_observed::Observed;

fn managed() -> impl Iterator<Item = &'static Managed> {
    KINDS.iter().filter_map(|kind| kind.managed.as_ref())
}

#[test]
fn every_kind_is_seen_or_managed_and_says_its_type() {
    assert!(KINDS.iter().all(|kind| kind.observed.is_some() || kind.managed.is_some()));
    for Managed { resource_type, .. } in managed() {
        let parts: Vec<&str> = resource_type.split("::").collect();
        assert!(
            matches!(&*parts, ["AWS", service, what] if !service.is_empty() && !what.is_empty()),
            "{resource_type}"
        );
    }
}

#[test]
fn no_two_kinds_that_are_seen_have_one_type() {
    let seen = KINDS.iter().filter(|kind| kind.observed.is_some()).filter_map(|kind| kind.managed.as_ref());
    let types: Vec<&str> = seen.map(|managed| managed.resource_type).collect();
    assert_eq!(types.iter().collect::<BTreeSet<_>>().len(), types.len(), "{types:?}");
}

/// An environment without endpoints, which AWS has to be asked about first.
fn stack() -> Arc<Stack> {
    Arc::new(some_stack("10.42.0.0/16"))
}

/// The types of the resources that a plan makes or removes, those of kinds alone and none of parts.
fn types(plan: &Plan<Change>, operation: Operation) -> BTreeSet<&'static str> {
    let of_kinds: BTreeSet<&str> = managed().map(|managed| managed.resource_type).collect();
    let steps = plan.steps().iter().filter(|step| step.operation == Some(operation));
    steps.map(|step| step.resource_type).filter(|of| of_kinds.contains(of)).collect()
}

#[test]
fn what_is_made_is_removed() {
    let stack = stack();
    let nothing = Observed { prefix_lists: whole(&stack).prefix_lists, ..Observed::default() };
    let made = types(&plan_stack(&stack, &nothing).unwrap(), Operation::Create);
    let removed = types(&plan_removal(&stack.owner, &whole(&stack), false), Operation::Delete);
    assert!(made.len() > 8, "{made:?}");
    assert_eq!(made.difference(&removed).collect::<Vec<_>>(), Vec::<&&str>::new());
}

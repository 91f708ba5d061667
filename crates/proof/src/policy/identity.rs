//! What the policies of a role may allow.

use super::super::expectation::RoleExpectation;
use super::document::{Document, Statement};
use super::pattern::{covers, is_open};
use super::perimeter::Perimeter;
use super::permission::{Bounds, Permission};

/// What in a role's policy allows more than was asked for. `Deny` statements only take away.
pub(crate) fn objections_to_role_policy(
    document: &Document,
    role: &RoleExpectation,
    vpc: &str,
    perimeter: Perimeter<'_>,
) -> Vec<String> {
    let bounds = Bounds { role, vpc, perimeter };
    let judged = document.allowing().flat_map(|statement| {
        let objections = objections_to_statement(statement, bounds);
        objections.into_iter().map(|objection| format!("{} {objection}", statement.name))
    });
    judged.collect()
}

fn objections_to_statement(statement: &Statement, bounds: Bounds<'_>) -> Vec<String> {
    let Some(actions) = statement.actions.patterns() else {
        return vec!["allows all actions but some".to_owned()];
    };
    let Some(resources) = statement.resources.as_ref().and_then(|resources| resources.patterns()) else {
        return vec!["allows its actions on all resources but some".to_owned()];
    };
    let judged = actions.iter().flat_map(|action| objections_to_action(statement, action, resources, bounds));
    judged.collect()
}

fn objections_to_action(statement: &Statement, action: &str, resources: &[String], bounds: Bounds<'_>) -> Vec<String> {
    if is_open(action) || !action.contains(':') {
        return vec![format!("allows the wildcard {action}")];
    }
    let service = action.split(':').next().unwrap_or_default().to_ascii_lowercase();
    if service == "iam" || service == "sts" {
        // Another role, or another policy, is bound by nothing that is proved here.
        return vec![format!("allows {action}, by which the role could become another")];
    }
    let Some(permission) = Permission::of(action) else {
        return vec![format!("allows {action}, which is none of the actions that a role here may have")];
    };
    let unbound = permission.unbound(statement, action, bounds);
    let elsewhere = resources.iter().filter_map(|resource| permission.beyond(statement, action, resource, bounds));
    unbound.into_iter().chain(elsewhere).collect()
}

/// The S3 permissions in a role's policies that hold outside the VPC too: neither bound to it by `aws:SourceVpc`, nor
/// denied unless they come through it. Stolen credentials of the role would read the data from anywhere.
pub(crate) fn data_around_vpc(documents: &[Document], vpc: &str) -> Vec<String> {
    let mut found = Vec::new();
    for statement in documents.iter().flat_map(Document::allowing) {
        if statement.binds("aws:sourcevpc", &[vpc]) {
            continue;
        }
        let actions = statement.actions.patterns().unwrap_or_default();
        let resources = statement.resources.as_ref().and_then(|resources| resources.patterns()).unwrap_or_default();
        for action in actions.iter().filter(|action| reaches_s3(action)) {
            let denied = |resource: &String| {
                let mut all = documents.iter().flat_map(|document| &document.statements);
                all.any(|deny| denies_outside(deny, action, resource, vpc))
            };
            if !resources.iter().all(denied) {
                found.push(format!("{} allows {action} from outside {vpc} as well", statement.name));
            }
        }
    }
    found
}

/// Whether an action, or pattern of actions, may be one of S3.
fn reaches_s3(action: &str) -> bool {
    let service = action.split(':').next().unwrap_or_default().to_ascii_lowercase();
    covers(&service, "s3")
}

/// Whether a statement denies `action` on `resource` to whatever does not come through the VPC. A second condition
/// would leave a gap.
fn denies_outside(statement: &Statement, action: &str, resource: &str, vpc: &str) -> bool {
    let covered = |patterns: Option<&[String]>, text: &str| {
        let text = text.to_ascii_lowercase();
        patterns.is_some_and(|patterns| patterns.iter().any(|pattern| covers(&pattern.to_ascii_lowercase(), &text)))
    };
    let by_vpc = |statement: &Statement| {
        statement.conditions.iter().all(|condition| condition.catches_all_but("aws:sourcevpc", vpc))
    };
    !statement.allows
        && by_vpc(statement)
        && covered(statement.actions.patterns(), action)
        && statement.resources.as_ref().is_some_and(|resources| {
            resources.patterns().is_some_and(|patterns| patterns.iter().any(|pattern| covers(pattern, resource)))
        })
}

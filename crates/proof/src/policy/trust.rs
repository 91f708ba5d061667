//! Who may assume a role.

use super::document::{Document, Principals, Statement};
use super::perimeter::Perimeter;

/// What in a trust policy lets anybody in but `services`, or lets a service in on behalf of another account.
///
/// A service that acts for many accounts must be told for whose resources: else anybody who has it act on their own
/// resource, and knows the role's name, gets the role (the confused deputy). EC2 sends no `aws:SourceAccount`.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html>
pub(crate) fn objections_to_trust(document: &Document, services: &[String], perimeter: Perimeter<'_>) -> Vec<String> {
    let mut objections = Vec::new();
    for statement in document.allowing() {
        let name = &statement.name;
        let Principals::Named(principals) = &statement.principals else {
            objections.push(format!("{name} of the trust policy does not name its principals"));
            continue;
        };
        for (kind, principal) in principals {
            if kind != "Service" || !services.contains(principal) {
                objections.push(format!("{name} of the trust policy admits {kind} {principal}"));
            } else if !is_ec2(principal) && !perimeter.binds_to_account(statement, "aws:sourceaccount") {
                let account = perimeter.account;
                objections.push(format!("{name} does not bind {principal} by aws:SourceAccount to {account}"));
            }
        }
        if !assumes(statement) {
            objections.push(format!("{name} of the trust policy allows more than sts:AssumeRole"));
        }
    }
    objections
}

/// Whether `service` gets the role: a statement admits it under no condition but those that it meets.
pub(crate) fn assumable_by(document: &Document, service: &str) -> bool {
    let met: &[&str] = if is_ec2(service) { &[] } else { &["aws:sourceaccount", "aws:sourcearn"] };
    document.allowing().any(|statement| {
        let admitted = match &statement.principals {
            Principals::Named(named) => named.iter().any(|(kind, name)| kind == "Service" && name == service),
            Principals::Unsaid | Principals::Anyone | Principals::Inverted => false,
        };
        let conditions = statement.conditions.iter().all(|condition| met.contains(&condition.key()));
        admitted && conditions && assumes(statement)
    })
}

fn assumes(statement: &Statement) -> bool {
    let actions = statement.actions.patterns();
    actions.is_some_and(|actions| actions.iter().all(|action| action.eq_ignore_ascii_case("sts:AssumeRole")))
}

fn is_ec2(service: &str) -> bool {
    service.starts_with("ec2.")
}

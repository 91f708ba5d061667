//! The environment's IAM roles.

use super::super::evaluation::View;
use super::super::expectation::RoleExpectation;
use super::super::findings::Findings;
use super::super::policy::{
    Document, Perimeter, assumable_by, data_around_vpc, objections_to_role_policy, objections_to_trust,
};
use super::super::{Check, CheckName};
use ringfence_observed::Role;

/// Every role allows what was asked for and nothing else, to the services that were asked for and nobody else: its
/// trust policy, its inline policies, and no managed policy beside them.
pub(crate) fn role_bound(view: &View<'_>) -> Check {
    let mut findings = Findings::of(CheckName::RoleBound);
    let perimeter = Perimeter::of(view.expectation);
    for role in &view.observed.roles {
        let name = &role.name;
        let Some(wanted) = wanted(view, role) else {
            findings.fault(format!("{name} is no role of this environment"));
            continue;
        };
        match Document::parse(&role.trust_policy) {
            Err(error) => findings.fault(format!("the trust policy of {name} cannot be judged: {error}")),
            Ok(trust) => {
                for objection in objections_to_trust(&trust, &wanted.services, perimeter) {
                    findings.fault(format!("{name}: {objection}"));
                }
            }
        }
        for (policy, document) in documents(role, &mut findings) {
            for objection in objections_to_role_policy(&document, wanted, &view.vpc.id, perimeter) {
                findings.fault(format!("{name}: {policy}: {objection}"));
            }
        }
        for managed in &role.attached_policies {
            findings.fault(format!("{name} has the managed policy {managed}"));
        }
    }
    let names: Vec<_> = view.observed.roles.iter().map(|role| role.name.as_str()).collect();
    let unbound = if hands_interfaces_over(view) { UNBOUND_RECEIVER } else { "" };
    findings.conclude(if names.is_empty() {
        "there is no role".to_owned()
    } else {
        format!("{} allow what was asked for, to the services asked for{unbound}", names.join(", "))
    })
}

/// What no policy can bind: SageMaker AI attaches a job's interfaces in an account of its own, which AWS does not name.
const UNBOUND_RECEIVER: &str = "; to which account an interface of this VPC is handed over \
                                (ec2:CreateNetworkInterfacePermission) nothing bounds";

/// Whether a role may hand interfaces over to other accounts.
fn hands_interfaces_over(view: &View<'_>) -> bool {
    const ACTION: &str = "ec2:CreateNetworkInterfacePermission";
    let documents = view.observed.roles.iter().flat_map(|role| role.inline_policies.values());
    let documents: Vec<_> = documents.filter_map(|text| Document::parse(text).ok()).collect();
    documents.iter().flat_map(Document::allowing).any(|statement| {
        statement.actions.patterns().is_some_and(|actions| actions.iter().any(|one| one.eq_ignore_ascii_case(ACTION)))
    })
}

fn wanted<'a>(view: &View<'a>, role: &Role) -> Option<&'a RoleExpectation> {
    view.expectation.roles.iter().find(|wanted| wanted.name == role.name)
}

/// The inline policies of a role, by name; that one cannot be read is a fault.
fn documents<'a>(role: &'a Role, findings: &mut Findings) -> Vec<(&'a str, Document)> {
    let mut documents = Vec::new();
    for (policy, text) in &role.inline_policies {
        match Document::parse(text) {
            Ok(document) => documents.push((policy.as_str(), document)),
            Err(error) => findings.fault(format!("{}: {policy} cannot be judged: {error}", role.name)),
        }
    }
    documents
}

/// Whatever S3 data a role may touch, it may touch through this VPC alone.
pub(crate) fn data_through_this_vpc(view: &View<'_>) -> Check {
    let mut findings = Findings::of(CheckName::DataThroughThisVpc);
    for role in &view.observed.roles {
        let documents: Vec<_> = documents(role, &mut findings).into_iter().map(|(_, document)| document).collect();
        for objection in data_around_vpc(&documents, &view.vpc.id) {
            findings.fault(format!("{}: {objection}", role.name));
        }
    }
    findings.conclude(format!("no role touches S3 data but through {}", view.vpc.id))
}

/// The configured boundary is on every role. Required when one is configured.
pub(crate) fn permissions_boundary(view: &View<'_>) -> Check {
    let mut findings = Findings::of(CheckName::PermissionsBoundary);
    let Some(boundary) = view.expectation.permissions_boundary.as_deref() else {
        findings.fault("no permissions boundary is configured".to_owned());
        return findings.judge(false, "");
    };
    for role in &view.observed.roles {
        match role.permissions_boundary.as_deref() {
            Some(present) if present == boundary => {}
            Some(other) => findings.fault(format!("{} has the boundary {other}", role.name)),
            None => findings.fault(format!("{} has no permissions boundary", role.name)),
        }
    }
    findings.conclude(format!("{boundary} is on all {} roles", view.observed.roles.len()))
}

/// Every role is there, every service that was asked for can assume it, and EC2 finds it in its instance profile.
pub(crate) fn role_usable(view: &View<'_>) -> Check {
    let mut findings = Findings::of(CheckName::RoleUsable);
    for wanted in &view.expectation.roles {
        let name = &wanted.name;
        let Some(role) = view.observed.roles.iter().find(|role| role.name == *name) else {
            findings.fault(format!("{name} is not there"));
            continue;
        };
        // A trust policy that cannot be read is the matter of another check.
        let trust = Document::parse(&role.trust_policy).ok();
        for service in &wanted.services {
            if !trust.as_ref().is_some_and(|trust| assumable_by(trust, service)) {
                findings.fault(format!("{service} cannot assume {name}"));
            }
        }
        if let Some(profile) = &wanted.instance_profile {
            let found = view.observed.instance_profiles.iter().find(|found| found.name == *profile);
            if !found.is_some_and(|found| found.roles.contains(name)) {
                findings.fault(format!("the instance profile {profile} does not hold {name}"));
            }
        }
    }
    let roles = view.expectation.roles.len();
    findings.conclude(format!("the services asked for can assume all {roles} roles"))
}

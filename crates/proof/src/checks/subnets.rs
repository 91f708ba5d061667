//! Every subnet under rules of its own, the defaults out of the way.

use super::super::evaluation::View;
use super::super::findings::Findings;
use super::super::{Check, CheckName};

/// Every subnet of the environment is there, and has a route table and a network ACL that are not the defaults.
pub(crate) fn every_subnet_explicit(view: &View<'_>) -> Check {
    let mut findings = Findings::of(CheckName::EverySubnetExplicit);
    for wanted in view.own_subnets() {
        let Some(place) = view.places.iter().find(|place| place.subnet.id == wanted) else {
            findings.fault(format!("{wanted} is not reported"));
            continue;
        };
        match view.forwarding(place).map(|forwarding| forwarding.table) {
            Some(table) if !table.associations.iter().any(|association| association.subnet == wanted) => {
                findings.fault(format!("{wanted} has no route table of its own, {} (main) serves it", table.id));
            }
            Some(table) if table.main => findings.fault(format!("{wanted} is served by {} (main)", table.id)),
            Some(_) => {}
            None => findings.fault(format!("no route table is reported for {wanted}")),
        }
        match view.access_list(place).map(|list| list.acl) {
            Some(acl) if acl.default => findings.fault(format!("{wanted} is under {} (default)", acl.id)),
            Some(_) => {}
            None => findings.fault(format!("no network ACL is reported for {wanted}")),
        }
    }
    let wanted = view.own_subnets().count();
    if wanted == 0 {
        findings.fault("the environment has no subnets".to_owned());
    }
    findings.conclude(format!("all {wanted} subnets have a route table and a network ACL of their own"))
}

/// The default ACL allows nothing and serves no subnet of the environment: a subnet that somebody adds falls under it.
pub(crate) fn default_acl_unused(view: &View<'_>) -> Check {
    let mut findings = Findings::of(CheckName::DefaultAclUnused);
    let Some(acl) = view.observed.network_acls.iter().find(|acl| acl.default) else {
        findings.fault(format!("no default network ACL of {} is reported", view.vpc.id));
        return findings.conclude("");
    };
    let allowing = acl.entries.iter().filter(|entry| entry.allow).count();
    if allowing > 0 {
        findings.fault(format!("{} (default) has {allowing} entries that allow traffic", acl.id));
    }
    for place in view.own_places() {
        if view.access_list(place).is_some_and(|list| list.acl.default) {
            findings.fault(format!("{} (default) serves {}", acl.id, place.subnet.id));
        }
    }
    findings.conclude(format!("{} (default) allows nothing and serves no subnet of the environment", acl.id))
}

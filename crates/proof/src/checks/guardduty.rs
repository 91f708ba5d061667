//! What Amazon GuardDuty puts into a VPC by itself, where an account or organization has it watch runtimes.

use ipnet::IpNet;

use super::super::evaluation::View;
use super::super::findings::Findings;
use super::super::policy::{Document, Perimeter};
use super::super::ports::HTTPS;
use super::super::{Check, CheckName};
use ringfence_observed::{
    Direction, Protocol, SecurityGroup, SecurityGroupRule, Source, Tags, VpcEndpoint, VpcEndpointType,
};

/// The tag that GuardDuty puts on its endpoint and group
/// (<https://docs.aws.amazon.com/guardduty/latest/ug/runtime-monitoring-shared-vpc.html>).
const MANAGED: (&str, &str) = ("GuardDutyManaged", "true");

/// How GuardDuty names its groups, before the ID of the VPC
/// (<https://github.com/hashicorp/terraform-provider-aws/pull/46953>).
const GROUP: &str = "GuardDutyManagedSecurityGroup-";

fn is_managed(tags: &Tags) -> bool {
    tags.get(MANAGED.0).is_some_and(|value| value == MANAGED.1)
}

/// Whether an endpoint is the one that GuardDuty may have: tagged as its own, and to its service in this region. What
/// is checked of it is [`guardduty_contained`].
pub(super) fn is_of_guardduty(view: &View<'_>, endpoint: &VpcEndpoint) -> bool {
    is_managed(&endpoint.tags)
        && endpoint.endpoint_type == VpcEndpointType::Interface
        && view.expectation.guardduty.contains(&endpoint.service_name)
}

/// Whether a group guards GuardDuty's own interfaces and no others. It admits every address of the VPC, and whoever is
/// behind an attachment may give one as source: what comes by it reaches GuardDuty's service, and no host.
pub(super) fn guards_guardduty_alone(view: &View<'_>, group: &SecurityGroup) -> bool {
    let endpoints = view.living_endpoints().filter(|endpoint| is_of_guardduty(view, endpoint));
    let own: Vec<&String> = endpoints.flat_map(|endpoint| &endpoint.interfaces).collect();
    let mut guarded = view.observed.interfaces.iter().filter(|one| one.security_groups.contains(&group.id));
    is_managed(&group.tags)
        && !view.expectation.guardduty.is_empty()
        && guarded.all(|interface| own.contains(&&interface.id))
}

/// What is tagged as GuardDuty's is what GuardDuty makes: an endpoint of its service in this region, whose policy
/// admits this account alone, and a group that lets in HTTPS from inside the VPC and nothing else. Where the spec
/// refuses GuardDuty, there is none of it.
pub(crate) fn guardduty_contained(view: &View<'_>) -> Check {
    let mut findings = Findings::of(CheckName::GuardDutyContained);
    let endpoints: Vec<_> = view.living_endpoints().filter(|endpoint| is_managed(&endpoint.tags)).collect();
    let groups = view.observed.security_groups.iter().filter(|group| is_managed(&group.tags));
    let groups: Vec<_> = groups.collect();
    if view.expectation.guardduty.is_empty() {
        for endpoint in &endpoints {
            findings
                .fault(format!("{} ({}) is GuardDuty's, which egress.guardduty refuses", endpoint.id, endpoint.state));
        }
        for group in &groups {
            findings.fault(format!("{} ({}) is GuardDuty's, which egress.guardduty refuses", group.id, group.name));
        }
        return findings.conclude("nothing in the VPC is tagged as GuardDuty's");
    }
    for endpoint in &endpoints {
        judge_endpoint(view, endpoint, &mut findings);
    }
    for group in &groups {
        judge_group(view, group, &mut findings);
    }
    let ids: Vec<_> =
        endpoints.iter().map(|endpoint| &endpoint.id).chain(groups.iter().map(|group| &group.id)).collect();
    let ids: Vec<_> = ids.into_iter().map(String::as_str).collect();
    findings.conclude(if ids.is_empty() {
        "nothing in the VPC is tagged as GuardDuty's".to_owned()
    } else {
        format!("what GuardDuty put into the VPC serves this account alone, from inside alone: {}", ids.join(", "))
    })
}

fn judge_endpoint(view: &View<'_>, endpoint: &VpcEndpoint, findings: &mut Findings) {
    let VpcEndpoint { id, service_name, .. } = endpoint;
    if !is_of_guardduty(view, endpoint) {
        findings.fault(format!(
            "{id} is tagged {} and leads to {service_name}, which is not GuardDuty's service in this region",
            MANAGED.0
        ));
    }
    match Document::parse(&endpoint.policy) {
        Err(error) => findings.fault(format!("the policy of {id} cannot be judged: {error}")),
        Ok(document) if Perimeter::of(view.expectation).admits_own_principals_alone(&document) => {}
        Ok(_) => {
            let account = &view.expectation.account;
            findings.fault(format!("the policy of {id} ({service_name}) admits others than account {account}"));
        }
    }
}

fn judge_group(view: &View<'_>, group: &SecurityGroup, findings: &mut Findings) {
    let SecurityGroup { id, name, .. } = group;
    let vpc = &view.vpc.id;
    if name.strip_prefix(GROUP) != Some(vpc.as_str()) {
        findings.fault(format!("{id} is tagged {} and named {name}, not as GuardDuty names its group", MANAGED.0));
    }
    let stray = |rule: &&SecurityGroupRule| rule.direction == Direction::Ingress && !is_https_from_inside(view, rule);
    if group.rules.iter().any(|rule| stray(&rule)) {
        findings.fault(format!("{id} ({name}) lets in more than TCP 443 from inside {vpc}"));
    }
}

fn is_https_from_inside(view: &View<'_>, rule: &SecurityGroupRule) -> bool {
    let inside = match &rule.source {
        Source::Cidr(block) => view.vpc_blocks().any(|own: IpNet| own.contains(block)),
        Source::Group(group) => view.observed.security_groups.iter().any(|known| known.id == *group),
        Source::PeerGroup(_) | Source::PrefixList(_) => false,
    };
    inside && rule.protocol == Protocol::Tcp && rule.ports == HTTPS
}

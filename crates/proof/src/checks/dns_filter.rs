//! The rules of DNS Firewall, evaluated as Route 53 Resolver evaluates them.

use super::super::evaluation::View;
use super::super::findings::Findings;
use super::super::{Check, CheckName};
use ringfence_observed::{FirewallAssociation, FirewallRule};

/// DNS answers allowed names alone. The resolver that AWS provides is asked at an address that neither ACLs nor groups
/// filter, so that a network without any route out still leaks by the names it looks up:
/// <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html>
pub(crate) fn dns_filtered(view: &View<'_>) -> Check {
    let mut findings = Findings::of(CheckName::DnsFiltered);
    let Some(allowed) = &view.expectation.allowed_domains else {
        findings.fault(
            "the AWS-provided resolver answers any name and neither ACLs nor groups filter it: data could leave by DNS; \
             set egress.allow_domains"
                .to_owned(),
        );
        return findings.judge(false, "");
    };
    let vpc = &view.vpc.id;
    if !blocks_the_rest(view, allowed, &mut findings) {
        findings.fault(format!(
            "no DNS Firewall that is in force for {vpc} blocks what is not allowed, and neither ACLs nor groups filter \
             the resolver that AWS provides"
        ));
    }
    match view.observed.firewall_fail_open.as_deref() {
        Some("DISABLED") => {}
        Some(other) => {
            findings
                .fault(format!("DNS of {vpc} answers any name when its DNS Firewall does not (fail open: {other})"));
        }
        None => findings.fault(format!("whether DNS of {vpc} fails open is not reported")),
    }
    let names = allowed.len();
    findings.conclude(format!("DNS of {vpc} answers for the {names} names that are allowed, and fails closed"))
}

/// Asks one rule after the other, as the resolver does: associations by their priority, the rules of each by theirs,
/// and the first that matches decides. Whether all that is not allowed is blocked in the end; what passes before is a
/// fault.
fn blocks_the_rest(view: &View<'_>, allowed: &[String], findings: &mut Findings) -> bool {
    let mut associations: Vec<&FirewallAssociation> = view.observed.firewall_associations.iter().collect();
    associations.sort_by_key(|association| association.priority);
    for association in associations {
        let Some(group) = view.observed.firewall_rule_groups.iter().find(|group| group.id == association.rule_group)
        else {
            findings.fault(format!(
                "the rules of {}, which {} brings in, are not reported",
                association.rule_group, association.id
            ));
            continue;
        };
        let mut rules: Vec<&FirewallRule> = group.rules.iter().collect();
        rules.sort_by_key(|rule| rule.priority);
        for rule in rules {
            // One that comes or goes may let pass already or still, but must not be relied upon.
            if rule.action != "BLOCK" {
                if let Some(stray) = stray(view, rule, allowed) {
                    findings.fault(format!("{} lets {stray} pass, which is not allowed", group.id));
                }
            } else if association.status == "COMPLETE" && blocks_everything(view, rule) {
                return true;
            }
        }
    }
    false
}

/// What a rule lets pass that is not allowed.
fn stray(view: &View<'_>, rule: &FirewallRule, allowed: &[String]) -> Option<String> {
    match domains(view, rule) {
        None => Some("names that are not reported".to_owned()),
        Some(domains) => domains.iter().find(|domain| !allowed.iter().any(|name| covers(name, domain))).cloned(),
    }
}

fn blocks_everything(view: &View<'_>, rule: &FirewallRule) -> bool {
    let denies = matches!(rule.block_response.as_str(), "NXDOMAIN" | "NODATA");
    let all = domains(view, rule).is_some_and(|domains| domains.iter().any(|domain| domain == "*"));
    denies && all && rule.query_type.is_empty()
}

/// The names that a rule is about, where they are reported.
fn domains<'v>(view: &View<'v>, rule: &FirewallRule) -> Option<&'v [String]> {
    let mut lists = view.observed.firewall_domain_lists.iter();
    lists.find(|list| list.id == rule.domain_list).map(|list| list.domains.as_slice())
}

/// Whether every name that `domain` stands for is one that `name` stands for. `*.example.org` does not stand for
/// `example.org` (<https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-dns-firewall-domain-lists.html>).
fn covers(name: &str, domain: &str) -> bool {
    name == domain
        || name.strip_prefix('*').is_some_and(|end| {
            end.starts_with('.')
                && domain.strip_prefix("*").unwrap_or(domain).ends_with(end)
                && domain.len() > end.len()
        })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::covers;

    #[rstest]
    #[case("pypi.org", "pypi.org", true)]
    #[case("*.pypi.org", "files.pypi.org", true)]
    #[case("*.pypi.org", "*.pypi.org", true)]
    #[case("*.pypi.org", "*.files.pypi.org", true)]
    #[case("*.pypi.org", "pypi.org", false)]
    #[case("*.pypi.org", "notpypi.org", false)]
    #[case("pypi.org", "*.pypi.org", false)]
    #[case("pypi.org", "*", false)]
    #[case("*.pypi.org", "*", false)]
    #[case("*.pypi.org", "*.org", false)]
    fn a_name_covers_what_is_below_it(#[case] name: &str, #[case] domain: &str, #[case] expected: bool) {
        assert_eq!(covers(name, domain), expected);
    }
}

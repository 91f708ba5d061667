//! DNS Firewall, and single mistakes in it.

use rstest::rstest;

use super::fixture::Environment;
use crate::CheckName;
use ringfence_observed::{FirewallAssociation, FirewallDomainList, FirewallRule, FirewallRuleGroup};

/// A healthy environment in which DNS is filtered.
fn filtered() -> Environment {
    let mut environment = Environment::healthy();
    environment.expectation.allowed_domains = Some(vec!["*.internal".to_owned(), "pypi.org".to_owned()]);
    let observed = &mut environment.observed;
    observed.firewall_domain_lists = vec![list("fdl-allowed", "pypi.org"), list("fdl-blocked", "*")];
    observed.firewall_rule_groups = vec![FirewallRuleGroup {
        id: "frg-1".to_owned(),
        arn: String::new(),
        name: "fraud-v3-dns-firewall".to_owned(),
        rules: vec![rule(200, "BLOCK", "fdl-blocked"), rule(100, "ALLOW", "fdl-allowed")],
        tags: None,
    }];
    observed.firewall_associations = vec![association("frg-1", 101)];
    observed.firewall_fail_open = Some("DISABLED".to_owned());
    environment
}

fn list(id: &str, domain: &str) -> FirewallDomainList {
    let domains = vec![domain.to_owned()];
    FirewallDomainList { id: id.to_owned(), arn: String::new(), name: id.to_owned(), domains, tags: None }
}

fn rule(priority: i32, action: &str, domain_list: &str) -> FirewallRule {
    FirewallRule {
        priority,
        action: action.to_owned(),
        domain_list: domain_list.to_owned(),
        threat_protection: String::new(),
        block_response: if action == "BLOCK" { "NXDOMAIN".to_owned() } else { String::new() },
        redirection: "TRUST_REDIRECTION_DOMAIN".to_owned(),
        query_type: String::new(),
    }
}

fn association(rule_group: &str, priority: i32) -> FirewallAssociation {
    let (rule_group, status) = (rule_group.to_owned(), "COMPLETE".to_owned());
    FirewallAssociation { id: format!("assoc-{priority}"), rule_group, priority, status, protected: false }
}

/// A group of somebody else's with one rule, associated before or after ours.
fn foreign(environment: &mut Environment, priority: i32, foreign: FirewallRule) {
    let group = &mut environment.observed.firewall_rule_groups;
    let (id, arn, name) = ("frg-foreign".to_owned(), String::new(), "other".to_owned());
    group.push(FirewallRuleGroup { id, arn, name, rules: vec![foreign], tags: None });
    environment.observed.firewall_associations.push(association("frg-foreign", priority));
}

#[test]
fn a_filter_holds_and_is_required() {
    let check = filtered().check(CheckName::DnsFiltered);
    assert!(check.holds && check.required, "{}", check.because);
}

#[test]
fn without_one_it_is_said_plainly_and_not_required() {
    let check = Environment::healthy().check(CheckName::DnsFiltered);
    assert!(!check.holds && !check.required);
    assert!(check.because.contains("neither ACLs nor groups filter it"), "{}", check.because);
}

#[rstest]
#[case::blocks_first(|it: &mut Environment| foreign(it, 50, rule(1, "BLOCK", "fdl-of-others")))]
#[case::allows_after(|it: &mut Environment| foreign(it, 9000, rule(1, "ALLOW", "fdl-of-others")))]
#[case::no_data(|it: &mut Environment| {
    it.observed.firewall_rule_groups[0].rules[0].block_response = "NODATA".to_owned();
})]
#[case::less_than_allowed(|it: &mut Environment| it.observed.firewall_domain_lists[0].domains.clear())]
#[case::below_what_is_allowed(|it: &mut Environment| {
    it.observed.firewall_domain_lists[0].domains.push("host.internal".to_owned());
})]
fn what_lets_nothing_more_pass_is_no_mistake(#[case] change: fn(&mut Environment)) {
    let mut environment = filtered();
    change(&mut environment);
    let check = environment.check(CheckName::DnsFiltered);
    assert!(check.holds, "{}", check.because);
}

#[rstest]
#[case::no_association(|it: &mut Environment| it.observed.firewall_associations.clear(), "vpc-1")]
#[case::association_going(
    |it: &mut Environment| it.observed.firewall_associations[0].status = "DELETING".to_owned(), "vpc-1"
)]
#[case::association_coming(
    |it: &mut Environment| it.observed.firewall_associations[0].status = "UPDATING".to_owned(), "vpc-1"
)]
#[case::fail_open(
    |it: &mut Environment| it.observed.firewall_fail_open = Some("ENABLED".to_owned()), "fail open: ENABLED"
)]
#[case::fail_open_not_reported(|it: &mut Environment| it.observed.firewall_fail_open = None, "not reported")]
#[case::another_name_allowed(
    |it: &mut Environment| it.observed.firewall_domain_lists[0].domains.push("evil.example".to_owned()),
    "evil.example"
)]
#[case::all_allowed(|it: &mut Environment| it.observed.firewall_domain_lists[0].domains.push("*".to_owned()), "* pass")]
#[case::block_list_emptied(|it: &mut Environment| it.observed.firewall_domain_lists[1].domains.clear(), "vpc-1")]
#[case::block_rule_removed(|it: &mut Environment| { it.observed.firewall_rule_groups[0].rules.remove(0); }, "vpc-1")]
#[case::alert_instead_of_block(
    |it: &mut Environment| it.observed.firewall_rule_groups[0].rules[0].action = "ALERT".to_owned(), "* pass"
)]
#[case::answered_with_another_name(
    |it: &mut Environment| it.observed.firewall_rule_groups[0].rules[0].block_response = "OVERRIDE".to_owned(), "vpc-1"
)]
#[case::one_type_of_query_blocked(
    |it: &mut Environment| it.observed.firewall_rule_groups[0].rules[0].query_type = "A".to_owned(), "vpc-1"
)]
#[case::foreign_group_first(|it: &mut Environment| foreign(it, 50, rule(1, "ALLOW", "fdl-of-others")), "frg-foreign")]
#[case::foreign_group_unknown(
    |it: &mut Environment| it.observed.firewall_associations.push(association("frg-unknown", 50)), "frg-unknown"
)]
fn a_mistake_is_caught(#[case] mistake: fn(&mut Environment), #[case] reason: &str) {
    let mut environment = filtered();
    mistake(&mut environment);
    let check = environment.check(CheckName::DnsFiltered);
    assert!(!check.holds && check.required, "{check:?}");
    assert!(check.because.contains(reason), "{}", check.because);
}

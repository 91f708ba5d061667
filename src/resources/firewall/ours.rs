//! Which parts of a DNS Firewall are ours.
//!
//! Names of lists and groups are not unique, so that somebody else's of the same name is in nobody's way. A bulk read
//! tells no tags: there a part is taken for ours by its name.

use ringfence_model::stack::{DNS_FIREWALL, Owner};
use ringfence_observed::{FirewallDomainList, FirewallRuleGroup, Observed, Tags};

/// Our domain lists of this name within the environment, the one that counts first: it is in use, or has the smallest
/// ID.
pub(super) fn lists<'a>(owner: &Owner, observed: &'a Observed, name: &str) -> Vec<&'a FirewallDomainList> {
    let name = owner.full_name(name);
    let in_use = |list: &FirewallDomainList| {
        let mut rules = observed.firewall_rule_groups.iter().flat_map(|group| &group.rules);
        rules.any(|rule| rule.domain_list == list.id)
    };
    let ours = observed.firewall_domain_lists.iter().filter(|list| list.name == name && is_ours(owner, &list.tags));
    let mut ours: Vec<&FirewallDomainList> = ours.collect();
    ours.sort_by_key(|list| (!in_use(list), &list.id));
    ours
}

/// Our rule groups, the one that counts first: it is associated with the VPC, or has the smallest ID.
pub(super) fn groups<'a>(owner: &Owner, observed: &'a Observed) -> Vec<&'a FirewallRuleGroup> {
    let name = owner.full_name(DNS_FIREWALL);
    let in_use = |group: &FirewallRuleGroup| {
        observed.firewall_associations.iter().any(|association| association.rule_group == group.id)
    };
    let ours = observed.firewall_rule_groups.iter().filter(|group| group.name == name && is_ours(owner, &group.tags));
    let mut ours: Vec<&FirewallRuleGroup> = ours.collect();
    ours.sort_by_key(|group| (!in_use(group), &group.id));
    ours
}

fn is_ours(owner: &Owner, tags: &Option<Tags>) -> bool {
    tags.as_ref().is_none_or(|tags| owner.owns(tags))
}

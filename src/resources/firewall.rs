//! What the kinds of a DNS Firewall share: whose a part is, the order in which parts go, tags.
//!
//! Names of lists and groups are not unique, so that somebody else's of the same name is in nobody's way. A bulk read
//! tells no tags: there a part is taken for ours by its name.

use aws_sdk_route53resolver::types::Tag;

use super::{
    Change, Draft, Look, Removal, Stage, firewall_association::FirewallAssociationChange,
    firewall_domain_list::FirewallDomainListChange, firewall_rule_group::FirewallRuleGroupChange,
};
use crate::aws::{Aws, CallError, Named};
use ringfence_model::{
    plan::Handle,
    stack::{ALLOWED_DOMAINS, BLOCKED_DOMAINS, DNS_FIREWALL, Owner},
};
use ringfence_observed::{FirewallDomainList, FirewallRuleGroup, Observed, Tags};

pub(super) const LIST_TYPE: &str = "AWS::Route53Resolver::FirewallDomainList";
pub(super) const GROUP_TYPE: &str = "AWS::Route53Resolver::FirewallRuleGroup";
pub(super) const ASSOCIATION_TYPE: &str = "AWS::Route53Resolver::FirewallRuleGroupAssociation";

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

/// A step that removes a part: when it goes, its type, its name within the environment, its ID, and the change.
type Going = (Stage, &'static str, &'static str, String, Change);

/// Everything of a DNS Firewall that is ours, or only what is left over from creations that were tried again.
fn going(owner: &Owner, observed: &Observed, all: bool) -> Vec<Going> {
    let mut going = Vec::new();
    let kept = usize::from(!all);
    for group in groups(owner, observed).into_iter().skip(kept) {
        for association in
            observed.firewall_associations.iter().filter(|association| association.rule_group == group.id)
        {
            let change = FirewallAssociationChange::removal(association);
            let change = Change::firewall_association(change);
            going.push((Stage::FirewallRules, ASSOCIATION_TYPE, DNS_FIREWALL, association.id.clone(), change));
        }
        for rule in &group.rules {
            let change = FirewallRuleGroupChange::DeleteRule { group: group.id.clone(), rule: rule.clone() };
            let change = Change::firewall_rule_group(change);
            going.push((Stage::FirewallRules, GROUP_TYPE, DNS_FIREWALL, group.id.clone(), change));
        }
        let change = Change::firewall_rule_group(FirewallRuleGroupChange::Delete { id: group.id.clone() });
        going.push((Stage::Firewalls, GROUP_TYPE, DNS_FIREWALL, group.id.clone(), change));
    }
    for name in [ALLOWED_DOMAINS, BLOCKED_DOMAINS] {
        for list in lists(owner, observed, name).into_iter().skip(kept) {
            let change = Change::firewall_domain_list(FirewallDomainListChange::Delete { id: list.id.clone() });
            going.push((Stage::Firewalls, LIST_TYPE, name, list.id.clone(), change));
        }
    }
    going
}

/// Adds the steps that remove what is not wanted: all of it, or only spares.
pub(super) fn draft_going(draft: &mut Draft<'_>, all: bool) {
    let owner = draft.stack.owner.clone();
    let mut first: Vec<Handle> = Vec::new();
    let mut going = going(&owner, draft.observed, all);
    going.sort_by_key(|(stage, ..)| *stage);
    for (stage, resource_type, name, id, change) in going {
        if stage == Stage::FirewallRules {
            first.push(draft.delete(resource_type, name, &id, change, &[]));
        } else {
            draft.delete(resource_type, name, &id, change, &first);
        }
    }
}

/// Adds the steps that remove all of it.
pub(super) fn draft_removal(removal: &mut Removal<'_>) {
    for (stage, resource_type, name, id, change) in going(removal.owner, removal.observed, true) {
        removal.delete(stage, resource_type, name, &id, change);
    }
}

/// The tags of a part, by its ARN; none in a look at a whole region, where they would cost a call each.
pub(super) async fn tags(look: &Look<'_>, arn: &str) -> Result<Option<Tags>, CallError> {
    if !look.is_whole() {
        return Ok(None);
    }
    let pages = look.aws.route53resolver.list_tags_for_resource().resource_arn(arn).into_paginator().items().send();
    let found = pages.collect::<Result<Vec<_>, _>>().await.named("route53resolver:ListTagsForResource")?;
    Ok(Some(found.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()))
}

/// Tags as Route 53 Resolver takes them.
pub(super) fn to_tags(action: &'static str, tags: &Tags) -> Result<Vec<Tag>, CallError> {
    let tags = tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
    tags.collect::<Result<_, _>>().map_err(|error| CallError::unsendable(action, &error))
}

/// Puts tags on a part.
pub(super) async fn put_tags(aws: &Aws, arn: &str, tags: &Tags) -> Result<(), CallError> {
    const ACTION: &str = "route53resolver:TagResource";
    let call = aws.route53resolver.tag_resource().resource_arn(arn).set_tags(Some(to_tags(ACTION, tags)?));
    call.send().await.named(ACTION)?;
    Ok(())
}

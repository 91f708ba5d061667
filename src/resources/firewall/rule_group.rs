//! The rule group of a DNS Firewall: what is allowed passes, everything else has no such name.

use aws_sdk_route53resolver::types::{Action, BlockResponse, FirewallDomainRedirectionAction};

use super::{
    domain_list::filled,
    ours::groups,
    tags::{put_tags, read_tags, to_tags},
};
use crate::{
    aws::{CallError, Class, Named, missing_field},
    resources::{Act, Bulk, Draft, Home, Look, Manage, Observe, Refusal, Removal, Run, ec2::gone, optional},
};
use ringfence_model::{
    plan::{Handle, Reference, Refers},
    stack::{ALLOWED_DOMAINS, BLOCKED_DOMAINS, DNS_FIREWALL, StackOption, missing},
};
use ringfence_observed::{FirewallRule, FirewallRuleGroup, Observed, Tags};

pub(crate) struct FirewallRuleGroups;

/// What can be done to a rule group.
#[derive(Debug)]
pub(crate) enum FirewallRuleGroupChange {
    /// Makes it, without rules, with a client token.
    Create {
        name: String,
        after: Vec<Reference>,
        tags: Tags,
    },
    /// Puts tags on it.
    Tag {
        arn: String,
        tags: Tags,
    },
    /// Makes a rule of it, with a client token.
    CreateRule {
        group: Reference,
        list: Reference,
        wanted: WantedRule,
        filled: Option<Reference>,
    },
    /// Makes a rule of it as it should be, where it stands.
    UpdateRule {
        group: String,
        list: String,
        wanted: WantedRule,
    },
    /// Removes a rule of it.
    DeleteRule {
        group: String,
        rule: FirewallRule,
    },
    Delete {
        id: String,
    },
}

/// A rule that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WantedRule {
    /// The list that it is about, by its name within the environment.
    list: &'static str,
    /// Its place: the lowest comes first.
    priority: i32,
    /// Whether it lets pass.
    allows: bool,
}

/// The rules in the order in which they are asked. CNAME chains that begin with an allowed name are followed.
const WANTED: [WantedRule; 2] = [
    WantedRule { list: ALLOWED_DOMAINS, priority: 100, allows: true },
    WantedRule { list: BLOCKED_DOMAINS, priority: 200, allows: false },
];

impl WantedRule {
    const fn action(self) -> Action {
        if self.allows { Action::Allow } else { Action::Block }
    }

    fn block_response(self) -> Option<BlockResponse> {
        (!self.allows).then_some(BlockResponse::Nxdomain)
    }

    const fn redirection(self) -> FirewallDomainRedirectionAction {
        if self.allows {
            FirewallDomainRedirectionAction::TrustRedirectionDomain
        } else {
            FirewallDomainRedirectionAction::InspectRedirectionDomain
        }
    }

    /// Whether a rule about the same list does the same.
    fn is(self, rule: &FirewallRule) -> bool {
        let response = self.block_response().map(|response| response.as_str().to_owned()).unwrap_or_default();
        rule.priority == self.priority
            && rule.action == self.action().as_str()
            && rule.block_response == response
            && (!self.allows || rule.redirection == self.redirection().as_str())
    }
}

impl Observe for FirewallRuleGroups {
    type Seen = optional::Found<FirewallRuleGroup>;

    const BULK: Bulk<Self::Seen> = Bulk::Partly;

    async fn read(look: &Look<'_>) -> Result<Vec<(Home, Self::Seen)>, CallError> {
        optional::read(look, StackOption::DnsFirewall, async |holders| {
            let associations = look.firewall_associations().await?;
            let pages = look.aws.route53resolver.list_firewall_rule_groups().into_paginator().items().send();
            let listed = pages.collect::<Result<Vec<_>, _>>().await.named("route53resolver:ListFirewallRuleGroups")?;
            let mut found = Vec::new();
            for holder in &holders {
                let name = holder.owner.full_name(DNS_FIREWALL);
                let is_associated = |id: &str| {
                    let mut of_vpc = associations.iter().filter(|(vpc, _)| Some(vpc) == holder.vpc.as_ref());
                    of_vpc.any(|(_, association)| association.rule_group == id)
                };
                for group in &listed {
                    let (Some(id), Some(arn)) = (group.id(), group.arn()) else { continue };
                    let (is_named, seen) = (group.name() == Some(&name), group.name().unwrap_or_default());
                    if (is_named || is_associated(id))
                        && let Some(group) = read(look, id, arn, seen, is_named).await?
                    {
                        found.push((holder.home(), group));
                    }
                }
            }
            Ok(found)
        })
        .await
    }

    fn place(observed: &mut Observed, seen: Self::Seen) {
        if let Some(group) = seen.noted(observed) {
            observed.firewall_rule_groups.push(group);
        }
    }
}

impl Manage for FirewallRuleGroups {
    const TYPE: &'static str = "AWS::Route53Resolver::FirewallRuleGroup";

    fn draft(draft: &mut Draft<'_>) -> Result<(), Refusal> {
        let stack = draft.stack.clone();
        if !StackOption::DnsFirewall.is_asked(&stack.spec) {
            return Ok(());
        }
        let standing = groups(&stack.owner, draft.observed).first().copied();
        let reference = match standing {
            Some(group) => {
                let reference = draft.stands(DNS_FIREWALL, &group.id);
                let tags = group.tags.as_ref();
                let lacking = tags.map(|tags| missing(&stack.tags(DNS_FIREWALL), tags)).unwrap_or_default();
                if !lacking.is_empty() {
                    let change = FirewallRuleGroupChange::Tag { arn: group.arn.clone(), tags: lacking };
                    draft.update(DNS_FIREWALL, &reference, change);
                }
                reference
            }
            None => {
                let name = stack.full_name(DNS_FIREWALL);
                let (after, tags) = (draft.before_options()?, stack.tags(DNS_FIREWALL));
                let create = FirewallRuleGroupChange::Create { name, after, tags };
                draft.create(DNS_FIREWALL, create)
            }
        };
        draft_rules(draft, &reference, standing)
    }

    fn draft_removal(_: &mut Removal<'_>) {
        // With the association: `association.rs`.
    }
}

/// What the association waits for: that a rule stands.
pub(super) fn ruled(list: &str) -> String {
    format!("{list}-ruled")
}

/// The names within the environment of the lists that rules are about, in the order of the rules.
pub(super) fn ruled_lists() -> impl Iterator<Item = &'static str> {
    WANTED.into_iter().map(|wanted| wanted.list)
}

fn draft_rules(draft: &mut Draft<'_>, group: &Reference, standing: Option<&FirewallRuleGroup>) -> Result<(), Refusal> {
    let rules = standing.map(|group| group.rules.as_slice()).unwrap_or_default();
    let mut kept: Vec<&FirewallRule> = Vec::new();
    let mut wrong: Vec<(WantedRule, Reference, Option<&FirewallRule>)> = Vec::new();
    for wanted in WANTED {
        let list = draft.reference(wanted.list)?;
        let about = rules
            .iter()
            .find(|rule| rule.query_type.is_empty() && list == Reference::Present(rule.domain_list.clone()));
        // A rule in another place is made anew: two cannot change places.
        let about = about.filter(|rule| rule.priority == wanted.priority);
        kept.extend(about);
        if !about.is_some_and(|rule| wanted.is(rule)) {
            wrong.push((wanted, list, about));
        }
    }
    let mut gone: Vec<Handle> = Vec::new();
    if let Some(standing) = standing {
        for rule in rules.iter().filter(|rule| !kept.contains(rule)) {
            let change = FirewallRuleGroupChange::DeleteRule { group: standing.id.clone(), rule: rule.clone() };
            gone.push(draft.delete(DNS_FIREWALL, &standing.id, change, &[]));
        }
    }
    for (wanted, list, about) in wrong {
        let step = match (about, standing) {
            (Some(rule), Some(standing)) => {
                let (group_id, list) = (standing.id.clone(), rule.domain_list.clone());
                let change = FirewallRuleGroupChange::UpdateRule { group: group_id, list, wanted };
                draft.update(DNS_FIREWALL, group, change)
            }
            _ => {
                let filled = draft.reference(&filled(wanted.list)).ok();
                let change = FirewallRuleGroupChange::CreateRule { group: group.clone(), list, wanted, filled };
                let name = format!("{DNS_FIREWALL}/{}", wanted.list);
                draft.create_part(name, change, &gone)
            }
        };
        draft.done(ruled(wanted.list), step);
    }
    Ok(())
}

impl Refers for FirewallRuleGroupChange {
    fn resource_type(&self) -> &'static str {
        FirewallRuleGroups::TYPE
    }

    fn references(&self) -> Vec<&Reference> {
        match self {
            Self::Create { after, .. } => after.iter().collect(),
            Self::CreateRule { group, list, filled, .. } => [group, list].into_iter().chain(filled).collect(),
            Self::Tag { .. } | Self::UpdateRule { .. } | Self::DeleteRule { .. } | Self::Delete { .. } => Vec::new(),
        }
    }
}

impl Act for FirewallRuleGroupChange {
    async fn run(&self, run: &Run<'_>) -> Result<Option<String>, CallError> {
        const CREATE: &str = "route53resolver:CreateFirewallRuleGroup";
        let route53resolver = &run.aws.route53resolver;
        match self {
            Self::Create { name, after, tags } => {
                let vpc = after.first().map(|vpc| run.id(vpc)).transpose()?.unwrap_or_default();
                let call = route53resolver
                    .create_firewall_rule_group()
                    .creator_request_id(run.token(DNS_FIREWALL, vpc))
                    .name(name)
                    .set_tags(Some(to_tags(CREATE, tags)?));
                let made = call.send().await.named(CREATE)?;
                let id = made.firewall_rule_group().and_then(|group| group.id());
                Ok(Some(id.ok_or_else(|| missing_field(CREATE, "Id"))?.to_owned()))
            }
            Self::Tag { arn, tags } => put_tags(run.aws, arn, tags).await.map(|()| None),
            Self::CreateRule { group, list, wanted, .. } => {
                let (group, list) = (run.id(group)?, run.id(list)?);
                let call = route53resolver
                    .create_firewall_rule()
                    .creator_request_id(run.token(&format!("{group}/{list}"), group))
                    .firewall_rule_group_id(group)
                    .firewall_domain_list_id(list)
                    .name(wanted.list)
                    .priority(wanted.priority)
                    .action(wanted.action())
                    .set_block_response(wanted.block_response())
                    .firewall_domain_redirection_action(wanted.redirection());
                call.send().await.named("route53resolver:CreateFirewallRule").map(|_| None)
            }
            Self::UpdateRule { group, list, wanted } => {
                let call = route53resolver
                    .update_firewall_rule()
                    .firewall_rule_group_id(group)
                    .firewall_domain_list_id(list)
                    .priority(wanted.priority)
                    .action(wanted.action())
                    .set_block_response(wanted.block_response())
                    .firewall_domain_redirection_action(wanted.redirection());
                call.send().await.named("route53resolver:UpdateFirewallRule").map(|_| None)
            }
            Self::DeleteRule { group, rule } => {
                let some = |text: &String| (!text.is_empty()).then(|| text.clone());
                let call = route53resolver
                    .delete_firewall_rule()
                    .firewall_rule_group_id(group)
                    .set_firewall_domain_list_id(some(&rule.domain_list))
                    .set_firewall_threat_protection_id(some(&rule.threat_protection))
                    .set_qtype(some(&rule.query_type));
                gone(call.send().await.named("route53resolver:DeleteFirewallRule"))
            }
            Self::Delete { id } => {
                let call = route53resolver.delete_firewall_rule_group().firewall_rule_group_id(id);
                gone(call.send().await.named("route53resolver:DeleteFirewallRuleGroup"))
            }
        }
    }
}

/// The group with its rules, unless it went while it was looked at. Tags are asked for of what may be ours.
async fn read(
    look: &Look<'_>,
    id: &str,
    arn: &str,
    name: &str,
    is_named: bool,
) -> Result<Option<FirewallRuleGroup>, CallError> {
    let reading = async {
        let tags = if is_named { read_tags(look, arn).await? } else { None };
        let call = look.aws.route53resolver.list_firewall_rules().firewall_rule_group_id(id);
        let pages = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        let rules = pages.named("route53resolver:ListFirewallRules")?;
        let rules = rules.iter().map(from_sdk).collect();
        Ok(FirewallRuleGroup { id: id.to_owned(), arn: arn.to_owned(), name: name.to_owned(), rules, tags })
    };
    match reading.await {
        Err(CallError { class: Class::NotFound, .. }) => Ok(None),
        read => read.map(Some),
    }
}

fn from_sdk(rule: &aws_sdk_route53resolver::types::FirewallRule) -> FirewallRule {
    let owned = |text: Option<&str>| text.unwrap_or_default().to_owned();
    FirewallRule {
        priority: rule.priority().unwrap_or_default(),
        action: owned(rule.action().map(Action::as_str)),
        domain_list: owned(rule.firewall_domain_list_id()),
        threat_protection: owned(rule.firewall_threat_protection_id()),
        block_response: owned(rule.block_response().map(BlockResponse::as_str)),
        redirection: owned(rule.firewall_domain_redirection_action().map(FirewallDomainRedirectionAction::as_str)),
        query_type: owned(rule.qtype()),
    }
}

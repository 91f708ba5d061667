//! The domain lists of a DNS Firewall: what may be resolved, and everything.

use aws_sdk_route53resolver::types::{FirewallDomainListStatus, FirewallDomainUpdateOperation};

use super::{
    ours::lists,
    tags::{put_tags, read_tags, to_tags},
};
use crate::{
    aws::{Aws, CallError, Class, Named, missing_field},
    resources::{Act, Bulk, Draft, Home, Look, Manage, Observe, Refusal, Removal, Run, ec2::gone, optional, wait},
};
use ringfence_model::{
    plan::{Reference, Refers},
    stack::{ALLOWED_DOMAINS, BLOCKED_DOMAINS, StackOption, allowed_domains, missing, normal_domain},
};
use ringfence_observed::{FirewallDomainList, Observed, Tags};

/// The domain that stands for all.
const EVERYTHING: &str = "*";

pub(crate) struct FirewallDomainLists;

/// What can be done to a domain list.
#[derive(Debug)]
pub(crate) enum FirewallDomainListChange {
    /// Makes it, empty, with a client token.
    Create {
        name: String,
        resource: &'static str,
        after: Vec<Reference>,
        tags: Tags,
    },
    /// Gives it these domains and no others, and waits until they count.
    Replace {
        list: Reference,
        domains: Vec<String>,
    },
    /// Puts tags on it.
    Tag {
        arn: String,
        tags: Tags,
    },
    Delete {
        id: String,
    },
}

impl Observe for FirewallDomainLists {
    type Seen = optional::Found<FirewallDomainList>;

    const BULK: Bulk<Self::Seen> = Bulk::Partly;

    async fn read(look: &Look<'_>) -> Result<Vec<(Home, Self::Seen)>, CallError> {
        optional::read(look, StackOption::DnsFirewall, async |holders| {
            let pages = look.aws.route53resolver.list_firewall_domain_lists().into_paginator().items().send();
            let listed = pages.collect::<Result<Vec<_>, _>>().await.named("route53resolver:ListFirewallDomainLists")?;
            let mut found = Vec::new();
            // One after the other: Route 53 Resolver takes five calls a second
            // (https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html).
            for holder in &holders {
                let names = [ALLOWED_DOMAINS, BLOCKED_DOMAINS].map(|name| holder.owner.full_name(name));
                for list in &listed {
                    let name = list.name().unwrap_or_default();
                    if names.iter().any(|wanted| wanted == name)
                        && let Some(list) = read(look, list.id(), list.arn(), name).await?
                    {
                        found.push((holder.home(), list));
                    }
                }
            }
            Ok(found)
        })
        .await
    }

    fn place(observed: &mut Observed, seen: Self::Seen) {
        if let Some(list) = seen.noted(observed) {
            observed.firewall_domain_lists.push(list);
        }
    }
}

impl Manage for FirewallDomainLists {
    const TYPE: &'static str = "AWS::Route53Resolver::FirewallDomainList";

    fn draft(draft: &mut Draft<'_>) -> Result<(), Refusal> {
        let stack = draft.stack.clone();
        let observed = draft.observed;
        let names = |service: &str| observed.service_names.get(service).map(Vec::as_slice).unwrap_or_default();
        let Some(allowed) = allowed_domains(&stack, names) else { return Ok(()) };
        draft_list(draft, ALLOWED_DOMAINS, allowed)?;
        draft_list(draft, BLOCKED_DOMAINS, vec![EVERYTHING.to_owned()])
    }

    fn draft_removal(_: &mut Removal<'_>) {
        // With the association: `association.rs`.
    }
}

/// What later steps wait for: that the list holds what it should.
pub(super) fn filled(resource: &str) -> String {
    format!("{resource}-filled")
}

fn draft_list(draft: &mut Draft<'_>, resource: &'static str, domains: Vec<String>) -> Result<(), Refusal> {
    let stack = draft.stack.clone();
    let (reference, is_right) = match lists(&stack.owner, draft.observed, resource).first() {
        Some(list) => {
            let reference = draft.stands(resource, &list.id);
            let lacking = list.tags.as_ref().map(|tags| missing(&stack.tags(resource), tags)).unwrap_or_default();
            if !lacking.is_empty() {
                let change = FirewallDomainListChange::Tag { arn: list.arn.clone(), tags: lacking };
                draft.update(resource, &reference, change);
            }
            (reference, list.domains == domains)
        }
        None => {
            let name = stack.full_name(resource);
            let (after, tags) = (draft.before_options()?, stack.tags(resource));
            let create = FirewallDomainListChange::Create { name, resource, after, tags };
            (draft.create(resource, create), false)
        }
    };
    if !is_right {
        let change = FirewallDomainListChange::Replace { list: reference.clone(), domains };
        let step = draft.update(resource, &reference, change);
        draft.done(filled(resource), step);
    }
    Ok(())
}

impl Refers for FirewallDomainListChange {
    fn resource_type(&self) -> &'static str {
        FirewallDomainLists::TYPE
    }

    fn references(&self) -> Vec<&Reference> {
        match self {
            Self::Create { after, .. } => after.iter().collect(),
            Self::Replace { list, .. } => vec![list],
            Self::Tag { .. } | Self::Delete { .. } => Vec::new(),
        }
    }
}

impl Act for FirewallDomainListChange {
    async fn run(&self, run: &Run<'_>) -> Result<Option<String>, CallError> {
        const CREATE: &str = "route53resolver:CreateFirewallDomainList";
        let route53resolver = &run.aws.route53resolver;
        match self {
            Self::Create { name, resource, after, tags } => {
                let vpc = after.first().map(|vpc| run.id(vpc)).transpose()?.unwrap_or_default();
                let call = route53resolver
                    .create_firewall_domain_list()
                    .creator_request_id(run.token(resource, vpc))
                    .name(name)
                    .set_tags(Some(to_tags(CREATE, tags)?));
                let made = call.send().await.named(CREATE)?;
                let id = made.firewall_domain_list().and_then(|list| list.id());
                Ok(Some(id.ok_or_else(|| missing_field(CREATE, "Id"))?.to_owned()))
            }
            Self::Replace { list, domains } => {
                let list = run.id(list)?;
                let call = route53resolver
                    .update_firewall_domains()
                    .firewall_domain_list_id(list)
                    .operation(FirewallDomainUpdateOperation::Replace)
                    .set_domains(Some(domains.clone()));
                call.send().await.named("route53resolver:UpdateFirewallDomains")?;
                wait::until(run, || incomplete(run.aws, list)).await?;
                Ok(None)
            }
            Self::Tag { arn, tags } => put_tags(run.aws, arn, tags).await.map(|()| None),
            Self::Delete { id } => {
                let call = route53resolver.delete_firewall_domain_list().firewall_domain_list_id(id);
                gone(call.send().await.named("route53resolver:DeleteFirewallDomainList"))
            }
        }
    }
}

/// How the list stands while its domains do not count yet.
async fn incomplete(aws: &Aws, id: &str) -> Result<Option<String>, CallError> {
    let call = aws.route53resolver.get_firewall_domain_list().firewall_domain_list_id(id);
    let answer = call.send().await.named("route53resolver:GetFirewallDomainList")?;
    let list = answer.firewall_domain_list();
    let status = list.and_then(|list| list.status());
    let said = list.and_then(|list| list.status_message()).unwrap_or_default();
    let how = status.map_or("without a status", |status| status.as_str());
    let is_complete = status == Some(&FirewallDomainListStatus::Complete);
    Ok((!is_complete).then(|| format!("{id} is {how} {said}").trim_end().to_owned()))
}

/// The list, unless it went while it was looked at.
async fn read(
    look: &Look<'_>,
    id: Option<&str>,
    arn: Option<&str>,
    name: &str,
) -> Result<Option<FirewallDomainList>, CallError> {
    let (Some(id), Some(arn)) = (id, arn) else { return Ok(None) };
    let reading = async {
        let tags = read_tags(look, arn).await?;
        let call = look.aws.route53resolver.list_firewall_domains().firewall_domain_list_id(id);
        let pages = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        let found = pages.named("route53resolver:ListFirewallDomains")?;
        let mut domains: Vec<String> = found.iter().map(|domain| normal_domain(domain)).collect();
        domains.sort();
        let (id, arn, name) = (id.to_owned(), arn.to_owned(), name.to_owned());
        Ok(FirewallDomainList { id, arn, name, domains, tags })
    };
    match reading.await {
        Err(CallError { class: Class::NotFound, .. }) => Ok(None),
        read => read.map(Some),
    }
}

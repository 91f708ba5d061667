//! The association of the DNS Firewall's rule group with the VPC.

use aws_sdk_route53resolver::types::MutationProtectionStatus;

use super::{
    Act, Change, Draft, Home, Kind, Look, Refusal, Run, firewall, firewall_rule_group, look::Scope, optional, wait,
};
use crate::aws::{CallError, Class, Named, missing_field};
use ringfence_model::{
    plan::{Reference, Refers},
    stack::{DNS_FIREWALL, StackOption, VPC},
};
use ringfence_observed::{FirewallAssociation, Observed, Tags};

use firewall::ASSOCIATION_TYPE as TYPE;

/// The first of the places that AWS leaves to us: those before and after are Firewall Manager's
/// (<https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_AssociateFirewallRuleGroup.html>).
const FIRST_PRIORITY: i32 = 101;

pub(crate) struct FirewallAssociations;

/// What can be done to an association.
#[derive(Debug)]
pub(crate) enum FirewallAssociationChange {
    /// Makes it, with a client token, once the rules are there.
    Create { vpc: Reference, group: Reference, rules: Vec<Reference>, name: String, priority: i32, tags: Tags },
    /// Lets it be removed again.
    Unprotect { id: String },
    /// Removes it, and waits until it is gone.
    Delete { id: String, protected: bool },
}

impl FirewallAssociationChange {
    /// The change that removes an association.
    pub(super) fn removal(association: &FirewallAssociation) -> Self {
        Self::Delete { id: association.id.clone(), protected: association.protected }
    }
}

impl Kind for FirewallAssociations {
    type Seen = optional::Found<FirewallAssociation>;
    type Change = FirewallAssociationChange;

    async fn read(look: &Look<'_>) -> Result<Vec<(Home, Self::Seen)>, CallError> {
        optional::read(look, StackOption::DnsFirewall, async |_| {
            let found = look.firewall_associations().await?.iter();
            Ok(found.map(|(vpc, association)| (Home::Vpc(vpc.clone()), association.clone())).collect())
        })
        .await
    }

    fn place(observed: &mut Observed, seen: Self::Seen) {
        if let Some(association) = seen.noted(observed) {
            observed.firewall_associations.push(association);
        }
    }

    fn draft(draft: &mut Draft<'_>) -> Result<(), Refusal> {
        let stack = draft.stack.clone();
        let asked = StackOption::DnsFirewall.is_asked(&stack.spec);
        firewall::draft_going(draft, !asked);
        if !asked {
            return Ok(());
        }
        let group = draft.reference(DNS_FIREWALL)?;
        let mut standing = draft.observed.firewall_associations.iter();
        if let Some(association) = standing.find(|one| group == Reference::Present(one.rule_group.clone())) {
            if association.protected {
                let reference = Reference::Present(association.id.clone());
                let change = FirewallAssociationChange::Unprotect { id: association.id.clone() };
                draft.update(TYPE, DNS_FIREWALL, &reference, Change::firewall_association(change));
            }
            return Ok(());
        }
        let is_taken =
            |priority: &i32| draft.observed.firewall_associations.iter().any(|other| other.priority == *priority);
        let create = FirewallAssociationChange::Create {
            vpc: draft.reference(VPC)?,
            group,
            rules: firewall_rule_group::ruled_lists()
                .filter_map(|list| draft.reference(&firewall_rule_group::ruled(list)).ok())
                .collect(),
            name: stack.full_name(DNS_FIREWALL),
            priority: (FIRST_PRIORITY..).find(|priority| !is_taken(priority)).unwrap_or(FIRST_PRIORITY),
            tags: stack.tags(DNS_FIREWALL),
        };
        draft.create_part(TYPE, format!("{DNS_FIREWALL}/{VPC}"), Change::firewall_association(create), &[]);
        Ok(())
    }
}

impl Refers for FirewallAssociationChange {
    fn references(&self) -> Vec<&Reference> {
        match self {
            Self::Create { vpc, group, rules, .. } => [vpc, group].into_iter().chain(rules).collect(),
            Self::Unprotect { .. } | Self::Delete { .. } => Vec::new(),
        }
    }
}

impl Act for FirewallAssociationChange {
    async fn run(&self, run: &Run<'_>) -> Result<Option<String>, CallError> {
        const CREATE: &str = "route53resolver:AssociateFirewallRuleGroup";
        match self {
            Self::Create { vpc, group, name, priority, tags, .. } => {
                let (vpc, group) = (run.id(vpc)?, run.id(group)?);
                let call = run
                    .aws
                    .route53resolver
                    .associate_firewall_rule_group()
                    .creator_request_id(run.token(group, vpc))
                    .firewall_rule_group_id(group)
                    .vpc_id(vpc)
                    .name(name)
                    .priority(*priority)
                    .mutation_protection(MutationProtectionStatus::Disabled)
                    .set_tags(Some(firewall::to_tags(CREATE, tags)?));
                let made = call.send().await.named(CREATE)?;
                let id = made.firewall_rule_group_association().and_then(|association| association.id());
                Ok(Some(id.ok_or_else(|| missing_field(CREATE, "Id"))?.to_owned()))
            }
            Self::Unprotect { id } => unprotect(run, id).await.map(|()| None),
            Self::Delete { id, protected } => {
                if *protected {
                    unprotect(run, id).await?;
                }
                delete(run, id).await.map(|()| None)
            }
        }
    }
}

async fn unprotect(run: &Run<'_>, id: &str) -> Result<(), CallError> {
    let call = run
        .aws
        .route53resolver
        .update_firewall_rule_group_association()
        .firewall_rule_group_association_id(id)
        .mutation_protection(MutationProtectionStatus::Disabled);
    call.send().await.named("route53resolver:UpdateFirewallRuleGroupAssociation")?;
    Ok(())
}

async fn delete(run: &Run<'_>, id: &str) -> Result<(), CallError> {
    let route53resolver = &run.aws.route53resolver;
    let call = route53resolver.disassociate_firewall_rule_group().firewall_rule_group_association_id(id);
    match call.send().await.named("route53resolver:DisassociateFirewallRuleGroup") {
        Err(error) if error.class == Class::NotFound => return Ok(()),
        // Somebody is removing it already.
        Err(error) if error.class == Class::InUse => {}
        answer => {
            answer?;
        }
    }
    wait::until(run, || async {
        let call = route53resolver.get_firewall_rule_group_association().firewall_rule_group_association_id(id);
        match call.send().await.named("route53resolver:GetFirewallRuleGroupAssociation") {
            Err(error) if error.class == Class::NotFound => Ok(None),
            answer => {
                let answer = answer?;
                let association = answer.firewall_rule_group_association();
                let status = association.and_then(|association| association.status()).map_or("there", |it| it.as_str());
                let said = association.and_then(|association| association.status_message()).unwrap_or_default();
                Ok(Some(format!("{id} is {status} {said}").trim_end().to_owned()))
            }
        }
    })
    .await
}

/// Every association of the VPC that is looked at, or of the region, each with its VPC.
pub(super) async fn read_all(look: &Look<'_>) -> Result<Vec<(String, FirewallAssociation)>, CallError> {
    let vpc = match look.scope {
        Scope::Region(_) => None,
        Scope::Environment(_) => match look.vpc().await? {
            Some(vpc) => Some(vpc),
            None => return Ok(Vec::new()),
        },
    };
    let call = look.aws.route53resolver.list_firewall_rule_group_associations().set_vpc_id(vpc);
    let pages = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    let found = pages.named("route53resolver:ListFirewallRuleGroupAssociations")?;
    Ok(found.iter().map(from_sdk).collect())
}

fn from_sdk(
    association: &aws_sdk_route53resolver::types::FirewallRuleGroupAssociation,
) -> (String, FirewallAssociation) {
    let owned = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let seen = FirewallAssociation {
        id: owned(association.id()),
        rule_group: owned(association.firewall_rule_group_id()),
        priority: association.priority().unwrap_or_default(),
        status: owned(association.status().map(|status| status.as_str())),
        protected: association.mutation_protection() == Some(&MutationProtectionStatus::Enabled),
    };
    (owned(association.vpc_id()), seen)
}

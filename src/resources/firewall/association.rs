//! The association of the DNS Firewall's rule group with the VPC.

use aws_sdk_route53resolver::types::MutationProtectionStatus;

use super::{
    domain_list::FirewallDomainListChange,
    ours::{groups, lists},
    rule_group::{self, FirewallRuleGroupChange},
    tags::to_tags,
};
use crate::{
    aws::{CallError, Class, Named, missing_field},
    resources::{Act, Bulk, Change, Draft, Home, Look, Manage, Observe, Refusal, Removal, Run, Stage, optional, wait},
};
use ringfence_model::{
    plan::{Handle, Reference, Refers},
    stack::{ALLOWED_DOMAINS, BLOCKED_DOMAINS, DNS_FIREWALL, Owner, StackOption, VPC},
};
use ringfence_observed::{FirewallAssociation, Observed, Tags};

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
    fn removal(association: &FirewallAssociation) -> Self {
        Self::Delete { id: association.id.clone(), protected: association.protected }
    }
}

impl Observe for FirewallAssociations {
    type Seen = optional::Found<FirewallAssociation>;
    const BULK: Bulk<Self::Seen> = Bulk::Whole;

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
}

impl Manage for FirewallAssociations {
    const TYPE: &'static str = "AWS::Route53Resolver::FirewallRuleGroupAssociation";

    fn draft(draft: &mut Draft<'_>) -> Result<(), Refusal> {
        let stack = draft.stack.clone();
        let asked = StackOption::DnsFirewall.is_asked(&stack.spec);
        draft_going(draft, !asked);
        if !asked {
            return Ok(());
        }
        let group = draft.reference(DNS_FIREWALL)?;
        let mut standing = draft.observed.firewall_associations.iter();
        if let Some(association) = standing.find(|one| group == Reference::Present(one.rule_group.clone())) {
            if association.protected {
                let reference = Reference::Present(association.id.clone());
                let change = FirewallAssociationChange::Unprotect { id: association.id.clone() };
                draft.update(DNS_FIREWALL, &reference, change);
            }
            return Ok(());
        }
        let is_taken =
            |priority: &i32| draft.observed.firewall_associations.iter().any(|other| other.priority == *priority);
        let create = FirewallAssociationChange::Create {
            vpc: draft.reference(VPC)?,
            group,
            rules: rule_group::ruled_lists()
                .filter_map(|list| draft.reference(&rule_group::ruled(list)).ok())
                .collect(),
            name: stack.full_name(DNS_FIREWALL),
            priority: (FIRST_PRIORITY..).find(|priority| !is_taken(priority)).unwrap_or(FIRST_PRIORITY),
            tags: stack.tags(DNS_FIREWALL),
        };
        draft.create_part(format!("{DNS_FIREWALL}/{VPC}"), create, &[]);
        Ok(())
    }

    /// Removes all of the firewall, since one part keeps another.
    fn draft_removal(removal: &mut Removal<'_>) {
        for (stage, name, id, change) in going(removal.owner, removal.observed, true) {
            removal.delete(stage, name, &id, change);
        }
    }
}

/// A step that removes a part: when it goes, its name within the environment, its ID, and the change.
type Going = (Stage, &'static str, String, Change);

/// Everything of a DNS Firewall that is ours, or only what is left over from creations that were tried again.
fn going(owner: &Owner, observed: &Observed, all: bool) -> Vec<Going> {
    let mut going = Vec::new();
    let kept = usize::from(!all);
    for group in groups(owner, observed).into_iter().skip(kept) {
        for association in
            observed.firewall_associations.iter().filter(|association| association.rule_group == group.id)
        {
            let change = FirewallAssociationChange::removal(association);
            going.push((Stage::FirewallRules, DNS_FIREWALL, association.id.clone(), change.into()));
        }
        for rule in &group.rules {
            let change = FirewallRuleGroupChange::DeleteRule { group: group.id.clone(), rule: rule.clone() };
            going.push((Stage::FirewallRules, DNS_FIREWALL, group.id.clone(), change.into()));
        }
        let change = FirewallRuleGroupChange::Delete { id: group.id.clone() };
        going.push((Stage::Firewalls, DNS_FIREWALL, group.id.clone(), change.into()));
    }
    for name in [ALLOWED_DOMAINS, BLOCKED_DOMAINS] {
        for list in lists(owner, observed, name).into_iter().skip(kept) {
            let change = FirewallDomainListChange::Delete { id: list.id.clone() };
            going.push((Stage::Firewalls, name, list.id.clone(), change.into()));
        }
    }
    going
}

/// Adds the steps that remove what is not wanted: all of it, or only spares.
fn draft_going(draft: &mut Draft<'_>, all: bool) {
    let owner = draft.stack.owner.clone();
    let mut first: Vec<Handle> = Vec::new();
    let mut going = going(&owner, draft.observed, all);
    going.sort_by_key(|(stage, ..)| *stage);
    for (stage, name, id, change) in going {
        if stage == Stage::FirewallRules {
            first.push(draft.delete(name, &id, change, &[]));
        } else {
            draft.delete(name, &id, change, &first);
        }
    }
}

impl Refers for FirewallAssociationChange {
    fn resource_type(&self) -> &'static str {
        FirewallAssociations::TYPE
    }

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
                    .set_tags(Some(to_tags(CREATE, tags)?));
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

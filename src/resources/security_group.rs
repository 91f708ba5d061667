//! Security groups: training, services, endpoints.

use aws_sdk_ec2::types::ResourceType;

use super::{
    Act, Change, Draft, Home, Kind, Look, Refusal, Removal, Run, Stage, ec2,
    security_group_rule::{End, Rule, rules_from_sdk, rules_of, rules_of_new_group},
};
use crate::{
    aws::{CallError, Named, limits, missing_field},
    observed::{Direction, IcmpTypeCode, Observed, SecurityGroup, Tags},
    plan::{Handle, Reference, Refers},
    stack::{self, Peer, WantedGroup, WantedRule},
};

pub(super) const TYPE: &str = "AWS::EC2::SecurityGroup";

/// What revoking a rule that is not there is answered with.
const NO_SUCH_RULE: &str = "InvalidPermission.NotFound";

pub(crate) struct SecurityGroups;

/// What can be done to a security group.
#[derive(Debug)]
pub(crate) enum SecurityGroupChange {
    /// Makes it. Its name is its natural key within the VPC.
    Create { vpc: Reference, name: String, description: &'static str, tags: Tags },
    /// Adds rules of one direction, in one call.
    Authorize { group: Reference, direction: Direction, rules: Vec<Rule> },
    /// Removes rules of one direction, in one call.
    Revoke { group: Reference, direction: Direction, rules: Vec<Rule> },
    /// Removes it.
    Delete { id: String },
}

impl Kind for SecurityGroups {
    type Seen = SecurityGroup;
    type Change = SecurityGroupChange;

    async fn read(look: &Look<'_>) -> Result<Vec<(Home, SecurityGroup)>, CallError> {
        const ACTION: &str = "ec2:DescribeSecurityGroups";
        let Some(filters) = look.in_vpc("vpc-id").await? else { return Ok(Vec::new()) };
        let pages = look.aws.ec2.describe_security_groups().set_filters(Some(filters)).into_paginator();
        let groups = pages.items().send().collect::<Result<Vec<_>, _>>().await.named(ACTION)?;
        groups.iter().map(|group| from_sdk(ACTION, group)).collect()
    }

    fn place(observed: &mut Observed, seen: SecurityGroup) {
        observed.security_groups.push(seen);
    }

    fn draft(draft: &mut Draft<'_>) -> Result<(), Refusal> {
        let groups = stack::security_groups(&draft.stack);
        for group in &groups {
            draft_group(draft, group)?;
        }
        // Rules name groups that stand further down the list: all groups first.
        for group in &groups {
            draft_rules(draft, group)?;
        }
        Ok(())
    }

    fn draft_removal(removal: &mut Removal<'_>) {
        for group in &removal.observed.security_groups {
            if group.is_default() || !removal.owner.owns(&group.tags) {
                continue;
            }
            let name = removal.name_of(&group.tags, &group.id);
            for direction in [Direction::Ingress, Direction::Egress] {
                // Rules without a group as their other end keep nothing from going: the group takes them along.
                let rules: Vec<Rule> =
                    rules_of(group, direction).into_iter().filter(|rule| matches!(rule.end, End::Group(_))).collect();
                if !rules.is_empty() {
                    let reference = Reference::Present(group.id.clone());
                    let change = SecurityGroupChange::Revoke { group: reference, direction, rules };
                    let part = rules_name(&name, direction);
                    removal.delete(Stage::Rules, rule_type(direction), part, &group.id, Change::security_group(change));
                }
            }
            let change = Change::security_group(SecurityGroupChange::Delete { id: group.id.clone() });
            removal.delete(Stage::Groups, TYPE, name, &group.id, change);
        }
    }
}

fn draft_group(draft: &mut Draft<'_>, wanted: &WantedGroup) -> Result<(), Refusal> {
    let name = draft.stack.full_name(&wanted.name);
    if let Some(group) = draft.observed.security_groups.iter().find(|group| group.name == name) {
        draft.ours(&wanted.name, &group.id, &group.tags)?;
        draft.stands(&*wanted.name, &group.id);
        draft.retag(TYPE, &wanted.name, &group.id, &group.tags);
        return Ok(());
    }
    let vpc = draft.reference(stack::VPC)?;
    let tags = draft.stack.tags(&wanted.name);
    let create = SecurityGroupChange::Create { vpc, name, description: wanted.description, tags };
    draft.create(TYPE, &*wanted.name, Change::security_group(create));
    Ok(())
}

fn draft_rules(draft: &mut Draft<'_>, wanted: &WantedGroup) -> Result<(), Refusal> {
    let reference = draft.reference(&wanted.name)?;
    let observed = draft.observed;
    let standing = match &reference {
        Reference::Present(id) => observed.security_groups.iter().find(|group| group.id == *id),
        Reference::Made(_) => None,
    };
    for direction in [Direction::Ingress, Direction::Egress] {
        let rules = wanted.rules.iter().filter(|rule| rule.direction == direction);
        let wanted_rules = rules.map(|rule| wanted_rule(draft, rule)).collect::<Result<Vec<_>, _>>()?;
        let standing_rules = match standing {
            Some(group) => rules_of(group, direction),
            None => rules_of_new_group(direction),
        };
        let lacking: Vec<Rule> =
            wanted_rules.iter().filter(|rule| !standing_rules.iter().any(|other| other.same(rule))).cloned().collect();
        let surplus: Vec<Rule> =
            standing_rules.into_iter().filter(|rule| !wanted_rules.iter().any(|other| other.same(rule))).collect();
        let part = rules_name(&wanted.name, direction);
        if !surplus.is_empty() {
            let change = SecurityGroupChange::Revoke { group: reference.clone(), direction, rules: surplus };
            draft.delete_part(rule_type(direction), part.clone(), &reference, Change::security_group(change));
        }
        if !lacking.is_empty() {
            let change = SecurityGroupChange::Authorize { group: reference.clone(), direction, rules: lacking };
            draft.create_part(rule_type(direction), part, Change::security_group(change), &[]);
        }
    }
    Ok(())
}

fn wanted_rule(draft: &Draft<'_>, rule: &WantedRule) -> Result<Rule, Refusal> {
    let end = match &rule.peer {
        Peer::Cidr(cidr) => End::Cidr(*cidr),
        Peer::Group(name) => End::Group(draft.reference(name)?),
        Peer::PrefixList(id) => End::PrefixList(id.clone()),
        Peer::GatewayService(service) => End::PrefixList(draft.prefix_list_of(service)?),
    };
    let (protocol, ports, icmp) = (rule.protocol, rule.ports, IcmpTypeCode::ALL);
    Ok(Rule { protocol, ports, icmp, end, description: rule.description.to_owned() })
}

/// A step that removes a group that is not wanted any more.
pub(super) fn draft_deletion(draft: &mut Draft<'_>, name: &'static str, id: &str, after: &[Handle]) {
    let change = Change::security_group(SecurityGroupChange::Delete { id: id.to_owned() });
    draft.delete(TYPE, name, id, change, after);
}

/// A step that empties a group in one direction, where it is not empty.
pub(super) fn draft_emptying(draft: &mut Draft<'_>, name: &str, group: &SecurityGroup, direction: Direction) {
    let rules = rules_of(group, direction);
    if !rules.is_empty() {
        let reference = Reference::Present(group.id.clone());
        let change = SecurityGroupChange::Revoke { group: reference.clone(), direction, rules };
        let part = rules_name(name, direction);
        draft.delete_part(rule_type(direction), part, &reference, Change::security_group(change));
    }
}

/// Empties a group in one direction, at once.
pub(super) async fn empty(run: &Run<'_>, group: &SecurityGroup, direction: Direction) -> Result<(), CallError> {
    let rules = rules_of(group, direction);
    if !rules.is_empty() {
        let group = Reference::Present(group.id.clone());
        SecurityGroupChange::Revoke { group, direction, rules }.run(run).await?;
    }
    Ok(())
}

fn rules_name(group: &str, direction: Direction) -> String {
    match direction {
        Direction::Ingress => format!("{group}/ingress"),
        Direction::Egress => format!("{group}/egress"),
    }
}

const fn rule_type(direction: Direction) -> &'static str {
    match direction {
        Direction::Ingress => "AWS::EC2::SecurityGroupIngress",
        Direction::Egress => "AWS::EC2::SecurityGroupEgress",
    }
}

impl Refers for SecurityGroupChange {
    fn references(&self) -> Vec<&Reference> {
        match self {
            Self::Create { vpc, .. } => vec![vpc],
            Self::Authorize { group, rules, .. } | Self::Revoke { group, rules, .. } => {
                let ends = rules.iter().filter_map(|rule| match &rule.end {
                    End::Group(other) => Some(other),
                    End::Cidr(_) | End::PeerGroup(_) | End::PrefixList(_) => None,
                });
                std::iter::once(group).chain(ends).collect()
            }
            Self::Delete { .. } => Vec::new(),
        }
    }
}

impl Act for SecurityGroupChange {
    async fn run(&self, run: &Run<'_>) -> Result<Option<String>, CallError> {
        const CREATE: &str = "ec2:CreateSecurityGroup";
        let ec2 = &run.aws.ec2;
        let permissions = |rules: &[Rule]| rules.iter().map(|rule| rule.permission(run)).collect::<Result<Vec<_>, _>>();
        match self {
            Self::Create { vpc, name, description, tags } => {
                let call = ec2
                    .create_security_group()
                    .vpc_id(run.id(vpc)?)
                    .group_name(name)
                    .description(*description)
                    .tag_specifications(ec2::tagged(ResourceType::SecurityGroup, tags));
                let made = call.send().await.named(CREATE)?;
                Ok(Some(made.group_id().ok_or_else(|| missing_field(CREATE, "GroupId"))?.to_owned()))
            }
            Self::Authorize { group, direction: Direction::Ingress, rules } => {
                for rules in rules.chunks(limits::RULES_A_CALL) {
                    let call = ec2.authorize_security_group_ingress().group_id(run.id(group)?);
                    let call = call.set_ip_permissions(Some(permissions(rules)?));
                    call.send().await.named("ec2:AuthorizeSecurityGroupIngress")?;
                }
                Ok(None)
            }
            Self::Authorize { group, direction: Direction::Egress, rules } => {
                for rules in rules.chunks(limits::RULES_A_CALL) {
                    let call = ec2.authorize_security_group_egress().group_id(run.id(group)?);
                    let call = call.set_ip_permissions(Some(permissions(rules)?));
                    call.send().await.named("ec2:AuthorizeSecurityGroupEgress")?;
                }
                Ok(None)
            }
            Self::Revoke { group, direction: Direction::Ingress, rules } => {
                let call = ec2.revoke_security_group_ingress().group_id(run.id(group)?);
                let call = call.set_ip_permissions(Some(permissions(rules)?));
                ec2::part_gone(call.send().await.named("ec2:RevokeSecurityGroupIngress"), NO_SUCH_RULE)
            }
            Self::Revoke { group, direction: Direction::Egress, rules } => {
                let call = ec2.revoke_security_group_egress().group_id(run.id(group)?);
                let call = call.set_ip_permissions(Some(permissions(rules)?));
                ec2::part_gone(call.send().await.named("ec2:RevokeSecurityGroupEgress"), NO_SUCH_RULE)
            }
            Self::Delete { id } => {
                ec2::gone(ec2.delete_security_group().group_id(id).send().await.named("ec2:DeleteSecurityGroup"))
            }
        }
    }
}

pub(super) fn from_sdk(
    action: &'static str,
    group: &aws_sdk_ec2::types::SecurityGroup,
) -> Result<(Home, SecurityGroup), CallError> {
    let mut rules = Vec::new();
    for permission in group.ip_permissions() {
        rules_from_sdk(action, group, Direction::Ingress, permission, &mut rules)?;
    }
    for permission in group.ip_permissions_egress() {
        rules_from_sdk(action, group, Direction::Egress, permission, &mut rules)?;
    }
    let seen = SecurityGroup {
        id: group.group_id().unwrap_or_default().to_owned(),
        name: group.group_name().unwrap_or_default().to_owned(),
        description: group.description().unwrap_or_default().to_owned(),
        rules,
        tags: ec2::from_tags(group.tags()),
    };
    Ok((Home::Vpc(group.vpc_id().unwrap_or_default().to_owned()), seen))
}

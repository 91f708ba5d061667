//! Security groups: training, services, endpoints.

use aws_sdk_ec2::types::ResourceType;

use super::{
    Act, Bulk, Draft, Home, Look, Manage, Observe, Refusal, Removal, Run, Stage, ec2,
    security_group_revoke::revoke,
    security_group_rule::{End, Rule, rules_from_sdk, rules_of, rules_of_new_group},
    security_group_rule_ids::RuleIds,
};
use crate::aws::{CallError, Named, limits, missing_field};
use ringfence_model::{
    plan::{Handle, Reference, Refers},
    stack::{self, Peer, WantedGroup, WantedRule},
};
use ringfence_observed::{Direction, IcmpTypeCode, Observed, SecurityGroup, Tags};

/// What looking up the IDs of rules is called in the log.
const RULES: &str = "security-group-rules";

const DIRECTIONS: [Direction; 2] = [Direction::Ingress, Direction::Egress];

pub(crate) struct SecurityGroups;

/// What can be done to a security group.
#[derive(Debug)]
pub(crate) enum SecurityGroupChange {
    /// Makes it. Its name is its natural key within the VPC.
    Create {
        vpc: Reference,
        name: String,
        description: &'static str,
        tags: Tags,
    },
    /// Adds rules of one direction, in one call.
    Authorize {
        group: Reference,
        direction: Direction,
        rules: Vec<Rule>,
    },
    /// Looks up the IDs of the rules of groups.
    FindRules {
        groups: Vec<String>,
        found: RuleIds,
    },
    /// Removes rules of one direction. Those of a group in the making have no IDs yet that could be looked up.
    Revoke {
        group: Reference,
        direction: Direction,
        rules: Vec<Rule>,
        found: Option<RuleIds>,
    },
    Delete {
        id: String,
    },
}

impl Observe for SecurityGroups {
    type Seen = SecurityGroup;
    const BULK: Bulk<Self::Seen> = Bulk::Whole;

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
}

impl Manage for SecurityGroups {
    const TYPE: &'static str = "AWS::EC2::SecurityGroup";

    fn draft(draft: &mut Draft<'_>) -> Result<(), Refusal> {
        let groups = stack::security_groups(&draft.stack);
        for group in &groups {
            draft_group(draft, group)?;
        }
        // Rules name groups that stand further down the list: all groups first.
        let differences = groups.iter().map(|group| differences(draft, group));
        let differences = differences.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
        draft_rules(draft, differences);
        Ok(())
    }

    fn draft_removal(removal: &mut Removal<'_>) {
        // What keeps a group from going is that another group names it. All other rules go with their group.
        draft_revoking(removal, |group, rule| rule.group().is_some_and(|other| other != group.id));
        for group in &removal.observed.security_groups {
            if !group.is_default() && removal.owner.owns(&group.tags) {
                let name = removal.name_of(&group.tags, &group.id);
                let change = SecurityGroupChange::Delete { id: group.id.clone() };
                removal.delete(Stage::Groups, name, &group.id, change);
            }
        }
    }
}

/// Steps that take those rules of our groups away that name a group of somebody else, which AWS does not delete while
/// they do (<https://docs.aws.amazon.com/vpc/latest/userguide/deleting-security-groups.html>). A prefix list that a rule
/// names keeps nothing in the VPC, and whoever cleans up may still come from there.
pub(super) fn draft_letting_go(removal: &mut Removal<'_>) {
    let (owner, observed) = (removal.owner, removal.observed);
    let ours = observed.security_groups.iter().filter(|group| owner.owns(&group.tags));
    let ours: Vec<&str> = ours.map(|group| group.id.as_str()).collect();
    draft_revoking(removal, |_, rule| rule.group().is_some_and(|group| !ours.contains(&group)));
}

/// Steps that take rules of our groups away, the default one's included. It stays when others go, and may name them.
fn draft_revoking(removal: &mut Removal<'_>, wanted: impl Fn(&SecurityGroup, &Rule) -> bool) {
    let found = RuleIds::default();
    let mut groups = Vec::new();
    for group in removal.observed.security_groups.iter().filter(|group| removal.owner.owns(&group.tags)) {
        let name = removal.name_of(&group.tags, &group.id);
        for direction in DIRECTIONS {
            let rules: Vec<Rule> = rules_of(group, direction).into_iter().filter(|rule| wanted(group, rule)).collect();
            if !rules.is_empty() {
                groups.push(group.id.clone());
                let (reference, found) = (Reference::Present(group.id.clone()), Some(found.clone()));
                let change = SecurityGroupChange::Revoke { group: reference, direction, rules, found };
                let part = rules_name(&name, direction);
                removal.delete(Stage::Rules, part, &group.id, change);
            }
        }
    }
    if !groups.is_empty() {
        let change = SecurityGroupChange::FindRules { groups, found };
        removal.look_up(Stage::Rules, RULES, change);
    }
}

fn draft_group(draft: &mut Draft<'_>, wanted: &WantedGroup) -> Result<(), Refusal> {
    let name = draft.stack.full_name(&wanted.name);
    if let Some(group) = draft.observed.security_groups.iter().find(|group| group.name == name) {
        draft.ours(&wanted.name, &group.id, &group.tags)?;
        draft.stands(&*wanted.name, &group.id);
        draft.retag(SecurityGroups::TYPE, &wanted.name, &group.id, &group.tags);
        return Ok(());
    }
    let vpc = draft.reference(stack::VPC)?;
    let tags = draft.stack.tags(&wanted.name);
    let create = SecurityGroupChange::Create { vpc, name, description: wanted.description, tags };
    draft.create(&*wanted.name, create);
    Ok(())
}

/// What a group's rules of one direction lack and have too many.
struct Difference {
    group: Reference,
    /// What the steps that mend it are called.
    part: String,
    direction: Direction,
    lacking: Vec<Rule>,
    surplus: Vec<Rule>,
}

impl Difference {
    /// The group, where it stands and has rules too many.
    fn overfull(&self) -> Option<&String> {
        match &self.group {
            Reference::Present(id) if !self.surplus.is_empty() => Some(id),
            _ => None,
        }
    }
}

fn differences(draft: &Draft<'_>, wanted: &WantedGroup) -> Result<Vec<Difference>, Refusal> {
    let group = draft.reference(&wanted.name)?;
    let standing = match &group {
        Reference::Present(id) => draft.observed.security_groups.iter().find(|group| group.id == *id),
        Reference::Made(_) => None,
    };
    let mut differences = Vec::new();
    for direction in DIRECTIONS {
        let rules = wanted.rules.iter().filter(|rule| rule.direction == direction);
        let wanted_rules = rules.map(|rule| wanted_rule(draft, rule)).collect::<Result<Vec<_>, _>>()?;
        let standing_rules = match standing {
            Some(group) => rules_of(group, direction),
            None => rules_of_new_group(direction),
        };
        let (part, group) = (rules_name(&wanted.name, direction), group.clone());
        let lacking = without(&wanted_rules, &standing_rules);
        differences.push(Difference {
            group,
            part,
            direction,
            lacking,
            surplus: without(&standing_rules, &wanted_rules),
        });
    }
    Ok(differences)
}

fn without(rules: &[Rule], others: &[Rule]) -> Vec<Rule> {
    rules.iter().filter(|rule| !others.iter().any(|other| other.same(rule))).cloned().collect()
}

fn draft_rules(draft: &mut Draft<'_>, differences: Vec<Difference>) {
    let found = RuleIds::default();
    let groups: Vec<String> = differences.iter().filter_map(|difference| difference.overfull().cloned()).collect();
    let lookup = (!groups.is_empty()).then(|| draft_finding(draft, groups, &found));
    for difference in differences {
        let stands = difference.overfull().is_some();
        let Difference { group, part, direction, lacking, surplus } = difference;
        let mut before = Vec::new();
        if !surplus.is_empty() {
            let (group, found) = (group.clone(), stands.then(|| found.clone()));
            let change = SecurityGroupChange::Revoke { group: group.clone(), direction, rules: surplus, found };
            let after: Vec<Handle> = lookup.into_iter().filter(|_| stands).collect();
            let step = draft.delete_part(part.clone(), &group, change, &after);
            // Both count against one quota (https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html),
            // which a group that was filled by hand has used up. Groups only allow: taking a rule away opens nothing,
            // and what is wanted and stands is not touched. The one rule of a new group fills nothing.
            before.extend(stands.then_some(step));
        }
        if !lacking.is_empty() {
            let change = SecurityGroupChange::Authorize { group, direction, rules: lacking };
            draft.create_part(part, change, &before);
        }
    }
}

fn draft_finding(draft: &mut Draft<'_>, groups: Vec<String>, found: &RuleIds) -> Handle {
    let change = SecurityGroupChange::FindRules { groups, found: found.clone() };
    draft.look_up(RULES, change)
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
    let change = SecurityGroupChange::Delete { id: id.to_owned() };
    draft.delete(name, id, change, after);
}

/// The steps that empty a group, where it is not empty.
pub(super) fn draft_emptying(draft: &mut Draft<'_>, name: &str, group: &SecurityGroup) {
    if group.rules.is_empty() {
        return;
    }
    let (reference, found) = (Reference::Present(group.id.clone()), RuleIds::default());
    let lookup = draft_finding(draft, vec![group.id.clone()], &found);
    for direction in DIRECTIONS {
        let rules = rules_of(group, direction);
        if !rules.is_empty() {
            let (group, found) = (reference.clone(), Some(found.clone()));
            let change = SecurityGroupChange::Revoke { group, direction, rules, found };
            draft.delete_part(rules_name(name, direction), &reference, change, &[lookup]);
        }
    }
}

/// Empties a group that AWS has just made in one direction, at once.
pub(super) async fn empty(run: &Run<'_>, group: &SecurityGroup, direction: Direction) -> Result<(), CallError> {
    let rules = rules_of(group, direction);
    if rules.is_empty() { Ok(()) } else { revoke(run, &group.id, direction, &rules, None).await }
}

fn rules_name(group: &str, direction: Direction) -> String {
    match direction {
        Direction::Ingress => format!("{group}/ingress"),
        Direction::Egress => format!("{group}/egress"),
    }
}

impl Refers for SecurityGroupChange {
    fn resource_type(&self) -> &'static str {
        match self {
            Self::Create { .. } | Self::FindRules { .. } | Self::Delete { .. } => SecurityGroups::TYPE,
            Self::Authorize { direction, .. } | Self::Revoke { direction, .. } => match direction {
                Direction::Ingress => "AWS::EC2::SecurityGroupIngress",
                Direction::Egress => "AWS::EC2::SecurityGroupEgress",
            },
        }
    }

    fn references(&self) -> Vec<&Reference> {
        match self {
            Self::Create { vpc, .. } => vec![vpc],
            Self::FindRules { .. } => Vec::new(),
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
            Self::FindRules { groups, found } => found.look_up(run, groups).await.map(|()| None),
            Self::Revoke { group, direction, rules, found } => {
                revoke(run, run.id(group)?, *direction, rules, found.as_ref()).await.map(|()| None)
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

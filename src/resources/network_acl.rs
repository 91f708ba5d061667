//! Network ACLs: one a tier.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{IcmpTypeCode, PortRange as SdkPortRange, ResourceType, RuleAction};

use super::{
    Act, Bulk, Draft, Home, Look, Manage, Observe, Refusal, Removal, Run, Stage,
    choice::{Candidate, choose},
    ec2,
    network_acl_association::{self, TierAcl},
    protocol,
};
use crate::aws::{CallError, Named, missing_field};
use ringfence_model::{
    plan::{Handle, Reference, Refers},
    stack::{self, Tier, acl_entries},
};
use ringfence_observed::{AclAssociation, AclEntry, Direction, NetworkAcl, Observed, PortRange, Protocol, Tags};

/// The number of the final deny, shown as `*`, which nobody can change.
const FINAL: i32 = 32767;

pub(crate) struct NetworkAcls;

/// What can be done to a network ACL.
#[derive(Debug)]
pub(crate) enum NetworkAclChange {
    /// Makes it, with a client token.
    Create {
        vpc: Reference,
        name: String,
        tags: Tags,
    },
    /// Adds an entry. Its number and direction are its natural key.
    CreateEntry {
        acl: Reference,
        entry: AclEntry,
    },
    /// Makes an entry say something else.
    ReplaceEntry {
        acl: Reference,
        entry: AclEntry,
    },
    /// Removes an entry.
    DeleteEntry {
        acl: String,
        number: u16,
        direction: Direction,
    },
    Delete {
        id: String,
    },
}

impl Observe for NetworkAcls {
    type Seen = NetworkAcl;
    const BULK: Bulk<Self::Seen> = Bulk::Whole;

    async fn read(look: &Look<'_>) -> Result<Vec<(Home, NetworkAcl)>, CallError> {
        const ACTION: &str = "ec2:DescribeNetworkAcls";
        let Some(filters) = look.in_vpc("vpc-id").await? else { return Ok(Vec::new()) };
        let pages = look.aws.ec2.describe_network_acls().set_filters(Some(filters)).into_paginator();
        let acls = pages.items().send().collect::<Result<Vec<_>, _>>().await.named(ACTION)?;
        acls.iter().map(|acl| from_sdk(ACTION, acl)).collect()
    }

    fn place(observed: &mut Observed, seen: NetworkAcl) {
        observed.network_acls.push(seen);
    }
}

impl Manage for NetworkAcls {
    const TYPE: &'static str = "AWS::EC2::NetworkAcl";

    fn draft(draft: &mut Draft<'_>) -> Result<(), Refusal> {
        let tiers = Tier::ALL.map(|tier| draft_tier(draft, tier));
        let tiers = tiers.into_iter().collect::<Result<Vec<_>, _>>()?;
        network_acl_association::draft_associations(draft, &tiers)
    }

    fn draft_removal(removal: &mut Removal<'_>) {
        for acl in removal.observed.network_acls.iter().filter(|acl| !acl.default) {
            if removal.owner.owns(&acl.tags) {
                let name = removal.name_of(&acl.tags, &acl.id);
                let change = NetworkAclChange::Delete { id: acl.id.clone() };
                removal.delete(Stage::Tables, name, &acl.id, change);
            }
        }
    }
}

fn draft_tier(draft: &mut Draft<'_>, tier: Tier) -> Result<TierAcl, Refusal> {
    let name = tier.network_acl();
    let stack = draft.stack.clone();
    let owned = draft.observed.network_acls.iter().filter(|acl| !acl.default && stack.owner.owns(&acl.tags));
    let owned = owned.map(|acl| Candidate {
        seen: acl,
        id: &acl.id,
        tags: &acl.tags,
        subnets: acl.associations.iter().map(|association| &association.subnet).collect(),
    });
    let (standing, spares) = choose(owned.collect(), tier, &stack, draft.observed, Tier::network_acl);
    let reference = if let Some(acl) = standing {
        draft.retag(NetworkAcls::TYPE, &name, &acl.id, &acl.tags);
        draft.stands(&*name, &acl.id)
    } else {
        let vpc = draft.reference(stack::VPC)?;
        let create = NetworkAclChange::Create { vpc, name: name.clone(), tags: stack.tags(&name) };
        draft.create(&*name, create)
    };
    let entries = draft_entries(draft, &name, &reference, standing.map_or(&[], |acl| &acl.entries), tier);
    for spare in spares {
        let change = NetworkAclChange::Delete { id: spare.id.clone() };
        draft.delete(&*name, &spare.id, change, &[]);
    }
    Ok(TierAcl { tier, acl: reference, entries })
}

fn draft_entries(draft: &mut Draft<'_>, name: &str, acl: &Reference, seen: &[AclEntry], tier: Tier) -> Vec<Handle> {
    let wanted = acl_entries(&draft.stack, tier);
    let key = |entry: &AclEntry| (entry.direction, entry.number);
    let seen: BTreeMap<_, &AclEntry> = seen.iter().map(|entry| (key(entry), entry)).collect();
    // What is surplus goes first: an ACL holds 20 entries a direction, the final denial among them
    // (https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html). Nothing is cut off that was not before:
    // only entries go that are not ours, and an entry of ours that is to come lets nothing through yet.
    let surplus: Vec<AclEntry> = seen
        .iter()
        .filter(|(at, _)| !wanted.iter().any(|entry| key(entry) == **at))
        .map(|(_, entry)| (*entry).clone())
        .collect();
    let gone = match acl {
        Reference::Present(id) => draft_entry_removals(draft, name, id, &surplus),
        Reference::Made(_) => Vec::new(),
    };
    let mut handles = Vec::new();
    for entry in &wanted {
        let part = entry_name(name, entry.direction, entry.number);
        match seen.get(&key(entry)) {
            Some(standing) if *standing == entry => {}
            Some(_) => {
                let change = NetworkAclChange::ReplaceEntry { acl: acl.clone(), entry: entry.clone() };
                handles.push(draft.update(part, acl, change));
            }
            None => {
                let change = NetworkAclChange::CreateEntry { acl: acl.clone(), entry: entry.clone() };
                let of_direction = gone.iter().filter(|(direction, _)| *direction == entry.direction);
                let after: Vec<Handle> = of_direction.map(|(_, handle)| *handle).collect();
                handles.push(draft.create_part(part, change, &after));
            }
        }
    }
    handles
}

/// The steps that remove entries, each with its direction. Those that deny go after those that allow: for a moment an
/// allowance would else count that a denial before it had kept shut.
pub(super) fn draft_entry_removals(
    draft: &mut Draft<'_>,
    name: &str,
    acl: &str,
    entries: &[AclEntry],
) -> Vec<(Direction, Handle)> {
    let mut gone: Vec<(Direction, Handle)> = Vec::new();
    let mut entries: Vec<&AclEntry> = entries.iter().collect();
    entries.sort_by_key(|entry| !entry.allow);
    let allowing = entries.iter().filter(|entry| entry.allow).count();
    for entry in entries {
        let AclEntry { number, direction, .. } = *entry;
        let before = gone.iter().take(if entry.allow { 0 } else { allowing });
        let after: Vec<Handle> = before.filter(|(of, _)| *of == direction).map(|(_, handle)| *handle).collect();
        let part = entry_name(name, direction, number);
        let change = NetworkAclChange::DeleteEntry { acl: acl.to_owned(), number, direction };
        gone.push((direction, draft.delete(part, acl, change, &after)));
    }
    gone
}

/// Removes the one entry that AWS puts into each direction of a default ACL: number 100, everything is let through
/// (<https://docs.aws.amazon.com/vpc/latest/userguide/default-network-acl.html>).
pub(super) async fn remove_first_entry(run: &Run<'_>, acl: &str, direction: Direction) -> Result<(), CallError> {
    const NUMBER: u16 = 100;
    NetworkAclChange::DeleteEntry { acl: acl.to_owned(), number: NUMBER, direction }.run(run).await?;
    Ok(())
}

fn entry_name(acl: &str, direction: Direction, number: u16) -> String {
    match direction {
        Direction::Ingress => format!("{acl}/ingress/{number}"),
        Direction::Egress => format!("{acl}/egress/{number}"),
    }
}

impl Refers for NetworkAclChange {
    fn resource_type(&self) -> &'static str {
        match self {
            Self::Create { .. } | Self::Delete { .. } => NetworkAcls::TYPE,
            Self::CreateEntry { .. } | Self::ReplaceEntry { .. } | Self::DeleteEntry { .. } => {
                "AWS::EC2::NetworkAclEntry"
            }
        }
    }

    fn references(&self) -> Vec<&Reference> {
        match self {
            Self::Create { vpc, .. } => vec![vpc],
            Self::CreateEntry { acl, .. } | Self::ReplaceEntry { acl, .. } => vec![acl],
            Self::DeleteEntry { .. } | Self::Delete { .. } => Vec::new(),
        }
    }
}

impl Act for NetworkAclChange {
    async fn run(&self, run: &Run<'_>) -> Result<Option<String>, CallError> {
        const CREATE: &str = "ec2:CreateNetworkAcl";
        let ec2 = &run.aws.ec2;
        match self {
            Self::Create { vpc, name, tags } => {
                let vpc = run.id(vpc)?;
                let call = ec2
                    .create_network_acl()
                    .vpc_id(vpc)
                    .client_token(run.token(name, vpc))
                    .tag_specifications(ec2::tagged(ResourceType::NetworkAcl, tags));
                let made = call.send().await.named(CREATE)?;
                let id = made.network_acl().and_then(|acl| acl.network_acl_id());
                Ok(Some(id.ok_or_else(|| missing_field(CREATE, "NetworkAclId"))?.to_owned()))
            }
            Self::CreateEntry { acl, entry } => {
                let call = ec2
                    .create_network_acl_entry()
                    .network_acl_id(run.id(acl)?)
                    .rule_number(i32::from(entry.number))
                    .egress(entry.direction == Direction::Egress)
                    .protocol(number(entry.protocol))
                    .rule_action(action(entry.allow))
                    .cidr_block(entry.cidr.to_string())
                    .set_port_range(port_range(entry))
                    .set_icmp_type_code(icmp(entry));
                call.send().await.named("ec2:CreateNetworkAclEntry")?;
                Ok(None)
            }
            Self::ReplaceEntry { acl, entry } => {
                let call = ec2
                    .replace_network_acl_entry()
                    .network_acl_id(run.id(acl)?)
                    .rule_number(i32::from(entry.number))
                    .egress(entry.direction == Direction::Egress)
                    .protocol(number(entry.protocol))
                    .rule_action(action(entry.allow))
                    .cidr_block(entry.cidr.to_string())
                    .set_port_range(port_range(entry))
                    .set_icmp_type_code(icmp(entry));
                call.send().await.named("ec2:ReplaceNetworkAclEntry")?;
                Ok(None)
            }
            Self::DeleteEntry { acl, number, direction } => {
                let call = ec2
                    .delete_network_acl_entry()
                    .network_acl_id(acl)
                    .rule_number(i32::from(*number))
                    .egress(*direction == Direction::Egress);
                ec2::part_gone(call.send().await.named("ec2:DeleteNetworkAclEntry"), "InvalidNetworkAclEntry.NotFound")
            }
            Self::Delete { id } => {
                ec2::gone(ec2.delete_network_acl().network_acl_id(id).send().await.named("ec2:DeleteNetworkAcl"))
            }
        }
    }
}

/// Protocol numbers: <https://www.iana.org/assignments/protocol-numbers>; `-1` is all.
fn number(protocol: Protocol) -> String {
    match protocol {
        Protocol::All | Protocol::Unknown => "-1".to_owned(),
        Protocol::Tcp => "6".to_owned(),
        Protocol::Udp => "17".to_owned(),
        Protocol::Icmp => "1".to_owned(),
        Protocol::Other(number) => number.to_string(),
    }
}

const fn action(allow: bool) -> RuleAction {
    if allow { RuleAction::Allow } else { RuleAction::Deny }
}

fn port_range(entry: &AclEntry) -> Option<SdkPortRange> {
    matches!(entry.protocol, Protocol::Tcp | Protocol::Udp)
        .then(|| SdkPortRange::builder().from(i32::from(entry.ports.from)).to(i32::from(entry.ports.to)).build())
}

fn icmp(entry: &AclEntry) -> Option<IcmpTypeCode> {
    protocol::has_messages(entry.protocol)
        .then(|| IcmpTypeCode::builder().r#type(entry.icmp.icmp_type).code(entry.icmp.code).build())
}

fn from_sdk(action: &'static str, acl: &aws_sdk_ec2::types::NetworkAcl) -> Result<(Home, NetworkAcl), CallError> {
    let mut entries = Vec::new();
    for entry in acl.entries().iter().filter(|entry| entry.rule_number().is_some_and(|number| number < FINAL)) {
        entries.push(entry_from_sdk(action, entry)?);
    }
    entries.sort_by_key(|entry| (entry.direction, entry.number));
    let associations = acl.associations().iter().filter_map(|association| {
        Some(AclAssociation {
            id: association.network_acl_association_id()?.to_owned(),
            subnet: association.subnet_id()?.to_owned(),
        })
    });
    let seen = NetworkAcl {
        id: acl.network_acl_id().unwrap_or_default().to_owned(),
        default: acl.is_default().unwrap_or(false),
        entries,
        associations: associations.collect(),
        tags: ec2::from_tags(acl.tags()),
    };
    Ok((Home::Vpc(acl.vpc_id().unwrap_or_default().to_owned()), seen))
}

fn entry_from_sdk(action: &'static str, entry: &aws_sdk_ec2::types::NetworkAclEntry) -> Result<AclEntry, CallError> {
    let block = entry.cidr_block().or_else(|| entry.ipv6_cidr_block()).unwrap_or_default();
    let port = |port: Option<i32>, otherwise| port.and_then(|port| u16::try_from(port).ok()).unwrap_or(otherwise);
    let protocol = protocol::from_text(entry.protocol().unwrap_or_default());
    let ports = match (protocol, entry.port_range()) {
        (Protocol::Tcp | Protocol::Udp, Some(range)) => {
            PortRange { from: port(range.from(), 0), to: port(range.to(), u16::MAX) }
        }
        _ => PortRange::ALL,
    };
    let icmp = entry.icmp_type_code();
    Ok(AclEntry {
        number: entry.rule_number().and_then(|number| u16::try_from(number).ok()).unwrap_or_default(),
        direction: if entry.egress().unwrap_or(false) { Direction::Egress } else { Direction::Ingress },
        protocol,
        ports,
        icmp: protocol::messages(protocol, icmp.and_then(IcmpTypeCode::r#type), icmp.and_then(IcmpTypeCode::code)),
        cidr: ec2::block(action, block)?,
        // What is neither may let through.
        allow: entry.rule_action() != Some(&RuleAction::Deny),
    })
}

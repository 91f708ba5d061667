//! Subnets: one a tier and zone.

use aws_sdk_ec2::types::{AttributeBooleanValue, ResourceType};
use ipnet::Ipv4Net;

use super::{Act, Bulk, Draft, Home, Look, Manage, Observe, Refusal, Removal, Run, Stage, ec2};
use crate::aws::{CallError, Named, missing_field};
use ringfence_model::{
    plan::{Reference, Refers},
    stack,
};
use ringfence_observed::{Observed, Subnet, Tags};

pub(crate) struct Subnets;

/// What can be done to a subnet.
#[derive(Debug)]
pub(crate) enum SubnetChange {
    /// Makes it. Its block is its natural key: AWS refuses a second one with `InvalidSubnet.Conflict`.
    Create { vpc: Reference, zone: String, cidr: Ipv4Net, tags: Tags },
    /// Stops instances in it from getting public addresses.
    MapNoPublicIp { subnet: Reference },
    /// Removes it, and with it its associations.
    Delete { id: String },
}

impl Observe for Subnets {
    type Seen = Subnet;
    const BULK: Bulk<Self::Seen> = Bulk::Whole;

    async fn read(look: &Look<'_>) -> Result<Vec<(Home, Subnet)>, CallError> {
        const ACTION: &str = "ec2:DescribeSubnets";
        let Some(filters) = look.in_vpc("vpc-id").await? else { return Ok(Vec::new()) };
        let pages = look.aws.ec2.describe_subnets().set_filters(Some(filters)).into_paginator().items().send();
        let subnets = pages.collect::<Result<Vec<_>, _>>().await.named(ACTION)?;
        subnets.iter().map(|subnet| from_sdk(ACTION, subnet)).collect()
    }

    fn place(observed: &mut Observed, seen: Subnet) {
        observed.subnets.push(seen);
    }
}

impl Manage for Subnets {
    const TYPE: &'static str = "AWS::EC2::Subnet";

    fn draft(draft: &mut Draft<'_>) -> Result<(), Refusal> {
        let vpc = draft.reference(stack::VPC)?;
        let stack = draft.stack.clone();
        for (tier, zone, cidr) in stack.subnets() {
            let name = tier.subnet(zone);
            let mut standing = draft.observed.subnets.iter();
            let Some(subnet) = standing.find(|subnet| subnet.cidr == cidr) else {
                // AWS makes none that overlaps another, whatever the size of that.
                let overlaps = |subnet: &&Subnet| cidr.contains(&subnet.cidr) || subnet.cidr.contains(&cidr);
                if let Some(other) = draft.observed.subnets.iter().find(overlaps) {
                    draft.ours(&name, &other.id, &other.tags)?;
                }
                let tags = stack.tags(&name);
                let create = SubnetChange::Create { vpc: vpc.clone(), zone: zone.to_owned(), cidr, tags };
                draft.create(name, create);
                continue;
            };
            draft.ours(&name, &subnet.id, &subnet.tags)?;
            let reference = draft.stands(&*name, &subnet.id);
            draft.retag(Self::TYPE, &name, &subnet.id, &subnet.tags);
            if subnet.map_public_ip {
                let change = SubnetChange::MapNoPublicIp { subnet: reference.clone() };
                draft.update(name, &reference, change);
            }
        }
        Ok(())
    }

    fn draft_removal(removal: &mut Removal<'_>) {
        for subnet in &removal.observed.subnets {
            if removal.owner.owns(&subnet.tags) {
                let name = removal.name_of(&subnet.tags, &subnet.id);
                let change = SubnetChange::Delete { id: subnet.id.clone() };
                removal.delete(Stage::Subnets, name, &subnet.id, change);
            }
        }
    }
}

impl Refers for SubnetChange {
    fn resource_type(&self) -> &'static str {
        Subnets::TYPE
    }

    fn references(&self) -> Vec<&Reference> {
        match self {
            Self::Create { vpc, .. } => vec![vpc],
            Self::MapNoPublicIp { subnet } => vec![subnet],
            Self::Delete { .. } => Vec::new(),
        }
    }
}

impl Act for SubnetChange {
    async fn run(&self, run: &Run<'_>) -> Result<Option<String>, CallError> {
        const CREATE: &str = "ec2:CreateSubnet";
        let ec2 = &run.aws.ec2;
        match self {
            Self::Create { vpc, zone, cidr, tags } => {
                let call = ec2
                    .create_subnet()
                    .vpc_id(run.id(vpc)?)
                    .availability_zone(zone)
                    .cidr_block(cidr.to_string())
                    .tag_specifications(ec2::tagged(ResourceType::Subnet, tags));
                let made = call.send().await.named(CREATE)?;
                let id = made.subnet().and_then(|subnet| subnet.subnet_id());
                Ok(Some(id.ok_or_else(|| missing_field(CREATE, "SubnetId"))?.to_owned()))
            }
            Self::MapNoPublicIp { subnet } => {
                let off = AttributeBooleanValue::builder().value(false).build();
                let call = ec2.modify_subnet_attribute().subnet_id(run.id(subnet)?).map_public_ip_on_launch(off);
                call.send().await.named("ec2:ModifySubnetAttribute")?;
                Ok(None)
            }
            Self::Delete { id } => ec2::gone(ec2.delete_subnet().subnet_id(id).send().await.named("ec2:DeleteSubnet")),
        }
    }
}

fn from_sdk(action: &'static str, subnet: &aws_sdk_ec2::types::Subnet) -> Result<(Home, Subnet), CallError> {
    let ipv6 = subnet.ipv6_cidr_block_association_set().iter().filter_map(|association| association.ipv6_cidr_block());
    let seen = Subnet {
        id: subnet.subnet_id().unwrap_or_default().to_owned(),
        zone: subnet.availability_zone().unwrap_or_default().to_owned(),
        cidr: ec2::block(action, subnet.cidr_block().unwrap_or_default())?,
        ipv6_cidrs: ipv6.map(|block| ec2::block(action, block)).collect::<Result<_, _>>()?,
        map_public_ip: subnet.map_public_ip_on_launch().unwrap_or(false),
        assign_ipv6: subnet.assign_ipv6_address_on_creation().unwrap_or(false),
        tags: ec2::from_tags(subnet.tags()),
    };
    Ok((Home::Vpc(subnet.vpc_id().unwrap_or_default().to_owned()), seen))
}

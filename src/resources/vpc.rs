//! The VPC.

use aws_sdk_ec2::{
    config::retry::RetryConfig,
    types::{AttributeBooleanValue, ResourceType, VpcAttributeName},
};
use futures_util::try_join;
use ipnet::Ipv4Net;

use super::{Act, Bulk, Change, Draft, Home, Look, Manage, Observe, Refusal, Removal, Run, Stage, ec2, look::Extent};
use crate::aws::{Aws, CallError, Named, missing_field};
use ringfence_model::{
    plan::{Operation, Plan, Reference, Refers},
    stack::{self, OPTIONS, Stack, missing, options_tag},
};
use ringfence_observed::{Observed, Tags, Vpc};

pub(crate) struct Vpcs;

/// What can be done to a VPC.
#[derive(Debug)]
pub(crate) enum VpcChange {
    /// Makes it. This is the one creation that AWS offers neither a client token nor a natural key for.
    Create {
        block: Block,
        tags: Tags,
    },
    /// Turns `enableDnsSupport` on.
    EnableDnsSupport {
        vpc: Reference,
    },
    /// Turns `enableDnsHostnames` on.
    EnableDnsHostnames {
        vpc: Reference,
    },
    Delete {
        id: String,
    },
}

/// Where the VPC's block comes from.
#[derive(Clone, Debug)]
pub(crate) enum Block {
    /// It is known.
    Cidr(Ipv4Net),
    /// This IPAM pool allocates one of this prefix length.
    Pool { id: String, prefix_length: u8 },
}

impl Observe for Vpcs {
    type Seen = Vpc;

    /// The DNS attributes are on.
    const BULK: Bulk<Vpc> = Bulk::Assumed(|vpc| (vpc.dns_support, vpc.dns_hostnames) = (Some(true), Some(true)));

    async fn read(look: &Look<'_>) -> Result<Vec<(Home, Vpc)>, CallError> {
        let Extent::Environment(subject) = look.extent else {
            let all = look.vpcs().await?.iter();
            return Ok(all.map(|vpc| (Home::Vpc(vpc.id.clone()), vpc.clone())).collect());
        };
        let Some(chosen) = look.vpc().await? else { return Ok(Vec::new()) };
        let support = attribute(look.aws, &chosen, VpcAttributeName::EnableDnsSupport);
        let hostnames = attribute(look.aws, &chosen, VpcAttributeName::EnableDnsHostnames);
        let (all, support, hostnames) = try_join!(look.vpcs(), support, hostnames)?;
        let ours = all.iter().filter(|vpc| subject.owner.owns(&vpc.tags) || vpc.id == chosen);
        let mut ours: Vec<Vpc> = ours.cloned().collect();
        ours.sort_by_key(|vpc| (vpc.id != chosen, vpc.id.clone()));
        if let Some(vpc) = ours.first_mut().filter(|vpc| vpc.id == chosen) {
            (vpc.dns_support, vpc.dns_hostnames) = (support, hostnames);
        }
        Ok(ours.into_iter().map(|vpc| (Home::Vpc(vpc.id.clone()), vpc)).collect())
    }

    fn place(observed: &mut Observed, seen: Vpc) {
        if observed.vpc.is_none() {
            observed.vpc = Some(seen);
        } else {
            observed.spare_vpcs.push(seen);
        }
    }
}

impl Manage for Vpcs {
    const TYPE: &'static str = "AWS::EC2::VPC";

    fn draft(draft: &mut Draft<'_>) -> Result<(), Refusal> {
        let Some(vpc) = &draft.observed.vpc else {
            let tags = wanted_tags(&draft.stack, &Tags::new());
            let cidr = draft.stack.cidr;
            let block = match &draft.stack.ipam_pool {
                Some(pool) => Block::Pool { id: pool.clone(), prefix_length: cidr.prefix_len() },
                None => Block::Cidr(cidr),
            };
            let made = draft.create(stack::VPC, VpcChange::Create { block, tags });
            let hostnames = VpcChange::EnableDnsHostnames { vpc: made.clone() };
            let hostnames = draft.update(stack::VPC, &made, hostnames);
            draft.done(stack::VPC_DNS, hostnames);
            return Ok(());
        };
        let reference = draft.stands(stack::VPC, &vpc.id);
        let lacking = missing(&wanted_tags(&draft.stack, &vpc.tags), &vpc.tags);
        let names_options = lacking.contains_key(OPTIONS);
        let untagged = draft.untag(Self::TYPE, stack::VPC, &vpc.id, &vpc.tags);
        let tagging = draft.put_tags(Self::TYPE, stack::VPC, &vpc.id, lacking, untagged);
        if let Some(tagging) = tagging.filter(|_| names_options) {
            draft.done(OPTIONS, tagging);
        }
        if vpc.dns_support == Some(false) {
            let change = VpcChange::EnableDnsSupport { vpc: reference.clone() };
            draft.update(stack::VPC, &reference, change);
        }
        if vpc.dns_hostnames == Some(false) {
            let change = VpcChange::EnableDnsHostnames { vpc: reference.clone() };
            let hostnames = draft.update(stack::VPC, &reference, change);
            draft.done(stack::VPC_DNS, hostnames);
        }
        Ok(())
    }

    fn draft_removal(removal: &mut Removal<'_>) {
        if let Some(vpc) = &removal.observed.vpc {
            let change = VpcChange::Delete { id: vpc.id.clone() };
            removal.delete(Stage::Vpc, stack::VPC, &vpc.id, change);
        }
    }
}

/// The tags that the VPC must carry, those of a VPC that stands with these tags.
fn wanted_tags(stack: &Stack, observed: &Tags) -> Tags {
    let mut tags = stack.tags(stack::VPC);
    tags.extend(options_tag(stack, observed).map(|words| (OPTIONS.to_owned(), words)));
    tags
}

/// A step that removes a VPC that nothing was built in.
pub(super) fn plan_spare(plan: &mut Plan<Change>, spare: &Vpc) {
    let change = VpcChange::Delete { id: spare.id.clone() };
    plan.push(Operation::Delete, "spare-vpc", Some(spare.id.clone()), change, &[]);
}

impl Refers for VpcChange {
    fn resource_type(&self) -> &'static str {
        Vpcs::TYPE
    }

    fn references(&self) -> Vec<&Reference> {
        match self {
            Self::EnableDnsSupport { vpc } | Self::EnableDnsHostnames { vpc } => vec![vpc],
            Self::Create { .. } | Self::Delete { .. } => Vec::new(),
        }
    }
}

impl Act for VpcChange {
    async fn run(&self, run: &Run<'_>) -> Result<Option<String>, CallError> {
        let on = AttributeBooleanValue::builder().value(true).build();
        let ec2 = &run.aws.ec2;
        match self {
            Self::Create { block, tags } => return create(run, block, tags).await.map(Some),
            Self::EnableDnsSupport { vpc } => {
                let call = ec2.modify_vpc_attribute().vpc_id(run.id(vpc)?).enable_dns_support(on);
                call.send().await.named("ec2:ModifyVpcAttribute")?;
            }
            Self::EnableDnsHostnames { vpc } => {
                let call = ec2.modify_vpc_attribute().vpc_id(run.id(vpc)?).enable_dns_hostnames(on);
                call.send().await.named("ec2:ModifyVpcAttribute")?;
            }
            Self::Delete { id } => return ec2::gone(ec2.delete_vpc().vpc_id(id).send().await.named("ec2:DeleteVpc")),
        }
        Ok(None)
    }
}

/// One try and no more: the SDK's retry after a lost answer would make a second VPC.
async fn create(run: &Run<'_>, block: &Block, tags: &Tags) -> Result<String, CallError> {
    const ACTION: &str = "ec2:CreateVpc";
    let call = run.aws.ec2.create_vpc();
    let call = match block {
        Block::Cidr(cidr) => call.cidr_block(cidr.to_string()),
        Block::Pool { id, prefix_length } => call.ipv4_ipam_pool_id(id).ipv4_netmask_length(i32::from(*prefix_length)),
    };
    let call = call
        .tag_specifications(ec2::tagged(ResourceType::Vpc, tags))
        .customize()
        .config_override(aws_sdk_ec2::config::Builder::new().retry_config(RetryConfig::disabled()));
    let made = call.send().await.named(ACTION)?;
    let id = made.vpc().and_then(|vpc| vpc.vpc_id()).ok_or_else(|| missing_field(ACTION, "VpcId"))?;
    Ok(id.to_owned())
}

async fn attribute(aws: &Aws, vpc: &str, attribute: VpcAttributeName) -> Result<Option<bool>, CallError> {
    let call = aws.ec2.describe_vpc_attribute().vpc_id(vpc).attribute(attribute.clone());
    let answer = match call.send().await.named("ec2:DescribeVpcAttribute") {
        Err(error) if error.class == crate::aws::Class::NotFound => return Ok(None),
        answer => answer?,
    };
    let value = match attribute {
        VpcAttributeName::EnableDnsSupport => answer.enable_dns_support(),
        _ => answer.enable_dns_hostnames(),
    };
    Ok(value.and_then(AttributeBooleanValue::value))
}

//! Which network ACL serves which subnet. It has changes of its own, since what is there has to be looked up before it can
//! be replaced, and that may be done while the entries of the ACL are being made.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use super::{Act, Draft, Refusal, Run, ec2};
use crate::aws::{CallError, Class, Named};
use ringfence_model::{
    plan::{Handle, Reference, Refers},
    stack::{self, Tier},
};
/// The ACL of a tier, with the steps that make its entries.
pub(super) struct TierAcl {
    pub(super) tier: Tier,
    pub(super) acl: Reference,
    pub(super) entries: Vec<Handle>,
}

/// What can be done to associations.
#[derive(Debug)]
pub(crate) enum AssociationChange {
    /// Looks up those of subnets in the making.
    Find { vpc: Reference, subnets: Vec<Reference>, found: Associations },
    /// Lets an ACL serve a subnet that another one serves so far, by an association that was seen or will be found.
    Replace { vpc: Reference, acl: Reference, subnet: Reference, association: Option<String>, found: Associations },
}

/// What a step of the plan finds for those after it: associations by their subnets.
#[derive(Clone, Debug, Default)]
pub(crate) struct Associations(Arc<OnceLock<BTreeMap<String, Association>>>);

#[derive(Clone, Debug)]
struct Association {
    id: String,
    acl: String,
}

/// Associates the subnets that another ACL than their tier's serves. Entries come first, so that no subnet is cut off
/// between.
///
/// A subnet always has an ACL: AWS has no call that associates, only one that replaces the association that is there.
/// Those of subnets in the making are looked up once for all of them.
pub(super) fn draft_associations(draft: &mut Draft<'_>, tiers: &[TierAcl]) -> Result<(), Refusal> {
    let stack = draft.stack.clone();
    let mut unserved = Vec::new();
    let mut made = Vec::new();
    for TierAcl { tier, acl, entries } in tiers {
        for (_, zone, _) in stack.subnets().into_iter().filter(|(of, _, _)| of == tier) {
            let subnet = draft.reference(&tier.subnet(zone))?;
            let serving = match &subnet {
                Reference::Present(id) => draft.observed.network_acls.iter().find_map(|seen| {
                    let association = seen.associations.iter().find(|association| association.subnet == *id)?;
                    Some((&seen.id, association.id.clone()))
                }),
                Reference::Made(_) => None,
            };
            if serving.as_ref().is_some_and(|(serving, _)| *acl == Reference::Present((*serving).clone())) {
                continue;
            }
            if serving.is_none() {
                made.push(subnet.clone());
            }
            let name = format!("{}/{zone}", tier.network_acl());
            unserved.push((name, acl, entries, subnet, serving.map(|(_, association)| association)));
        }
    }
    let vpc = draft.reference(stack::VPC)?;
    let found = Associations::default();
    let lookup = (!made.is_empty()).then(|| {
        let change = AssociationChange::Find { vpc: vpc.clone(), subnets: made, found: found.clone() };
        draft.look_up("network-acl-associations", change)
    });
    for (name, acl, entries, subnet, association) in unserved {
        let change = AssociationChange::Replace {
            vpc: vpc.clone(),
            acl: acl.clone(),
            subnet,
            association,
            found: found.clone(),
        };
        let after: Vec<Handle> = entries.iter().copied().chain(lookup).collect();
        draft.create_part(name, change, &after);
    }
    Ok(())
}

impl Refers for AssociationChange {
    fn resource_type(&self) -> &'static str {
        "AWS::EC2::SubnetNetworkAclAssociation"
    }

    fn references(&self) -> Vec<&Reference> {
        match self {
            Self::Find { vpc, subnets, .. } => std::iter::once(vpc).chain(subnets).collect(),
            Self::Replace { vpc, acl, subnet, .. } => vec![vpc, acl, subnet],
        }
    }
}

impl Act for AssociationChange {
    async fn run(&self, run: &Run<'_>) -> Result<Option<String>, CallError> {
        match self {
            Self::Find { vpc, subnets, found } => {
                let subnets = subnets.iter().map(|subnet| run.id(subnet)).collect::<Result<Vec<_>, _>>()?;
                // A step runs once to its end, so this is set once.
                let _ = found.0.set(associations_of(run, run.id(vpc)?, &subnets).await?);
            }
            Self::Replace { vpc, acl, subnet, association, found } => {
                let (acl, subnet) = (run.id(acl)?, run.id(subnet)?);
                let found = || found.0.get()?.get(subnet).map(|found| &found.id);
                if let Some(association) = association.as_ref().or_else(found) {
                    match replace(run, association, acl).await {
                        // Replacing ends an association and makes another: it may have been done, and its answer lost.
                        Err(error) if error.class == Class::NotFound => {}
                        replaced => return replaced.map(|()| None),
                    }
                }
                let all = associations_of(run, run.id(vpc)?, &[subnet]).await?;
                if let Some(stale) = all.get(subnet).filter(|association| association.acl != acl) {
                    replace(run, &stale.id, acl).await?;
                }
            }
        }
        Ok(None)
    }
}

/// The associations of `subnets`, by subnet: all of them, or an error that says which does not show yet.
async fn associations_of(
    run: &Run<'_>,
    vpc: &str,
    subnets: &[&str],
) -> Result<BTreeMap<String, Association>, CallError> {
    const ACTION: &str = "ec2:DescribeNetworkAcls";
    let pages = run.aws.ec2.describe_network_acls().filters(ec2::filter("vpc-id", vpc)).into_paginator().items().send();
    let acls = pages.collect::<Result<Vec<_>, _>>().await.named(ACTION)?;
    let all = acls.iter().flat_map(|acl| acl.associations()).filter_map(|found| {
        let association =
            Association { id: found.network_acl_association_id()?.to_owned(), acl: found.network_acl_id()?.to_owned() };
        Some((found.subnet_id()?.to_owned(), association))
    });
    let all: BTreeMap<String, Association> = all.collect();
    match subnets.iter().find(|subnet| !all.contains_key(**subnet)) {
        Some(subnet) => {
            let message = format!("no association of {subnet} with a network ACL is visible yet");
            Err(CallError::unseen(ACTION, message))
        }
        None => Ok(all),
    }
}

async fn replace(run: &Run<'_>, association: &str, acl: &str) -> Result<(), CallError> {
    let call = run.aws.ec2.replace_network_acl_association().association_id(association).network_acl_id(acl);
    call.send().await.named("ec2:ReplaceNetworkAclAssociation")?;
    Ok(())
}

//! The VPCs of a region: a look finds by them whose is which.

use aws_sdk_ec2::types::VpcCidrBlockStateCode;
use ipnet::Ipv4Net;

use super::ec2;
use crate::aws::{Aws, CallError, Named};
use ringfence_observed::Vpc;

/// Every VPC of the region.
pub(super) async fn read_all(aws: &Aws) -> Result<Vec<Vpc>, CallError> {
    const ACTION: &str = "ec2:DescribeVpcs";
    let pages = aws.ec2.describe_vpcs().into_paginator().items().send();
    let vpcs = pages.collect::<Result<Vec<_>, _>>().await.named(ACTION)?;
    vpcs.iter().map(|vpc| from_sdk(ACTION, vpc)).collect()
}

fn from_sdk(action: &'static str, vpc: &aws_sdk_ec2::types::Vpc) -> Result<Vpc, CallError> {
    let cidr: Ipv4Net = ec2::block(action, vpc.cidr_block().unwrap_or_default())?;
    let associated = |state: Option<&VpcCidrBlockStateCode>| {
        !matches!(state, Some(VpcCidrBlockStateCode::Disassociated | VpcCidrBlockStateCode::Failed))
    };
    let mut secondary_cidrs = Vec::new();
    for association in vpc.cidr_block_association_set() {
        let block: Ipv4Net = ec2::block(action, association.cidr_block().unwrap_or_default())?;
        if block != cidr && associated(association.cidr_block_state().and_then(|state| state.state())) {
            secondary_cidrs.push(block);
        }
    }
    let mut ipv6_cidrs = Vec::new();
    for association in vpc.ipv6_cidr_block_association_set() {
        if associated(association.ipv6_cidr_block_state().and_then(|state| state.state())) {
            ipv6_cidrs.push(ec2::block(action, association.ipv6_cidr_block().unwrap_or_default())?);
        }
    }
    Ok(Vpc {
        id: vpc.vpc_id().unwrap_or_default().to_owned(),
        cidr,
        secondary_cidrs,
        ipv6_cidrs,
        dns_support: None,
        dns_hostnames: None,
        tags: ec2::from_tags(vpc.tags()),
    })
}

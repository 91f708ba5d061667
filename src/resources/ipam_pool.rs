//! Pools of Amazon VPC IPAM, which a VPC may have its block from. Only looked at, and only when one is asked for.

use super::ec2;
use crate::aws::{Aws, CallError, Named};
use ringfence_observed::IpamPool;

/// The pool with this ID; `None` when there is none.
pub(crate) async fn ipam_pool(aws: &Aws, id: &str) -> Result<Option<IpamPool>, CallError> {
    let pages = aws.ec2.describe_ipam_pools().filters(ec2::filter("ipam-pool-id", id)).into_paginator();
    let pools = pages.items().send().collect::<Result<Vec<_>, _>>().await.named("ec2:DescribeIpamPools")?;
    let pool = pools.iter().find(|pool| pool.ipam_pool_id() == Some(id));
    Ok(pool.map(|pool| IpamPool {
        is_ipv4: pool.address_family().is_some_and(|family| family.as_str() == "ipv4"),
        locale: pool.locale().unwrap_or_default().to_owned(),
    }))
}

//! The associations of VPCs with rule groups, which several kinds look at together.

use aws_sdk_route53resolver::types::MutationProtectionStatus;

use crate::aws::{Aws, CallError, Named};
use ringfence_observed::FirewallAssociation;

/// Every association of a VPC, or of the region, each with its VPC.
pub(crate) async fn list_firewall_associations(
    aws: &Aws,
    vpc: Option<String>,
) -> Result<Vec<(String, FirewallAssociation)>, CallError> {
    let call = aws.route53resolver.list_firewall_rule_group_associations().set_vpc_id(vpc);
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

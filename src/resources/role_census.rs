//! All roles of this installation in one read.

use aws_sdk_iam::types::{EntityType, RoleDetail};

use super::{Home, iam, look::Fleet};
use crate::aws::{Aws, CallError, Named};
use ringfence_model::stack::{ENVIRONMENT, INSTALLATION};
use ringfence_observed::{InstanceProfile, Role};

/// The most roles in a page.
const PAGE: i32 = 1000;

/// Reads every role of this installation in the region, with its policies and the instance profiles that hold it.
pub(super) async fn read(aws: &Aws, fleet: &Fleet) -> Result<Vec<(Home, (Role, Vec<InstanceProfile>))>, CallError> {
    let call = aws.iam.get_account_authorization_details().filter(EntityType::Role).max_items(PAGE);
    let pages = call.into_paginator().send().collect::<Result<Vec<_>, _>>().await;
    let pages = pages.named("iam:GetAccountAuthorizationDetails")?;
    let path = format!("/ringfence/{}/", fleet.region);
    let details = pages.iter().flat_map(|page| page.role_detail_list());
    let ours = details.filter(|role| role.path() == Some(&path)).filter_map(|detail| {
        let role = role(detail);
        let is_ours = role.tags.get(INSTALLATION) == Some(&fleet.installation);
        let environment = role.tags.get(ENVIRONMENT).filter(|_| is_ours)?.clone();
        Some((Home::Environment(environment), (role, profiles(detail))))
    });
    Ok(ours.collect())
}

fn role(detail: &RoleDetail) -> Role {
    let owned = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let inline = detail.role_policy_list().iter();
    let attached = detail.attached_managed_policies().iter();
    let boundary = detail.permissions_boundary().and_then(|boundary| boundary.permissions_boundary_arn());
    Role {
        name: owned(detail.role_name()),
        path: owned(detail.path()),
        arn: owned(detail.arn()),
        trust_policy: iam::decoded(detail.assume_role_policy_document().unwrap_or_default()),
        inline_policies: inline
            .map(|policy| (owned(policy.policy_name()), iam::decoded(policy.policy_document().unwrap_or_default())))
            .collect(),
        attached_policies: attached.filter_map(|policy| policy.policy_arn().map(ToOwned::to_owned)).collect(),
        permissions_boundary: boundary.map(ToOwned::to_owned),
        tags: iam::from_tags(detail.tags()),
    }
}

fn profiles(detail: &RoleDetail) -> Vec<InstanceProfile> {
    let profiles = detail.instance_profile_list().iter().map(|profile| InstanceProfile {
        name: profile.instance_profile_name().to_owned(),
        path: profile.path().to_owned(),
        arn: profile.arn().to_owned(),
        roles: profile.roles().iter().map(|role| role.role_name().to_owned()).collect(),
        tags: None,
    });
    profiles.collect()
}

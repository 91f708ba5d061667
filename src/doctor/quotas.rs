//! What a default environment takes of each quota, beside what is used and what there may be.

use aws_sdk_iam::types::SummaryKeyType;
use aws_sdk_ssm::types::ParameterTier;

use super::{
    commands::aws as aws_command,
    report::{CheckName, Examined, Finding, Quota},
};
use crate::aws::{Aws, CallError, Named, missing_field};
use ringfence_model::scope::Scope;

/// A quota as Service Quotas knows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) check: CheckName,
    pub(super) name: &'static str,
    service: &'static str,
    code: &'static str,
    default: u64,
    /// Where AWS states the default.
    page: &'static str,
    /// What of it a default environment takes.
    pub(super) need: u64,
    /// The region of Service Quotas that knows it, where it is none of the region's own.
    home: Option<&'static str>,
}

pub(super) const VPCS: Known = Known {
    check: CheckName::QuotaVpcs,
    name: "VPCs per Region",
    service: "vpc",
    code: "L-F678F1CE",
    default: 5,
    page: "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html",
    need: 1,
    home: None,
};

pub(super) const GATEWAY_ENDPOINTS: Known = Known {
    check: CheckName::QuotaGatewayEndpoints,
    name: "Gateway VPC endpoints per Region",
    service: "vpc",
    code: "L-1B52E74A",
    default: 20,
    page: "https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-limits-endpoints.html",
    need: 1,
    home: None,
};

/// An environment has a VPC of its own, so that none is used yet. What GuardDuty adds counts.
pub(super) const INTERFACE_ENDPOINTS: Known = Known {
    check: CheckName::QuotaInterfaceEndpoints,
    name: "Interface VPC endpoints per VPC",
    service: "vpc",
    code: "L-29B6F2EB",
    default: 50,
    page: "https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-limits-endpoints.html",
    need: 0,
    home: None,
};

/// The roles of an environment: for training, and for its flow logs where the installation has none for all of them.
pub(super) const ROLES_OF_ITS_OWN: u64 = 2;

/// IAM is global, and so are its quotas: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
const ROLES: Known = Known {
    check: CheckName::QuotaRoles,
    name: "Roles per account",
    service: "iam",
    code: "L-FE177D64",
    default: 1_000,
    page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
    need: ROLES_OF_ITS_OWN,
    home: Some("us-east-1"),
};

const INSTANCE_PROFILES: Known = Known {
    check: CheckName::QuotaInstanceProfiles,
    name: "Instance profiles per account",
    code: "L-6E65F664",
    need: 1,
    ..ROLES
};

/// How many standard parameters an account has in a region, where no API tells:
/// <https://docs.aws.amazon.com/general/latest/gr/ssm.html>
const MOST_PARAMETERS: u64 = 10_000;
const PARAMETERS_PAGE: &str = "https://docs.aws.amazon.com/general/latest/gr/ssm.html";
/// What a default environment publishes.
const PARAMETERS_NEEDED: u64 = 12;

/// How many there may be: as the account has it, or AWS's default and why the account's own is not known.
pub(super) type Limit = Result<u64, CallError>;

/// The account's own limit.
pub(super) async fn limit(aws: &Aws, quota: &Known) -> Limit {
    const ACTION: &str = "servicequotas:GetServiceQuota";
    let call = aws.quotas.get_service_quota().service_code(quota.service).quota_code(quota.code);
    let answer = call.send().await.named(ACTION)?;
    let value = answer.quota().and_then(|quota| quota.value()).ok_or_else(|| missing_field(ACTION, "Value"))?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a number of resources, sent as a double"
    )]
    let value = value.max(0.0) as u64;
    Ok(value)
}

/// Judges what is used beside what there may be.
pub(super) fn judge(quota: &Known, need: u64, used: u64, limit: Limit) -> Examined {
    let Known { check, name, default, page, .. } = *quota;
    let (value, unknown) = limit.map_or_else(|error| (default, Some(error)), |value| (value, None));
    let counted =
        Quota { quota: name, need, used: Some(used), limit: value, default_by: unknown.is_some().then_some(page) };
    let examined = Examined::default().counted(counted);
    let seen = format!("{name}: {used} of {value} are used, and a default environment takes {need}");
    match unknown {
        None if used + need > value => {
            let desired = (used + need).max(value.saturating_mul(2)).to_string();
            examined.saw(check, seen.clone()).found([full(check, seen, raise(quota, &desired))])
        }
        Some(error) if used + need > value => examined.missed(
            check,
            format!("{seen}, but that is AWS's default, and the account's own could not be read: {error}"),
        ),
        Some(_) => examined.saw(check, format!("{seen}, where that is AWS's default")),
        None => examined.saw(check, seen),
    }
}

fn full(check: CheckName, what: String, mend: String) -> Finding {
    let why = "a create that meets the quota ends as QuotaExceeded, and goes on once it is raised, or something unused is removed".to_owned();
    Finding { check, required: true, what, why, mend }
}

/// AWS decides about it, at once or within days.
fn raise(quota: &Known, desired: &str) -> String {
    let words = [
        "service-quotas",
        "request-service-quota-increase",
        "--service-code",
        quota.service,
        "--quota-code",
        quota.code,
        "--desired-value",
        desired,
    ];
    aws_command(words.into_iter().chain(quota.home.iter().flat_map(|home| ["--region", home])))
}

/// Roles and instance profiles, which IAM counts itself. `roles` says how many roles an environment has.
pub(super) async fn examine_identities(aws: &Aws, roles: u64) -> Examined {
    const ACTION: &str = "iam:GetAccountSummary";
    let summary = match aws.iam.get_account_summary().send().await.named(ACTION) {
        Ok(answer) => answer.summary_map.unwrap_or_default(),
        Err(error) => {
            return Examined::default()
                .missed(ROLES.check, error.to_string())
                .missed(INSTANCE_PROFILES.check, error.to_string());
        }
    };
    let count = |key: &SummaryKeyType| summary.get(key).and_then(|count| u64::try_from(*count).ok());
    let one = |quota: &Known, need, used: SummaryKeyType, most: SummaryKeyType| {
        let limit = count(&most).ok_or_else(|| missing_field(ACTION, most.as_str()));
        match count(&used) {
            Some(used) => judge(quota, need, used, limit),
            None => Examined::default().missed(quota.check, missing_field(ACTION, used.as_str()).to_string()),
        }
    };
    let roles = one(&ROLES, roles, SummaryKeyType::from("Roles"), SummaryKeyType::from("RolesQuota"));
    let profiles = one(
        &INSTANCE_PROFILES,
        INSTANCE_PROFILES.need,
        SummaryKeyType::from("InstanceProfiles"),
        SummaryKeyType::from("InstanceProfilesQuota"),
    );
    roles.and(profiles)
}

/// Standard parameters: no API counts them, so all are listed.
pub(super) async fn examine_parameters(aws: &Aws, scope: &Scope) -> Examined {
    const CHECK: CheckName = CheckName::QuotaParameters;
    const NAME: &str = "Standard parameters per Region";
    let mut pages = aws.ssm.describe_parameters().into_paginator().page_size(50).send();
    let quota = |used| Quota {
        quota: NAME,
        need: PARAMETERS_NEEDED,
        used,
        limit: MOST_PARAMETERS,
        default_by: Some(PARAMETERS_PAGE),
    };
    let mut used = 0;
    while let Some(page) = pages.next().await {
        let page = match page.named("ssm:DescribeParameters") {
            Ok(page) => page,
            Err(error) => return Examined::default().missed(CHECK, error.to_string()).counted(quota(None)),
        };
        used +=
            page.parameters().iter().map(|each| u64::from(each.tier() != Some(&ParameterTier::Advanced))).sum::<u64>();
    }
    let seen =
        format!("{NAME}: {used} of {MOST_PARAMETERS} are used, and a default environment takes {PARAMETERS_NEEDED}");
    let examined = Examined::default().counted(quota(Some(used))).saw(CHECK, seen.clone());
    if used.saturating_add(PARAMETERS_NEEDED) <= MOST_PARAMETERS {
        return examined;
    }
    // With this tier what finds no room among the standard parameters becomes an advanced one, which costs:
    // https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
    let setting = scope.arn("ssm", "servicesetting/ssm/parameter-store/default-parameter-tier");
    let words = ["ssm", "update-service-setting", "--setting-id", &setting, "--setting-value", "Intelligent-Tiering"];
    examined.found([full(CHECK, seen, aws_command(words))])
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::Value;

    use super::*;
    use crate::doctor::report::Diagnosis;

    fn told(used: u64, limit: Limit) -> Value {
        serde_json::to_value(Diagnosis::of(vec![judge(&VPCS, 1, used, limit)])).unwrap()
    }

    #[rstest]
    #[case::room(4, Ok(5), true, true, 0)]
    #[case::full(5, Ok(5), true, false, 1)]
    #[case::over(9, Ok(5), true, false, 1)]
    #[case::room_by_default(4, Err(denied()), true, true, 0)]
    #[case::perhaps_full(5, Err(denied()), false, false, 0)]
    fn what_is_used_beside_what_there_may_be(
        #[case] used: u64,
        #[case] limit: Limit,
        #[case] looked_at: bool,
        #[case] ok: bool,
        #[case] findings: usize,
    ) {
        let is_default = limit.is_err();
        let told = told(used, limit);
        let check = told["checks"].as_array().unwrap().iter().find(|check| check["check"] == "quota-vpcs").unwrap();
        assert_eq!((check["looked_at"] == true, check["ok"] == true), (looked_at, ok), "{check}");
        assert_eq!(told["findings"].as_array().unwrap().len(), findings);
        let quota = &told["quotas"][0];
        assert_eq!((&quota["need"], &quota["used"], &quota["limit"]), (&1.into(), &used.into(), &5.into()));
        assert_eq!(quota.get("default_by").is_some(), is_default);
    }

    fn denied() -> CallError {
        CallError::answered("servicequotas:GetServiceQuota", "AccessDeniedException", "no")
    }

    #[test]
    fn a_quota_is_raised_where_it_is_kept() {
        let region = raise(&VPCS, "10");
        assert!(region.ends_with("--service-code vpc --quota-code L-F678F1CE --desired-value 10"), "{region}");
        assert!(raise(&ROLES, "2000").ends_with("--quota-code L-FE177D64 --desired-value 2000 --region us-east-1"));
    }
}

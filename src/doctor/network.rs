//! What stands in the region beside environments: VPCs, endpoints and zones.

use aws_sdk_ec2::types::{Tag, Vpc, VpcEndpoint, VpcEndpointType};
use futures_util::join;

use super::{
    commands::aws as aws_command,
    pool::{self, Neighbour},
    quotas::{self, GATEWAY_ENDPOINTS, INTERFACE_ENDPOINTS, VPCS},
    report::{CheckName, Examined, Finding},
};
use crate::{
    aws::{Aws, CallError, Named},
    settings::Settings,
};
use ringfence_model::stack::{INSTALLATION, MANAGED_BY, MANAGED_BY_VALUE, is_service_of_guardduty};

/// How many zones an environment has whose spec does not say.
const ZONES: usize = 2;

/// How many VPCs are named.
const NAMED: usize = 5;

/// VPCs: how many there are, and whether the pool meets them.
pub(super) async fn examine_vpcs(aws: &Aws, settings: &Settings) -> Examined {
    let (vpcs, limit) = join!(vpcs(aws), quotas::limit(aws, &VPCS));
    let vpcs = match vpcs {
        Ok(vpcs) => vpcs,
        Err(error) => {
            return Examined::default()
                .missed(CheckName::QuotaVpcs, error.to_string())
                .missed(CheckName::CidrPool, error.to_string());
        }
    };
    let neighbours: Vec<Neighbour> = vpcs.iter().map(|vpc| neighbour(vpc, &settings.table)).collect();
    let used = u64::try_from(vpcs.len()).unwrap_or(u64::MAX);
    quotas::judge(&VPCS, VPCS.need, used, limit).and(pool::judge(&settings.cidr_pool, &neighbours))
}

async fn vpcs(aws: &Aws) -> Result<Vec<Vpc>, CallError> {
    let pages = aws.ec2.describe_vpcs().into_paginator().items().send();
    pages.collect::<Result<Vec<_>, _>>().await.named("ec2:DescribeVpcs")
}

fn neighbour(vpc: &Vpc, table: &str) -> Neighbour {
    let blocks = vpc.cidr_block_association_set().iter().filter_map(|association| association.cidr_block());
    let mut blocks: Vec<_> =
        vpc.cidr_block().into_iter().chain(blocks).filter_map(|block| block.parse().ok()).collect();
    blocks.sort_unstable();
    blocks.dedup();
    let has = |key: &str, value: &str| {
        vpc.tags().iter().any(|tag: &Tag| tag.key() == Some(key) && tag.value() == Some(value))
    };
    let is_ours = has(MANAGED_BY, MANAGED_BY_VALUE) && has(INSTALLATION, table);
    Neighbour { id: vpc.vpc_id().unwrap_or_default().to_owned(), blocks, is_ours }
}

/// Endpoints: how many there are, and whether GuardDuty put some there.
pub(super) async fn examine_endpoints(aws: &Aws) -> Examined {
    let (endpoints, gateways, interfaces) =
        join!(endpoints(aws), quotas::limit(aws, &GATEWAY_ENDPOINTS), quotas::limit(aws, &INTERFACE_ENDPOINTS));
    let endpoints = match endpoints {
        Ok(endpoints) => endpoints,
        Err(error) => {
            let checks = [CheckName::QuotaGatewayEndpoints, CheckName::QuotaInterfaceEndpoints, CheckName::Guardduty];
            return checks.into_iter().fold(Examined::default(), |all, check| all.missed(check, error.to_string()));
        }
    };
    // Where an endpoint does not say of which kind it is, GovCloud has been seen to mean an interface.
    let is_gateway = |endpoint: &&VpcEndpoint| endpoint.vpc_endpoint_type() == Some(&VpcEndpointType::Gateway);
    let used = u64::try_from(endpoints.iter().filter(is_gateway).count()).unwrap_or(u64::MAX);
    let watched = watched(&endpoints);
    let added = u64::from(!watched.is_empty());
    let gateways = quotas::judge(&GATEWAY_ENDPOINTS, GATEWAY_ENDPOINTS.need, used, gateways);
    let interfaces = quotas::judge(&INTERFACE_ENDPOINTS, INTERFACE_ENDPOINTS.need + added, 0, interfaces);
    gateways.and(interfaces).and(guardduty(&watched))
}

async fn endpoints(aws: &Aws) -> Result<Vec<VpcEndpoint>, CallError> {
    let pages = aws.ec2.describe_vpc_endpoints().into_paginator().items().send();
    pages.collect::<Result<Vec<_>, _>>().await.named("ec2:DescribeVpcEndpoints")
}

/// The VPCs that GuardDuty put an endpoint into:
/// <https://docs.aws.amazon.com/guardduty/latest/ug/runtime-monitoring-agent-resource-sharing-vpc.html>
fn watched(endpoints: &[VpcEndpoint]) -> Vec<&str> {
    let of_guardduty = |endpoint: &&VpcEndpoint| endpoint.service_name().is_some_and(is_service_of_guardduty);
    let mut vpcs: Vec<&str> = endpoints.iter().filter(of_guardduty).filter_map(|endpoint| endpoint.vpc_id()).collect();
    vpcs.sort_unstable();
    vpcs.dedup();
    vpcs
}

/// Has GuardDuty keep no agents on EC2 instances, and so make no endpoints for them. In an organization its
/// administrator alone may say so: <https://docs.aws.amazon.com/guardduty/latest/APIReference/API_UpdateDetector.html>
const LEAVE_VPCS_ALONE: &str = concat!(
    r#"aws guardduty update-detector --detector-id "$(aws guardduty list-detectors --query 'DetectorIds[0]' --output text)" "#,
    r#"--features '[{"Name":"RUNTIME_MONITORING","Status":"ENABLED","AdditionalConfiguration":"#,
    r#"[{"Name":"EC2_AGENT_MANAGEMENT","Status":"DISABLED"}]}]'"#,
);

fn guardduty(watched: &[&str]) -> Examined {
    const CHECK: CheckName = CheckName::Guardduty;
    if watched.is_empty() {
        return Examined::default().saw(CHECK, "no VPC of the region has an endpoint of GuardDuty's");
    }
    let named = watched.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    let what = format!(
        "GuardDuty's Runtime Monitoring has put an endpoint into {} VPCs of the region: {named}",
        watched.len()
    );
    let finding = Finding {
        check: CHECK,
        required: false,
        what: what.clone(),
        why: "it does so in every VPC that it finds instances or tasks in: an endpoint, which costs by the hour, and a security group that no spec asked for; \
              environments admit them and are removed with them, unless a spec says egress.guardduty: \"refuse\", which makes them exposure"
            .to_owned(),
        mend: LEAVE_VPCS_ALONE.to_owned(),
    };
    Examined::default().saw(CHECK, what).found([finding])
}

/// Zones: whether there are enough.
pub(super) async fn examine_zones(aws: &Aws) -> Examined {
    const CHECK: CheckName = CheckName::Zones;
    match aws.zones().await {
        Err(error) => Examined::default().missed(CHECK, error.to_string()),
        Ok(zones) if zones.len() >= ZONES => {
            Examined::default().saw(CHECK, format!("{} availability zones are up: {}", zones.len(), zones.join(", ")))
        }
        Ok(zones) => {
            let what = format!("{} availability zones of {} are up for this account", zones.len(), aws.region());
            let finding = Finding {
                check: CHECK,
                required: true,
                what: what.clone(),
                why: "an environment stands in two zones unless its spec says network.availability_zones: 1".to_owned(),
                mend: aws_command([
                    "ec2",
                    "describe-availability-zones",
                    "--all-availability-zones",
                    "--region",
                    aws.region(),
                ]),
            };
            Examined::default().saw(CHECK, what).found([finding])
        }
    }
}

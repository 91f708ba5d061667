//! Gateways and connections that lead out of a VPC. Ringfence never makes one: they are read so that the proof sees
//! those that somebody else attached.

use futures_util::try_join;

use super::{Home, Kind, Look, ReadOnly, ec2};
use crate::{
    aws::{Aws, CallError, Named},
    observed::{Gateway, GatewayKind, Observed, Tags},
};

pub(crate) struct Gateways;

impl Kind for Gateways {
    type Seen = Gateway;
    type Change = ReadOnly;

    async fn read(look: &Look<'_>) -> Result<Vec<(Home, Gateway)>, CallError> {
        let Some(vpc) = look.vpc().await? else { return Ok(Vec::new()) };
        let (internet, egress_only, nat, requested, accepted, transit, private) = try_join!(
            internet(look.aws, &vpc),
            egress_only(look.aws, &vpc),
            nat(look.aws, &vpc),
            peering(look.aws, "requester-vpc-info.vpc-id", &vpc),
            peering(look.aws, "accepter-vpc-info.vpc-id", &vpc),
            transit(look.aws, &vpc),
            virtual_private(look.aws, &vpc),
        )?;
        let all = [internet, egress_only, nat, requested, accepted, transit, private];
        Ok(all.into_iter().flatten().map(|gateway| (Home::Vpc(vpc.clone()), gateway)).collect())
    }

    fn place(observed: &mut Observed, seen: Gateway) {
        observed.gateways.push(seen);
    }
}

fn gateway(kind: GatewayKind, id: Option<&str>, state: Option<String>, tags: Tags) -> Gateway {
    let id = id.unwrap_or_default().to_owned();
    Gateway { route_target: id.clone(), id, kind, state: state.unwrap_or_default(), tags }
}

async fn internet(aws: &Aws, vpc: &str) -> Result<Vec<Gateway>, CallError> {
    let filter = ec2::filter("attachment.vpc-id", vpc);
    let pages = aws.ec2.describe_internet_gateways().filters(filter).into_paginator().items().send();
    let found = pages.collect::<Result<Vec<_>, _>>().await.named("ec2:DescribeInternetGateways")?;
    let found = found.iter().map(|found| {
        let state = found.attachments().first().and_then(|attachment| attachment.state());
        let state = state.map(|state| state.as_str().to_owned());
        gateway(GatewayKind::Internet, found.internet_gateway_id(), state, ec2::from_tags(found.tags()))
    });
    Ok(found.collect())
}

/// This call knows no filter for the VPC.
async fn egress_only(aws: &Aws, vpc: &str) -> Result<Vec<Gateway>, CallError> {
    let pages = aws.ec2.describe_egress_only_internet_gateways().into_paginator().items().send();
    let found = pages.collect::<Result<Vec<_>, _>>().await.named("ec2:DescribeEgressOnlyInternetGateways")?;
    let attached = found.iter().filter_map(|found| {
        let attachment = found.attachments().iter().find(|attachment| attachment.vpc_id() == Some(vpc))?;
        let state = attachment.state().map(|state| state.as_str().to_owned());
        let id = found.egress_only_internet_gateway_id();
        Some(gateway(GatewayKind::EgressOnlyInternet, id, state, ec2::from_tags(found.tags())))
    });
    Ok(attached.collect())
}

async fn nat(aws: &Aws, vpc: &str) -> Result<Vec<Gateway>, CallError> {
    let pages = aws.ec2.describe_nat_gateways().filter(ec2::filter("vpc-id", vpc)).into_paginator().items().send();
    let found = pages.collect::<Result<Vec<_>, _>>().await.named("ec2:DescribeNatGateways")?;
    let found = found.iter().map(|found| {
        let state = found.state().map(|state| state.as_str().to_owned());
        gateway(GatewayKind::Nat, found.nat_gateway_id(), state, ec2::from_tags(found.tags()))
    });
    Ok(found.collect())
}

async fn peering(aws: &Aws, side: &str, vpc: &str) -> Result<Vec<Gateway>, CallError> {
    let pages =
        aws.ec2.describe_vpc_peering_connections().filters(ec2::filter(side, vpc)).into_paginator().items().send();
    let found = pages.collect::<Result<Vec<_>, _>>().await.named("ec2:DescribeVpcPeeringConnections")?;
    let found = found.iter().map(|found| {
        let state = found.status().and_then(|status| status.code()).map(|code| code.as_str().to_owned());
        gateway(GatewayKind::Peering, found.vpc_peering_connection_id(), state, ec2::from_tags(found.tags()))
    });
    Ok(found.collect())
}

async fn transit(aws: &Aws, vpc: &str) -> Result<Vec<Gateway>, CallError> {
    let pages = aws.ec2.describe_transit_gateway_vpc_attachments().filters(ec2::filter("vpc-id", vpc));
    let pages = pages.into_paginator().items().send();
    let found = pages.collect::<Result<Vec<_>, _>>().await.named("ec2:DescribeTransitGatewayVpcAttachments")?;
    let found = found.iter().map(|found| {
        let state = found.state().map(|state| state.as_str().to_owned());
        let id = found.transit_gateway_attachment_id();
        let attachment = gateway(GatewayKind::TransitAttachment, id, state, ec2::from_tags(found.tags()));
        Gateway { route_target: found.transit_gateway_id().unwrap_or_default().to_owned(), ..attachment }
    });
    Ok(found.collect())
}

async fn virtual_private(aws: &Aws, vpc: &str) -> Result<Vec<Gateway>, CallError> {
    let call = aws.ec2.describe_vpn_gateways().filters(ec2::filter("attachment.vpc-id", vpc));
    let found = call.send().await.named("ec2:DescribeVpnGateways")?;
    let found = found.vpn_gateways().iter().map(|found| {
        let attachment = found.vpc_attachments().iter().find(|attachment| attachment.vpc_id() == Some(vpc));
        let state = attachment.and_then(|attachment| attachment.state()).map(|state| state.as_str().to_owned());
        gateway(GatewayKind::VirtualPrivate, found.vpn_gateway_id(), state, ec2::from_tags(found.tags()))
    });
    Ok(found.collect())
}

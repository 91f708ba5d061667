//! Gateways and connections that lead out of a VPC. Ringfence never makes one: they are read so that the proof sees
//! those that somebody else attached.

use aws_sdk_ec2::types::{Filter, VpcPeeringConnection};
use futures_util::try_join;

use super::{Bulk, Home, Look, Observe};
use crate::aws::{Aws, CallError, Named};
use ringfence_observed::{Gateway, GatewayKind, Observed, Requester};

pub(crate) struct Gateways;

impl Observe for Gateways {
    type Seen = Gateway;
    const BULK: Bulk<Self::Seen> = Bulk::Whole;

    async fn read(look: &Look<'_>) -> Result<Vec<(Home, Gateway)>, CallError> {
        let Some(attached) = look.in_vpc("attachment.vpc-id").await? else { return Ok(Vec::new()) };
        let within = look.in_vpc("vpc-id").await?.unwrap_or_default();
        let (internet, egress_only, nat, peering, transit, private) = try_join!(
            internet(look.aws, attached.clone()),
            egress_only(look.aws),
            nat(look.aws, within.clone()),
            peering(look.aws),
            transit(look.aws, within),
            virtual_private(look.aws, attached),
        )?;
        let all = [internet, egress_only, nat, peering, transit, private].into_iter().flatten();
        // Two calls know no filter for the VPC, and the others leave out what they should.
        let vpc = look.vpc().await?;
        let all = all.filter(|(of, _)| vpc.as_ref().is_none_or(|vpc| vpc == of));
        Ok(all.map(|(of, gateway)| (Home::Vpc(of), gateway)).collect())
    }

    fn place(observed: &mut Observed, seen: Gateway) {
        observed.gateways.push(seen);
    }
}

fn gateway(kind: GatewayKind, id: Option<&str>, state: Option<String>) -> Gateway {
    let id = id.unwrap_or_default().to_owned();
    Gateway { route_target: id.clone(), id, kind, state: state.unwrap_or_default(), requester: None }
}

/// A gateway with the VPC that it leads out of.
type Attached = (String, Gateway);

async fn internet(aws: &Aws, filters: Vec<Filter>) -> Result<Vec<Attached>, CallError> {
    let pages = aws.ec2.describe_internet_gateways().set_filters(Some(filters)).into_paginator().items().send();
    let found = pages.collect::<Result<Vec<_>, _>>().await.named("ec2:DescribeInternetGateways")?;
    let attached = found.iter().flat_map(|found| {
        found.attachments().iter().map(|attachment| {
            let state = attachment.state().map(|state| state.as_str().to_owned());
            let id = found.internet_gateway_id();
            let vpc = attachment.vpc_id().unwrap_or_default().to_owned();
            (vpc, gateway(GatewayKind::Internet, id, state))
        })
    });
    Ok(attached.collect())
}

/// This call knows no filter for the VPC.
async fn egress_only(aws: &Aws) -> Result<Vec<Attached>, CallError> {
    let pages = aws.ec2.describe_egress_only_internet_gateways().into_paginator().items().send();
    let found = pages.collect::<Result<Vec<_>, _>>().await.named("ec2:DescribeEgressOnlyInternetGateways")?;
    let attached = found.iter().flat_map(|found| {
        found.attachments().iter().map(|attachment| {
            let state = attachment.state().map(|state| state.as_str().to_owned());
            let id = found.egress_only_internet_gateway_id();
            let vpc = attachment.vpc_id().unwrap_or_default().to_owned();
            (vpc, gateway(GatewayKind::EgressOnlyInternet, id, state))
        })
    });
    Ok(attached.collect())
}

async fn nat(aws: &Aws, filters: Vec<Filter>) -> Result<Vec<Attached>, CallError> {
    let pages = aws.ec2.describe_nat_gateways().set_filter(Some(filters)).into_paginator().items().send();
    let found = pages.collect::<Result<Vec<_>, _>>().await.named("ec2:DescribeNatGateways")?;
    let found = found.iter().map(|found| {
        let state = found.state().map(|state| state.as_str().to_owned());
        let vpc = found.vpc_id().unwrap_or_default().to_owned();
        (vpc, gateway(GatewayKind::Nat, found.nat_gateway_id(), state))
    });
    Ok(found.collect())
}

/// The VPC may be on either side of a connection, and filters of one call all have to hold: those of the region are
/// asked for, a thousand in a page.
async fn peering(aws: &Aws) -> Result<Vec<Attached>, CallError> {
    const PAGE: i32 = 1000;
    let pages = aws.ec2.describe_vpc_peering_connections().max_results(PAGE).into_paginator().items().send();
    let found = pages.collect::<Result<Vec<_>, _>>().await.named("ec2:DescribeVpcPeeringConnections")?;
    Ok(found.iter().flat_map(sides).collect())
}

/// A connection as each of its two VPCs has it: only for the one that did not ask is there somebody else who did.
fn sides(found: &VpcPeeringConnection) -> Vec<Attached> {
    let state = found.status().and_then(|status| status.code()).map(|code| code.as_str().to_owned());
    let id = found.vpc_peering_connection_id();
    let peering = gateway(GatewayKind::Peering, id, state);
    let (asking, asked) = (found.requester_vpc_info(), found.accepter_vpc_info());
    let account = asking.and_then(|side| side.owner_id()).unwrap_or_default().to_owned();
    let own = asked.and_then(|side| side.owner_id()).unwrap_or_default();
    let requester = Requester { is_foreign: account.is_empty() || account != own, account };
    let of = |vpc: Option<&str>, requester| vpc.map(|vpc| (vpc.to_owned(), Gateway { requester, ..peering.clone() }));
    let asking = of(asking.and_then(|side| side.vpc_id()), None);
    let asked = of(asked.and_then(|side| side.vpc_id()), Some(requester));
    asking.into_iter().chain(asked).collect()
}

async fn transit(aws: &Aws, filters: Vec<Filter>) -> Result<Vec<Attached>, CallError> {
    let call = aws.ec2.describe_transit_gateway_vpc_attachments().set_filters(Some(filters));
    let pages = call.into_paginator().items().send();
    let found = pages.collect::<Result<Vec<_>, _>>().await.named("ec2:DescribeTransitGatewayVpcAttachments")?;
    let found = found.iter().map(|found| {
        let state = found.state().map(|state| state.as_str().to_owned());
        let id = found.transit_gateway_attachment_id();
        let attachment = gateway(GatewayKind::TransitAttachment, id, state);
        let route_target = found.transit_gateway_id().unwrap_or_default().to_owned();
        (found.vpc_id().unwrap_or_default().to_owned(), Gateway { route_target, ..attachment })
    });
    Ok(found.collect())
}

async fn virtual_private(aws: &Aws, filters: Vec<Filter>) -> Result<Vec<Attached>, CallError> {
    let call = aws.ec2.describe_vpn_gateways().set_filters(Some(filters));
    let found = call.send().await.named("ec2:DescribeVpnGateways")?;
    let attached = found.vpn_gateways().iter().flat_map(|found| {
        found.vpc_attachments().iter().map(|attachment| {
            let state = attachment.state().map(|state| state.as_str().to_owned());
            let vpc = attachment.vpc_id().unwrap_or_default().to_owned();
            (vpc, gateway(GatewayKind::VirtualPrivate, found.vpn_gateway_id(), state))
        })
    });
    Ok(attached.collect())
}

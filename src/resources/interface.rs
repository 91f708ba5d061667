//! Network interfaces: whoever holds an address in the VPC. Only read.

use super::{Bulk, Home, Look, Observe, ec2};
use crate::aws::{CallError, Named};
use ringfence_observed::{NetworkInterface, Observed};

pub(crate) struct Interfaces;

impl Observe for Interfaces {
    type Seen = NetworkInterface;
    const BULK: Bulk<Self::Seen> = Bulk::Whole;

    async fn read(look: &Look<'_>) -> Result<Vec<(Home, NetworkInterface)>, CallError> {
        let Some(filters) = look.in_vpc("vpc-id").await? else { return Ok(Vec::new()) };
        let pages = look.aws.ec2.describe_network_interfaces().set_filters(Some(filters)).into_paginator();
        let found = pages.items().send().collect::<Result<Vec<_>, _>>().await.named("ec2:DescribeNetworkInterfaces")?;
        Ok(found.iter().map(from_sdk).collect())
    }

    fn place(observed: &mut Observed, seen: NetworkInterface) {
        observed.interfaces.push(seen);
    }
}

fn from_sdk(interface: &aws_sdk_ec2::types::NetworkInterface) -> (Home, NetworkInterface) {
    let owned = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let attachment = interface.attachment();
    let association = interface.association();
    let seen = NetworkInterface {
        id: owned(interface.network_interface_id()),
        subnet: owned(interface.subnet_id()),
        security_groups: interface
            .groups()
            .iter()
            .filter_map(|group| group.group_id().map(ToOwned::to_owned))
            .collect(),
        private_ip: interface.private_ip_address().and_then(|address| address.parse().ok()),
        public_ip: association.and_then(|association| association.public_ip()).and_then(|address| address.parse().ok()),
        ipv6_addresses: interface
            .ipv6_addresses()
            .iter()
            .filter_map(|address| address.ipv6_address()?.parse().ok())
            .collect(),
        interface_type: interface.interface_type().map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
        description: owned(interface.description()),
        requester: owned(interface.requester_id()),
        requester_managed: interface.requester_managed().unwrap_or(false),
        instance: owned(attachment.and_then(|attachment| attachment.instance_id())),
        status: interface.status().map(|status| status.as_str().to_owned()).unwrap_or_default(),
        tags: ec2::from_tags(interface.tag_set()),
    };
    (Home::Vpc(owned(interface.vpc_id())), seen)
}

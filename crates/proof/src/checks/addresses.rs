//! Addresses that the internet could reach.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::super::evaluation::View;
use super::super::findings::Findings;
use super::super::{Check, CheckName};

/// The blocks of RFC 1918.
const PRIVATE: [Ipv4Net; 3] = [
    Ipv4Net::new_assert(Ipv4Addr::new(10, 0, 0, 0), 8),
    Ipv4Net::new_assert(Ipv4Addr::new(172, 16, 0, 0), 12),
    Ipv4Net::new_assert(Ipv4Addr::new(192, 168, 0, 0), 16),
];

/// Nothing in the VPC has a public address, and nothing launched in it is given one. Every IPv6 address is public.
pub(crate) fn no_public_addresses(view: &View<'_>) -> Check {
    let mut findings = Findings::of(CheckName::NoPublicAddresses);
    let vpc = view.vpc;
    for block in std::iter::once(&vpc.cidr).chain(&vpc.secondary_cidrs) {
        if !PRIVATE.iter().any(|private| private.contains(block)) {
            findings.fault(format!("{} has the block {block} outside RFC 1918", vpc.id));
        }
    }
    for block in &vpc.ipv6_cidrs {
        findings.fault(format!("{} has the IPv6 block {block}", vpc.id));
    }
    for subnet in &view.observed.subnets {
        if subnet.map_public_ip {
            findings.fault(format!("{} gives public addresses to what is launched in it", subnet.id));
        }
        if subnet.assign_ipv6 {
            findings.fault(format!("{} gives IPv6 addresses to what is launched in it", subnet.id));
        }
        for block in &subnet.ipv6_cidrs {
            findings.fault(format!("{} has the IPv6 block {block}", subnet.id));
        }
    }
    for interface in &view.observed.interfaces {
        if let Some(address) = interface.public_ip {
            findings.fault(format!("{} in {} has the public address {address}", interface.id, interface.subnet));
        }
        for address in &interface.ipv6_addresses {
            findings.fault(format!("{} in {} has the IPv6 address {address}", interface.id, interface.subnet));
        }
    }
    let (subnets, interfaces) = (view.observed.subnets.len(), view.observed.interfaces.len());
    findings.conclude(format!("{}, its {subnets} subnets and {interfaces} interfaces are private", vpc.id))
}

//! The entries of each tier's network ACL.
//!
//! ACLs are stateless, so replies need entries of their own, and AWS tries entries in the order of their numbers.
//! Ephemeral ports: <https://docs.aws.amazon.com/vpc/latest/userguide/nacl-ephemeral-ports.html>.

use ipnet::{IpNet, Ipv4Net};

use super::{Stack, Tier};
use ringfence_observed::{AclEntry, Direction, IcmpTypeCode, PortRange, Protocol};

/// The most entries that an ACL may hold in each direction beside the final deny, which counts as the twentieth
/// (<https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html>).
const MAXIMUM_ENTRIES: usize = 19;

/// The ports that AWS services answer a Linux host on: the kernel's default `ip_local_port_range`. Wider would let
/// auditors find remote desktop (3389) open to the world.
const LINUX_EPHEMERAL: PortRange = PortRange { from: 32768, to: 60999 };

/// The ports that whoever connects by SSH may listen for the reply on, whatever the system.
const ANY_EPHEMERAL: PortRange = PortRange { from: 1024, to: u16::MAX };

const SSH: PortRange = PortRange::one(22);
const HTTPS: PortRange = PortRange::one(443);

/// Entry numbers: everything inside the VPC, then SSH from outside, then the way to gateway endpoints.
const INSIDE: u16 = 100;
const FIRST_SSH: u16 = 200;
const GATEWAY_ENDPOINTS: u16 = 300;

/// The entries of a tier's ACL, both directions, in the order of their numbers.
#[must_use]
pub fn entries(stack: &Stack, tier: Tier) -> Vec<AclEntry> {
    let allow = |number, direction, protocol, ports, cidr: IpNet| AclEntry {
        number,
        direction,
        protocol,
        ports,
        icmp: IcmpTypeCode::ALL,
        cidr,
        allow: true,
    };
    let inside = IpNet::V4(stack.cidr);
    let mut entries = vec![
        allow(INSIDE, Direction::Ingress, Protocol::All, PortRange::ALL, inside),
        allow(INSIDE, Direction::Egress, Protocol::All, PortRange::ALL, inside),
    ];
    if tier == Tier::Training {
        // A prefix list may have outgrown the ACL since it was asked for. What the spec names itself comes first.
        for (number, source) in (FIRST_SSH..).zip(stack.ssh_from.as_slice()).take(room_for_ssh(stack)) {
            let source = IpNet::V4(*source);
            entries.push(allow(number, Direction::Ingress, Protocol::Tcp, SSH, source));
            entries.push(allow(number, Direction::Egress, Protocol::Tcp, ANY_EPHEMERAL, source));
        }
    }
    if needs_gateway_entry(stack) {
        // ACLs know no prefix lists. What keeps this closed to all but the endpoints is routes and groups.
        let anywhere = IpNet::V4(Ipv4Net::default());
        entries.push(allow(GATEWAY_ENDPOINTS, Direction::Ingress, Protocol::Tcp, LINUX_EPHEMERAL, anywhere));
        entries.push(allow(GATEWAY_ENDPOINTS, Direction::Egress, Protocol::Tcp, HTTPS, anywhere));
    }
    entries.sort_by_key(|entry| (entry.direction, entry.number));
    entries
}

/// How many sources of SSH the ACL of the training subnets has entries for.
#[must_use]
pub fn room_for_ssh(stack: &Stack) -> usize {
    const INSIDE_THE_VPC: usize = 1;
    MAXIMUM_ENTRIES - INSIDE_THE_VPC - usize::from(needs_gateway_entry(stack))
}

fn needs_gateway_entry(stack: &Stack) -> bool {
    stack.gateway_services().next().is_some()
}

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        spec::Spec,
        stack::{SshBlocks, some_stack},
    };
    use ringfence_observed::PrefixList;

    const LIST: &str = "pl-0123456789abcdef0";

    /// A stack of this spec, whose prefix list, if it names one, holds these blocks.
    fn stack(spec: &Value, listed: &[IpNet]) -> Stack {
        let spec = Spec::decode(spec).unwrap();
        let list = PrefixList { id: LIST.to_owned(), name: "offices".to_owned(), entries: listed.to_vec() };
        Stack { ssh_from: SshBlocks::of(&spec.access.ssh_from, &[list]), spec, ..some_stack("10.42.0.0/16") }
    }

    /// An entry that lets through, in one line: its number and way, the protocol with its ports, the other end.
    fn line(entry: &AclEntry) -> String {
        assert!(entry.allow && entry.icmp.is_all(), "{entry:?}");
        let AclEntry { number, direction, protocol, ports, cidr, .. } = entry;
        format!("{number} {direction:?} {protocol:?} {}-{} {cidr}", ports.from, ports.to)
    }

    const INSIDE: [&str; 2] = ["100 Ingress All 0-65535 10.42.0.0/16", "100 Egress All 0-65535 10.42.0.0/16"];
    const S3: [&str; 2] = ["300 Ingress Tcp 32768-60999 0.0.0.0/0", "300 Egress Tcp 443-443 0.0.0.0/0"];

    #[rstest]
    #[case::by_default(json!({}), Tier::Training, &[INSIDE, S3])]
    #[case::services_by_default(json!({}), Tier::Services, &[INSIDE, S3])]
    #[case::no_endpoints(json!({"egress": {"endpoints": []}}), Tier::Training, &[INSIDE])]
    #[case::interface_endpoints_alone(json!({"egress": {"endpoints": ["ecr.api", "logs"]}}), Tier::Training, &[INSIDE])]
    #[case::several_gateway_endpoints_share_an_entry(
        json!({"egress": {"endpoints": ["dynamodb", "s3"]}}), Tier::Services, &[INSIDE, S3]
    )]
    #[case::ssh_reaches_training(
        json!({"access": {"ssh_from": ["10.1.0.0/16", "192.0.2.7/32"]}}),
        Tier::Training,
        &[
            INSIDE,
            ["200 Ingress Tcp 22-22 10.1.0.0/16", "200 Egress Tcp 1024-65535 10.1.0.0/16"],
            ["201 Ingress Tcp 22-22 192.0.2.7/32", "201 Egress Tcp 1024-65535 192.0.2.7/32"],
            S3,
        ]
    )]
    #[case::ssh_never_reaches_services(
        json!({"access": {"ssh_from": ["10.1.0.0/16"]}}), Tier::Services, &[INSIDE, S3]
    )]
    #[case::instance_connect_comes_from_inside(
        json!({"access": {"instance_connect": true}, "egress": {"endpoints": []}}), Tier::Training, &[INSIDE]
    )]
    fn each_way_in_has_its_way_back(#[case] spec: Value, #[case] tier: Tier, #[case] pairs: &[[&str; 2]]) {
        let lines: Vec<String> = entries(&stack(&spec, &[]), tier).iter().map(line).collect();
        let (into, out) = lines.split_at(lines.len() / 2);
        let (wanted_into, wanted_out): (Vec<&str>, Vec<&str>) = pairs.iter().map(|[into, out]| (*into, *out)).unzip();
        assert_eq!(into, wanted_into);
        assert_eq!(out, wanted_out);
    }

    #[rstest]
    #[case::beside_a_gateway_endpoint(json!(["s3"]), 17)]
    #[case::without_one(json!(["ecr.api"]), 18)]
    fn there_is_room_for_what_other_entries_leave(#[case] endpoints: Value, #[case] room: usize) {
        let listed: Vec<IpNet> = (0..30).map(|number| format!("10.{number}.0.0/24").parse().unwrap()).collect();
        let spec = json!({"access": {"ssh_from": ["192.0.2.0/24", LIST]}, "egress": {"endpoints": endpoints}});
        let stack = stack(&spec, &listed);
        assert_eq!(room_for_ssh(&stack), room);
        let entries = entries(&stack, Tier::Training);
        let ssh: Vec<&AclEntry> = entries.iter().filter(|entry| entry.ports == SSH).collect();
        assert_eq!(ssh.len(), room);
        assert_eq!(line(ssh[0]), "200 Ingress Tcp 22-22 192.0.2.0/24", "what the spec names itself comes first");
    }

    proptest! {
        #[test]
        fn an_acl_never_holds_more_than_aws_takes(listed in 0_u8..60, gateway: bool, tier in 0_usize..2) {
            let listed: Vec<IpNet> = (0..listed).map(|number| format!("10.{number}.0.0/24").parse().unwrap()).collect();
            let endpoints = if gateway { json!(["s3"]) } else { json!([]) };
            let spec = json!({"access": {"ssh_from": [LIST]}, "egress": {"endpoints": endpoints}});
            let entries = entries(&stack(&spec, &listed), Tier::ALL[tier]);
            for direction in [Direction::Ingress, Direction::Egress] {
                let numbers = entries.iter().filter(|entry| entry.direction == direction).map(|entry| entry.number);
                let numbers: Vec<u16> = numbers.collect();
                prop_assert!(numbers.len() <= MAXIMUM_ENTRIES);
                prop_assert!(numbers.is_sorted_by(|one, other| one < other), "{:?}", numbers);
            }
        }
    }
}

//! Resources in as few words as a test needs.

use std::net::Ipv4Addr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use ringfence_observed::{
    AclAssociation, AclEntry, Direction, IcmpTypeCode, NetworkAcl, NetworkInterface, PortRange, Protocol, Route,
    RouteTable, RouteTableAssociation, SecurityGroup, SecurityGroupRule, Source, Subnet, Tags, Vpc,
};

pub(super) fn block(text: &str) -> IpNet {
    text.parse().unwrap_or_else(|error| unreachable!("{text}: {error}"))
}

pub(super) fn ipv4_block(text: &str) -> Ipv4Net {
    text.parse().unwrap_or_else(|error| unreachable!("{text}: {error}"))
}

pub(super) fn ipv6_block(text: &str) -> Ipv6Net {
    text.parse().unwrap_or_else(|error| unreachable!("{text}: {error}"))
}

pub(super) fn address(text: &str) -> Ipv4Addr {
    text.parse().unwrap_or_else(|error| unreachable!("{text}: {error}"))
}

pub(super) fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

pub(super) fn route(destination: &str, target: &str) -> Route {
    Route { destination: destination.to_owned(), target: target.to_owned(), active: true, propagated: false }
}

pub(super) fn rule(direction: Direction, protocol: Protocol, ports: PortRange, source: Source) -> SecurityGroupRule {
    SecurityGroupRule { direction, protocol, ports, icmp: IcmpTypeCode::ALL, source, description: String::new() }
}

pub(super) fn tcp(direction: Direction, port: u16, source: Source) -> SecurityGroupRule {
    rule(direction, Protocol::Tcp, PortRange::one(port), source)
}

pub(super) fn from_block(text: &str) -> Source {
    Source::Cidr(block(text))
}

pub(super) fn from_group(id: &str) -> Source {
    Source::Group(id.to_owned())
}

pub(super) fn from_list(id: &str) -> Source {
    Source::PrefixList(id.to_owned())
}

pub(super) fn allow(number: u16, direction: Direction, protocol: Protocol, ports: PortRange, cidr: &str) -> AclEntry {
    AclEntry { number, direction, protocol, ports, icmp: IcmpTypeCode::ALL, cidr: block(cidr), allow: true }
}

pub(super) fn deny(number: u16, direction: Direction, protocol: Protocol, ports: PortRange, cidr: &str) -> AclEntry {
    AclEntry { allow: false, ..allow(number, direction, protocol, ports, cidr) }
}

pub(super) fn group(id: &str, name: &str, rules: Vec<SecurityGroupRule>) -> SecurityGroup {
    let (id, name) = (id.to_owned(), name.to_owned());
    SecurityGroup { id, name, description: String::new(), rules, tags: Tags::new() }
}

pub(super) fn interface(id: &str, subnet: &str, private_ip: &str, groups: &[&str]) -> NetworkInterface {
    NetworkInterface {
        id: id.to_owned(),
        subnet: subnet.to_owned(),
        security_groups: texts(groups),
        private_ip: Some(address(private_ip)),
        public_ip: None,
        ipv6_addresses: Vec::new(),
        interface_type: "interface".to_owned(),
        description: String::new(),
        requester: String::new(),
        requester_managed: false,
        instance: String::new(),
        status: "in-use".to_owned(),
        tags: Tags::new(),
    }
}

pub(super) fn subnet(id: &str, cidr: &str) -> Subnet {
    Subnet {
        id: id.to_owned(),
        zone: "us-east-1a".to_owned(),
        cidr: ipv4_block(cidr),
        ipv6_cidrs: Vec::new(),
        map_public_ip: false,
        assign_ipv6: false,
        tags: Tags::new(),
    }
}

pub(super) fn table(id: &str, subnets: &[&str], routes: Vec<Route>) -> RouteTable {
    let association =
        |subnet: &&str| RouteTableAssociation { id: format!("rtbassoc-{subnet}"), subnet: (*subnet).to_owned() };
    RouteTable {
        id: id.to_owned(),
        main: false,
        routes,
        associations: subnets.iter().map(association).collect(),
        propagating_gateways: Vec::new(),
        tags: Tags::new(),
    }
}

pub(super) fn acl(id: &str, subnets: &[&str], entries: Vec<AclEntry>) -> NetworkAcl {
    let association = |subnet: &&str| AclAssociation { id: format!("aclassoc-{subnet}"), subnet: (*subnet).to_owned() };
    NetworkAcl {
        id: id.to_owned(),
        default: false,
        entries,
        associations: subnets.iter().map(association).collect(),
        tags: Tags::new(),
    }
}

pub(super) fn vpc(cidr: &str) -> Vpc {
    Vpc {
        id: "vpc-1".to_owned(),
        cidr: ipv4_block(cidr),
        secondary_cidrs: Vec::new(),
        ipv6_cidrs: Vec::new(),
        dns_support: Some(true),
        dns_hostnames: Some(true),
        tags: Tags::new(),
    }
}

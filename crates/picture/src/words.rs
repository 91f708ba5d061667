//! Routes, entries, rules and names in words.

use ringfence_observed::{
    Direction, GatewayKind, IcmpTypeCode, NetworkAcl, PortRange, Protocol, Route, RouteTable, SecurityGroup, Source,
    VpcEndpoint, VpcEndpointType,
};

/// A service as a spec names it: `ecr.api` of `com.amazonaws.us-east-1.ecr.api`. Another one's name stays whole.
pub(super) fn service(full_name: &str) -> &str {
    let regional = ["com.amazonaws.", "eu.amazonaws."].iter().find_map(|own| full_name.split_once(own));
    let regional = regional.map(|(_, regional)| regional);
    regional.and_then(|regional| regional.split_once('.')).map_or(full_name, |(_, service)| service)
}

/// What an endpoint is made of.
pub(super) const fn endpoint_type(endpoint: &VpcEndpoint) -> &'static str {
    match endpoint.endpoint_type {
        VpcEndpointType::Gateway => "gateway",
        VpcEndpointType::Interface => "interface",
        VpcEndpointType::Other => "of another kind",
    }
}

/// What leads out of a VPC.
pub(super) const fn gateway(kind: GatewayKind) -> &'static str {
    match kind {
        GatewayKind::Internet => "Internet gateway",
        GatewayKind::EgressOnlyInternet => "Egress-only gateway",
        GatewayKind::Nat => "NAT gateway",
        GatewayKind::Peering => "Peering connection",
        GatewayKind::TransitAttachment => "Transit gateway",
        GatewayKind::VirtualPrivate => "Virtual private gateway",
    }
}

/// Protocol and ports or messages: `TCP 443`, `ICMP type 8`, `all traffic`.
pub(super) fn traffic(protocol: Protocol, ports: PortRange, icmp: IcmpTypeCode) -> String {
    let name = match protocol {
        Protocol::All => return "all traffic".to_owned(),
        Protocol::Unknown => return "a protocol that is not known".to_owned(),
        Protocol::Icmp => return format!("ICMP{}", messages(icmp)),
        Protocol::Other(number) => return format!("protocol {number}{}", messages(icmp)),
        Protocol::Tcp => "TCP",
        Protocol::Udp => "UDP",
    };
    if ports == PortRange::ALL { name.to_owned() } else { format!("{name} {}", range(ports)) }
}

/// Messages of ICMP: ` type 8`, ` type 3 code 4`; nothing for all of them.
fn messages(icmp: IcmpTypeCode) -> String {
    match icmp {
        IcmpTypeCode::ALL => String::new(),
        IcmpTypeCode { icmp_type, code: -1 } => format!(" type {icmp_type}"),
        IcmpTypeCode { icmp_type, code } => format!(" type {icmp_type} code {code}"),
    }
}

/// Ports: `443`, `1024–65535`.
pub(super) fn range(ports: PortRange) -> String {
    if ports.from == ports.to { ports.from.to_string() } else { format!("{}–{}", ports.from, ports.to) }
}

/// The other end of a rule.
pub(super) fn source(source: &Source) -> String {
    match source {
        Source::Cidr(block) => block.to_string(),
        Source::Group(id) | Source::PrefixList(id) => id.clone(),
        Source::PeerGroup(group) if group.owner.is_empty() => group.id.clone(),
        Source::PeerGroup(group) => format!("{} of {}", group.id, group.owner),
    }
}

/// Where a table leads, in few words: `local, s3`.
pub(super) fn targets(table: &RouteTable, endpoints: &[&VpcEndpoint]) -> String {
    let mut targets: Vec<&str> = Vec::new();
    for Route { target, .. } in &table.routes {
        let endpoint = endpoints.iter().find(|endpoint| endpoint.id == *target);
        let target = endpoint.map_or(target.as_str(), |endpoint| service(&endpoint.service_name));
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    match targets.as_slice() {
        [] => "no route".to_owned(),
        ["local"] => "local only: no way out".to_owned(),
        targets => format!("routes to {}", targets.join(", ")),
    }
}

/// How many entries an ACL has: `entries: 2 in, 2 out`.
pub(super) fn entry_counts(acl: &NetworkAcl) -> String {
    let [into, out] = [Direction::Ingress, Direction::Egress]
        .map(|direction| acl.entries.iter().filter(|entry| entry.direction == direction).count());
    if into + out == 0 { "no entries: allows nothing".to_owned() } else { format!("entries: {into} in, {out} out") }
}

/// How many rules a group has: `rules: 4 in, 5 out`.
pub(super) fn rule_counts(group: &SecurityGroup) -> String {
    let [into, out] = [Direction::Ingress, Direction::Egress]
        .map(|direction| group.rules.iter().filter(|rule| rule.direction == direction).count());
    if into + out == 0 { "no rules: admits nothing".to_owned() } else { format!("rules: {into} in, {out} out") }
}

/// Every route of a table, a line each.
pub(super) fn routes(table: &RouteTable) -> Vec<String> {
    let line = |route: &Route| {
        let target = if route.target.is_empty() { "a target that AWS does not name" } else { &route.target };
        let state = if route.active { "" } else { " (blackhole)" };
        format!("{} → {target}{state}", route.destination)
    };
    table.routes.iter().map(line).collect()
}

/// Every entry of an ACL, a line each.
pub(super) fn entries(acl: &NetworkAcl) -> Vec<String> {
    let mut entries: Vec<_> = acl.entries.iter().collect();
    entries.sort_by_key(|entry| (entry.direction, entry.number));
    let line = |entry: &&ringfence_observed::AclEntry| {
        let verdict = if entry.allow { "allow" } else { "deny" };
        let (way, traffic) = (way(entry.direction), traffic(entry.protocol, entry.ports, entry.icmp));
        format!("{} {verdict} {traffic} {way} {}", entry.number, entry.cidr)
    };
    entries.iter().map(line).collect()
}

/// Every rule of a group, a line each.
pub(super) fn rules(group: &SecurityGroup) -> Vec<String> {
    let mut rules: Vec<_> = group.rules.iter().collect();
    rules.sort();
    let line = |rule: &&ringfence_observed::SecurityGroupRule| {
        let (way, traffic) = (way(rule.direction), traffic(rule.protocol, rule.ports, rule.icmp));
        format!("{traffic} {way} {}", source(&rule.source))
    };
    rules.iter().map(line).collect()
}

const fn way(direction: Direction) -> &'static str {
    match direction {
        Direction::Ingress => "in from",
        Direction::Egress => "out to",
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("com.amazonaws.us-east-1.ecr.api", "ecr.api")]
    #[case("cn.com.amazonaws.cn-north-1.s3", "s3")]
    #[case("com.acme.private", "com.acme.private")]
    fn services_go_by_the_name_that_a_spec_gives_them(#[case] full: &str, #[case] short: &str) {
        assert_eq!(service(full), short);
    }

    #[rstest]
    #[case(Protocol::All, PortRange::ALL, "all traffic")]
    #[case(Protocol::Tcp, PortRange::one(443), "TCP 443")]
    #[case(Protocol::Udp, PortRange { from: 1024, to: 65535 }, "UDP 1024–65535")]
    #[case(Protocol::Tcp, PortRange::ALL, "TCP")]
    #[case(Protocol::Other(58), PortRange::ALL, "protocol 58")]
    fn traffic_in_words(#[case] protocol: Protocol, #[case] ports: PortRange, #[case] words: &str) {
        assert_eq!(traffic(protocol, ports, IcmpTypeCode::ALL), words);
    }

    #[rstest]
    #[case(Protocol::Icmp, -1, -1, "ICMP")]
    #[case(Protocol::Icmp, 8, -1, "ICMP type 8")]
    #[case(Protocol::Other(58), 1, 4, "protocol 58 type 1 code 4")]
    fn messages_in_words(#[case] protocol: Protocol, #[case] icmp_type: i32, #[case] code: i32, #[case] words: &str) {
        assert_eq!(traffic(protocol, PortRange::ALL, IcmpTypeCode { icmp_type, code }), words);
    }
}

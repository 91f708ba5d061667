//! VPC endpoints: reached by both tiers, and bound to the account.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};

use super::super::evaluation::{Connections, End, Peer, SubnetView, View, Way, group, passes_list};
use super::super::findings::Findings;
use super::super::policy::{Document, Perimeter};
use super::super::ports::{EPHEMERAL, HTTPS};
use super::super::{Check, CheckName};
use super::guardduty::is_of_guardduty;
use super::tiers::hosts;
use ringfence_observed::{Direction, Protocol, Source, VpcEndpoint, VpcEndpointType};

/// Every interface endpoint asked for is available, answers under the service's own name, and is reached on 443 from
/// both tiers, with replies.
pub(crate) fn endpoints_reachable(view: &View<'_>) -> Check {
    let mut findings = Findings::of(CheckName::EndpointsReachable);
    let wanted = &view.expectation.interface_endpoints;
    for service in wanted {
        let Some(endpoint) = available(view, service, VpcEndpointType::Interface, &mut findings) else { continue };
        if !endpoint.private_dns {
            findings.fault(format!("{} has no private DNS: {service} resolves to addresses outside", endpoint.id));
        }
        let ends = ends(view, endpoint);
        if ends.is_empty() {
            findings.fault(format!("{} has no interface in any subnet", endpoint.id));
        }
        for tier in [&view.expectation.training, &view.expectation.services] {
            let places = view.tier(tier);
            let groups: Vec<_> = endpoint.security_groups.iter().map(String::as_str).collect();
            let connections = Connections {
                from: &hosts(&places, "training or services", &mut findings),
                from_groups: &[&tier.security_group],
                to: &ends,
                to_groups: &groups,
                traffic: &view.space.traffic.matching(Protocol::Tcp, HTTPS),
                replies: &view.space.traffic.matching(Protocol::Tcp, EPHEMERAL),
            };
            connections.verify(view, &mut findings);
        }
    }
    findings.conclude(if wanted.is_empty() {
        "no interface endpoint was asked for".to_owned()
    } else {
        format!("both tiers reach all {} interface endpoints on TCP 443, and replies come back", wanted.len())
    })
}

/// The endpoint of a service, when it is there and works. One that is `partial` works where it has an interface: that
/// others are missing is told, and what they would have served is reached through those that are there.
fn available<'a>(
    view: &View<'a>,
    service: &str,
    kind: VpcEndpointType,
    findings: &mut Findings,
) -> Option<&'a VpcEndpoint> {
    let mut endpoints = view
        .living_endpoints()
        .filter(|endpoint| endpoint.service_name == service && endpoint.endpoint_type == kind)
        .peekable();
    let first = endpoints.peek().copied();
    if let Some(found) = endpoints.find(|endpoint| endpoint.state.eq_ignore_ascii_case("available")) {
        return Some(found);
    }
    let Some(first) = first else {
        findings.fault(format!("there is no endpoint for {service}"));
        return None;
    };
    let said = first.last_error.as_ref().map(|error| format!(" ({error})")).unwrap_or_default();
    let how = format!("{} for {service} is {}{said}", first.id, first.state);
    if is_partial(first) {
        findings.degradation(how);
        return Some(first);
    }
    findings.fault(how);
    None
}

fn is_partial(endpoint: &VpcEndpoint) -> bool {
    endpoint.state.eq_ignore_ascii_case("partial")
}

/// Where an interface endpoint answers: the address of its interface in each subnet, and where that is not reported any
/// address of the subnet. One that is partial answers nowhere else.
fn ends<'v, 'a>(view: &'v View<'a>, endpoint: &VpcEndpoint) -> Vec<End<'v, 'a>> {
    let place = |subnet: &String| view.places.iter().find(|place| place.subnet.id == *subnet);
    let end = |place: &'v SubnetView<'a>| {
        let interfaces = view.observed.interfaces.iter();
        let mut own = interfaces.filter(|interface| endpoint.interfaces.contains(&interface.id));
        let own = own.find(|interface| interface.subnet == place.subnet.id);
        let address = own.and_then(|interface| interface.private_ip);
        let cells = address.map(|address| view.space.addresses.within(IpNet::from(IpAddr::V4(address))));
        let cells = cells.or_else(|| (!is_partial(endpoint)).then(|| place.cells.clone()))?;
        Some(End { label: format!("{} in {}", endpoint.id, place.subnet.id), place, cells })
    };
    endpoint.subnets.iter().filter_map(place).filter_map(end).collect()
}

/// From every subnet of both tiers a route leads to every gateway endpoint asked for, the ACL lets 443 out to it and
/// the replies in, and the tier's group lets 443 out.
pub(crate) fn gateway_endpoints_routed(view: &View<'_>) -> Check {
    let mut findings = Findings::of(CheckName::GatewayEndpointsRouted);
    let wanted = &view.expectation.gateway_endpoints;
    for service in wanted {
        let Some(endpoint) = available(view, service, VpcEndpointType::Gateway, &mut findings) else { continue };
        for tier in [&view.expectation.training, &view.expectation.services] {
            let mut lists = BTreeSet::new();
            for place in view.tier(tier) {
                if let Some(list) = list_routed_to(view, place, endpoint) {
                    reaches_list(view, place, list, service, &mut findings);
                    lists.insert(list);
                } else {
                    let table = view.forwarding(place).map_or("no table", |forwarding| &forwarding.table.id);
                    let (subnet, endpoint) = (&place.subnet.id, &endpoint.id);
                    findings.fault(format!("{table} of {subnet} has no working route to {endpoint}"));
                }
            }
            for list in lists {
                group_admits_list(view, &tier.security_group, list, service, &mut findings);
            }
        }
    }
    findings.conclude(if wanted.is_empty() {
        "no gateway endpoint was asked for".to_owned()
    } else {
        format!("both tiers have routes to all {} gateway endpoints, and replies come back", wanted.len())
    })
}

/// The prefix list by which a place's table routes to an endpoint.
fn list_routed_to<'a>(view: &View<'a>, place: &SubnetView<'_>, endpoint: &VpcEndpoint) -> Option<&'a str> {
    let table = view.forwarding(place)?.table;
    let route = table.routes.iter().find(|route| {
        route.active && route.target == endpoint.id && Way::of(route, &[endpoint]) == Way::GatewayEndpoint
    });
    route.map(|route| route.destination.as_str())
}

/// The IPv4 addresses of a service; where they are not known, any address might be one.
fn service_blocks(view: &View<'_>, list: &str) -> Vec<IpNet> {
    let entries = view.prefix_list(list).map(|list| list.entries.iter().copied());
    let ipv4: Vec<_> = entries.into_iter().flatten().filter(|block| matches!(block, IpNet::V4(_))).collect();
    if ipv4.is_empty() { vec![IpNet::V4(Ipv4Net::default())] } else { ipv4 }
}

fn reaches_list(view: &View<'_>, place: &SubnetView<'_>, list: &str, service: &str, findings: &mut Findings) {
    let https = view.space.traffic.matching(Protocol::Tcp, HTTPS);
    let replies = view.space.traffic.matching(Protocol::Tcp, EPHEMERAL);
    for block in service_blocks(view, list) {
        let cells = view.space.addresses.within(block);
        passes_list(view, place, Direction::Egress, cells.clone(), service, &https, findings);
        passes_list(view, place, Direction::Ingress, cells, service, &replies, findings);
    }
}

fn group_admits_list(view: &View<'_>, group: &str, list: &str, service: &str, findings: &mut Findings) {
    let https = view.space.traffic.matching(Protocol::Tcp, HTTPS);
    let by_name = view.rules(&[group]).any(|rule| {
        let wide = view.space.traffic.of_rule(rule);
        let covers = https.words().iter().zip(wide.words()).all(|(https, wide)| https & !wide == 0);
        rule.direction == Direction::Egress && rule.source == Source::PrefixList(list.to_owned()) && covers
    });
    let admitted = group::admitted(view, view.rules(&[group]), Direction::Egress, Peer::Carrying(&[]));
    let blocks = service_blocks(view, list);
    let missing = |block: &IpNet| admitted.first_missing(view.space.addresses.within(*block), &https).is_some();
    if !by_name && blocks.iter().any(missing) {
        findings.fault(format!("{group} lets no TCP 443 out to {list} ({service})"));
    }
}

/// The policy of every endpoint in the VPC, whoever made it, admits this account's principals and resources alone.
pub(crate) fn endpoint_policies_bound(view: &View<'_>) -> Check {
    let mut findings = Findings::of(CheckName::EndpointPoliciesBound);
    let perimeter = Perimeter::of(view.expectation);
    // A Gateway Load Balancer endpoint has no policy; that it is there at all is a fault of its own.
    // That of GuardDuty is bound in another way, which is a check of its own.
    let guarded = || {
        let endpoints = view.living_endpoints().filter(|endpoint| !is_of_guardduty(view, endpoint));
        endpoints.filter(|endpoint| endpoint.endpoint_type != VpcEndpointType::Other)
    };
    for endpoint in guarded() {
        match Document::parse(&endpoint.policy) {
            Err(error) => findings.fault(format!("the policy of {} cannot be judged: {error}", endpoint.id)),
            Ok(document) => {
                for objection in perimeter.objections_to_endpoint_policy(&document) {
                    findings.fault(format!("{} ({}): {objection}", endpoint.id, endpoint.service_name));
                }
            }
        }
    }
    let (endpoints, account) = (guarded().count(), &view.expectation.account);
    findings.conclude(format!("the policies of all {endpoints} endpoints are bound to account {account}"))
}

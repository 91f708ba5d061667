//! Route tables, as AWS evaluates them.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::super::space::Space;
use ringfence_observed::{PrefixList, Route, RouteTable, VpcEndpoint, VpcEndpointType};

/// Where a route leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// It stays in the VPC.
    Local,
    /// To an AWS service, by a gateway endpoint of this VPC, whose policy guards it.
    GatewayEndpoint,
    /// Anywhere else: a gateway, an attachment, an appliance, or a target that is not known.
    Out,
}

impl Way {
    /// Where `route` leads. Only a gateway endpoint is the target of a prefix-list route and of nothing else; an
    /// endpoint as the target of an address block is a Gateway Load Balancer's, and that may lead anywhere.
    pub(crate) fn of(route: &Route, endpoints: &[&VpcEndpoint]) -> Self {
        let to_service = route.destination.starts_with("pl-")
            && endpoints
                .iter()
                .any(|endpoint| endpoint.id == route.target && endpoint.endpoint_type == VpcEndpointType::Gateway);
        match route.target.as_str() {
            "local" => Self::Local,
            _ if to_service => Self::GatewayEndpoint,
            _ => Self::Out,
        }
    }
}

/// A route table with the route that wins for each cell of addresses.
#[derive(Debug)]
pub(crate) struct Forwarding<'a> {
    /// The table.
    pub(crate) table: &'a RouteTable,
    winners: Vec<Option<(Way, &'a Route)>>,
}

impl<'a> Forwarding<'a> {
    /// Evaluates the routes: the longest prefix wins, and of the same length a static route before one by prefix list
    /// before a propagated one. Propagated routes never override the local one, however long their prefix is. A
    /// blackhole carries nothing.
    ///
    /// <https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html>
    pub(crate) fn of(table: &'a RouteTable, space: &Space, lists: &[PrefixList], endpoints: &[&VpcEndpoint]) -> Self {
        let mut contenders: Vec<(Precedence, IpNet, Way, &Route)> = Vec::new();
        for route in table.routes.iter().filter(|route| route.active) {
            let way = Way::of(route, endpoints);
            for block in destinations(route, way, lists) {
                contenders.push((Precedence::of(route, block, way), block, way, route));
            }
        }
        contenders.sort_by_key(|(precedence, ..)| *precedence);
        let mut winners: Vec<Option<(Way, &Route)>> = vec![None; space.addresses.len()];
        for (_, block, way, route) in contenders {
            for winner in &mut winners[space.addresses.within(block)] {
                let local_stands = route.propagated && matches!(winner, Some((Way::Local, _)));
                if !local_stands {
                    *winner = Some((way, route));
                }
            }
        }
        Self { table, winners }
    }

    /// Where packets to a cell go; `None` when no route takes them.
    pub(crate) fn winner(&self, cell: usize) -> Option<(Way, &'a Route)> {
        self.winners[cell]
    }

    /// The cells for which packets leave the VPC, with the route that takes them.
    pub(crate) fn leaving(&self) -> impl Iterator<Item = (usize, &'a Route)> {
        self.winners.iter().enumerate().filter_map(|(cell, winner)| match winner {
            Some((Way::Out, route)) => Some((cell, *route)),
            _ => None,
        })
    }
}

/// What decides between routes that match the same address; the greatest wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Precedence {
    length: u8,
    kind: u8,
    /// Between two prefix lists AWS chooses at random: the proof assumes the worse.
    leads_out: bool,
}

impl Precedence {
    fn of(route: &Route, block: IpNet, way: Way) -> Self {
        let kind = match (route.propagated, route.destination.starts_with("pl-")) {
            (true, _) => 0,
            (false, true) => 1,
            (false, false) => 2,
        };
        Self { length: block.prefix_len(), kind, leads_out: way == Way::Out }
    }
}

/// The blocks that a route is for. Those of a prefix list that nobody knows are taken for every address, where they
/// could lead out; where they lead to a service they do not matter.
fn destinations(route: &Route, way: Way, lists: &[PrefixList]) -> Vec<IpNet> {
    if let Ok(block) = route.destination.parse() {
        return vec![block];
    }
    let entries = lists.iter().find(|list| list.id == route.destination).map(|list| list.entries.clone());
    match entries {
        Some(entries) if !entries.is_empty() => entries,
        _ if way == Way::Out => vec![IpNet::V4(Ipv4Net::default()), IpNet::V6(Ipv6Net::default())],
        _ => Vec::new(),
    }
}

//! The observed state, indexed and evaluated once for all checks.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use ipnet::IpNet;

use super::super::Expectation;
use super::super::expectation::Tier;
use super::super::space::{Packet, Space};
use super::{AccessList, Forwarding, Standing, endpoint_stands};
use ringfence_observed::{
    Gateway, Observed, PrefixList, RouteTable, SecurityGroup, SecurityGroupRule, Subnet, Vpc, VpcEndpoint,
};

/// Everything that checks ask about.
pub(crate) struct View<'a> {
    pub(crate) observed: &'a Observed,
    pub(crate) expectation: &'a Expectation,
    pub(crate) vpc: &'a Vpc,
    pub(crate) space: Space,
    /// Every subnet in the VPC.
    pub(crate) places: Vec<SubnetView<'a>>,
    lists: Vec<AccessList<'a>>,
    forwarding: Vec<Forwarding<'a>>,
    groups: HashMap<&'a str, &'a SecurityGroup>,
    prefix_lists: HashMap<&'a str, &'a PrefixList>,
}

/// A subnet with what guards and serves it.
#[derive(Clone, Debug)]
pub(crate) struct SubnetView<'a> {
    pub(crate) subnet: &'a Subnet,
    /// The cells of its IPv4 block.
    pub(crate) cells: Range<usize>,
    /// Its network ACL: the one associated with it, else the default one.
    pub(crate) list: Option<usize>,
    /// Its route table: the one associated with it, else the main one.
    pub(crate) table: Option<usize>,
}

impl<'a> View<'a> {
    /// Indexes and evaluates what is observed of `vpc`.
    pub(crate) fn of(observed: &'a Observed, vpc: &'a Vpc, expectation: &'a Expectation) -> Self {
        let space = Space::of(observed, vpc, expectation);
        let endpoints: Vec<_> = observed.endpoints.iter().filter(|endpoint| endpoint_stands(&endpoint.state)).collect();
        let lists = observed.network_acls.iter().map(|acl| AccessList::of(acl, &space)).collect();
        let forwarding = observed
            .route_tables
            .iter()
            .map(|table| Forwarding::of(table, &space, &observed.prefix_lists, &endpoints))
            .collect();
        Self {
            places: places(observed, &space),
            groups: observed.security_groups.iter().map(|group| (group.id.as_str(), group)).collect(),
            prefix_lists: observed.prefix_lists.iter().map(|list| (list.id.as_str(), list)).collect(),
            observed,
            expectation,
            vpc,
            space,
            lists,
            forwarding,
        }
    }

    /// The ACL of a place, evaluated.
    pub(crate) fn access_list(&self, place: &SubnetView<'_>) -> Option<&AccessList<'a>> {
        place.list.map(|list| &self.lists[list])
    }

    /// The route table of a place, evaluated.
    pub(crate) fn forwarding(&self, place: &SubnetView<'_>) -> Option<&Forwarding<'a>> {
        place.table.map(|table| &self.forwarding[table])
    }

    /// A security group in the VPC.
    pub(crate) fn group(&self, id: &str) -> Option<&'a SecurityGroup> {
        self.groups.get(id).copied()
    }

    /// The rules of those of the groups that are in the VPC.
    pub(crate) fn rules<'r>(&'r self, groups: &'r [&str]) -> impl Iterator<Item = &'a SecurityGroupRule> + 'r {
        groups.iter().filter_map(|group| self.group(group)).flat_map(|group| &group.rules)
    }

    /// A prefix list that rules or routes name.
    pub(crate) fn prefix_list(&self, id: &str) -> Option<&'a PrefixList> {
        self.prefix_lists.get(id).copied()
    }

    /// The subnets of a tier that are there.
    pub(crate) fn tier(&self, tier: &Tier) -> Vec<&SubnetView<'a>> {
        let wanted: HashSet<_> = tier.subnets.iter().map(String::as_str).collect();
        self.places.iter().filter(|place| wanted.contains(place.subnet.id.as_str())).collect()
    }

    /// The subnets of the environment that are there.
    pub(crate) fn own_places(&self) -> Vec<&SubnetView<'a>> {
        let mut places = self.tier(&self.expectation.training);
        places.extend(self.tier(&self.expectation.services));
        places
    }

    /// The IDs of the subnets that the environment must have.
    pub(crate) fn own_subnets(&self) -> impl Iterator<Item = &'a str> {
        let tiers = [&self.expectation.training, &self.expectation.services];
        tiers.into_iter().flat_map(|tier| &tier.subnets).map(String::as_str)
    }

    /// The endpoints that are not gone.
    pub(crate) fn living_endpoints(&self) -> impl Iterator<Item = &'a VpcEndpoint> {
        self.observed.endpoints.iter().filter(|endpoint| endpoint_stands(&endpoint.state))
    }

    /// The gateways that have come so far.
    pub(crate) fn gateways(&self, wanted: &'a [Standing]) -> impl Iterator<Item = &'a Gateway> {
        self.observed.gateways.iter().filter(|gateway| wanted.contains(&Standing::of(gateway)))
    }

    /// Every block of the VPC itself.
    pub(crate) fn vpc_blocks(&self) -> impl Iterator<Item = IpNet> {
        let ipv4 = std::iter::once(self.vpc.cidr).chain(self.vpc.secondary_cidrs.iter().copied());
        ipv4.map(IpNet::V4).chain(self.vpc.ipv6_cidrs.iter().copied().map(IpNet::V6))
    }

    /// The cells of all these blocks, ascending and each once.
    pub(crate) fn cells(&self, blocks: impl IntoIterator<Item = IpNet>) -> Vec<usize> {
        let mut cells: Vec<usize> = blocks.into_iter().flat_map(|block| self.space.addresses.within(block)).collect();
        cells.sort_unstable();
        cells.dedup();
        cells
    }

    /// A packet in words: `TCP 443 at 203.0.113.0`.
    pub(crate) fn words(&self, packet: Packet) -> String {
        let traffic = self.space.traffic.representative(packet.class);
        format!("{traffic} at {}", self.space.addresses.representative(packet.cell))
    }
}

fn places<'a>(observed: &'a Observed, space: &Space) -> Vec<SubnetView<'a>> {
    let tables = &observed.route_tables;
    let main = tables.iter().position(|table: &RouteTable| table.main);
    let default = observed.network_acls.iter().position(|acl| acl.default);
    let explicit_tables: HashMap<&str, usize> =
        index(tables.iter().map(|table| &table.associations), |one| &one.subnet);
    let explicit_lists: HashMap<&str, usize> =
        index(observed.network_acls.iter().map(|acl| &acl.associations), |one| &one.subnet);
    let place = |subnet: &'a Subnet| SubnetView {
        subnet,
        cells: space.addresses.within(IpNet::V4(subnet.cidr)),
        list: explicit_lists.get(subnet.id.as_str()).copied().or(default),
        table: explicit_tables.get(subnet.id.as_str()).copied().or(main),
    };
    observed.subnets.iter().map(place).collect()
}

/// The index of the owner of each association, by the subnet that it is with.
fn index<'a, Association: 'a>(
    owners: impl Iterator<Item = &'a Vec<Association>>,
    subnet: impl Fn(&'a Association) -> &'a String,
) -> HashMap<&'a str, usize> {
    owners
        .enumerate()
        .flat_map(|(owner, associations)| associations.iter().map(move |association| (owner, association)))
        .map(|(owner, association)| (subnet(association).as_str(), owner))
        .collect()
}

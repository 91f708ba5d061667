//! Route tables: one a tier, with no way out of the VPC.

use aws_sdk_ec2::types::ResourceType;

use super::{
    Act, Bulk, Draft, Home, Look, Manage, Observe, Refusal, Removal, Run, Stage,
    choice::{Candidate, choose},
    ec2,
};
use crate::aws::{CallError, Named, missing_field};
use ringfence_model::{
    plan::{Reference, Refers},
    stack::{self, Tier},
};
use ringfence_observed::{Observed, Route, RouteTable, RouteTableAssociation, Tags};

/// What AWS names as the target of the route that reaches the VPC itself.
const LOCAL: &str = "local";

pub(crate) struct RouteTables;

/// What can be done to a route table.
#[derive(Debug)]
pub(crate) enum RouteTableChange {
    /// Makes it, with a client token.
    Create {
        vpc: Reference,
        name: String,
        tags: Tags,
    },
    /// Lets it serve a subnet that the main table serves so far.
    Associate {
        table: Reference,
        subnet: Reference,
    },
    /// Lets it serve a subnet that another table serves so far.
    ReplaceAssociation {
        association: String,
        table: Reference,
    },
    /// Removes a route.
    DeleteRoute {
        table: String,
        destination: String,
    },
    Delete {
        id: String,
    },
}

impl Observe for RouteTables {
    type Seen = RouteTable;
    const BULK: Bulk<Self::Seen> = Bulk::Whole;

    async fn read(look: &Look<'_>) -> Result<Vec<(Home, RouteTable)>, CallError> {
        let Some(filters) = look.in_vpc("vpc-id").await? else { return Ok(Vec::new()) };
        let pages = look.aws.ec2.describe_route_tables().set_filters(Some(filters)).into_paginator();
        let tables = pages.items().send().collect::<Result<Vec<_>, _>>().await.named("ec2:DescribeRouteTables")?;
        Ok(tables.iter().map(from_sdk).collect())
    }

    fn place(observed: &mut Observed, seen: RouteTable) {
        observed.route_tables.push(seen);
    }
}

impl Manage for RouteTables {
    const TYPE: &'static str = "AWS::EC2::RouteTable";

    fn draft(draft: &mut Draft<'_>) -> Result<(), Refusal> {
        for tier in Tier::ALL {
            draft_tier(draft, tier)?;
        }
        Ok(())
    }

    fn draft_removal(removal: &mut Removal<'_>) {
        for table in removal.observed.route_tables.iter().filter(|table| !table.main) {
            if removal.owner.owns(&table.tags) {
                let name = removal.name_of(&table.tags, &table.id);
                let change = RouteTableChange::Delete { id: table.id.clone() };
                removal.delete(Stage::Tables, name, &table.id, change);
            }
        }
    }
}

fn draft_tier(draft: &mut Draft<'_>, tier: Tier) -> Result<(), Refusal> {
    let name = tier.route_table();
    let stack = draft.stack.clone();
    let owned = draft.observed.route_tables.iter().filter(|table| !table.main && stack.owner.owns(&table.tags));
    let owned = owned.map(|table| Candidate {
        seen: table,
        id: &table.id,
        tags: &table.tags,
        subnets: table.associations.iter().map(|association| &association.subnet).collect(),
    });
    let (standing, spares) = choose(owned.collect(), tier, &stack, draft.observed, Tier::route_table);
    let reference = if let Some(table) = standing {
        draft.retag(RouteTables::TYPE, &name, &table.id, &table.tags);
        draft_routes(draft, &name, table);
        draft.stands(&*name, &table.id)
    } else {
        let vpc = draft.reference(stack::VPC)?;
        let create = RouteTableChange::Create { vpc, name: name.clone(), tags: stack.tags(&name) };
        draft.create(&*name, create)
    };
    for (_, zone, _) in stack.subnets().into_iter().filter(|(of, _, _)| *of == tier) {
        let subnet = draft.reference(&tier.subnet(zone))?;
        draft_association(draft, format!("{name}/{zone}"), &reference, subnet);
    }
    for spare in spares {
        let change = RouteTableChange::Delete { id: spare.id.clone() };
        draft.delete(&*name, &spare.id, change, &[]);
    }
    Ok(())
}

fn draft_association(draft: &mut Draft<'_>, name: String, table: &Reference, subnet: Reference) {
    let standing = match &subnet {
        Reference::Made(_) => None,
        Reference::Present(id) => draft.observed.route_tables.iter().find_map(|other| {
            let association = other.associations.iter().find(|association| association.subnet == *id)?;
            Some((other.id.clone(), association.id.clone()))
        }),
    };
    let change = match (standing, table) {
        (Some((serving, _)), Reference::Present(id)) if serving == *id => return,
        (Some((_, association)), _) => RouteTableChange::ReplaceAssociation { association, table: table.clone() },
        (None, _) => RouteTableChange::Associate { table: table.clone(), subnet },
    };
    draft.create_part(name, change, &[]);
}

/// Takes away every route that leads anywhere but to the VPC itself, to a gateway endpoint, or through an attachment
/// that the spec allows.
pub(super) fn draft_routes(draft: &mut Draft<'_>, name: &str, table: &RouteTable) {
    for destination in unwanted_routes(draft, table) {
        let part = format!("{name}/{destination}");
        let change = RouteTableChange::DeleteRoute { table: table.id.clone(), destination };
        draft.delete(part, &table.id, change, &[]);
    }
}

/// The destinations of the routes that must go. A route that a virtual private gateway propagates cannot be deleted;
/// the proof reports it.
fn unwanted_routes(draft: &Draft<'_>, table: &RouteTable) -> Vec<String> {
    let allowed = |route: &&Route| {
        route.target == LOCAL
            || route.target.starts_with("vpce-")
            || route.propagated
            || (is_named(draft, &route.target) && leads_to_ssh(draft, &route.destination))
    };
    table.routes.iter().filter(|route| !allowed(route)).map(|route| route.destination.clone()).collect()
}

/// Whether the spec names what a route leads to. A transit gateway may be named by its attachment as well.
fn is_named(draft: &Draft<'_>, target: &str) -> bool {
    let attachments = &draft.stack.spec.access.attachments;
    let named = |id: &str| attachments.iter().any(|attachment| attachment.as_str() == id);
    named(target) || draft.observed.gateways.iter().any(|gateway| gateway.route_target == target && named(&gateway.id))
}

/// Whether a route leads nowhere but to where SSH may come from.
fn leads_to_ssh(draft: &Draft<'_>, destination: &str) -> bool {
    let stack = &draft.stack;
    match destination.parse() {
        Ok(block) => stack.ssh_from.contain(block),
        Err(_) => draft
            .observed
            .prefix_lists
            .iter()
            .any(|list| list.id == destination && list.entries.iter().all(|entry| stack.ssh_from.contain(*entry))),
    }
}

impl Refers for RouteTableChange {
    fn resource_type(&self) -> &'static str {
        match self {
            Self::Create { .. } | Self::Delete { .. } => RouteTables::TYPE,
            Self::Associate { .. } | Self::ReplaceAssociation { .. } => "AWS::EC2::SubnetRouteTableAssociation",
            Self::DeleteRoute { .. } => "AWS::EC2::Route",
        }
    }

    fn references(&self) -> Vec<&Reference> {
        match self {
            Self::Create { vpc, .. } => vec![vpc],
            Self::Associate { table, subnet } => vec![table, subnet],
            Self::ReplaceAssociation { table, .. } => vec![table],
            Self::DeleteRoute { .. } | Self::Delete { .. } => Vec::new(),
        }
    }
}

impl Act for RouteTableChange {
    async fn run(&self, run: &Run<'_>) -> Result<Option<String>, CallError> {
        const CREATE: &str = "ec2:CreateRouteTable";
        let ec2 = &run.aws.ec2;
        match self {
            Self::Create { vpc, name, tags } => {
                let vpc = run.id(vpc)?;
                let call = ec2
                    .create_route_table()
                    .vpc_id(vpc)
                    .client_token(run.token(name, vpc))
                    .tag_specifications(ec2::tagged(ResourceType::RouteTable, tags));
                let made = call.send().await.named(CREATE)?;
                let id = made.route_table().and_then(|table| table.route_table_id());
                Ok(Some(id.ok_or_else(|| missing_field(CREATE, "RouteTableId"))?.to_owned()))
            }
            Self::Associate { table, subnet } => {
                let call = ec2.associate_route_table().route_table_id(run.id(table)?).subnet_id(run.id(subnet)?);
                let made = call.send().await.named("ec2:AssociateRouteTable")?;
                Ok(made.association_id().map(ToOwned::to_owned))
            }
            Self::ReplaceAssociation { association, table } => {
                let call =
                    ec2.replace_route_table_association().association_id(association).route_table_id(run.id(table)?);
                let made = call.send().await.named("ec2:ReplaceRouteTableAssociation")?;
                Ok(made.new_association_id().map(ToOwned::to_owned))
            }
            Self::DeleteRoute { table, destination } => {
                let call = ec2.delete_route().route_table_id(table);
                let call = if destination.starts_with("pl-") {
                    call.destination_prefix_list_id(destination)
                } else if destination.contains(':') {
                    call.destination_ipv6_cidr_block(destination)
                } else {
                    call.destination_cidr_block(destination)
                };
                ec2::part_gone(call.send().await.named("ec2:DeleteRoute"), "InvalidRoute.NotFound")
            }
            Self::Delete { id } => {
                ec2::gone(ec2.delete_route_table().route_table_id(id).send().await.named("ec2:DeleteRouteTable"))
            }
        }
    }
}

fn from_sdk(table: &aws_sdk_ec2::types::RouteTable) -> (Home, RouteTable) {
    let associations = table.associations().iter().filter_map(|association| {
        Some(RouteTableAssociation {
            id: association.route_table_association_id()?.to_owned(),
            subnet: association.subnet_id()?.to_owned(),
        })
    });
    let seen = RouteTable {
        id: table.route_table_id().unwrap_or_default().to_owned(),
        main: table.associations().iter().any(|association| association.main().unwrap_or(false)),
        routes: table.routes().iter().map(route).collect(),
        associations: associations.collect(),
        propagating_gateways: table
            .propagating_vgws()
            .iter()
            .filter_map(|gateway| gateway.gateway_id().map(ToOwned::to_owned))
            .collect(),
        tags: ec2::from_tags(table.tags()),
    };
    (Home::Vpc(table.vpc_id().unwrap_or_default().to_owned()), seen)
}

fn route(route: &aws_sdk_ec2::types::Route) -> Route {
    let destination =
        [route.destination_cidr_block(), route.destination_ipv6_cidr_block(), route.destination_prefix_list_id()];
    let target = [
        route.gateway_id(),
        route.nat_gateway_id(),
        route.transit_gateway_id(),
        route.vpc_peering_connection_id(),
        route.egress_only_internet_gateway_id(),
        route.network_interface_id(),
        route.instance_id(),
        route.local_gateway_id(),
        route.carrier_gateway_id(),
        route.core_network_arn(),
    ];
    let first = |options: &[Option<&str>]| {
        options.iter().flatten().find(|text| !text.is_empty()).copied().unwrap_or_default().to_owned()
    };
    Route {
        destination: first(&destination),
        target: first(&target),
        active: route.state().is_none_or(|state| *state != aws_sdk_ec2::types::RouteState::Blackhole),
        propagated: route.origin() == Some(&aws_sdk_ec2::types::RouteOrigin::EnableVgwRoutePropagation),
    }
}

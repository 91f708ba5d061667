//! VPC endpoints: the only way to AWS services from inside.

use aws_sdk_ec2::{
    config::{Builder as Config, retry::RetryConfig},
    types::{ResourceType, VpcEndpointType as SdkType},
};

use super::{
    Act, Bulk, Draft, Home, Look, Manage, Observe, Refusal, Removal, Run, Stage, ec2, endpoint_delete, endpoint_full,
    endpoint_name,
    endpoint_room::{crowded, is_surplus},
    endpoint_seen::from_sdk,
};
use crate::aws::{CallError, Class, Named, missing_field};
use ringfence_model::{
    plan::{Handle, Reference, Refers},
    policy::Document,
    stack::{self, ENDPOINTS_SECURITY_GROUP, Stack, Tier, is_gateway_service},
};
use ringfence_observed::{Observed, Tags, VpcEndpoint, VpcEndpointType};

const CREATE: &str = "ec2:CreateVpcEndpoint";

pub(crate) struct Endpoints;

/// What can be done to VPC endpoints.
#[derive(Debug)]
pub(crate) enum EndpointChange {
    /// Makes a gateway endpoint that all tables route to, with a client token.
    CreateGateway {
        vpc: Reference,
        name: String,
        service: String,
        policy: String,
        tables: Vec<Reference>,
        /// The steps that it comes after.
        after: Vec<Reference>,
        /// Whether others are on their way out.
        others_go: bool,
        tags: Tags,
    },
    /// Makes an interface endpoint, with a client token.
    CreateInterface {
        vpc: Reference,
        name: String,
        service: String,
        policy: Option<String>,
        subnets: Vec<Reference>,
        group: Reference,
        /// The steps that it comes after.
        after: Vec<Reference>,
        /// Whether others are on their way out.
        others_go: bool,
        tags: Tags,
    },
    /// Alters what differs.
    Modify(Box<Difference>),
    /// Removes endpoints, all in one call, and waits until their interfaces have let go.
    Delete { vpc: String, ids: Vec<String> },
}

/// What an endpoint that stands lacks, or has too much.
#[derive(Debug, Default)]
pub(crate) struct Difference {
    id: String,
    policy: Option<String>,
    add_tables: Vec<Reference>,
    remove_tables: Vec<String>,
    add_subnets: Vec<Reference>,
    remove_subnets: Vec<String>,
    add_groups: Vec<Reference>,
    remove_groups: Vec<String>,
    private_dns: bool,
}

impl Difference {
    fn is_empty(&self) -> bool {
        self.policy.is_none()
            && self.add_tables.is_empty()
            && self.remove_tables.is_empty()
            && self.add_subnets.is_empty()
            && self.remove_subnets.is_empty()
            && self.add_groups.is_empty()
            && self.remove_groups.is_empty()
            && !self.private_dns
    }
}

impl Observe for Endpoints {
    type Seen = VpcEndpoint;
    const BULK: Bulk<Self::Seen> = Bulk::Whole;

    async fn read(look: &Look<'_>) -> Result<Vec<(Home, VpcEndpoint)>, CallError> {
        let Some(filters) = look.in_vpc("vpc-id").await? else { return Ok(Vec::new()) };
        let pages = look.aws.ec2.describe_vpc_endpoints().set_filters(Some(filters)).into_paginator();
        let found = pages.items().send().collect::<Result<Vec<_>, _>>().await.named("ec2:DescribeVpcEndpoints")?;
        Ok(found.iter().map(from_sdk).filter(|(_, endpoint)| endpoint.state != "deleted").collect())
    }

    fn place(observed: &mut Observed, seen: VpcEndpoint) {
        observed.endpoints.push(seen);
    }
}

impl Manage for Endpoints {
    const TYPE: &'static str = "AWS::EC2::VPCEndpoint";

    fn draft(draft: &mut Draft<'_>) -> Result<(), Refusal> {
        let stack = draft.stack.clone();
        let surplus = draft_surplus(draft);
        let crowded = crowded(&stack, draft.observed);
        for (service, name) in stack.endpoints() {
            let service_name = stack.service_name(service);
            let observed = draft.observed;
            let of_service = || observed.endpoints.iter().filter(|endpoint| endpoint.service_name == service_name);
            let is_ours = |endpoint: &&VpcEndpoint| stack.owner.owns(&endpoint.tags);
            let standing = of_service().filter(|endpoint| !endpoint.is_going()).find(is_ours);
            let wanted = if is_gateway_service(service) { tables(draft)? } else { Vec::new() };
            let is_wanted = |table: &String| wanted.contains(&Reference::Present(table.clone()));
            // One service has one endpoint that answers under its names, and so has one table. Beside ours that stands,
            // one that has other tables than ours is in nobody's way.
            let in_the_way = of_service().find(|endpoint| {
                let holds = if is_gateway_service(service) {
                    let is_gateway = endpoint.endpoint_type == VpcEndpointType::Gateway;
                    is_gateway && (standing.is_none() || endpoint.route_tables.iter().any(is_wanted))
                } else {
                    endpoint.private_dns
                };
                holds && !endpoint.is_going() && !is_ours(endpoint)
            });
            match (standing, in_the_way) {
                (Some(endpoint), None) => draft_standing(draft, service, &name, endpoint)?,
                (Some(endpoint), Some(_)) if endpoint.private_dns => {
                    draft_standing(draft, service, &name, endpoint)?;
                }
                (_, Some(foreign)) => {
                    return Err(Refusal::Foreign { resource: name, id: foreign.id.clone() });
                }
                // AWS makes none beside one that is still going.
                (None, None) if of_service().any(VpcEndpoint::is_deleting) => {}
                // Nor more than the VPC has room for, and those that go take it up until they are gone.
                (None, None) if crowded.waits_for.is_some() && crowded.services.contains(service) => {}
                (None, None) => {
                    let is_crowded = crowded.services.contains(service);
                    let before = surplus.filter(|_| is_crowded || of_service().any(|endpoint| is_ours(&endpoint)));
                    draft_new(draft, service, &name, service_name, surplus, before)?;
                }
            }
        }
        Ok(())
    }

    fn draft_removal(removal: &mut Removal<'_>) {
        let ours = removal.observed.endpoints.iter().filter(|endpoint| removal.owner.owns(&endpoint.tags));
        let ids: Vec<String> = ours.map(|endpoint| endpoint.id.clone()).collect();
        if let Some(vpc) = removal.observed.vpc.as_ref().filter(|_| !ids.is_empty()) {
            let all = ids.join(",");
            let change = EndpointChange::Delete { vpc: vpc.id.clone(), ids };
            removal.delete(Stage::Endpoints, "endpoints", &all, change);
        }
    }
}

/// Removes the endpoints that are ours and not asked for any more, or that never came up.
fn draft_surplus(draft: &mut Draft<'_>) -> Option<Handle> {
    let stack = draft.stack.clone();
    let surplus = draft.observed.endpoints.iter().filter(|endpoint| is_surplus(&stack, endpoint));
    let ids: Vec<String> = surplus.map(|endpoint| endpoint.id.clone()).collect();
    let vpc = draft.observed.vpc.as_ref().filter(|_| !ids.is_empty())?;
    let all = ids.join(",");
    let change = EndpointChange::Delete { vpc: vpc.id.clone(), ids };
    Some(draft.delete("endpoints", &all, change, &[]))
}

/// `before` is the step that removes the one in whose place this one comes, where that never came up, or those that take
/// up its room.
fn draft_new(
    draft: &mut Draft<'_>,
    service: &str,
    name: &str,
    service_name: String,
    surplus: Option<Handle>,
    before: Option<Handle>,
) -> Result<(), Refusal> {
    let mut after: Vec<Reference> = before.map(Reference::Made).into_iter().collect();
    let others_go = surplus.is_some() || draft.observed.endpoints.iter().any(VpcEndpoint::is_deleting);
    let vpc = draft.reference(stack::VPC)?;
    let tags = draft.stack.tags(name);
    let policy = stack::endpoint_policy(&draft.stack, service).map(|policy| policy.to_json());
    let create = if is_gateway_service(service) {
        let policy = policy.unwrap_or_default();
        EndpointChange::CreateGateway {
            vpc,
            name: name.to_owned(),
            service: service_name,
            policy,
            tables: tables(draft)?,
            after,
            others_go,
            tags,
        }
    } else {
        let group = draft.reference(ENDPOINTS_SECURITY_GROUP)?;
        let subnets = subnets(draft, service)?;
        // Private DNS needs the VPC's DNS hostnames, where they are not on yet.
        after.extend(draft.reference(stack::VPC_DNS).ok());
        EndpointChange::CreateInterface {
            vpc,
            after,
            others_go,
            name: name.to_owned(),
            service: service_name,
            policy,
            subnets,
            group,
            tags,
        }
    };
    draft.create(name, create);
    Ok(())
}

fn draft_standing(draft: &mut Draft<'_>, service: &str, name: &str, endpoint: &VpcEndpoint) -> Result<(), Refusal> {
    draft.ours(name, &endpoint.id, &endpoint.tags)?;
    let reference = draft.stands(name, &endpoint.id);
    draft.retag(Endpoints::TYPE, name, &endpoint.id, &endpoint.tags);
    let mut difference = Difference { id: endpoint.id.clone(), ..Difference::default() };
    difference.policy = stack::endpoint_policy(&draft.stack, service)
        .filter(|policy| !policy.same_as(&endpoint.policy))
        .map(|policy: Document| policy.to_json());
    if is_gateway_service(service) {
        (difference.add_tables, difference.remove_tables) = compare(tables(draft)?, &endpoint.route_tables);
    } else {
        let group = vec![draft.reference(ENDPOINTS_SECURITY_GROUP)?];
        (difference.add_groups, difference.remove_groups) = compare(group, &endpoint.security_groups);
        (difference.add_subnets, difference.remove_subnets) = compare(subnets(draft, service)?, &endpoint.subnets);
        difference.private_dns = !endpoint.private_dns;
    }
    if !difference.is_empty() {
        draft.update(name, &reference, EndpointChange::Modify(Box::new(difference)));
    }
    Ok(())
}

/// What is wanted and not seen, and what is seen and not wanted.
fn compare(wanted: Vec<Reference>, seen: &[String]) -> (Vec<Reference>, Vec<String>) {
    let surplus = seen.iter().filter(|id| !wanted.contains(&Reference::Present((*id).clone()))).cloned().collect();
    let stands = |reference: &Reference| matches!(reference, Reference::Present(id) if seen.contains(id));
    (wanted.into_iter().filter(|reference| !stands(reference)).collect(), surplus)
}

fn tables(draft: &Draft<'_>) -> Result<Vec<Reference>, Refusal> {
    Tier::ALL.into_iter().map(|tier| draft.reference(&tier.route_table())).collect()
}

/// The services subnets of the zones that offer the service: not every zone does. Where AWS names none, all are tried.
fn subnets(draft: &Draft<'_>, service: &str) -> Result<Vec<Reference>, Refusal> {
    let stack: &Stack = &draft.stack;
    let service_name = stack.service_name(service);
    let offered = draft
        .observed
        .service_zones
        .get(&service_name)
        .ok_or_else(|| Refusal::NotOffered { what: service_name.clone(), region: stack.scope.region.clone() })?;
    let zones: Vec<&String> = stack.zones.iter().filter(|zone| offered.is_empty() || offered.contains(*zone)).collect();
    if zones.is_empty() {
        let zones = stack.zones.join(", ");
        return Err(Refusal::NotOffered { what: service_name, region: format!("any of the zones {zones}") });
    }
    zones.into_iter().map(|zone| draft.reference(&Tier::Services.subnet(zone))).collect()
}

impl Refers for EndpointChange {
    fn resource_type(&self) -> &'static str {
        Endpoints::TYPE
    }

    fn references(&self) -> Vec<&Reference> {
        match self {
            Self::CreateGateway { vpc, tables, after, .. } => std::iter::once(vpc).chain(tables).chain(after).collect(),
            Self::CreateInterface { vpc, subnets, group, after, .. } => {
                [vpc, group].into_iter().chain(subnets).chain(after).collect()
            }
            Self::Modify(difference) => {
                difference.add_tables.iter().chain(&difference.add_subnets).chain(&difference.add_groups).collect()
            }
            Self::Delete { .. } => Vec::new(),
        }
    }
}

impl Act for EndpointChange {
    async fn run(&self, run: &Run<'_>) -> Result<Option<String>, CallError> {
        let ids = |references: &[Reference]| {
            references.iter().map(|reference| run.id(reference).map(ToOwned::to_owned)).collect::<Result<Vec<_>, _>>()
        };
        let new = |vpc: &str, name: &str, service: &str, tags: &Tags| {
            run.aws
                .ec2
                .create_vpc_endpoint()
                .vpc_id(vpc)
                .service_name(service)
                .client_token(run.token(name, vpc))
                .tag_specifications(ec2::tagged(ResourceType::VpcEndpoint, tags))
        };
        let call = match self {
            Self::CreateGateway { vpc, name, service, policy, tables, tags, .. } => {
                new(run.id(vpc)?, name, service, tags)
                    .vpc_endpoint_type(SdkType::Gateway)
                    .policy_document(policy)
                    .set_route_table_ids(Some(ids(tables)?))
            }
            Self::CreateInterface { vpc, name, service, policy, subnets, group, tags, .. } => {
                new(run.id(vpc)?, name, service, tags)
                    .vpc_endpoint_type(SdkType::Interface)
                    .set_policy_document(policy.clone())
                    .set_subnet_ids(Some(ids(subnets)?))
                    .security_group_ids(run.id(group)?)
                    .private_dns_enabled(true)
            }
            Self::Modify(difference) => return modify(run, difference).await,
            Self::Delete { vpc, ids } => return endpoint_delete::delete(run, vpc, ids).await,
        };
        // A permit that cannot be had is none to wait for: nobody closes the semaphore.
        let _permit = run.aws.endpoints_at_once.acquire().await.ok();
        // What AWS throttles at the first try waits until all that it throttled before has been made. What may have taken
        // effect is made once, by its client token.
        let (mut turn, mut once) = (None, Some(Config::new().retry_config(RetryConfig::disabled())));
        let answered = loop {
            let (is_first, config) = (once.is_some(), once.take().unwrap_or_default());
            match call.clone().customize().config_override(config).send().await.named(CREATE) {
                Err(error) if is_first && error.class == Class::Throttled => {
                    turn = Some(run.aws.throttled_endpoints.lock().await);
                }
                Err(error) if is_first && error.class == Class::Unknown => {}
                answered => break answered,
            }
        };
        drop(turn);
        let made = match answered {
            Err(error) if error.class == Class::Quota => {
                let (Self::CreateGateway { vpc, others_go, .. } | Self::CreateInterface { vpc, others_go, .. }) = self
                else {
                    return Err(error);
                };
                return Err(endpoint_full::refused(run, run.id(vpc)?, *others_go, error).await);
            }
            Err(error) => return Err(endpoint_name::refused(run, error).await),
            Ok(made) => made,
        };
        let id = made.vpc_endpoint().and_then(|endpoint| endpoint.vpc_endpoint_id());
        Ok(Some(id.ok_or_else(|| missing_field(CREATE, "VpcEndpointId"))?.to_owned()))
    }
}

async fn modify(run: &Run<'_>, difference: &Difference) -> Result<Option<String>, CallError> {
    let ids = |references: &[Reference]| {
        let ids: Result<Vec<_>, _> = references.iter().map(|one| run.id(one).map(ToOwned::to_owned)).collect();
        ids.map(|ids| (!ids.is_empty()).then_some(ids))
    };
    let some = |ids: &Vec<String>| (!ids.is_empty()).then(|| ids.clone());
    let call = run
        .aws
        .ec2
        .modify_vpc_endpoint()
        .vpc_endpoint_id(&difference.id)
        .set_policy_document(difference.policy.clone())
        .set_add_route_table_ids(ids(&difference.add_tables)?)
        .set_remove_route_table_ids(some(&difference.remove_tables))
        .set_add_subnet_ids(ids(&difference.add_subnets)?)
        .set_remove_subnet_ids(some(&difference.remove_subnets))
        .set_add_security_group_ids(ids(&difference.add_groups)?)
        .set_remove_security_group_ids(some(&difference.remove_groups))
        .set_private_dns_enabled(difference.private_dns.then_some(true));
    match call.send().await.named("ec2:ModifyVpcEndpoint") {
        Err(error) => Err(endpoint_name::refused(run, error).await),
        Ok(_) => Ok(None),
    }
}

#[cfg(test)]
mod tests;

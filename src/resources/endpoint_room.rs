//! How many interface endpoints a VPC has room for. Pure.
//!
//! A VPC holds 50 of them, Gateway Load Balancer endpoints included, unless the quota was raised
//! (<https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-limits-endpoints.html>). Those of GuardDuty and of others
//! count. Whether one that AWS is deleting counts until it is gone, minutes later, nobody says: here it does.

use std::collections::BTreeSet;

use ringfence_model::stack::{Stack, is_gateway_service};
use ringfence_observed::{Observed, VpcEndpoint, VpcEndpointType};

/// The quota, unless it was raised. Where it was, a few wait that need not.
pub(crate) const MOST: usize = 50;

/// The endpoints that there is no room for while others are on their way out.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Crowded {
    pub(crate) services: BTreeSet<String>,
    /// One that AWS is taking away already, and none of ours is surplus beside: nothing but time makes room.
    pub(crate) waits_for: Option<String>,
}

/// Whether an endpoint of ours is to go: it is not asked for any more, or never came up.
pub(super) fn is_surplus(stack: &Stack, endpoint: &VpcEndpoint) -> bool {
    let is_wanted = || stack.endpoints().any(|(service, _)| stack.service_name(service) == endpoint.service_name);
    stack.owner.owns(&endpoint.tags) && !endpoint.is_deleting() && (endpoint.is_going() || !is_wanted())
}

/// What is wanted and has to wait until others are gone.
pub(crate) fn crowded(stack: &Stack, observed: &Observed) -> Crowded {
    let counted = || observed.endpoints.iter().filter(|endpoint| endpoint.endpoint_type != VpcEndpointType::Gateway);
    let room = MOST.saturating_sub(counted().count());
    let is_lacking = |service: &&str| {
        let name = stack.service_name(service);
        let mut of_service = observed.endpoints.iter().filter(|endpoint| endpoint.service_name == name);
        let stands = |endpoint: &VpcEndpoint| stack.owner.owns(&endpoint.tags) && !endpoint.is_going();
        // One that comes once its predecessor is gone finds the room that this one leaves.
        !is_gateway_service(service) && !of_service.any(|endpoint| stands(endpoint) || endpoint.is_deleting())
    };
    let lacking = stack.endpoints().map(|(service, _)| service).filter(is_lacking);
    let services: BTreeSet<String> = lacking.skip(room).map(ToOwned::to_owned).collect();
    let going = counted().find(|endpoint| endpoint.is_deleting());
    let has_surplus = counted().any(|endpoint| is_surplus(stack, endpoint));
    Crowded {
        waits_for: going.filter(|_| !has_surplus && !services.is_empty()).map(|going| going.id.clone()),
        services,
    }
}

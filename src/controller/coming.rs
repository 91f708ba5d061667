//! What is made and AWS has not finished yet. Pure.

use crate::{
    observed::Observed,
    stack::{DNS_FIREWALL, INSTANCE_CONNECT_ENDPOINT, Stack, StackOption, TRAINING_PLACEMENT_GROUP},
};

/// The names within the environment of what is still to come: an endpoint takes a minute or so, and where a former one
/// is still going the next cannot be made yet.
pub(super) fn coming(observed: &Observed, stack: &Stack) -> Vec<String> {
    let is_pending = |name: &str| {
        let mut endpoints = observed.endpoints.iter();
        endpoints.any(|endpoint| endpoint.service_name == name && endpoint.state == "pending")
    };
    let endpoints = stack.endpoints().filter(|(service, _)| is_pending(&stack.service_name(service)));
    let mut coming: Vec<String> = endpoints.map(|(_, name)| name).collect();
    let asked = |option: StackOption| option.is_asked(&stack.spec);
    let mut doors = observed.instance_connect_endpoints.iter();
    if asked(StackOption::InstanceConnect) && doors.any(|door| stack.owner.owns(&door.tags) && door.is_changing()) {
        coming.push(INSTANCE_CONNECT_ENDPOINT.to_owned());
    }
    if asked(StackOption::Cluster) && observed.placement_groups.iter().any(|group| group.state != "available") {
        coming.push(TRAINING_PLACEMENT_GROUP.to_owned());
    }
    let mut associations = observed.firewall_associations.iter();
    if asked(StackOption::DnsFirewall) && associations.any(|association| association.status != "COMPLETE") {
        coming.push(DNS_FIREWALL.to_owned());
    }
    coming
}

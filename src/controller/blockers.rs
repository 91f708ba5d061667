//! What stands in the way of a delete and is not ours. Pure.

use std::fmt;

use ringfence_model::stack::{Owner, is_endpoint_of_guardduty, is_group_of_guardduty};
use ringfence_observed::{Gateway, GatewayKind, NetworkInterface, Observed, SecurityGroup, VpcEndpoint};

/// Something in the VPC that keeps it from being deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Blocker {
    id: String,
    /// What it is and who owns it, in words.
    what: String,
    /// Whether it goes by itself, once its owner has noticed that it is not needed.
    pub(super) passes: bool,
}

impl fmt::Display for Blocker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({})", self.id, self.what)
    }
}

/// Everything in the VPC that is not this environment's own and that AWS will not delete a VPC with
/// (<https://docs.aws.amazon.com/vpc/latest/userguide/delete-vpc.html>).
pub(super) fn blockers(owner: &Owner, observed: &Observed) -> Vec<Blocker> {
    // What GuardDuty put there goes with the environment.
    let goes = |endpoint: &VpcEndpoint| owner.owns(&endpoint.tags) || is_endpoint_of_guardduty(endpoint);
    let ours = observed.endpoints.iter().filter(|endpoint| goes(endpoint));
    let connect_endpoints = observed.instance_connect_endpoints.iter().filter(|endpoint| owner.owns(&endpoint.tags));
    let connect_endpoints = connect_endpoints.flat_map(|endpoint| &endpoint.interfaces);
    let our_interfaces: Vec<&String> =
        ours.flat_map(|endpoint| &endpoint.interfaces).chain(connect_endpoints).collect();
    let interfaces = observed.interfaces.iter().filter(|interface| !our_interfaces.contains(&&interface.id));
    let mut blockers: Vec<Blocker> = interfaces.map(of_interface).collect();
    let mut stays = |id: &str, what: &str| {
        blockers.push(Blocker { id: id.to_owned(), what: what.to_owned(), passes: false });
    };
    for endpoint in observed.endpoints.iter().filter(|endpoint| !goes(endpoint)) {
        stays(&endpoint.id, &format!("a VPC endpoint of {} that somebody else made", endpoint.service_name));
    }
    for subnet in observed.subnets.iter().filter(|subnet| !owner.owns(&subnet.tags)) {
        stays(&subnet.id, "a subnet that somebody else made");
    }
    for table in observed.route_tables.iter().filter(|table| !table.main && !owner.owns(&table.tags)) {
        stays(&table.id, "a route table that somebody else made");
    }
    for acl in observed.network_acls.iter().filter(|acl| !acl.default && !owner.owns(&acl.tags)) {
        stays(&acl.id, "a network ACL that somebody else made");
    }
    let strange =
        |group: &&SecurityGroup| !group.is_default() && !owner.owns(&group.tags) && !is_group_of_guardduty(group);
    for group in observed.security_groups.iter().filter(strange) {
        stays(&group.id, &format!("the security group {:?} that somebody else made", group.name));
    }
    for gateway in &observed.gateways {
        let what = match gateway.kind {
            GatewayKind::Internet => "an internet gateway",
            GatewayKind::EgressOnlyInternet => "an egress-only internet gateway",
            GatewayKind::Nat => "a NAT gateway",
            GatewayKind::TransitAttachment => "a transit gateway attachment",
            GatewayKind::VirtualPrivate => "a virtual private gateway",
            GatewayKind::Peering => {
                if let Some(asked_by) = unanswered(gateway) {
                    let what =
                        format!("a peering connection that account {asked_by} asks for, which has to be rejected");
                    blockers.push(Blocker { id: gateway.id.clone(), what, passes: false });
                }
                continue;
            }
        };
        let gone = matches!(gateway.state.as_str(), "deleted" | "detached" | "failed" | "rejected");
        if !gone {
            let passes = matches!(gateway.state.as_str(), "deleting" | "detaching");
            blockers.push(Blocker { id: gateway.id.clone(), what: what.to_owned(), passes });
        }
    }
    blockers
}

/// The account that waits for an answer to its request for peering. AWS deletes a VPC's peering connections with it, but
/// no VPC that such a request of another account is for
/// (<https://docs.aws.amazon.com/vpc/latest/peering/delete-vpc-peering-connection.html>).
fn unanswered(gateway: &Gateway) -> Option<&str> {
    let requester = gateway.requester.as_ref().filter(|requester| requester.is_foreign)?;
    (gateway.state == "pending-acceptance").then_some(requester.account.as_str())
}

/// Who holds an interface. Its description is often all that tells, and services have worded theirs for years
/// (<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/requester-managed-eni.html>).
fn of_interface(interface: &NetworkInterface) -> Blocker {
    let description = interface.description.as_str();
    let (what, passes) = if !interface.instance.is_empty() {
        (format!("instance {}", interface.instance), false)
    } else if interface.interface_type == "lambda" || description.starts_with("AWS Lambda VPC ENI") {
        // Lambda lets go of its interfaces some minutes after the last function in the subnets is gone or moved.
        let function = description.trim_start_matches("AWS Lambda VPC ENI-");
        (format!("Lambda function {function}"), true)
    } else if description.contains("SageMaker") || interface.requester.contains("sagemaker") {
        ("SageMaker".to_owned(), true)
    } else if description.starts_with("EFS mount target") {
        (description.to_owned(), false)
    } else if description.starts_with("ELB ") {
        (format!("load balancer {}", description.trim_start_matches("ELB ")), false)
    } else if interface.interface_type == "vpc_endpoint" || description.starts_with("VPC Endpoint Interface") {
        (description.to_owned(), interface.requester_managed)
    } else if interface.requester_managed {
        (format!("AWS service {}: {description}", interface.requester), true)
    } else {
        (format!("network interface {description:?}"), false)
    };
    Blocker { id: interface.id.clone(), what, passes }
}

#[cfg(test)]
mod tests;

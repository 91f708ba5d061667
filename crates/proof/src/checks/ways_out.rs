//! What leads out of the VPC by its mere presence, whether or not a packet gets through today.

use super::super::evaluation::{Standing, View, Way};
use super::super::findings::Findings;
use super::super::{Check, CheckName};
use super::guardduty::is_of_guardduty;
use ringfence_observed::{GatewayKind, Route, VpcEndpoint, VpcEndpointType};

/// No table of the VPC, whichever subnets it serves, has a route that leads anywhere but within the VPC, to its own
/// gateway endpoints, or through a named attachment towards `ssh_from`.
///
/// A blackhole carries nothing, but it names a way out that opens again as soon as its target is back: it counts.
pub(crate) fn no_route_out(view: &View<'_>) -> Check {
    let mut findings = Findings::of(CheckName::NoRouteOut);
    let endpoints: Vec<_> = view.living_endpoints().collect();
    for table in &view.observed.route_tables {
        for route in table.routes.iter().filter(|route| Way::of(route, &endpoints) == Way::Out) {
            if let Some(fault) = objection(view, route) {
                findings.fault(format!("{} {fault}", table.id));
            }
        }
        for gateway in table.propagating_gateways.iter().filter(|gateway| !named(view, gateway)) {
            findings.fault(format!("{} takes on the routes that {gateway} propagates", table.id));
        }
    }
    if view.observed.route_tables.is_empty() {
        findings.fault("no route table is reported, and every VPC has one".to_owned());
    }
    let tables = view.observed.route_tables.len();
    findings.conclude(format!(
        "the routes of all {tables} tables stay in {} or lead to its gateway endpoints or as access.attachments allows",
        view.vpc.id
    ))
}

/// Why a route out is not one that the environment allows.
fn objection(view: &View<'_>, route: &Route) -> Option<String> {
    let Route { destination, target, .. } = route;
    let state = if route.active { "" } else { " (a blackhole at present)" };
    if !named(view, target) {
        let target = if target.is_empty() { "a target that AWS does not name" } else { target };
        return Some(format!("routes {destination} to {target}{state}"));
    }
    let asked = view.cells(view.expectation.ssh_from.iter().copied());
    let blocks = match (destination.parse(), view.prefix_list(destination)) {
        (Ok(block), _) => vec![block],
        (Err(_), Some(list)) if !list.entries.is_empty() => list.entries.clone(),
        _ => return Some(format!("routes {destination}, whose addresses are not known, to {target}{state}")),
    };
    let strays = view.cells(blocks).into_iter().any(|cell| asked.binary_search(&cell).is_err());
    strays.then(|| format!("routes {destination} to {target}{state}, which access.ssh_from does not name"))
}

/// Whether the spec names this as something that others may attach: by itself, or, where it is a transit gateway, by its
/// attachment. No internet or NAT gateway can be named.
fn named(view: &View<'_>, target: &str) -> bool {
    let named = |id: &str| {
        ["pcx-", "tgw-", "vgw-"].iter().any(|kind| id.starts_with(kind))
            && view.expectation.attachments.iter().any(|attachment| attachment == id)
    };
    let mut attached = view.gateways(&[Standing::Attached]);
    named(target) || attached.any(|gateway| gateway.route_target == target && named(&gateway.id))
}

/// Nothing is attached to the VPC that leads out of it and that the spec does not name.
pub(crate) fn no_gateway(view: &View<'_>) -> Check {
    let mut findings = Findings::of(CheckName::NoGateway);
    let mut allowed = Vec::new();
    for gateway in view.gateways(&[Standing::Attached]) {
        if named(view, &gateway.id) || named(view, &gateway.route_target) {
            allowed.push(gateway.id.as_str());
        } else {
            let (kind, vpc) = (kind_in_words(gateway.kind), &view.vpc.id);
            let state = if gateway.state.is_empty() { "in an unknown state" } else { &gateway.state };
            findings.fault(format!("{} ({kind}, {state}) is in {vpc}", gateway.id));
        }
    }
    findings.conclude(if allowed.is_empty() {
        format!("{KINDS} is attached to {}", view.vpc.id)
    } else {
        let (vpc, allowed) = (&view.vpc.id, allowed.join(", "));
        format!("{KINDS} is attached to {vpc} but what access.attachments names: {allowed}")
    })
}

/// What is looked for.
const KINDS: &str = "no internet, egress-only, NAT, transit or virtual private gateway and no peering connection";

/// What somebody outside asks for and nobody here has accepted. Whoever knows account and VPC may ask, so it opens
/// nothing and takes nothing away, but it wants an answer: AWS warns of such requests
/// (<https://docs.aws.amazon.com/vpc/latest/peering/accept-vpc-peering-connection.html>), and deletes no VPC with one of
/// another account (<https://docs.aws.amazon.com/vpc/latest/peering/delete-vpc-peering-connection.html>).
pub(crate) fn no_request_from_outside(view: &View<'_>) -> Check {
    let mut findings = Findings::of(CheckName::NoRequestFromOutside);
    for gateway in view.gateways(&[Standing::Requested, Standing::Closing]) {
        if named(view, &gateway.id) {
            continue;
        }
        let (id, kind, state, vpc) = (&gateway.id, kind_in_words(gateway.kind), &gateway.state, &view.vpc.id);
        let account = gateway.requester.as_ref().map_or("", |requester| requester.account.as_str());
        let account = if account.is_empty() { "which AWS does not name" } else { account };
        let about = match Standing::of(gateway) {
            Standing::Closing => "goes, and AWS does not say whether it was ever accepted",
            _ => "carries nothing unless it is accepted here: reject it",
        };
        findings.fault(format!("{id} ({kind}, {state}), which account {account} asked {vpc} for, {about}"));
    }
    findings.conclude(format!("nobody outside waits for {} to accept a peering connection", view.vpc.id))
}

const fn kind_in_words(kind: GatewayKind) -> &'static str {
    match kind {
        GatewayKind::Internet => "internet gateway",
        GatewayKind::EgressOnlyInternet => "egress-only internet gateway",
        GatewayKind::Nat => "NAT gateway",
        GatewayKind::Peering => "peering connection",
        GatewayKind::TransitAttachment => "transit gateway attachment",
        GatewayKind::VirtualPrivate => "virtual private gateway",
    }
}

/// The types of network interface that carry traffic between the VPC and something that is not in it, from
/// `InterfaceType`: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkInterface.html>
const BRIDGES: [&str; 11] = [
    "api_gateway_managed",
    "aws_codestar_connections_managed",
    "ec2_instance_connect_endpoint",
    "gateway_load_balancer",
    "gateway_load_balancer_endpoint",
    "global_accelerator_managed",
    "iot_rules_managed",
    "natGateway",
    "nat_gateway",
    "quicksight",
    "transit_gateway",
];

/// No interface bridges the VPC's border, but for an EC2 Instance Connect Endpoint that was asked for and the
/// interfaces of a transit gateway that the spec names.
pub(crate) fn no_bridging_interface(view: &View<'_>) -> Check {
    let mut findings = Findings::of(CheckName::NoBridgingInterface);
    let transit = view.gateways(&[Standing::Attached]).any(|gateway| {
        gateway.kind == GatewayKind::TransitAttachment
            && (named(view, &gateway.id) || named(view, &gateway.route_target))
    });
    for interface in &view.observed.interfaces {
        let allowed = match interface.interface_type.as_str() {
            "ec2_instance_connect_endpoint" => {
                let group = view.expectation.instance_connect_group.as_ref();
                group.is_some_and(|group| interface.security_groups == std::slice::from_ref(group))
                    || view.expectation.leaving_interfaces.contains(&interface.id)
            }
            "transit_gateway" => transit,
            other => !BRIDGES.contains(&other),
        };
        if !allowed {
            let (id, kind, subnet) = (&interface.id, &interface.interface_type, &interface.subnet);
            findings.fault(format!("{id} in {subnet} is of the type {kind} and leads across the border of the VPC"));
        }
    }
    let interfaces = view.observed.interfaces.len();
    findings.conclude(format!("none of the {interfaces} interfaces leads across the border of {}", view.vpc.id))
}

/// Every endpoint belongs to a service that was asked for and is of the kind that was asked for. Any other is a way
/// out: to a service, or through an endpoint service to somebody else's VPC.
pub(crate) fn endpoints_known(view: &View<'_>) -> Check {
    let mut findings = Findings::of(CheckName::EndpointsKnown);
    let is_leaving = |endpoint: &VpcEndpoint| {
        endpoint.state.eq_ignore_ascii_case("deleting") && view.expectation.leaving_endpoints.contains(&endpoint.id)
    };
    for endpoint in view.living_endpoints().filter(|endpoint| !is_leaving(endpoint)) {
        let asked = match endpoint.endpoint_type {
            VpcEndpointType::Gateway => view.expectation.gateway_endpoints.as_slice(),
            VpcEndpointType::Interface => view.expectation.interface_endpoints.as_slice(),
            VpcEndpointType::Other => &[],
        };
        if !asked.contains(&endpoint.service_name) && !is_of_guardduty(view, endpoint) {
            let (id, service, state) = (&endpoint.id, &endpoint.service_name, &endpoint.state);
            findings.fault(format!("{id} ({state}) leads to {service}, which egress.endpoints does not name"));
        }
    }
    let (known, endpoints): (Vec<_>, Vec<_>) =
        view.living_endpoints().partition(|endpoint| is_of_guardduty(view, endpoint));
    let beside = if known.is_empty() { "" } else { ", that of GuardDuty apart" };
    let (leaving, endpoints): (Vec<_>, Vec<_>) = endpoints.into_iter().partition(|endpoint| is_leaving(endpoint));
    let going: Vec<&str> = leaving.iter().map(|endpoint| endpoint.id.as_str()).collect();
    let going = if going.is_empty() { String::new() } else { format!("; AWS is taking away {}", going.join(", ")) };
    findings
        .conclude(format!("egress.endpoints names the services of all {} endpoints{beside}{going}", endpoints.len()))
}

/// The main table knows the VPC alone: it serves every subnet that somebody adds without a table.
pub(crate) fn main_route_table_local(view: &View<'_>) -> Check {
    let mut findings = Findings::of(CheckName::MainRouteTableLocal);
    let mut because = String::new();
    match view.observed.route_tables.iter().find(|table| table.main) {
        None => findings.fault(format!("no main route table of {} is reported", view.vpc.id)),
        Some(main) => {
            for route in main.routes.iter().filter(|route| route.target != "local") {
                findings.fault(format!("{} (main) routes {} to {}", main.id, route.destination, route.target));
            }
            for gateway in &main.propagating_gateways {
                findings.fault(format!("{} (main) takes on the routes that {gateway} propagates", main.id));
            }
            because = format!("{} routes within {} alone", main.id, view.vpc.id);
        }
    }
    findings.conclude(because)
}

//! The tiers reach each other as asked.

use ipnet::IpNet;

use super::super::evaluation::{Connections, End, Peer, SubnetView, View, group, passes_list};
use super::super::expectation::Tier;
use super::super::findings::Findings;
use super::super::ports::{EPHEMERAL, SSH, SSH_CLIENT};
use super::super::{Check, CheckName};
use ringfence_observed::{Direction, PortRange, Protocol, Source};

/// Every training host reaches every other on every port and protocol, and the training group refers to itself in both
/// directions: Elastic Fabric Adapter fails without either, whatever blocks are allowed.
///
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-start.html>
pub(crate) fn training_reaches_training(view: &View<'_>) -> Check {
    let mut findings = Findings::of(CheckName::TrainingReachesTraining);
    let training = &view.expectation.training;
    let group = training.security_group.as_str();
    let everything = view.space.traffic.everything();
    for (direction, way) in [(Direction::Ingress, "from"), (Direction::Egress, "to")] {
        let to_itself = view.rules(&[group]).any(|rule| {
            let itself = matches!(&rule.source, Source::Group(other) if other == group);
            itself && rule.direction == direction && rule.protocol == Protocol::All
        });
        if !to_itself {
            findings.fault(format!("{group} has no rule for all traffic {way} itself"));
        }
    }
    let places = view.tier(training);
    let hosts = hosts(&places, "training", &mut findings);
    let connections = Connections {
        from: &hosts,
        from_groups: &[group],
        to: &hosts,
        to_groups: &[group],
        traffic: &everything,
        replies: &everything,
    };
    connections.verify(view, &mut findings);
    findings.conclude(format!("{} training subnets admit each other under {group} on every port", places.len()))
}

/// Training hosts reach the services tier on each of `services_ports`, and replies come back.
pub(crate) fn training_reaches_services(view: &View<'_>) -> Check {
    let mut findings = Findings::of(CheckName::TrainingReachesServices);
    let Tier { security_group: training, .. } = &view.expectation.training;
    let Tier { security_group: services, .. } = &view.expectation.services;
    let (clients, servers) = (view.tier(&view.expectation.training), view.tier(&view.expectation.services));
    let clients = hosts(&clients, "training", &mut findings);
    let servers = hosts(&servers, "services", &mut findings);
    let replies = view.space.traffic.matching(Protocol::Tcp, EPHEMERAL);
    let ports = &view.expectation.services_ports;
    for port in ports {
        let connections = Connections {
            from: &clients,
            from_groups: &[training],
            to: &servers,
            to_groups: &[services],
            traffic: &view.space.traffic.matching(Protocol::Tcp, PortRange::one(*port)),
            replies: &replies,
        };
        connections.verify(view, &mut findings);
    }
    let ports: Vec<_> = ports.iter().map(u16::to_string).collect();
    findings.conclude(format!("{training} reaches {services} on TCP {}, and replies come back", ports.join(", ")))
}

/// Every block of `ssh_from` reaches port 22 of the training subnets as far as their ACLs and group are concerned, and
/// replies find their way; so does the EC2 Instance Connect Endpoint that was asked for. Whether an attachment leads
/// there yet is the matter of those who attach it.
pub(crate) fn ssh_as_asked(view: &View<'_>) -> Check {
    let mut findings = Findings::of(CheckName::SshAsAsked);
    let training = view.expectation.training.security_group.as_str();
    let places = view.tier(&view.expectation.training);
    let ssh = view.space.traffic.matching(Protocol::Tcp, SSH);
    let replies = view.space.traffic.matching(Protocol::Tcp, SSH_CLIENT);
    let admitted = group::admitted(view, view.rules(&[training]), Direction::Ingress, Peer::Carrying(&[]));
    for block in &view.expectation.ssh_from {
        let (cells, label) = (view.space.addresses.within(*block), block.to_string());
        if admitted.first_missing(cells.clone(), &ssh).is_some() {
            findings.fault(format!("{training} admits no SSH from {block}"));
        }
        for place in places.iter().filter(|place| !same_subnet(place, *block)) {
            passes_list(view, place, Direction::Ingress, cells.clone(), &label, &ssh, &mut findings);
            passes_list(view, place, Direction::Egress, cells.clone(), &label, &replies, &mut findings);
        }
    }
    if let Some(endpoint) = &view.expectation.instance_connect_group {
        let services = view.tier(&view.expectation.services);
        let connections = Connections {
            from: &hosts(&services, "services", &mut findings),
            from_groups: &[endpoint],
            to: &hosts(&places, "training", &mut findings),
            to_groups: &[training],
            traffic: &ssh,
            replies: &view.space.traffic.matching(Protocol::Tcp, EPHEMERAL),
        };
        connections.verify(view, &mut findings);
    }
    let from: Vec<_> = view.expectation.ssh_from.iter().map(IpNet::to_string).collect();
    let from = from.into_iter().chain(view.expectation.instance_connect_group.clone()).collect::<Vec<_>>();
    findings.conclude(if from.is_empty() {
        "no SSH was asked for".to_owned()
    } else {
        format!("{training} and the ACLs admit SSH from {}, and its replies", from.join(", "))
    })
}

/// Whether a block lies within the place's own subnet, whose border it then does not pass.
fn same_subnet(place: &SubnetView<'_>, block: IpNet) -> bool {
    IpNet::V4(place.subnet.cidr).contains(&block)
}

/// Any host of the places; that there are none is a fault of its own.
pub(super) fn hosts<'v, 'a>(places: &[&'v SubnetView<'a>], tier: &str, findings: &mut Findings) -> Vec<End<'v, 'a>> {
    if places.is_empty() {
        findings.fault(format!("no {tier} subnet is reported"));
    }
    places.iter().map(|place| End::anywhere_in(place)).collect()
}

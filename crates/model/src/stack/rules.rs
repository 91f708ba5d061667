//! The rules of each security group.

use ipnet::IpNet;

use super::{ENDPOINTS_SECURITY_GROUP, INSTANCE_CONNECT_SECURITY_GROUP, Stack, Tier};
use crate::spec::SshSource;
use ringfence_observed::{Direction, PortRange, Protocol};

/// The other end of a rule that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peer {
    /// A block of addresses.
    Cidr(IpNet),
    /// Another of the environment's groups, by its name within the environment.
    Group(String),
    /// A prefix list, by its ID.
    PrefixList(String),
    /// The prefix list of a service that is reached through a gateway endpoint.
    GatewayService(String),
}

/// A rule that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedRule {
    /// Which way.
    pub direction: Direction,
    /// Of which protocol.
    pub protocol: Protocol,
    /// The destination ports.
    pub ports: PortRange,
    /// The other end.
    pub peer: Peer,
    /// What it is for, as the console shows it.
    pub description: &'static str,
}

/// A group that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedGroup {
    /// Its name within the environment.
    pub name: String,
    /// Its description, which AWS never lets anybody change.
    pub description: &'static str,
    /// Its rules.
    pub rules: Vec<WantedRule>,
}

/// The groups of an environment.
#[must_use]
pub fn groups(stack: &Stack) -> Vec<WantedGroup> {
    let mut groups = vec![training(stack), services(stack), endpoints()];
    if stack.spec.access.instance_connect {
        groups.push(instance_connect());
    }
    groups
}

const SSH: PortRange = PortRange::one(22);
const HTTPS: PortRange = PortRange::one(443);

fn training(stack: &Stack) -> WantedGroup {
    let itself = Peer::Group(Tier::Training.security_group());
    let all = |direction, description| WantedRule {
        direction,
        protocol: Protocol::All,
        ports: PortRange::ALL,
        peer: itself.clone(),
        description,
    };
    // EFA works only when a group admits all traffic from itself and to itself; 0.0.0.0/0 does not replace either
    // (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-start.html).
    let mut rules = vec![
        all(Direction::Ingress, "All traffic from other training hosts (EFA)"),
        all(Direction::Egress, "All traffic to other training hosts (EFA)"),
    ];
    for source in &stack.spec.access.ssh_from {
        let peer = match source {
            SshSource::Cidr(block) => Peer::Cidr(IpNet::V4(*block)),
            SshSource::PrefixList(id) => Peer::PrefixList(id.to_string()),
        };
        rules.push(tcp(Direction::Ingress, SSH, peer, "SSH from access.ssh_from"));
    }
    if stack.spec.access.instance_connect {
        let peer = Peer::Group(INSTANCE_CONNECT_SECURITY_GROUP.to_owned());
        rules.push(tcp(Direction::Ingress, SSH, peer, "SSH by EC2 Instance Connect"));
    }
    for port in &stack.spec.access.services_ports {
        let peer = Peer::Group(Tier::Services.security_group());
        rules.push(tcp(Direction::Egress, PortRange::one(*port), peer, "The services tier"));
    }
    rules.extend(to_endpoints(stack));
    WantedGroup { name: Tier::Training.security_group(), description: "Ringfence: hosts that train", rules }
}

fn services(stack: &Stack) -> WantedGroup {
    let from = Peer::Group(Tier::Training.security_group());
    let ports = stack.spec.access.services_ports.iter();
    let mut rules: Vec<WantedRule> =
        ports.map(|port| tcp(Direction::Ingress, PortRange::one(*port), from.clone(), "Hosts that train")).collect();
    rules.extend(to_endpoints(stack));
    let description = "Ringfence: services that training hosts use";
    WantedGroup { name: Tier::Services.security_group(), description, rules }
}

fn endpoints() -> WantedGroup {
    let rules = [(Tier::Training, "Hosts that train"), (Tier::Services, "Services that training hosts use")];
    let rules = rules
        .map(|(tier, description)| tcp(Direction::Ingress, HTTPS, Peer::Group(tier.security_group()), description));
    WantedGroup {
        name: ENDPOINTS_SECURITY_GROUP.to_owned(),
        description: "Ringfence: interface endpoints of AWS services",
        rules: rules.into(),
    }
}

/// The endpoint needs no rule in: who may connect through it is a matter of IAM
/// (<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/eice-security-groups.html>).
fn instance_connect() -> WantedGroup {
    let training = Peer::Group(Tier::Training.security_group());
    WantedGroup {
        name: INSTANCE_CONNECT_SECURITY_GROUP.to_owned(),
        description: "Ringfence: the EC2 Instance Connect Endpoint",
        rules: vec![tcp(Direction::Egress, SSH, training, "SSH to hosts that train")],
    }
}

/// Out to the endpoints: interface endpoints by their group, gateway endpoints by their prefix lists.
fn to_endpoints(stack: &Stack) -> impl Iterator<Item = WantedRule> {
    let interface = Peer::Group(ENDPOINTS_SECURITY_GROUP.to_owned());
    let interface = tcp(Direction::Egress, HTTPS, interface, "AWS services by interface endpoints");
    let gateway = stack.gateway_services().map(|service| {
        let peer = Peer::GatewayService(service.to_owned());
        tcp(Direction::Egress, HTTPS, peer, "An AWS service by its gateway endpoint")
    });
    std::iter::once(interface).chain(gateway)
}

const fn tcp(direction: Direction, ports: PortRange, peer: Peer, description: &'static str) -> WantedRule {
    WantedRule { direction, protocol: Protocol::Tcp, ports, peer, description }
}

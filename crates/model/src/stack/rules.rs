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

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;
    use crate::{spec::Spec, stack::some_stack};

    const LIST: &str = "pl-0123456789abcdef0";
    const EFA_IN: &str = "in All 0-65535 group training-security-group";
    const EFA_OUT: &str = "out All 0-65535 group training-security-group";
    const TO_ENDPOINTS: &str = "out Tcp 443-443 group endpoints-security-group";
    const TO_S3: &str = "out Tcp 443-443 service s3";
    const TO_SERVICES: &str = "out Tcp 443-443 group services-security-group";
    const FROM_TRAINING: &str = "in Tcp 443-443 group training-security-group";

    /// A rule in one line: which way, the protocol with its ports, the other end.
    fn line(rule: &WantedRule) -> String {
        let way = if rule.direction == Direction::Ingress { "in" } else { "out" };
        let peer = match &rule.peer {
            Peer::Cidr(block) => format!("block {block}"),
            Peer::Group(name) => format!("group {name}"),
            Peer::PrefixList(id) => format!("list {id}"),
            Peer::GatewayService(service) => format!("service {service}"),
        };
        format!("{way} {:?} {}-{} {peer}", rule.protocol, rule.ports.from, rule.ports.to)
    }

    fn wanted(spec: &Value) -> Vec<WantedGroup> {
        groups(&Stack { spec: Spec::decode(spec).unwrap(), ..some_stack("10.42.0.0/16") })
    }

    /// The rules of the group of this name; none where there is no such group.
    fn rules(spec: &Value, name: &str) -> Option<Vec<String>> {
        let group = wanted(spec).into_iter().find(|group| group.name == name)?;
        Some(group.rules.iter().map(line).collect())
    }

    #[rstest]
    #[case::by_default(json!({}), &[EFA_IN, EFA_OUT, TO_SERVICES, TO_ENDPOINTS, TO_S3])]
    #[case::no_endpoints(
        json!({"egress": {"endpoints": []}}), &[EFA_IN, EFA_OUT, TO_SERVICES, TO_ENDPOINTS]
    )]
    #[case::interface_endpoints_share_a_group(
        json!({"egress": {"endpoints": ["ecr.api", "logs"]}}), &[EFA_IN, EFA_OUT, TO_SERVICES, TO_ENDPOINTS]
    )]
    #[case::each_gateway_endpoint_has_its_list(
        json!({"egress": {"endpoints": ["dynamodb", "logs", "s3"]}}),
        &[EFA_IN, EFA_OUT, TO_SERVICES, TO_ENDPOINTS, "out Tcp 443-443 service dynamodb", TO_S3]
    )]
    #[case::ssh_from_a_block_and_a_list(
        json!({"access": {"ssh_from": ["192.0.2.0/24", LIST]}}),
        &[
            EFA_IN,
            EFA_OUT,
            "in Tcp 22-22 block 192.0.2.0/24",
            "in Tcp 22-22 list pl-0123456789abcdef0",
            TO_SERVICES,
            TO_ENDPOINTS,
            TO_S3,
        ]
    )]
    #[case::ssh_by_instance_connect(
        json!({"access": {"instance_connect": true}}),
        &[
            EFA_IN,
            EFA_OUT,
            "in Tcp 22-22 group instance-connect-security-group",
            TO_SERVICES,
            TO_ENDPOINTS,
            TO_S3,
        ]
    )]
    #[case::other_ports_instead_of_443(
        json!({"access": {"services_ports": [80, 6379]}}),
        &[
            EFA_IN,
            EFA_OUT,
            "out Tcp 80-80 group services-security-group",
            "out Tcp 6379-6379 group services-security-group",
            TO_ENDPOINTS,
            TO_S3,
        ]
    )]
    fn what_hosts_that_train_reach_and_are_reached_by(#[case] spec: Value, #[case] expected: &[&str]) {
        assert_eq!(rules(&spec, "training-security-group").unwrap(), expected);
    }

    #[rstest]
    #[case::by_default(json!({}), &[FROM_TRAINING, TO_ENDPOINTS, TO_S3])]
    #[case::other_ports(
        json!({"access": {"services_ports": [80, 6379]}}),
        &[
            "in Tcp 80-80 group training-security-group",
            "in Tcp 6379-6379 group training-security-group",
            TO_ENDPOINTS,
            TO_S3,
        ]
    )]
    #[case::ssh_is_not_for_them(
        json!({"access": {"ssh_from": ["192.0.2.0/24"], "instance_connect": true}}),
        &[FROM_TRAINING, TO_ENDPOINTS, TO_S3]
    )]
    fn what_services_reach_and_are_reached_by(#[case] spec: Value, #[case] expected: &[&str]) {
        assert_eq!(rules(&spec, "services-security-group").unwrap(), expected);
    }

    #[rstest]
    #[case::by_default(json!({}))]
    #[case::with_everything(
        json!({"access": {"ssh_from": ["192.0.2.0/24"], "instance_connect": true, "services_ports": [80]}})
    )]
    fn endpoints_answer_both_tiers_and_begin_nothing(#[case] spec: Value) {
        let expected = [FROM_TRAINING, "in Tcp 443-443 group services-security-group"];
        assert_eq!(rules(&spec, ENDPOINTS_SECURITY_GROUP).unwrap(), expected);
    }

    #[rstest]
    #[case::not_asked_for(json!({}), None)]
    #[case::asked_for(
        json!({"access": {"instance_connect": true}}), Some(&["out Tcp 22-22 group training-security-group"][..])
    )]
    fn the_group_of_instance_connect_is_there_when_asked_for(#[case] spec: Value, #[case] expected: Option<&[&str]>) {
        let rules = rules(&spec, INSTANCE_CONNECT_SECURITY_GROUP);
        assert_eq!(
            rules.as_deref(),
            expected.map(|lines| lines.iter().map(ToString::to_string).collect::<Vec<_>>()).as_deref()
        );
    }

    #[test]
    fn whatever_one_group_sends_to_another_that_one_lets_in() {
        let spec = json!({"access": {"instance_connect": true, "services_ports": [80, 443]}});
        let groups = wanted(&spec);
        for group in &groups {
            for rule in group.rules.iter().filter(|rule| rule.direction == Direction::Egress) {
                let Peer::Group(other) = &rule.peer else { continue };
                let other = groups.iter().find(|group| group.name == *other).unwrap();
                let answers = |back: &&WantedRule| {
                    back.direction == Direction::Ingress
                        && (back.protocol, back.ports) == (rule.protocol, rule.ports)
                        && back.peer == Peer::Group(group.name.clone())
                };
                assert!(other.rules.iter().any(|back| answers(&back)), "{}: {}", group.name, line(rule));
            }
        }
    }
}

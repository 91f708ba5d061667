//! A whole healthy environment in plain data: two zones, both tiers, S3 by a gateway endpoint, two interface endpoints,
//! SSH from one block, flow logs and both roles.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::{Check, CheckName, Expectation, Isolation, RoleExpectation, Tier, prove};
use super::builders::{
    acl, allow, block, deny, from_block, from_group, from_list, group, interface, route, rule, subnet, table, tcp,
    texts, vpc,
};
use super::documents::{ACCOUNT, bound, document, images, layers, packages, training_policy, training_trust};
use ringfence_observed::{
    AclEntry, Direction, FlowLog, Gateway, GatewayKind, InstanceProfile, LogGroup, NetworkAcl, NetworkInterface,
    Observed, PortRange, PrefixList, Protocol, Role, RouteTable, SecurityGroup, SecurityGroupRule, Source, Subnet,
    Tags, Vpc, VpcEndpoint, VpcEndpointType,
};

pub(super) const S3: &str = "com.amazonaws.us-east-1.s3";
pub(super) const ECR: &str = "com.amazonaws.us-east-1.ecr.api";
pub(super) const LOGS: &str = "com.amazonaws.us-east-1.logs";
pub(super) const OFFICE: &str = "192.168.10.0/24";
pub(super) const TRAINING_ROLE: &str = "fraud-v3-us-east-1-training";
pub(super) const FLOW_LOG_ROLE: &str = "fraud-v3-us-east-1-flow-logs";
const LOG_GROUP: &str = "/ringfence/fraud-v3/flow-logs";

/// What AWS reports, and what it is measured against.
#[derive(Clone, Debug)]
pub(super) struct Environment {
    pub(super) observed: Observed,
    pub(super) expectation: Expectation,
}

impl Environment {
    pub(super) fn healthy() -> Self {
        Self { observed: observed(), expectation: expectation() }
    }

    /// Healthy as well: a transit gateway that the spec names carries SSH from the office.
    pub(super) fn attached() -> Self {
        let mut environment = Self::healthy();
        environment.expectation.attachments = vec!["tgw-1".to_owned()];
        environment.attach(GatewayKind::TransitAttachment, "tgw-attach-1", "tgw-1");
        environment.route("rtb-training", OFFICE, "tgw-1");
        environment.interface("eni-transit", "subnet-training-a", "10.0.0.9", &[]).interface_type =
            "transit_gateway".to_owned();
        environment
    }

    pub(super) fn prove(&self) -> Isolation {
        prove(&self.observed, &self.expectation)
    }

    pub(super) fn check(&self, name: CheckName) -> Check {
        let check = self.prove().checks.into_iter().find(|check| check.check == name);
        check.unwrap_or_else(|| unreachable!("{name} was not made"))
    }

    pub(super) fn vpc(&mut self) -> &mut Vpc {
        self.observed.vpc.get_or_insert_with(|| unreachable!("the fixture has a VPC"))
    }

    pub(super) fn subnet(&mut self, id: &str) -> &mut Subnet {
        named(&mut self.observed.subnets, |subnet| subnet.id == id)
    }

    pub(super) fn table(&mut self, id: &str) -> &mut RouteTable {
        named(&mut self.observed.route_tables, |table| table.id == id)
    }

    pub(super) fn acl(&mut self, id: &str) -> &mut NetworkAcl {
        named(&mut self.observed.network_acls, |acl| acl.id == id)
    }

    pub(super) fn group(&mut self, id: &str) -> &mut SecurityGroup {
        named(&mut self.observed.security_groups, |group| group.id == id)
    }

    pub(super) fn endpoint(&mut self, id: &str) -> &mut VpcEndpoint {
        named(&mut self.observed.endpoints, |endpoint| endpoint.id == id)
    }

    pub(super) fn role(&mut self, name: &str) -> &mut Role {
        named(&mut self.observed.roles, |role| role.name == name)
    }

    pub(super) fn route(&mut self, table: &str, destination: &str, target: &str) {
        self.table(table).routes.push(route(destination, target));
    }

    pub(super) fn attach(&mut self, kind: GatewayKind, id: &str, route_target: &str) -> &mut Gateway {
        self.observed.gateways.push(Gateway {
            id: id.to_owned(),
            kind,
            route_target: route_target.to_owned(),
            state: "available".to_owned(),
            requester: None,
        });
        named(&mut self.observed.gateways, |gateway| gateway.id == id)
    }

    /// A group that somebody else made in the VPC.
    pub(super) fn foreign_group(&mut self, id: &str, rules: Vec<SecurityGroupRule>) {
        self.observed.security_groups.push(group(id, id, rules));
    }

    pub(super) fn interface(
        &mut self,
        id: &str,
        subnet: &str,
        address: &str,
        groups: &[&str],
    ) -> &mut NetworkInterface {
        self.observed.interfaces.push(interface(id, subnet, address, groups));
        named(&mut self.observed.interfaces, |interface| interface.id == id)
    }

    /// An interface of a type other than a host's.
    pub(super) fn bridge(&mut self, id: &str, interface_type: &str) {
        let bridge = self.interface(id, "subnet-services-a", "10.0.192.99", &["sg-services"]);
        bridge.interface_type = interface_type.to_owned();
    }

    /// An entry of an ACL in front of all others that denies a TCP port.
    pub(super) fn deny(&mut self, acl: &str, direction: Direction, port: u16, cidr: &str) {
        self.acl(acl).entries.push(deny(50, direction, Protocol::Tcp, PortRange::one(port), cidr));
    }

    /// Replaces the inline policy of the training role.
    pub(super) fn permit(&mut self, statements: Value) {
        let policy = document(statements);
        self.role(TRAINING_ROLE).inline_policies.insert("training".to_owned(), policy);
    }
}

fn named<T>(all: &mut [T], is: impl Fn(&T) -> bool) -> &mut T {
    match all.iter_mut().find(|one| is(one)) {
        Some(found) => found,
        None => unreachable!("the fixture has no such resource"),
    }
}

fn observed() -> Observed {
    let (training, services) = (["subnet-training-a", "subnet-training-b"], ["subnet-services-a", "subnet-services-b"]);
    let routes = || vec![route("10.0.0.0/16", "local"), route("pl-s3", "vpce-s3")];
    Observed {
        vpc: Some(vpc("10.0.0.0/16")),
        subnets: vec![
            subnet(training[0], "10.0.0.0/18"),
            subnet(training[1], "10.0.64.0/18"),
            subnet(services[0], "10.0.192.0/20"),
            subnet(services[1], "10.0.208.0/20"),
        ],
        route_tables: vec![
            RouteTable { main: true, ..table("rtb-main", &[], vec![route("10.0.0.0/16", "local")]) },
            table("rtb-training", &training, routes()),
            table("rtb-services", &services, routes()),
        ],
        network_acls: vec![
            NetworkAcl { default: true, ..acl("acl-default", &[], Vec::new()) },
            acl("acl-training", &training, [inside(), ssh(), to_gateway_endpoints()].concat()),
            acl("acl-services", &services, [inside(), to_gateway_endpoints()].concat()),
        ],
        security_groups: groups(),
        endpoints: endpoints(&services),
        interfaces: vec![
            interface("eni-host", training[0], "10.0.0.10", &["sg-training"]),
            interface("eni-ecr-a", services[0], "10.0.192.10", &["sg-endpoints"]),
            interface("eni-ecr-b", services[1], "10.0.208.10", &["sg-endpoints"]),
            interface("eni-logs-a", services[0], "10.0.192.11", &["sg-endpoints"]),
            interface("eni-logs-b", services[1], "10.0.208.11", &["sg-endpoints"]),
        ],
        prefix_lists: vec![PrefixList {
            id: "pl-s3".to_owned(),
            name: S3.to_owned(),
            entries: vec![block("52.216.0.0/15"), block("3.5.0.0/19")],
        }],
        flow_logs: vec![FlowLog {
            id: "fl-1".to_owned(),
            resource: "vpc-1".to_owned(),
            traffic_type: "ALL".to_owned(),
            log_group: LOG_GROUP.to_owned(),
            role_arn: format!("arn:aws:iam::{ACCOUNT}:role/ringfence/us-east-1/{FLOW_LOG_ROLE}"),
            aggregation_interval: 60,
            active: true,
            undelivered: None,
            tags: Tags::new(),
        }],
        log_groups: vec![LogGroup {
            name: LOG_GROUP.to_owned(),
            arn: format!("arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{LOG_GROUP}"),
            retention_days: Some(365),
            kms_key: None,
            tags: None,
        }],
        roles: vec![role(TRAINING_ROLE, training_trust(), training_policy()), flow_log_role()],
        instance_profiles: vec![InstanceProfile {
            name: TRAINING_ROLE.to_owned(),
            path: "/ringfence/us-east-1/".to_owned(),
            arn: format!("arn:aws:iam::{ACCOUNT}:instance-profile/ringfence/us-east-1/{TRAINING_ROLE}"),
            roles: vec![TRAINING_ROLE.to_owned()],
            tags: None,
        }],
        ..Observed::default()
    }
}

fn inside() -> Vec<AclEntry> {
    [Direction::Ingress, Direction::Egress]
        .map(|direction| allow(100, direction, Protocol::All, PortRange::ALL, "10.0.0.0/16"))
        .to_vec()
}

fn ssh() -> Vec<AclEntry> {
    let replies = PortRange { from: 1024, to: 65_535 };
    vec![
        allow(200, Direction::Ingress, Protocol::Tcp, PortRange::one(22), OFFICE),
        allow(200, Direction::Egress, Protocol::Tcp, replies, OFFICE),
    ]
}

fn to_gateway_endpoints() -> Vec<AclEntry> {
    let replies = PortRange { from: 32_768, to: 60_999 };
    vec![
        allow(300, Direction::Ingress, Protocol::Tcp, replies, "0.0.0.0/0"),
        allow(300, Direction::Egress, Protocol::Tcp, PortRange::one(443), "0.0.0.0/0"),
    ]
}

fn groups() -> Vec<SecurityGroup> {
    let (ingress, egress) = (Direction::Ingress, Direction::Egress);
    let itself = |direction| rule(direction, Protocol::All, PortRange::ALL, Source::Group("sg-training".to_owned()));
    let out = || vec![tcp(egress, 443, from_group("sg-endpoints")), tcp(egress, 443, from_list("pl-s3"))];
    let mut training = vec![itself(ingress), itself(egress), tcp(ingress, 22, from_block(OFFICE))];
    training.push(tcp(egress, 8080, from_group("sg-services")));
    training.extend(out());
    let mut services = vec![tcp(ingress, 8080, from_group("sg-training"))];
    services.extend(out());
    let endpoints = ["sg-training", "sg-services"].map(|peer| tcp(ingress, 443, from_group(peer)));
    vec![
        group("sg-default", "default", Vec::new()),
        group("sg-training", "fraud-v3-training", training),
        group("sg-services", "fraud-v3-services", services),
        group("sg-endpoints", "fraud-v3-endpoints", endpoints.to_vec()),
    ]
}

fn endpoints(services: &[&str]) -> Vec<VpcEndpoint> {
    let interface = |id: &str, service: &str, interfaces: &[&str], policy: String| VpcEndpoint {
        id: id.to_owned(),
        service_name: service.to_owned(),
        endpoint_type: VpcEndpointType::Interface,
        state: "available".to_owned(),
        last_error: None,
        policy,
        route_tables: Vec::new(),
        subnets: texts(services),
        security_groups: vec!["sg-endpoints".to_owned()],
        interfaces: texts(interfaces),
        private_dns: true,
        tags: Tags::new(),
    };
    vec![
        VpcEndpoint {
            endpoint_type: VpcEndpointType::Gateway,
            route_tables: texts(&["rtb-training", "rtb-services"]),
            subnets: Vec::new(),
            security_groups: Vec::new(),
            private_dns: false,
            ..interface("vpce-s3", S3, &[], document(json!([bound(), layers(), packages()])))
        },
        interface("vpce-ecr", ECR, &["eni-ecr-a", "eni-ecr-b"], document(json!([bound(), images()]))),
        interface("vpce-logs", LOGS, &["eni-logs-a", "eni-logs-b"], document(json!([bound()]))),
    ]
}

fn role(name: &str, trust: Value, policy: Value) -> Role {
    Role {
        name: name.to_owned(),
        path: "/ringfence/us-east-1/".to_owned(),
        arn: format!("arn:aws:iam::{ACCOUNT}:role/ringfence/us-east-1/{name}"),
        trust_policy: document(trust),
        inline_policies: BTreeMap::from([("training".to_owned(), document(policy))]),
        attached_policies: Vec::new(),
        permissions_boundary: Some(format!("arn:aws:iam::{ACCOUNT}:policy/boundary")),
        tags: Tags::new(),
    }
}

fn flow_log_role() -> Role {
    let trust = json!({
        "Effect": "Allow", "Principal": {"Service": "vpc-flow-logs.amazonaws.com"}, "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": ACCOUNT},
            "ArnLike": {"aws:SourceArn": format!("arn:aws:ec2:us-east-1:{ACCOUNT}:vpc-flow-log/*")},
        },
    });
    let policy = json!({
        "Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": format!("arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{LOG_GROUP}:*"),
    });
    role(FLOW_LOG_ROLE, trust, policy)
}

fn expectation() -> Expectation {
    let tier = |subnets: &[&str], group: &str| Tier { subnets: texts(subnets), security_group: group.to_owned() };
    Expectation {
        partition: "aws".to_owned(),
        region: "us-east-1".to_owned(),
        account: ACCOUNT.to_owned(),
        training: tier(&["subnet-training-a", "subnet-training-b"], "sg-training"),
        services: tier(&["subnet-services-a", "subnet-services-b"], "sg-services"),
        ssh_from: vec![block(OFFICE)],
        services_ports: vec![8080],
        gateway_endpoints: vec![S3.to_owned()],
        interface_endpoints: texts(&[ECR, LOGS]),
        image_accounts: vec!["763104351884".to_owned()],
        s3_callers: vec!["s3.us-east-1.amazonaws.com".to_owned()],
        flow_log_group: Some(LOG_GROUP.to_owned()),
        flow_log_role: Some(format!("arn:aws:iam::{ACCOUNT}:role/ringfence/us-east-1/{FLOW_LOG_ROLE}")),
        roles: vec![
            RoleExpectation {
                name: TRAINING_ROLE.to_owned(),
                services: texts(&["ec2.amazonaws.com", "sagemaker.amazonaws.com"]),
                instance_profile: Some(TRAINING_ROLE.to_owned()),
                read: texts(&["arn:aws:s3:::datasets/fraud/"]),
                write: texts(&["arn:aws:s3:::models"]),
                kms_keys: texts(&["arn:aws:kms:us-east-1:210987654321:key/1"]),
            },
            RoleExpectation {
                name: FLOW_LOG_ROLE.to_owned(),
                services: texts(&["vpc-flow-logs.amazonaws.com"]),
                ..RoleExpectation::default()
            },
        ],
        permissions_boundary: Some(format!("arn:aws:iam::{ACCOUNT}:policy/boundary")),
        ..Expectation::default()
    }
}

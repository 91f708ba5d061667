//! An environment as AWS reports it once it stands whole: for tests of what is made of a look. A change to one thing in it
//! is one thing that differs.

use ringfence_model::stack::{
    self, ENDPOINTS_SECURITY_GROUP, FLOW_LOG, FLOW_LOG_GROUP, Peer, Purpose, Stack, TRAINING_INSTANCE_PROFILE, Tier,
    VPC, VPC_DEFAULTS, WantedRule, is_gateway_service,
};
use ringfence_observed::{
    AclAssociation, FlowLog, IcmpTypeCode, InstanceProfile, LogGroup, NetworkAcl, NetworkInterface, Observed,
    Parameter, PrefixList, Role, Route, RouteTable, RouteTableAssociation, SecurityGroup, SecurityGroupRule, Source,
    Subnet, Tags, Vpc, VpcEndpoint, VpcEndpointType,
};

/// Everything that stands of an environment without options, with what it publishes. IDs are made of names:
/// `subnet-training-us-east-1a`, `sg-training-security-group`, `vpce-s3`.
pub(crate) fn whole(stack: &Stack) -> Observed {
    let vpc = Vpc {
        id: "vpc-1".to_owned(),
        cidr: stack.cidr,
        secondary_cidrs: Vec::new(),
        ipv6_cidrs: Vec::new(),
        dns_support: Some(true),
        dns_hostnames: Some(true),
        tags: stack.tags(VPC),
    };
    let subnets = stack.subnets().into_iter().map(|(tier, zone, cidr)| Subnet {
        id: subnet_id(tier, zone),
        zone: zone.to_owned(),
        cidr,
        ipv6_cidrs: Vec::new(),
        map_public_ip: false,
        assign_ipv6: false,
        tags: stack.tags(&tier.subnet(zone)),
    });
    let zones = || stack.zones.clone();
    let log_group = LogGroup {
        name: stack.flow_log_group(),
        arn: format!("arn:aws:logs:us-east-1:123456789012:log-group:{}", stack.flow_log_group()),
        retention_days: Some(stack.spec.flow_logs.retention_days.get()),
        kms_key: None,
        tags: Some(stack.tags(FLOW_LOG_GROUP)),
    };
    let flow_log = FlowLog {
        id: "fl-1".to_owned(),
        resource: vpc.id.clone(),
        traffic_type: "ALL".to_owned(),
        log_group: stack.flow_log_group(),
        role_arn: stack.flow_log_role_arn(),
        aggregation_interval: 60,
        active: true,
        undelivered: None,
        tags: stack.tags(FLOW_LOG),
    };
    let profile = InstanceProfile {
        name: stack.identity_name(Purpose::Training),
        path: stack.identity_path(),
        arn: stack.instance_profile_arn(Purpose::Training),
        roles: vec![stack.identity_name(Purpose::Training)],
        tags: Some(stack.tags(TRAINING_INSTANCE_PROFILE)),
    };
    let mut observed = Observed {
        roles: stack.purposes().map(|purpose| role(stack, purpose, &vpc.id)).collect(),
        vpc: Some(vpc),
        subnets: subnets.collect(),
        route_tables: route_tables(stack),
        network_acls: network_acls(stack),
        security_groups: security_groups(stack),
        endpoints: stack.endpoints().map(|(service, name)| endpoint(stack, service, &name)).collect(),
        interfaces: stack.interface_services().flat_map(|service| interfaces(stack, service)).collect(),
        prefix_lists: stack.gateway_services().map(|service| prefix_list(stack, service)).collect(),
        service_zones: stack.interface_services().map(|service| (stack.service_name(service), zones())).collect(),
        instance_profiles: vec![profile],
        log_groups: vec![log_group],
        flow_logs: vec![flow_log],
        ..Observed::default()
    };
    let exports = stack::exports(stack, &observed).unwrap_or_default();
    let parameters = exports.into_iter().map(|export| Parameter {
        name: export.parameter_name(stack),
        parameter_type: if export.list { "StringList" } else { "String" }.to_owned(),
        tags: Some(stack.tags(&export.name)),
        value: export.value,
    });
    observed.parameters = parameters.collect();
    observed
}

fn subnet_id(tier: Tier, zone: &str) -> String {
    format!("subnet-{}-{zone}", tier.as_str())
}

/// The IDs of a tier's subnets.
fn subnet_ids(stack: &Stack, tier: Tier) -> impl Iterator<Item = String> {
    stack.zones.iter().map(move |zone| subnet_id(tier, zone))
}

fn route_tables(stack: &Stack) -> Vec<RouteTable> {
    let route = |destination: String, target: String| Route { destination, target, active: true, propagated: false };
    let local = || route(stack.cidr.to_string(), "local".to_owned());
    let main = RouteTable {
        id: "rtb-main".to_owned(),
        main: true,
        routes: vec![local()],
        associations: Vec::new(),
        propagating_gateways: Vec::new(),
        tags: stack.tags(VPC_DEFAULTS),
    };
    let of_tiers = Tier::ALL.into_iter().map(|tier| {
        let gateways = stack.gateway_services();
        let gateways = gateways.map(|service| route(format!("pl-{service}"), format!("vpce-{service}")));
        let association = |subnet| RouteTableAssociation { id: format!("rtbassoc-{subnet}"), subnet };
        RouteTable {
            id: format!("rtb-{}", tier.as_str()),
            main: false,
            routes: std::iter::once(local()).chain(gateways).collect(),
            associations: subnet_ids(stack, tier).map(association).collect(),
            propagating_gateways: Vec::new(),
            tags: stack.tags(&tier.route_table()),
        }
    });
    std::iter::once(main).chain(of_tiers).collect()
}

fn network_acls(stack: &Stack) -> Vec<NetworkAcl> {
    let default = NetworkAcl {
        id: "acl-default".to_owned(),
        default: true,
        entries: Vec::new(),
        associations: Vec::new(),
        tags: stack.tags(VPC_DEFAULTS),
    };
    let of_tiers = Tier::ALL.into_iter().map(|tier| NetworkAcl {
        id: format!("acl-{}", tier.as_str()),
        default: false,
        entries: stack::acl_entries(stack, tier),
        associations: subnet_ids(stack, tier)
            .map(|subnet| AclAssociation { id: format!("aclassoc-{subnet}"), subnet })
            .collect(),
        tags: stack.tags(&tier.network_acl()),
    });
    std::iter::once(default).chain(of_tiers).collect()
}

fn security_groups(stack: &Stack) -> Vec<SecurityGroup> {
    let default = SecurityGroup {
        id: "sg-default".to_owned(),
        name: "default".to_owned(),
        description: String::new(),
        rules: Vec::new(),
        tags: stack.tags(VPC_DEFAULTS),
    };
    let wanted = stack::security_groups(stack).into_iter().map(|group| SecurityGroup {
        id: format!("sg-{}", group.name),
        name: stack.full_name(&group.name),
        description: group.description.to_owned(),
        rules: group.rules.iter().map(rule).collect(),
        tags: stack.tags(&group.name),
    });
    std::iter::once(default).chain(wanted).collect()
}

fn rule(wanted: &WantedRule) -> SecurityGroupRule {
    let source = match &wanted.peer {
        Peer::Cidr(block) => Source::Cidr(*block),
        Peer::Group(name) => Source::Group(format!("sg-{name}")),
        Peer::PrefixList(id) => Source::PrefixList(id.clone()),
        Peer::GatewayService(service) => Source::PrefixList(format!("pl-{service}")),
    };
    SecurityGroupRule {
        direction: wanted.direction,
        protocol: wanted.protocol,
        ports: wanted.ports,
        icmp: IcmpTypeCode::ALL,
        source,
        description: wanted.description.to_owned(),
    }
}

fn prefix_list(stack: &Stack, service: &str) -> PrefixList {
    let entries = ["52.216.0.0/15".parse().unwrap()].into();
    PrefixList { id: format!("pl-{service}"), name: stack.service_name(service), entries }
}

fn endpoint(stack: &Stack, service: &str, name: &str) -> VpcEndpoint {
    let is_gateway = is_gateway_service(service);
    let of_gateway = |ids: Vec<String>| if is_gateway { ids } else { Vec::new() };
    let of_interface = |ids: Vec<String>| if is_gateway { Vec::new() } else { ids };
    VpcEndpoint {
        id: format!("vpce-{service}"),
        service_name: stack.service_name(service),
        endpoint_type: if is_gateway { VpcEndpointType::Gateway } else { VpcEndpointType::Interface },
        state: "available".to_owned(),
        last_error: None,
        policy: stack::endpoint_policy(stack, service).map(|policy| policy.to_json()).unwrap_or_default(),
        route_tables: of_gateway(Tier::ALL.iter().map(|tier| format!("rtb-{}", tier.as_str())).collect()),
        subnets: of_interface(subnet_ids(stack, Tier::Services).collect()),
        security_groups: of_interface(vec![format!("sg-{ENDPOINTS_SECURITY_GROUP}")]),
        interfaces: of_interface(interfaces(stack, service).map(|interface| interface.id).collect()),
        private_dns: !is_gateway,
        tags: stack.tags(name),
    }
}

fn interfaces(stack: &Stack, service: &str) -> impl Iterator<Item = NetworkInterface> {
    stack.zones.iter().map(move |zone| NetworkInterface {
        id: format!("eni-{service}-{zone}"),
        subnet: subnet_id(Tier::Services, zone),
        security_groups: vec![format!("sg-{ENDPOINTS_SECURITY_GROUP}")],
        private_ip: None,
        public_ip: None,
        ipv6_addresses: Vec::new(),
        interface_type: "vpc_endpoint".to_owned(),
        description: format!("VPC Endpoint Interface vpce-{service}"),
        requester: "727180483921".to_owned(),
        requester_managed: true,
        instance: String::new(),
        status: "in-use".to_owned(),
        tags: Tags::new(),
    })
}

fn role(stack: &Stack, purpose: Purpose, vpc: &str) -> Role {
    let policy = stack::permissions(stack, purpose, vpc).to_json();
    Role {
        name: stack.identity_name(purpose),
        path: stack.identity_path(),
        arn: stack.role_arn(purpose),
        trust_policy: stack::trust_policy(stack, purpose).to_json(),
        inline_policies: [(purpose.policy_name().to_owned(), policy)].into(),
        attached_policies: Vec::new(),
        permissions_boundary: stack.prescribed.permissions_boundary.clone(),
        tags: stack.tags(purpose.role()),
    }
}

//! What the proof measures an environment against.

use ringfence_model::{
    policy,
    spec::GuardDuty,
    stack::{self, Purpose, Stack, StackOption, Tier},
};
use ringfence_observed::{NetworkInterface, Observed, SecurityGroup, VpcEndpoint};
use ringfence_proof::{Expectation, RoleExpectation, Tier as ProvedTier};

/// What the stack allows and wants, with the IDs of what stands.
pub(super) fn expectation(stack: &Stack, observed: &Observed) -> Expectation {
    let group = |name: &str| {
        let name = stack.full_name(name);
        observed.security_groups.iter().find(|group| group.name == name).map(|group| group.id.clone())
    };
    let tier = |tier: Tier| ProvedTier {
        subnets: stack
            .subnets()
            .into_iter()
            .filter(|(of, _, _)| *of == tier)
            .map(|(tier, zone, block)| {
                let found = observed.subnets.iter().find(|subnet| subnet.cidr == block);
                // One that is not there is missed under the name that it would have.
                found.map_or_else(|| stack.full_name(&tier.subnet(zone)), |subnet| subnet.id.clone())
            })
            .collect(),
        security_group: group(&tier.security_group()).unwrap_or_default(),
    };
    let scope = &stack.scope;
    let spec = &stack.spec;
    let full = |service: &str| stack.service_name(service);
    Expectation {
        partition: scope.partition.clone(),
        region: scope.region.clone(),
        account: scope.account.clone(),
        training: tier(Tier::Training),
        services: tier(Tier::Services),
        own_groups: own_groups(stack, observed),
        ssh_from: stack.ssh_from.as_slice().iter().map(|block| (*block).into()).collect(),
        attachments: spec.access.attachments.iter().map(ToString::to_string).collect(),
        services_ports: spec.access.services_ports.clone(),
        gateway_endpoints: stack.gateway_services().map(full).collect(),
        interface_endpoints: stack.interface_services().map(full).collect(),
        leaving_endpoints: leaving_endpoints(stack, observed).map(|endpoint| endpoint.id.clone()).collect(),
        leaving_interfaces: leaving_interfaces(stack, observed, group(stack::INSTANCE_CONNECT_SECURITY_GROUP).as_ref()),
        image_accounts: policy::deep_learning_containers(&scope.region).map(ToOwned::to_owned).into_iter().collect(),
        s3_callers: policy::s3_as_caller(&scope.partition, &scope.region),
        instance_connect_group: StackOption::InstanceConnect
            .is_asked(spec)
            .then(|| group(stack::INSTANCE_CONNECT_SECURITY_GROUP).unwrap_or_default()),
        flow_log_group: Some(stack.flow_log_group()),
        flow_log_role: Some(stack.flow_log_role_arn()),
        allowed_domains: stack::allowed_domains(stack, |service| {
            observed.service_names.get(service).map(Vec::as_slice).unwrap_or_default()
        }),
        guardduty: match spec.egress.guardduty {
            GuardDuty::Allow => stack::guardduty_services(&scope.region),
            GuardDuty::Refuse => Vec::new(),
        },
        roles: Purpose::ALL
            .into_iter()
            .filter(|purpose| stack.purposes().any(|one| one == *purpose) || is_left_over(stack, *purpose, observed))
            .map(|purpose| role(stack, purpose))
            .collect(),
        permissions_boundary: stack.prescribed.permissions_boundary.clone(),
    }
}

/// The endpoints of the environment whose services are no longer asked for, and that AWS has not taken away yet, which
/// takes it minutes. They were proved while they were asked for, and carry no more than they did.
pub(super) fn leaving_endpoints<'a>(stack: &Stack, observed: &'a Observed) -> impl Iterator<Item = &'a VpcEndpoint> {
    let asked: Vec<String> = stack.endpoints().map(|(service, _)| stack.service_name(service)).collect();
    let owner = stack.owner.clone();
    observed.endpoints.iter().filter(move |endpoint| {
        endpoint.is_deleting() && owner.owns(&endpoint.tags) && !asked.contains(&endpoint.service_name)
    })
}

/// The interfaces of the environment's EC2 Instance Connect Endpoint while AWS takes it away, which takes it minutes: they
/// were proved while it was asked for. Nobody says whether AWS goes on telling them of one that goes, so the group that
/// it alone is in tells them as well.
fn leaving_interfaces(stack: &Stack, observed: &Observed, group: Option<&String>) -> Vec<String> {
    let mut endpoints = observed.instance_connect_endpoints.iter();
    let endpoint =
        endpoints.find(|endpoint| endpoint.state == "delete-in-progress" && stack.owner.owns(&endpoint.tags));
    let Some(endpoint) = endpoint else { return Vec::new() };
    let is_its = |interface: &&NetworkInterface| {
        endpoint.interfaces.contains(&interface.id)
            || group.is_some_and(|group| interface.security_groups == std::slice::from_ref(group))
    };
    let interfaces = observed.interfaces.iter().filter(|one| one.interface_type == "ec2_instance_connect_endpoint");
    interfaces.filter(is_its).map(|interface| interface.id.clone()).collect()
}

/// Whether the environment still has the role for its flow logs that it had before all of them were given one role: it
/// goes once the flow log is delivered with that one, and is no stranger until then.
fn is_left_over(stack: &Stack, purpose: Purpose, observed: &Observed) -> bool {
    let name = stack.identity_name(purpose);
    observed.roles.iter().any(|role| role.name == name && stack.owner.owns(&role.tags))
}

/// The groups that are the environment's own: by their tags, and by their names, lest one be taken for somebody else's
/// because its tags are gone.
fn own_groups(stack: &Stack, observed: &Observed) -> Vec<String> {
    let names: Vec<String> = stack::security_groups(stack).iter().map(|group| stack.full_name(&group.name)).collect();
    let is_own = |group: &&SecurityGroup| stack.owner.owns(&group.tags) || names.contains(&group.name);
    observed.security_groups.iter().filter(is_own).map(|group| group.id.clone()).collect()
}

fn role(stack: &Stack, purpose: Purpose) -> RoleExpectation {
    let name = stack.identity_name(purpose);
    let training = &stack.spec.training;
    let texts = |values: &mut dyn Iterator<Item = String>| values.collect();
    match purpose {
        Purpose::Training => RoleExpectation {
            instance_profile: Some(name.clone()),
            name,
            services: texts(&mut stack::trusted_services(stack).into_iter()),
            read: texts(&mut training.read.iter().map(ToString::to_string)),
            write: texts(&mut training.write.iter().map(ToString::to_string)),
            kms_keys: texts(&mut training.kms_keys.iter().map(ToString::to_string)),
        },
        Purpose::FlowLogs => RoleExpectation {
            name,
            services: vec![policy::service_principal(&stack.scope.partition, "vpc-flow-logs")],
            ..RoleExpectation::default()
        },
    }
}

//! What is pending: made or removed, and AWS has not finished yet. Pure.

use super::proof::leaving_endpoints;
use crate::resources::{MOST_ENDPOINTS, crowded};
use ringfence_model::stack::{
    DNS_FIREWALL, INSTANCE_CONNECT_ENDPOINT, Purpose, Stack, StackOption, TRAINING_INSTANCE_PROFILE,
    TRAINING_PLACEMENT_GROUP, TRAINING_ROLE,
};
use ringfence_observed::Observed;

/// What is pending, by its name within the environment, each with how AWS says that it stands: an endpoint takes a
/// minute or so, and where a former one is still going the next cannot be made yet. Nor is it whole before what is no
/// longer asked for is gone.
pub(super) fn pending(observed: &Observed, stack: &Stack) -> Vec<String> {
    let told = |name: &str, id: &str, state: &str| format!("{name}: {id} is {state}");
    let pending = |name: &str| {
        let mut endpoints = observed.endpoints.iter();
        endpoints.find(|endpoint| endpoint.service_name == name && endpoint.state == "pending")
    };
    let endpoints = stack.endpoints().filter_map(|(service, name)| {
        let endpoint = pending(&stack.service_name(service))?;
        let said = endpoint.last_error.as_ref().map(|error| format!(" ({error})")).unwrap_or_default();
        Some(told(&name, &endpoint.id, &format!("{}{said}", endpoint.state)))
    });
    let mut pending: Vec<String> = endpoints.collect();
    let asked = |option: StackOption| option.is_asked(&stack.spec);
    let mut connect_endpoints = observed.instance_connect_endpoints.iter();
    let connect_endpoint = connect_endpoints
        .find(|connect_endpoint| stack.owner.owns(&connect_endpoint.tags) && connect_endpoint.is_changing());
    if let Some(connect_endpoint) = connect_endpoint {
        pending.push(told(INSTANCE_CONNECT_ENDPOINT, &connect_endpoint.id, &connect_endpoint.state));
    }
    let group = observed.placement_groups.iter().find(|group| group.state != "available");
    if let Some(group) = group.filter(|_| asked(StackOption::Cluster)) {
        pending.push(told(TRAINING_PLACEMENT_GROUP, &group.name, &group.state));
    }
    let mut associations = observed.firewall_associations.iter();
    let association = associations.find(|association| association.status != "COMPLETE");
    if let Some(association) = association.filter(|_| asked(StackOption::DnsFirewall)) {
        pending.push(told(DNS_FIREWALL, &association.id, &association.status));
    }
    pending.extend(successors(observed, stack));
    let leaving = leaving_endpoints(stack, observed);
    pending.extend(leaving.map(|endpoint| told(&endpoint.service_name, &endpoint.id, &endpoint.state)));
    pending.extend(without_room(observed, stack));
    pending.extend(named_otherwise(observed, stack));
    pending
}

/// The endpoints that cannot be made before AWS has taken away those in whose place they come: one service answers under
/// its names from one endpoint.
fn successors(observed: &Observed, stack: &Stack) -> Vec<String> {
    let waits = |service: &str, name: String| {
        let full = stack.service_name(service);
        let of_service = || observed.endpoints.iter().filter(|endpoint| endpoint.service_name == full);
        let stands = of_service().any(|endpoint| !endpoint.is_going() && stack.owner.owns(&endpoint.tags));
        let going = of_service().find(|endpoint| endpoint.is_deleting()).filter(|_| !stands)?;
        Some(format!("{name}: {} is {}", going.id, going.state))
    };
    stack.endpoints().filter_map(|(service, name)| waits(service, name)).collect()
}

/// The endpoints that there is no room for before AWS has taken others away.
fn without_room(observed: &Observed, stack: &Stack) -> Vec<String> {
    let crowded = crowded(stack, observed);
    let Some(going) = crowded.waits_for else { return Vec::new() };
    let waiting = stack.endpoints().filter(|(service, _)| crowded.services.contains(*service));
    let told = |name: String| format!("{name}: {going} is deleting, and a VPC has room for {MOST_ENDPOINTS} endpoints");
    waiting.map(|(_, name)| told(name)).collect()
}

/// The role and the instance profile that are published, while IAM gives other names than ours for them: for a moment,
/// the ARN of what was just made may be its unique ID (`AROA…`)
/// (<https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/iam/role.go>).
fn named_otherwise(observed: &Observed, stack: &Stack) -> Vec<String> {
    let name = stack.identity_name(Purpose::Training);
    let role = observed.roles.iter().find(|role| role.name == name).map(|role| &role.arn);
    let profile = observed.instance_profiles.iter().find(|profile| profile.name == name).map(|profile| &profile.arn);
    let parts = [
        (TRAINING_ROLE, role, stack.role_arn(Purpose::Training)),
        (TRAINING_INSTANCE_PROFILE, profile, stack.instance_profile_arn(Purpose::Training)),
    ];
    let other = |(resource, arn, wanted): (&str, Option<&String>, String)| {
        let arn = arn.filter(|arn| **arn != wanted)?;
        Some(format!("{resource}: IAM calls it {arn}, not yet {wanted}"))
    };
    parts.into_iter().filter_map(other).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use ringfence_model::stack::some_stack;
    use ringfence_observed::{InstanceConnectEndpoint, InstanceProfile, VpcEndpoint, VpcEndpointType};

    fn endpoint(stack: &Stack, id: &str, service: &str, state: &str) -> VpcEndpoint {
        VpcEndpoint {
            id: id.to_owned(),
            service_name: stack.service_name(service),
            endpoint_type: VpcEndpointType::Interface,
            state: state.to_owned(),
            last_error: None,
            policy: String::new(),
            route_tables: Vec::new(),
            subnets: Vec::new(),
            security_groups: Vec::new(),
            interfaces: Vec::new(),
            private_dns: true,
            tags: stack.owner.tags(),
        }
    }

    #[rstest]
    #[case::gone(&[], &[])]
    #[case::going(&[("vpce-1", "deleting")], &["endpoint-s3: vpce-1 is deleting"])]
    #[case::succeeded(&[("vpce-1", "deleting"), ("vpce-2", "available")], &[])]
    #[case::failed(&[("vpce-1", "failed")], &[])]
    fn the_next_endpoint_comes_once_the_last_is_gone(#[case] seen: &[(&str, &str)], #[case] told: &[&str]) {
        let stack = some_stack("10.42.0.0/16");
        let endpoints = seen.iter().map(|(id, state)| endpoint(&stack, id, "s3", state)).collect();
        let observed = Observed { endpoints, ..Observed::default() };
        assert_eq!(successors(&observed, &stack), told);
    }

    #[rstest]
    #[case::of_ours_that_is_no_longer_asked_for("sqs", "deleting", true, 1)]
    #[case::that_stands_yet("sqs", "available", true, 0)]
    #[case::of_somebody_else("sqs", "deleting", false, 0)]
    fn an_endpoint_that_goes_is_waited_for(
        #[case] service: &str,
        #[case] state: &str,
        #[case] is_ours: bool,
        #[case] told: usize,
    ) {
        let stack = some_stack("10.42.0.0/16");
        let mut going = endpoint(&stack, "vpce-1", service, state);
        if !is_ours {
            going.tags.clear();
        }
        let waited_for = pending(&Observed { endpoints: vec![going], ..Observed::default() }, &stack);
        assert_eq!(
            waited_for.iter().filter(|each| each.contains("vpce-1 is deleting")).count(),
            told,
            "{waited_for:?}"
        );
    }

    #[rstest]
    #[case::goes("delete-in-progress", 1)]
    #[case::stands("create-complete", 0)]
    fn so_is_an_instance_connect_endpoint_though_none_is_asked_for(#[case] state: &str, #[case] told: usize) {
        let stack = some_stack("10.42.0.0/16");
        let connect_endpoint = InstanceConnectEndpoint {
            id: "eice-1".to_owned(),
            state: state.to_owned(),
            subnet: "subnet-1".to_owned(),
            security_groups: Vec::new(),
            interfaces: Vec::new(),
            preserve_client_ip: false,
            tags: stack.owner.tags(),
        };
        let observed = Observed { instance_connect_endpoints: vec![connect_endpoint], ..Observed::default() };
        assert_eq!(pending(&observed, &stack).iter().filter(|each| each.contains("eice-1")).count(), told);
    }

    #[test]
    fn what_is_published_goes_by_the_name_that_we_gave() {
        let stack = some_stack("10.42.0.0/16");
        let profile = |arn: &str| InstanceProfile {
            name: stack.identity_name(Purpose::Training),
            path: stack.identity_path(),
            arn: arn.to_owned(),
            roles: Vec::new(),
            tags: None,
        };
        let with = |arn: &str| Observed { instance_profiles: vec![profile(arn)], ..Observed::default() };
        let right = stack.instance_profile_arn(Purpose::Training);
        assert_eq!(right, "arn:aws:iam::123456789012:instance-profile/ringfence/us-east-1/fraud-v3-us-east-1-training");
        assert!(pending(&with(&right), &stack).is_empty());
        for wrong in ["AIPAIFHZKB5PZEXAMPLE1", "arn:aws:iam::123456789012:instance-profile/fraud-v3-us-east-1-training"]
        {
            let [told] = &*pending(&with(wrong), &stack) else { panic!("{wrong} is taken for its ARN") };
            assert!(told.starts_with("training-instance-profile: ") && told.contains(wrong), "{told}");
        }
    }
}

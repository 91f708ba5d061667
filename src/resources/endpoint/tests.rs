use std::sync::Arc;

use rstest::rstest;

use super::{Endpoints, Manage, VpcEndpoint, VpcEndpointType};
use crate::resources::{MOST_ENDPOINTS, Refusal, crowded, plan_stack};
use ringfence_model::{
    plan::Operation,
    spec::Spec,
    stack::{Stack, some_stack},
};
use ringfence_observed::{Observed, Tags, Vpc};

const SERVICE: &str = "com.amazonaws.us-east-1.ecr.api";

fn stack() -> Stack {
    let spec = Spec::decode(&serde_json::json!({"egress": {"endpoints": ["ecr.api"]}})).unwrap();
    Stack { spec, ..some_stack("10.42.0.0/16") }
}

fn endpoint(state: &str, private_dns: bool, tags: Tags) -> VpcEndpoint {
    VpcEndpoint {
        id: "vpce-1".to_owned(),
        service_name: SERVICE.to_owned(),
        endpoint_type: VpcEndpointType::Interface,
        state: state.to_owned(),
        last_error: None,
        policy: String::new(),
        route_tables: Vec::new(),
        subnets: Vec::new(),
        security_groups: Vec::new(),
        interfaces: Vec::new(),
        private_dns,
        tags,
    }
}

/// An environment that has nothing but its VPC and one endpoint.
fn with(endpoint: VpcEndpoint) -> Observed {
    let stack = stack();
    let vpc = Vpc {
        id: "vpc-1".to_owned(),
        cidr: stack.cidr,
        secondary_cidrs: Vec::new(),
        ipv6_cidrs: Vec::new(),
        dns_support: Some(true),
        dns_hostnames: Some(true),
        tags: stack.tags("vpc"),
    };
    let zones = stack.zones.clone();
    Observed {
        vpc: Some(vpc),
        endpoints: vec![endpoint],
        service_zones: [(SERVICE.to_owned(), zones)].into(),
        ..Observed::default()
    }
}

/// What is done to endpoints: the operation, and how many of those steps it waits for.
fn steps(observed: &Observed) -> Result<Vec<(Option<Operation>, usize)>, Refusal> {
    let plan = plan_stack(&Arc::new(stack()), observed)?;
    let is_of_endpoints = |index: &usize| plan.steps()[*index].resource_type == Endpoints::TYPE;
    let steps = plan.steps().iter().filter(|step| step.resource_type == Endpoints::TYPE);
    Ok(steps.map(|step| (step.operation, step.needs.iter().filter(|need| is_of_endpoints(need)).count())).collect())
}

#[rstest]
#[case::failed("failed")]
#[case::rejected("rejected")]
#[case::expired("expired")]
fn what_never_came_up_goes_before_the_next_is_made(#[case] state: &str) {
    let seen = steps(&with(endpoint(state, true, stack().owner.tags()))).unwrap();
    assert_eq!(seen, [(Some(Operation::Delete), 0), (Some(Operation::Create), 1)]);
}

#[rstest]
#[case::ours(stack().owner.tags())]
#[case::somebody_elses(Tags::new())]
fn none_is_made_beside_one_that_is_going(#[case] tags: Tags) {
    assert_eq!(steps(&with(endpoint("deleting", false, tags))).unwrap(), []);
}

#[test]
fn somebody_elses_is_in_the_way_where_it_answers_under_the_names() {
    let refusal = steps(&with(endpoint("available", true, Tags::new()))).unwrap_err();
    assert!(matches!(&refusal, Refusal::Foreign { id, .. } if id == "vpce-1"), "{refusal}");
    for harmless in [endpoint("available", false, Tags::new()), endpoint("failed", true, Tags::new())] {
        assert_eq!(steps(&with(harmless)).unwrap(), [(Some(Operation::Create), 0)]);
    }
}

/// A VPC with this many endpoints that are not asked for, all in one state, and with these tags.
fn full(count: usize, state: &str, tags: &Tags) -> Observed {
    let other = |number: usize| VpcEndpoint {
        id: format!("vpce-{number}"),
        service_name: format!("com.amazonaws.us-east-1.other-{number}"),
        ..endpoint(state, true, tags.clone())
    };
    Observed { endpoints: (0..count).map(other).collect(), ..with(endpoint("available", true, Tags::new())) }
}

#[rstest]
#[case::with_room(MOST_ENDPOINTS - 1, 0)]
#[case::without(MOST_ENDPOINTS, 1)]
fn what_takes_up_the_room_goes_first(#[case] count: usize, #[case] waits_for: usize) {
    let seen = steps(&full(count, "available", &stack().owner.tags())).unwrap();
    assert_eq!(seen, [(Some(Operation::Delete), 0), (Some(Operation::Create), waits_for)]);
}

#[rstest]
#[case::ours(stack().owner.tags())]
#[case::somebody_elses(Tags::new())]
fn what_takes_up_the_room_and_goes_already_is_waited_for(#[case] tags: Tags) {
    let observed = full(MOST_ENDPOINTS, "deleting", &tags);
    assert_eq!(steps(&observed).unwrap(), []);
    assert_eq!(crowded(&stack(), &observed).waits_for.as_deref(), Some("vpce-0"));
    assert_eq!(crowded(&stack(), &full(MOST_ENDPOINTS - 1, "deleting", &tags)).waits_for, None);
}

#[test]
fn where_nothing_goes_aws_says_whether_there_is_room() {
    let seen = steps(&full(MOST_ENDPOINTS, "available", &Tags::new())).unwrap();
    assert_eq!(seen, [(Some(Operation::Create), 0)]);
}

use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::{spec::Spec, stack::some_stack};
use ringfence_observed::{
    InstanceConnectEndpoint, InstanceProfile, PlacementGroup, Role, SecurityGroup, Subnet, Tags, Vpc,
};

/// An environment with everything that an export can name.
fn stack() -> Stack {
    let spec = json!({"training": {"cluster": true}, "access": {"instance_connect": true}});
    Stack { spec: Spec::decode(&spec).unwrap(), ..some_stack("10.42.0.0/16") }
}

fn profile(stack: &Stack, arn: &str) -> InstanceProfile {
    InstanceProfile {
        name: stack.identity_name(Purpose::Training),
        path: stack.identity_path(),
        arn: arn.to_owned(),
        roles: Vec::new(),
        tags: None,
    }
}

fn connect_endpoint(id: &str, state: &str, tags: Tags) -> InstanceConnectEndpoint {
    InstanceConnectEndpoint {
        id: id.to_owned(),
        state: state.to_owned(),
        subnet: "subnet-3".to_owned(),
        security_groups: Vec::new(),
        interfaces: Vec::new(),
        preserve_client_ip: false,
        tags,
    }
}

/// All that exports are derived from. Subnets are `subnet-1` and on, in the order of the layout.
fn whole(stack: &Stack) -> Observed {
    let vpc = Vpc {
        id: "vpc-1".to_owned(),
        cidr: stack.cidr,
        secondary_cidrs: Vec::new(),
        ipv6_cidrs: Vec::new(),
        dns_support: None,
        dns_hostnames: None,
        tags: stack.tags("vpc"),
    };
    let subnets = (1..).zip(stack.subnets()).map(|(number, (tier, zone, cidr))| Subnet {
        id: format!("subnet-{number}"),
        zone: zone.to_owned(),
        cidr,
        ipv6_cidrs: Vec::new(),
        map_public_ip: false,
        assign_ipv6: false,
        tags: stack.tags(&tier.subnet(zone)),
    });
    let groups = Tier::ALL.into_iter().map(|tier| SecurityGroup {
        id: format!("sg-{}", tier.as_str()),
        name: stack.full_name(&tier.security_group()),
        description: String::new(),
        rules: Vec::new(),
        tags: stack.owner.tags(),
    });
    let role = Role {
        name: stack.identity_name(Purpose::Training),
        path: stack.identity_path(),
        arn: stack.role_arn(Purpose::Training),
        trust_policy: String::new(),
        inline_policies: [].into(),
        attached_policies: Vec::new(),
        permissions_boundary: None,
        tags: stack.owner.tags(),
    };
    let placement_group = PlacementGroup {
        id: "pg-1".to_owned(),
        name: stack.full_name(TRAINING_PLACEMENT_GROUP),
        strategy: "cluster".to_owned(),
        state: "available".to_owned(),
        tags: stack.owner.tags(),
    };
    Observed {
        vpc: Some(vpc),
        subnets: subnets.collect(),
        security_groups: groups.collect(),
        roles: vec![role],
        instance_profiles: vec![profile(stack, &stack.instance_profile_arn(Purpose::Training))],
        placement_groups: vec![placement_group],
        instance_connect_endpoints: vec![connect_endpoint("eice-1", "create-complete", stack.owner.tags())],
        ..Observed::default()
    }
}

/// The names of the exports whose values are not known yet, the whole set left out.
fn unknown(stack: &Stack, observed: &Observed) -> Vec<String> {
    let exports = foreseen_exports(stack, observed).into_iter();
    let parts = exports.filter(|export| export.name != Export::WHOLE && export.value.contains(UNKNOWN));
    parts.map(|export| export.name).collect()
}

fn value(stack: &Stack, observed: &Observed, name: &str) -> Option<String> {
    foreseen_exports(stack, observed).into_iter().find(|export| export.name == name).map(|export| export.value)
}

#[test]
fn a_whole_environment_publishes_what_stands() {
    let stack = stack();
    let exports = exports(&stack, &whole(&stack)).unwrap();
    let expected = json!({
        "vpc_id": "vpc-1",
        "training_subnet_id": "subnet-1",
        "services_subnet_id": "subnet-4",
        "training_sg_id": "sg-training",
        "ai_training_role_arn": "arn:aws:iam::123456789012:role/ringfence/us-east-1/fraud-v3-us-east-1-training",
        "vpc_cidr": "10.42.0.0/16",
        "services_sg_id": "sg-services",
        "ai_training_instance_profile_arn":
            "arn:aws:iam::123456789012:instance-profile/ringfence/us-east-1/fraud-v3-us-east-1-training",
        "training_subnet_ids": ["subnet-1", "subnet-2"],
        "services_subnet_ids": ["subnet-3", "subnet-4"],
        "availability_zones": ["us-east-1a", "us-east-1b"],
        "placement_group_name": "fraud-v3-training-placement-group",
        "instance_connect_endpoint_id": "eice-1",
    });
    assert_eq!(Value::Object(object(&exports)), expected);
    let last = exports.last().unwrap();
    assert_eq!(last.parameter_name(&stack), "/ringfence/fraud-v3/exports");
    assert_eq!(serde_json::from_str::<Value>(&last.value).unwrap(), expected, "the whole set is all others");
    let names: Vec<&str> = exports.iter().map(|export| export.name.as_str()).collect();
    assert_eq!(names, export_names().collect::<Vec<_>>());
    let lists: Vec<&str> = exports.iter().filter(|export| export.list).map(|export| export.name.as_str()).collect();
    assert_eq!(lists, ["training_subnet_ids", "services_subnet_ids", "availability_zones"]);
}

/// Each with what its lack leaves open. While anything is open, nothing is published.
#[rstest]
#[case::no_vpc(|seen: &mut Observed| seen.vpc = None, &["vpc_id"])]
#[case::no_first_training_subnet(
    |seen: &mut Observed| seen.subnets.retain(|subnet| subnet.id != "subnet-1"),
    &["training_subnet_id", "training_subnet_ids"]
)]
#[case::no_other_training_subnet(
    |seen: &mut Observed| seen.subnets.retain(|subnet| subnet.id != "subnet-2"),
    &["training_subnet_ids"]
)]
#[case::no_first_services_subnet(
    |seen: &mut Observed| seen.subnets.retain(|subnet| subnet.id != "subnet-3"),
    &["services_subnet_ids"]
)]
#[case::no_other_services_subnet(
    |seen: &mut Observed| seen.subnets.retain(|subnet| subnet.id != "subnet-4"),
    &["services_subnet_id", "services_subnet_ids"]
)]
#[case::a_subnet_with_another_block(
    |seen: &mut Observed| seen.subnets[0].cidr = "10.42.0.0/19".parse().unwrap(),
    &["training_subnet_id", "training_subnet_ids"]
)]
#[case::no_training_group(
    |seen: &mut Observed| seen.security_groups.retain(|group| group.id != "sg-training"),
    &["training_sg_id"]
)]
#[case::a_group_of_another_name(
    |seen: &mut Observed| seen.security_groups[1].name = "services-security-group".to_owned(),
    &["services_sg_id"]
)]
#[case::no_role(|seen: &mut Observed| seen.roles.clear(), &["ai_training_role_arn"])]
#[case::a_role_that_iam_calls_by_its_id(
    |seen: &mut Observed| seen.roles[0].arn = "AROAIFHZKB5PZEXAMPLE1".to_owned(),
    &["ai_training_role_arn"]
)]
#[case::no_profile(|seen: &mut Observed| seen.instance_profiles.clear(), &["ai_training_instance_profile_arn"])]
#[case::no_placement_group(|seen: &mut Observed| seen.placement_groups.clear(), &["placement_group_name"])]
#[case::no_instance_connect_endpoint(|seen: &mut Observed| seen.instance_connect_endpoints.clear(), &["instance_connect_endpoint_id"])]
#[case::nothing_at_all(
    |seen: &mut Observed| *seen = Observed::default(),
    &[
        "vpc_id",
        "training_subnet_id",
        "services_subnet_id",
        "training_sg_id",
        "ai_training_role_arn",
        "services_sg_id",
        "ai_training_instance_profile_arn",
        "training_subnet_ids",
        "services_subnet_ids",
        "placement_group_name",
        "instance_connect_endpoint_id",
    ]
)]
fn nothing_is_published_while_a_part_is_open(#[case] without: fn(&mut Observed), #[case] open: &[&str]) {
    let stack = stack();
    let mut observed = whole(&stack);
    without(&mut observed);
    assert_eq!(unknown(&stack, &observed), open);
    assert_eq!(exports(&stack, &observed), None);
}

#[rstest]
#[case::standing("create-complete", true, Some("eice-1"))]
#[case::being_altered("update-in-progress", true, Some("eice-1"))]
#[case::altered_in_vain("update-failed", true, Some("eice-1"))]
#[case::in_the_making("create-in-progress", true, None)]
#[case::going("delete-in-progress", true, None)]
#[case::never_came_up("create-failed", true, None)]
#[case::somebody_elses("create-complete", false, None)]
fn an_instance_connect_endpoint_is_published_while_it_stands_and_is_ours(
    #[case] state: &str,
    #[case] ours: bool,
    #[case] published: Option<&str>,
) {
    let stack = stack();
    let tags = if ours { stack.owner.tags() } else { Tags::new() };
    let observed =
        Observed { instance_connect_endpoints: vec![connect_endpoint("eice-1", state, tags)], ..whole(&stack) };
    let value = value(&stack, &observed, "instance_connect_endpoint_id");
    assert_eq!(value.as_deref(), Some(published.unwrap_or(UNKNOWN)));
}

#[test]
fn of_several_instance_connect_endpoints_the_one_that_stands_is_published() {
    let stack = stack();
    let ours = || stack.owner.tags();
    let connect_endpoints = vec![
        connect_endpoint("eice-foreign", "create-complete", Tags::new()),
        connect_endpoint("eice-going", "delete-in-progress", ours()),
        connect_endpoint("eice-standing", "create-complete", ours()),
    ];
    let observed = Observed { instance_connect_endpoints: connect_endpoints, ..whole(&stack) };
    assert_eq!(value(&stack, &observed, "instance_connect_endpoint_id").as_deref(), Some("eice-standing"));
}

#[test]
fn an_environment_in_one_zone_publishes_the_only_subnet_of_each_tier() {
    let stack = Stack { zones: vec!["us-east-1c".to_owned()], ..stack() };
    let observed = whole(&stack);
    for (name, only) in [("training_subnet_id", "subnet-1"), ("services_subnet_id", "subnet-2")] {
        assert_eq!(value(&stack, &observed, name).as_deref(), Some(only));
    }
    assert_eq!(value(&stack, &observed, "availability_zones").as_deref(), Some("us-east-1c"));
}

#[test]
fn what_no_option_asks_for_is_not_published_though_it_stands() {
    let observed = whole(&stack());
    let stack = some_stack("10.42.0.0/16");
    let exports = exports(&stack, &observed).unwrap();
    let of_options = ["placement_group_name", "instance_connect_endpoint_id"];
    assert!(exports.iter().all(|export| !of_options.contains(&export.name.as_str())), "{exports:?}");
    assert_eq!(exports.len(), export_names().count() - of_options.len());
}

fn published(stack: &Stack, arn: &str) -> Option<String> {
    let observed = Observed { instance_profiles: vec![profile(stack, arn)], ..Observed::default() };
    value(stack, &observed, "ai_training_instance_profile_arn").filter(|value| value != UNKNOWN)
}

#[rstest]
#[case::unique_id("AIPAIFHZKB5PZEXAMPLE1")]
#[case::another_account("arn:aws:iam::999999999999:instance-profile/ringfence/us-east-1/fraud-v3-us-east-1-training")]
#[case::another_path("arn:aws:iam::123456789012:instance-profile/fraud-v3-us-east-1-training")]
#[case::a_role("arn:aws:iam::123456789012:role/ringfence/us-east-1/fraud-v3-us-east-1-training")]
fn nothing_is_published_under_a_name_that_we_did_not_give(#[case] arn: &str) {
    assert_eq!(published(&some_stack("10.42.0.0/16"), arn), None);
}

#[test]
fn what_we_made_is_published() {
    let stack = some_stack("10.42.0.0/16");
    let arn = stack.instance_profile_arn(Purpose::Training);
    assert_eq!(published(&stack, &arn), Some(arn));
}

use std::collections::BTreeSet;

use proptest::prelude::*;
use rstest::rstest;

use super::{
    Stage::{
        self, Endpoints, Exports, FirewallRules, Firewalls, FlowLogs, Groups, InstanceProfiles, Logs, RoleParts, Roles,
        Rules, Subnets, Tables, Vpc,
    },
    *,
};
use crate::resources::{plan_held_removal, plan_removal, vpc::VpcChange, whole};
use ringfence_model::{
    spec::Spec,
    stack::{Stack, some_stack},
};
use ringfence_observed::{NetworkAcl, Role, RouteTable, SecurityGroup, Subnet, VpcEndpoint};

const STAGES: [Stage; 14] = [
    Exports,
    Endpoints,
    FirewallRules,
    Firewalls,
    Rules,
    Groups,
    Subnets,
    Tables,
    FlowLogs,
    Vpc,
    Logs,
    RoleParts,
    InstanceProfiles,
    Roles,
];

fn owner() -> Owner {
    some_stack("10.42.0.0/16").owner
}

/// A change that names nothing.
fn change() -> Change {
    VpcChange::Delete { id: "vpc-0".to_owned() }.into()
}

/// The plan with one step of each of these stages, called as they are.
fn plan_of(stages: &[Stage]) -> Plan<Change> {
    let (owner, observed) = (owner(), Observed::default());
    let mut removal = Removal::new(&owner, &observed, false);
    for stage in stages {
        removal.delete(*stage, format!("{stage:?}"), "thing-1", change());
    }
    removal.finish()
}

/// All that is gone before the step called `resource` starts, also what it waits for through others.
fn gone_before(plan: &Plan<Change>, resource: &str) -> BTreeSet<String> {
    let steps = plan.steps();
    let at = steps.iter().position(|step| step.resource == resource).unwrap();
    let mut needs = steps[at].needs.clone();
    let mut gone = BTreeSet::new();
    while let Some(need) = needs.pop() {
        gone.insert(steps[need].resource.clone());
        needs.extend(&steps[need].needs);
    }
    gone
}

#[test]
fn every_stage_comes_after_earlier_ones_only() {
    for stage in STAGES {
        assert!(stage.after().iter().all(|earlier| *earlier < stage), "{stage:?}");
    }
}

#[rstest]
#[case(Exports, &[])]
#[case(Endpoints, &[Exports])]
#[case(FirewallRules, &[Exports])]
#[case(Firewalls, &[Exports, FirewallRules])]
#[case(Rules, &[Exports])]
#[case(Groups, &[Exports, Endpoints, Rules])]
#[case(Subnets, &[Exports, Endpoints])]
#[case(Tables, &[Exports, Endpoints, Subnets])]
#[case(FlowLogs, &[Exports])]
#[case(Vpc, &[Exports, Endpoints, FirewallRules, Firewalls, Rules, Groups, Subnets, Tables, FlowLogs])]
#[case(Logs, &[Exports, Endpoints, Subnets, FlowLogs])]
#[case(RoleParts, &[Exports, Endpoints, Subnets, FlowLogs])]
#[case(InstanceProfiles, &[Exports, Endpoints, Subnets, FlowLogs, RoleParts])]
#[case(Roles, &[Exports, Endpoints, Subnets, FlowLogs, RoleParts])]
fn what_is_gone_before_a_stage_begins(#[case] stage: Stage, #[case] before: &[Stage]) {
    let mut all = STAGES;
    all.reverse();
    let names: BTreeSet<String> = before.iter().map(|stage| format!("{stage:?}")).collect();
    assert_eq!(gone_before(&plan_of(&all), &format!("{stage:?}")), names);
}

proptest! {
    /// Somebody may have taken parts away: what is left still goes in its order.
    #[test]
    fn nothing_goes_before_the_exports_whatever_is_left(stages in prop::sample::subsequence(&STAGES[1..], 0..14)) {
        let left: Vec<Stage> = stages.iter().copied().chain([Exports]).collect();
        let plan = plan_of(&left);
        prop_assert_eq!(&plan.steps()[0].resource, "Exports");
        for stage in &stages {
            let gone = gone_before(&plan, &format!("{stage:?}"));
            prop_assert!(gone.contains("Exports"), "{stage:?} waits for {gone:?} alone");
            if [Logs, RoleParts, InstanceProfiles, Roles].contains(stage) && stages.contains(&Subnets) {
                prop_assert!(gone.contains("Subnets"), "{stage:?} waits for {gone:?} alone");
            }
        }
    }
}

#[test]
fn a_stage_waits_for_what_is_looked_up_for_it_and_no_other_does() {
    let (owner, observed) = (owner(), Observed::default());
    let mut removal = Removal::new(&owner, &observed, false);
    for stage in [Rules, Exports, FlowLogs, Endpoints] {
        removal.delete(stage, format!("{stage:?}"), "thing-1", change());
    }
    removal.look_up(Rules, "rules", change());
    let plan = removal.finish();
    let operations: Vec<_> = plan.steps().iter().map(|step| step.operation).collect();
    assert_eq!(operations, [&[None][..], &[Some(Operation::Delete); 4]].concat());
    assert_eq!(gone_before(&plan, "Rules"), ["rules".to_owned(), "Exports".to_owned()].into());
    assert_eq!(gone_before(&plan, "Exports"), BTreeSet::new(), "it is looked up beside what comes before");
    for other in ["Endpoints", "FlowLogs"] {
        assert_eq!(gone_before(&plan, other), ["Exports".to_owned()].into(), "{other}");
    }
}

#[rstest]
#[case::ours(Some("fraud-v3-training-route-table"), "training-route-table")]
#[case::its_name_was_taken_away(None, "rtb-1")]
#[case::its_name_was_altered(Some("mine"), "rtb-1")]
#[case::named_for_another_environment(Some("fraud-v2-training-route-table"), "rtb-1")]
#[case::named_for_one_whose_name_begins_alike(Some("fraud-v30-training-route-table"), "rtb-1")]
#[case::the_environment_alone(Some("fraud-v3"), "rtb-1")]
fn a_resource_is_called_by_its_name_or_its_id(#[case] tag: Option<&str>, #[case] name: &str) {
    let (owner, observed) = (owner(), Observed::default());
    let tags = tag.iter().map(|tag| (NAME.to_owned(), (*tag).to_owned())).collect();
    assert_eq!(Removal::new(&owner, &observed, false).name_of(&tags, "rtb-1"), name);
}

/// An environment with one endpoint of each kind.
fn stack() -> Stack {
    let spec = Spec::decode(&serde_json::json!({"egress": {"endpoints": ["logs", "s3"]}})).unwrap();
    Stack { spec, ..some_stack("10.42.0.0/16") }
}

/// What goes, by its ID, in the order of the plan; what is looked up is left out.
fn ids(plan: &Plan<Change>) -> Vec<String> {
    plan.steps().iter().filter_map(|step| step.id.clone()).collect()
}

const PARAMETERS: [&str; 2] = [
    "/ringfence/fraud-v3/exports,/ringfence/fraud-v3/vpc_id,/ringfence/fraud-v3/training_subnet_id,\
     /ringfence/fraud-v3/services_subnet_id,/ringfence/fraud-v3/training_sg_id,/ringfence/fraud-v3/ai_training_role_arn,\
     /ringfence/fraud-v3/vpc_cidr,/ringfence/fraud-v3/services_sg_id,\
     /ringfence/fraud-v3/ai_training_instance_profile_arn,/ringfence/fraud-v3/training_subnet_ids",
    "/ringfence/fraud-v3/services_subnet_ids,/ringfence/fraud-v3/availability_zones",
];

/// What goes of a whole environment.
fn all() -> Vec<&'static str> {
    let rest = [
        "vpce-logs,vpce-s3",
        "sg-training-security-group",
        "sg-services-security-group",
        "sg-services-security-group",
        "sg-endpoints-security-group",
        "sg-training-security-group",
        "sg-services-security-group",
        "sg-endpoints-security-group",
        "subnet-training-us-east-1a",
        "subnet-training-us-east-1b",
        "subnet-services-us-east-1a",
        "subnet-services-us-east-1b",
        "rtb-training",
        "rtb-services",
        "acl-training",
        "acl-services",
        "fl-1",
        "vpc-1",
        "/ringfence/fraud-v3/flow-logs",
        "training",
        "flow-logs",
        "fraud-v3-us-east-1-training",
        "fraud-v3-us-east-1-training",
        "fraud-v3-us-east-1-training",
        "fraud-v3-us-east-1-flow-logs",
    ];
    PARAMETERS.into_iter().chain(rest).collect()
}

/// Takes the tags that say whose it is off a resource.
fn disown(tags: &mut Tags) {
    tags.retain(|key, _| key == NAME);
}

#[rstest]
#[case::whole(|_: &mut Observed| {}, &[])]
#[case::nothing(|seen: &mut Observed| *seen = Observed::default(), &all())]
#[case::half_made(
    |seen: &mut Observed| {
        *seen = Observed { vpc: seen.vpc.take(), subnets: std::mem::take(&mut seen.subnets), ..Observed::default() };
    },
    &all().into_iter().filter(|id| !id.starts_with("subnet-") && *id != "vpc-1").collect::<Vec<_>>()
)]
#[case::a_subnet_without_our_tags(
    |seen: &mut Observed| seen.subnets.iter_mut().take(1).for_each(|Subnet { tags, .. }| disown(tags)),
    &["subnet-training-us-east-1a"]
)]
#[case::a_table_without_our_tags(
    |seen: &mut Observed| seen.route_tables.iter_mut().skip(1).take(1).for_each(|RouteTable { tags, .. }| disown(tags)),
    &["rtb-training"]
)]
#[case::an_acl_without_our_tags(
    |seen: &mut Observed| seen.network_acls.iter_mut().skip(2).for_each(|NetworkAcl { tags, .. }| disown(tags)),
    &["acl-services"]
)]
#[case::a_group_without_our_tags_keeps_its_rules(
    |seen: &mut Observed| {
        seen.security_groups.iter_mut().skip(3).for_each(|SecurityGroup { tags, .. }| disown(tags));
    },
    &["sg-endpoints-security-group", "sg-endpoints-security-group"]
)]
#[case::no_endpoint_with_our_tags(
    |seen: &mut Observed| seen.endpoints.iter_mut().for_each(|VpcEndpoint { tags, .. }| disown(tags)),
    &["vpce-logs,vpce-s3"]
)]
#[case::a_role_without_our_tags_keeps_its_policies(
    |seen: &mut Observed| seen.roles.iter_mut().skip(1).for_each(|Role { tags, .. }| disown(tags)),
    &["flow-logs", "fraud-v3-us-east-1-flow-logs"]
)]
#[case::a_log_group_whose_tags_nobody_knows(
    |seen: &mut Observed| seen.log_groups.iter_mut().for_each(|group| group.tags = None),
    &["/ringfence/fraud-v3/flow-logs"]
)]
#[case::parameters_without_our_tags(
    |seen: &mut Observed| seen.parameters.iter_mut().skip(9).take(2).for_each(|parameter| parameter.tags = Some(Tags::new())),
    &[PARAMETERS[1]]
)]
fn what_is_ours_goes_and_nothing_else(#[case] alter: fn(&mut Observed), #[case] stays: &[&str]) {
    let stack = stack();
    let mut observed = whole(&stack);
    alter(&mut observed);
    let mut expected = all();
    for id in stays {
        expected.remove(expected.iter().position(|other| other == id).unwrap());
    }
    assert_eq!(ids(&plan_removal(&stack.owner, &observed, false)), expected);
}

#[rstest]
#[case::goes_with_the_rest(false, "Delete")]
#[case::kept_on_request(true, "Release")]
fn a_log_group_is_kept_on_request(#[case] retain: bool, #[case] change: &str) {
    let stack = stack();
    let plan = plan_removal(&stack.owner, &whole(&stack), retain);
    let of_group = plan.steps().iter().find(|step| step.resource == "flow-log-group").unwrap();
    assert!(format!("{:?}", of_group.change).contains(change), "{:?}", of_group.change);
    assert_eq!(ids(&plan), all());
}

#[test]
fn while_somebody_holds_the_vpc_endpoints_go_and_rules_that_name_their_groups() {
    let stack = stack();
    let mut observed = whole(&stack);
    assert_eq!(ids(&plan_held_removal(&stack.owner, &observed)), ["vpce-logs,vpce-s3"]);
    let mut groups = observed.security_groups.iter_mut();
    disown(&mut groups.find(|group| group.id == "sg-endpoints-security-group").unwrap().tags);
    let plan = plan_held_removal(&stack.owner, &observed);
    let expected = ["vpce-logs,vpce-s3", "sg-training-security-group", "sg-services-security-group"];
    assert_eq!(ids(&plan), expected, "both tiers have a rule out to it");
}

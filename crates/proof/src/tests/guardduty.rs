//! What GuardDuty puts into a VPC is no exposure as long as it is what GuardDuty makes, and is where the spec refuses it.

use rstest::rstest;
use serde_json::{Value, json};

use super::super::CheckName::{EndpointsKnown, GuardDutyContained, NoOpenGroup, NothingReachesIn};
use super::super::Verdict;
use super::builders::{from_block, from_group, from_list, rule, tcp};
use super::documents::ACCOUNT;
use super::fixture::{Environment, S3};
use super::mistakes::assert_caught;
use ringfence_observed::{
    Direction, GatewayKind, PortRange, Protocol, SecurityGroupRule, Source, Tags, VpcEndpoint, VpcEndpointType,
};

const SERVICE: &str = "com.amazonaws.us-east-1.guardduty-data";
const GROUP: &str = "sg-guardduty";
const ENDPOINT: &str = "vpce-guardduty";

/// The policy that GuardDuty writes
/// (<https://docs.aws.amazon.com/guardduty/latest/ug/eksrunmon-prereq-deploy-security-agent.html>).
fn policy(deny: Value) -> String {
    let all = json!({"Action": "*", "Resource": "*", "Effect": "Allow", "Principal": "*"});
    json!({"Version": "2012-10-17", "Statement": [all, deny]}).to_string()
}

fn deny(condition: Value) -> Value {
    json!({"Action": "*", "Resource": "*", "Effect": "Deny", "Principal": "*", "Condition": condition})
}

fn others() -> Value {
    deny(json!({"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}}))
}

fn into(port: u16, source: Source) -> SecurityGroupRule {
    tcp(Direction::Ingress, port, source)
}

fn watched() -> Environment {
    let mut it = Environment::healthy();
    it.expectation.guardduty = vec![SERVICE.to_owned()];
    let tags = Tags::from([("GuardDutyManaged".to_owned(), "true".to_owned())]);
    let vpc = it.vpc().id.clone();
    it.foreign_group(GROUP, vec![into(443, from_block("10.0.0.0/16"))]);
    let group = it.group(GROUP);
    (group.name, group.tags) = (format!("GuardDutyManagedSecurityGroup-{vpc}"), tags.clone());
    it.interface("eni-guardduty", "subnet-services-a", "10.0.192.40", &[GROUP]).interface_type =
        "vpc_endpoint".to_owned();
    let endpoint = VpcEndpoint {
        id: ENDPOINT.to_owned(),
        service_name: SERVICE.to_owned(),
        policy: policy(others()),
        security_groups: vec![GROUP.to_owned()],
        subnets: vec!["subnet-services-a".to_owned()],
        interfaces: vec!["eni-guardduty".to_owned()],
        tags,
        ..it.endpoint("vpce-ecr").clone()
    };
    it.observed.endpoints.push(endpoint);
    it
}

#[test]
fn what_guardduty_makes_is_known_and_no_exposure() {
    let isolation = watched().prove();
    assert_eq!(isolation.verdict(), Verdict::Isolated, "{isolation:?}");
    let check = watched().check(GuardDutyContained);
    assert!(check.because.contains(ENDPOINT) && check.because.contains(GROUP), "{}", check.because);
}

#[test]
fn a_group_alone_is_what_an_endpoint_that_went_leaves() {
    let mut environment = watched();
    environment.observed.endpoints.retain(|endpoint| endpoint.id != ENDPOINT);
    assert_eq!(environment.prove().verdict(), Verdict::Isolated);
}

/// Its group admits every address of the VPC, which whoever is behind an attachment may give: that reaches GuardDuty, and
/// no host as long as no host carries the group.
#[test]
fn beside_an_attachment_its_group_is_no_way_to_a_host() {
    let mut environment = watched();
    environment.expectation.attachments = vec!["tgw-1".to_owned()];
    environment.attach(GatewayKind::TransitAttachment, "tgw-attach-1", "tgw-1");
    assert_eq!(environment.prove().verdict(), Verdict::Isolated);
    environment.interface("eni-host-2", "subnet-training-a", "10.0.0.11", &["sg-training", GROUP]);
    assert_caught(&environment, NothingReachesIn, "TCP 443 at 10.0.0.0");
}

#[test]
fn where_it_is_refused_it_is_exposure() {
    let mut environment = watched();
    environment.expectation.guardduty.clear();
    assert_caught(&environment, EndpointsKnown, ENDPOINT);
    assert_caught(&environment, GuardDutyContained, ENDPOINT);
    environment.observed.endpoints.retain(|endpoint| endpoint.id != ENDPOINT);
    assert_caught(&environment, GuardDutyContained, GROUP);
}

#[rstest]
#[case::another_service(|it: &mut VpcEndpoint| it.service_name = "com.amazonaws.us-east-1.sqs".to_owned())]
#[case::another_region(|it: &mut VpcEndpoint| it.service_name = "com.amazonaws.eu-west-1.guardduty-data".to_owned())]
#[case::somebody_s_service(|it: &mut VpcEndpoint| {
    it.service_name = "com.amazonaws.vpce.us-east-1.vpce-svc-1.guardduty-data".to_owned();
})]
#[case::another_type(|it: &mut VpcEndpoint| it.endpoint_type = VpcEndpointType::Other)]
#[case::without_the_tag(|it: &mut VpcEndpoint| it.tags.clear())]
#[case::tagged_otherwise(|it: &mut VpcEndpoint| {
    it.tags.insert("GuardDutyManaged".to_owned(), "false".to_owned());
})]
fn what_only_claims_to_be_guardduty_s_is_exposure(#[case] mistake: fn(&mut VpcEndpoint)) {
    let mut environment = watched();
    mistake(environment.endpoint(ENDPOINT));
    assert_caught(&environment, EndpointsKnown, ENDPOINT);
}

#[rstest]
#[case::that_any_endpoint_has(json!({"Statement": [
    {"Action": "*", "Resource": "*", "Effect": "Allow", "Principal": "*"},
]}).to_string())]
#[case::of_another_account(policy(deny(json!({"StringNotEquals": {"aws:PrincipalAccount": "999999999999"}}))))]
#[case::of_another_account_too(policy(deny(json!({
    "StringNotEquals": {"aws:PrincipalAccount": [ACCOUNT, "999999999999"]},
}))))]
#[case::of_an_organization(policy(deny(json!({"StringNotEquals": {"aws:PrincipalOrgID": "o-abcdef0123"}}))))]
#[case::that_denies_under_a_further_condition(policy(deny(json!({
    "StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}, "Bool": {"aws:SecureTransport": "false"},
}))))]
#[case::that_denies_some_actions(policy({
    let mut some = others();
    some["Action"] = json!("guardduty:SendSecurityTelemetry");
    some
}))]
#[case::that_denies_some_principals(policy({
    let mut some = others();
    some["Principal"] = json!({"AWS": "arn:aws:iam::999999999999:root"});
    some
}))]
#[case::that_nobody_can_read("{".to_owned())]
fn a_policy_for_others_is_exposure(#[case] policy: String) {
    let mut environment = watched();
    environment.endpoint(ENDPOINT).policy = policy;
    assert_caught(&environment, GuardDutyContained, ENDPOINT);
}

#[test]
fn a_policy_that_allows_this_account_alone_is_as_good() {
    let mut environment = watched();
    let only = json!({"StringEquals": {"aws:PrincipalAccount": ACCOUNT}});
    let allow = json!({"Action": "*", "Resource": "*", "Effect": "Allow", "Principal": "*", "Condition": only});
    environment.endpoint(ENDPOINT).policy = json!({"Statement": [allow]}).to_string();
    assert_eq!(environment.prove().verdict(), Verdict::Isolated);
}

#[rstest]
#[case::another_port(into(22, from_block("10.0.0.0/16")))]
#[case::another_protocol(rule(Direction::Ingress, Protocol::Udp, PortRange::one(443), from_block("10.0.0.0/16")))]
#[case::every_port(rule(Direction::Ingress, Protocol::Tcp, PortRange::ALL, from_block("10.0.0.0/16")))]
#[case::a_wider_block(into(443, from_block("10.0.0.0/8")))]
#[case::a_block_outside(into(443, from_block("192.168.0.0/24")))]
#[case::a_prefix_list(into(443, from_list("pl-s3")))]
#[case::a_group_that_is_not_here(into(443, from_group("sg-elsewhere")))]
fn a_group_that_lets_in_more_is_exposure(#[case] stray: SecurityGroupRule) {
    let mut environment = watched();
    environment.group(GROUP).rules.push(stray);
    assert_caught(&environment, GuardDutyContained, GROUP);
}

#[test]
fn a_group_that_lets_in_the_world_is_exposure_as_any() {
    let mut environment = watched();
    environment.group(GROUP).rules.push(into(443, from_block("0.0.0.0/0")));
    assert_caught(&environment, NoOpenGroup, GROUP);
}

#[test]
fn a_group_named_otherwise_is_exposure() {
    let mut environment = watched();
    environment.group(GROUP).name = "GuardDutyManagedSecurityGroup-vpc-2".to_owned();
    assert_caught(&environment, GuardDutyContained, GROUP);
}

/// A gateway endpoint that claims it leads elsewhere.
#[test]
fn a_gateway_endpoint_is_none_of_guardduty_s() {
    let mut environment = watched();
    let tags = environment.endpoint(ENDPOINT).tags.clone();
    environment.endpoint("vpce-s3").tags = tags;
    assert_caught(&environment, GuardDutyContained, S3);
}

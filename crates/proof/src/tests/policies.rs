//! Policies in every way they can be written: what binds, what only looks as if it did, and what cannot be judged.

use rstest::rstest;
use serde_json::{Value, json};

use super::super::CheckName::{DataThroughThisVpc, EndpointPoliciesBound, RoleBound, RoleUsable};
use super::documents::{ACCOUNT, bound, document, images, layers, training_trust};
use super::fixture::{Environment, TRAINING_ROLE};
use super::mistakes::assert_caught;

fn with_endpoint_policy(policy: String) -> Environment {
    let mut environment = Environment::healthy();
    environment.endpoint("vpce-s3").policy = policy;
    environment
}

fn under(condition: Value) -> String {
    let mut statement = bound();
    statement["Condition"] = condition;
    document(json!([statement]))
}

#[rstest]
#[case::one_operator(json!({"StringEquals": {"aws:PrincipalAccount": ACCOUNT, "aws:ResourceAccount": ACCOUNT}}))]
#[case::arrays(json!({"StringEquals": {"aws:PrincipalAccount": [ACCOUNT], "aws:ResourceAccount": [ACCOUNT]}}))]
#[case::keys_in_other_cases(
    json!({"StringEquals": {"AWS:principalaccount": ACCOUNT, "aws:RESOURCEACCOUNT": ACCOUNT}})
)]
#[case::two_operators(json!({
    "StringLike": {"aws:PrincipalAccount": ACCOUNT},
    "StringEqualsIgnoreCase": {"aws:ResourceAccount": ACCOUNT},
}))]
#[case::for_any_value(json!({
    "ForAnyValue:StringEquals": {"aws:PrincipalAccount": ACCOUNT, "aws:ResourceAccount": [ACCOUNT]},
}))]
#[case::number(json!({"StringEquals": {
    "aws:PrincipalAccount": 123_456_789_012_u64, "aws:ResourceAccount": ACCOUNT,
}}))]
#[case::further_conditions_only_narrow(json!({
    "StringEquals": {"aws:PrincipalAccount": ACCOUNT, "aws:ResourceAccount": ACCOUNT},
    "Bool": {"aws:SecureTransport": true},
}))]
fn binds(#[case] condition: Value) {
    let check = with_endpoint_policy(under(condition)).check(EndpointPoliciesBound);
    assert!(check.holds, "{}", check.because);
}

#[rstest]
#[case::nothing(json!({}), "aws:PrincipalAccount and aws:ResourceAccount")]
#[case::principal_alone(json!({"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}), "by aws:ResourceAccount")]
#[case::resource_alone(json!({"StringEquals": {"aws:ResourceAccount": ACCOUNT}}), "by aws:PrincipalAccount")]
#[case::another_account(
    json!({"StringEquals": {"aws:PrincipalAccount": ACCOUNT, "aws:ResourceAccount": [ACCOUNT, "999999999999"]}}),
    "by aws:ResourceAccount"
)]
#[case::wildcard(
    json!({"StringLike": {"aws:PrincipalAccount": "*", "aws:ResourceAccount": ACCOUNT}}), "by aws:PrincipalAccount"
)]
#[case::variable(
    json!({"StringEquals": {"aws:PrincipalAccount": ACCOUNT, "aws:ResourceAccount": "${aws:PrincipalAccount}"}}),
    "by aws:ResourceAccount"
)]
#[case::if_exists(
    json!({"StringEqualsIfExists": {"aws:PrincipalAccount": ACCOUNT, "aws:ResourceAccount": ACCOUNT}}),
    "aws:PrincipalAccount and aws:ResourceAccount"
)]
#[case::for_all_values(
    json!({"ForAllValues:StringEquals": {"aws:PrincipalAccount": ACCOUNT, "aws:ResourceAccount": ACCOUNT}}),
    "aws:PrincipalAccount and aws:ResourceAccount"
)]
#[case::negated(
    json!({"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT, "aws:ResourceAccount": ACCOUNT}}),
    "aws:PrincipalAccount and aws:ResourceAccount"
)]
#[case::present_at_all(
    json!({"Null": {"aws:PrincipalAccount": "false", "aws:ResourceAccount": "false"}}), "aws:PrincipalAccount"
)]
#[case::organization(
    json!({"StringEquals": {"aws:PrincipalOrgID": "o-1", "aws:ResourceOrgID": "o-1"}}), "aws:PrincipalAccount"
)]
#[case::unknown_operator(
    json!({
        "StringEquals": {"aws:PrincipalAccount": ACCOUNT, "aws:ResourceAccount": ACCOUNT},
        "StringResembles": {"aws:PrincipalAccount": ACCOUNT},
    }),
    "StringResembles is not known"
)]
#[case::unknown_quantifier(
    json!({"ForSomeValues:StringEquals": {"aws:PrincipalAccount": ACCOUNT}}), "ForSomeValues:StringEquals"
)]
#[case::operator_in_another_case(json!({"stringequals": {"aws:PrincipalAccount": ACCOUNT}}), "stringequals")]
#[case::null_if_exists(json!({"NullIfExists": {"aws:PrincipalAccount": "false"}}), "NullIfExists")]
#[case::no_values(json!({"StringEquals": {"aws:PrincipalAccount": []}}), "StringEquals aws:PrincipalAccount")]
#[case::nested_values(json!({"StringEquals": {"aws:PrincipalAccount": [[ACCOUNT]]}}), "cannot be judged")]
#[case::no_keys(json!({"StringEquals": ACCOUNT}), "Condition")]
fn does_not_bind(#[case] condition: Value, #[case] reason: &str) {
    assert_caught(&with_endpoint_policy(under(condition)), EndpointPoliciesBound, reason);
}

#[rstest]
#[case::empty("", "not a JSON object")]
#[case::no_json("{", "not a JSON object")]
#[case::no_object("[]", "not a JSON object")]
#[case::no_statements(r#"{"Version": "2012-10-17"}"#, "Statement")]
#[case::statement_is_text(r#"{"Statement": ["Allow"]}"#, "Statement")]
#[case::unknown_element(r#"{"Statement": [], "Remark": ""}"#, "Remark")]
#[case::unknown_statement_element(
    r#"{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*", "Except": "*"}}"#,
    "Except"
)]
#[case::effect_in_another_case(r#"{"Statement": {"Effect": "allow", "Action": "*", "Resource": "*"}}"#, "Effect")]
#[case::no_action(r#"{"Statement": {"Effect": "Allow", "Resource": "*"}}"#, "Action")]
#[case::no_actions(r#"{"Statement": {"Effect": "Allow", "Action": [], "Resource": "*"}}"#, "Action")]
#[case::both_actions(r#"{"Statement": {"Effect": "Allow", "Action": "a:b", "NotAction": "a:c"}}"#, "NotAction")]
#[case::actions_are_numbers(r#"{"Statement": {"Effect": "Allow", "Action": 1}}"#, "Action")]
#[case::principal_is_text(r#"{"Statement": {"Effect": "Allow", "Action": "a:b", "Principal": "1"}}"#, "Principal")]
fn what_cannot_be_read_is_refused(#[case] policy: &str, #[case] reason: &str) {
    assert_caught(&with_endpoint_policy(policy.to_owned()), EndpointPoliciesBound, reason);
    let mut environment = Environment::healthy();
    environment.role(TRAINING_ROLE).trust_policy = policy.to_owned();
    assert_caught(&environment, RoleBound, reason);
    let mut environment = Environment::healthy();
    environment.role(TRAINING_ROLE).inline_policies.insert("second".to_owned(), policy.to_owned());
    assert_caught(&environment, RoleBound, reason);
    assert_caught(&environment, DataThroughThisVpc, reason);
}

#[rstest]
#[case::writes(layers(), "Action", json!(["s3:GetObject", "s3:PutObject"]))]
#[case::wildcard_action(layers(), "Action", json!("s3:Get*"))]
#[case::all_actions_but(layers(), "NotAction", json!("s3:PutObject"))]
#[case::bucket_of_another_region(layers(), "Resource", json!("arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*"))]
#[case::bucket_that_anybody_may_take(layers(), "Resource", json!("arn:aws:s3:::al2023-repos-us-east-1-*/*"))]
#[case::bucket_with_a_longer_name(
    layers(), "Resource", json!("arn:aws:s3:::prod-us-east-1-starport-layer-bucket-copy/*")
)]
#[case::one_bucket_too_many(
    layers(), "Resource", json!(["arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*", "arn:aws:s3:::mine/*"])
)]
#[case::everything_that_is_read(layers(), "Resource", json!("*"))]
#[case::images_of_another_account(images(), "Resource", json!("arn:aws:ecr:us-east-1:999999999999:repository/*"))]
#[case::images_pushed(images(), "Action", json!(["ecr:BatchGetImage", "ecr:PutImage"]))]
#[case::images_for_anybody(images(), "Condition", json!({}))]
fn exceptions_are_named_and_read_only(#[case] mut exception: Value, #[case] element: &str, #[case] value: Value) {
    if let Some(statement) = exception.as_object_mut() {
        if element == "NotAction" {
            statement.remove("Action");
        }
        statement.insert(element.to_owned(), value);
    }
    let sid = exception["Sid"].as_str().unwrap_or_default().to_owned();
    assert_caught(&with_endpoint_policy(document(json!([bound(), exception]))), EndpointPoliciesBound, &sid);
}

/// A `Deny` only takes away, and a statement bound by account may be about anything.
#[rstest]
#[case(json!([bound(), {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}]))]
#[case(json!([]))]
fn what_takes_away_is_no_objection(#[case] statements: Value) {
    assert!(with_endpoint_policy(document(statements)).check(EndpointPoliciesBound).holds);
}

fn trust(principal: Value, condition: Value) -> Value {
    json!([{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition}])
}

#[rstest]
#[case::anybody(trust(json!("*"), json!({})), "does not name its principals")]
#[case::another_account(trust(json!({"AWS": "arn:aws:iam::999999999999:root"}), json!({})), "AWS arn:aws:iam::9")]
#[case::this_account(trust(json!({"AWS": ACCOUNT}), json!({})), "admits AWS")]
#[case::federated(trust(json!({"Federated": "cognito-identity.amazonaws.com"}), json!({})), "Federated")]
#[case::not_as_a_service(trust(json!({"AWS": "ec2.amazonaws.com"}), json!({})), "admits AWS ec2.amazonaws.com")]
#[case::another_service(
    trust(json!({"Service": "lambda.amazonaws.com"}), json!({"StringEquals": {"aws:SourceAccount": ACCOUNT}})),
    "lambda.amazonaws.com"
)]
#[case::confused_deputy(trust(json!({"Service": "sagemaker.amazonaws.com"}), json!({})), "aws:SourceAccount")]
#[case::deputy_of_another_account(
    trust(
        json!({"Service": "sagemaker.amazonaws.com"}),
        json!({"StringEquals": {"aws:SourceAccount": "999999999999"}})
    ),
    "sagemaker.amazonaws.com by aws:SourceAccount"
)]
#[case::all_but(
    json!([{"Effect": "Allow", "NotPrincipal": {"AWS": "1"}, "Action": "sts:AssumeRole"}]), "does not name"
)]
#[case::more_than_assuming(
    json!([{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:*"}]),
    "more than sts:AssumeRole"
)]
fn trust_is_bound(#[case] statements: Value, #[case] reason: &str) {
    let mut environment = Environment::healthy();
    environment.role(TRAINING_ROLE).trust_policy = document(statements);
    assert_caught(&environment, RoleBound, reason);
}

#[rstest]
#[case::service_left_out(json!([training_trust()[0].clone()]), "sagemaker.amazonaws.com cannot assume")]
#[case::condition_that_ec2_never_meets(
    trust(
        json!({"Service": ["ec2.amazonaws.com", "sagemaker.amazonaws.com"]}),
        json!({"StringEquals": {"aws:SourceAccount": ACCOUNT}})
    ),
    "ec2.amazonaws.com cannot assume"
)]
#[case::condition_that_nobody_meets(
    trust(
        json!({"Service": ["sagemaker.amazonaws.com"]}),
        json!({"StringEquals": {"aws:SourceAccount": ACCOUNT, "sts:ExternalId": "1"}})
    ),
    "sagemaker.amazonaws.com cannot assume"
)]
fn trust_is_usable(#[case] statements: Value, #[case] reason: &str) {
    let mut environment = Environment::healthy();
    environment.role(TRAINING_ROLE).trust_policy = document(statements);
    assert_caught(&environment, RoleUsable, reason);
}

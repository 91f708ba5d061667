//! Policies in every way they can be written: what binds, what only looks as if it did, and what cannot be judged.

use rstest::rstest;
use serde_json::{Value, json};

use super::super::CheckName::{self, DataThroughThisVpc, EndpointPoliciesBound, RoleBound, RoleUsable};
use super::documents::{ACCOUNT, bound, deny_outside, document, images, layers, training_trust};
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

#[rstest]
#[case::everything("*", "*", "the wildcard *")]
#[case::all_of_a_service("s3:*", "arn:aws:s3:::models/*", "the wildcard s3:*")]
#[case::some_of_a_service("s3:Get*", "arn:aws:s3:::models/*", "the wildcard s3:Get*")]
#[case::every_bucket("s3:GetObject", "*", "s3:GetObject on every resource")]
#[case::every_bucket_by_arn("s3:GetObject", "arn:aws:s3:::*", "neither training.read")]
#[case::another_bucket("s3:GetObject", "arn:aws:s3:::others/*", "arn:aws:s3:::others/*")]
#[case::another_prefix("s3:GetObject", "arn:aws:s3:::datasets/*", "arn:aws:s3:::datasets/*")]
#[case::neighbouring_prefix("s3:GetObject", "arn:aws:s3:::datasets/fraud*", "arn:aws:s3:::datasets/fraud*")]
#[case::variable_prefix("s3:GetObject", "arn:aws:s3:::datasets/${aws:userid}/fraud/*", "${aws:userid}")]
#[case::written_where_it_is_read("s3:PutObject", "arn:aws:s3:::datasets/fraud/*", "training.read alone")]
#[case::another_account("logs:PutLogEvents", "arn:aws:logs:us-east-1:999999999999:log-group:x", "beyond account")]
#[case::any_account("logs:PutLogEvents", "arn:aws:logs:us-east-1:*:log-group:x", "beyond account")]
#[case::another_region("logs:PutLogEvents", "arn:aws:logs:eu-west-1:123456789012:log-group:x", "beyond us-east-1")]
#[case::another_partition("logs:PutLogEvents", "arn:aws-cn:logs:us-east-1:123456789012:log-group:x", "partition")]
#[case::images_pushed_abroad("ecr:PutImage", "arn:aws:ecr:us-east-1:763104351884:repository/x", "beyond account")]
#[case::almost_an_arn("logs:PutLogEvents", "urn:aws:logs:us-east-1:123456789012:log-group:x", "is no ARN")]
#[case::no_arn("logs:PutLogEvents", "log-group", "is no ARN")]
#[case::another_role("sts:AssumeRole", "arn:aws:iam::123456789012:role/admin", "sts:AssumeRole")]
#[case::passing_a_role("iam:PassRole", "arn:aws:iam::123456789012:role/admin", "iam:PassRole")]
#[case::another_key("kms:Decrypt", "arn:aws:kms:us-east-1:123456789012:key/2", "key/2")]
#[case::key_without_s3("kms:Decrypt", "arn:aws:kms:us-east-1:210987654321:key/1", "kms:ViaService")]
fn roles_are_bound(#[case] action: &str, #[case] resource: &str, #[case] reason: &str) {
    let mut environment = Environment::healthy();
    let statement = json!({"Sid": "Mistake", "Effect": "Allow", "Action": action, "Resource": resource});
    environment.permit(json!([statement, deny_outside()]));
    assert_caught(&environment, RoleBound, reason);
    assert_caught(&environment, RoleBound, "Mistake");
}

/// A name without a slash or a star is an object and a folder, and opens nothing that merely begins so.
#[rstest]
#[case("team-a", true)]
#[case("team-a/*", true)]
#[case("team-a/2024/?", true)]
#[case("team-ab/*", false)]
#[case("team-a*", false)]
fn a_prefix_ends_where_it_says(#[case] key: &str, #[case] within: bool) {
    let mut environment = Environment::healthy();
    environment.expectation.roles[0].read = vec!["arn:aws:s3:::common/team-a".to_owned()];
    let resource = format!("arn:aws:s3:::common/{key}");
    let statement = json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": resource});
    environment.permit(json!([statement, deny_outside()]));
    let check = environment.check(RoleBound);
    assert_eq!(check.holds, within, "{}", check.because);
}

/// Keys for the data are used through S3 and nothing else.
#[rstest]
#[case("s3.us-east-1.amazonaws.com", true)]
#[case("ec2.us-east-1.amazonaws.com", false)]
#[case("s3.eu-west-1.amazonaws.com", false)]
#[case("s3.*", false)]
fn keys_are_used_through_s3(#[case] through: &str, #[case] bound: bool) {
    let mut environment = Environment::healthy();
    environment.permit(json!([{
        "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "arn:aws:kms:us-east-1:210987654321:key/1",
        "Condition": {"StringLike": {"kms:ViaService": through}},
    }]));
    let check = environment.check(RoleBound);
    assert_eq!(check.holds, bound, "{}", check.because);
}

#[rstest]
#[case::actions_but_some(json!({"NotAction": "iam:*", "Resource": "*"}), "all actions but some")]
#[case::resources_but_some(json!({"Action": "s3:GetObject", "NotResource": "arn:aws:s3:::x/*"}), "all resources but")]
#[case::no_resource(json!({"Action": "s3:GetObject"}), "all resources but")]
fn roles_are_bound_by_naming(#[case] mut statement: Value, #[case] reason: &str) {
    statement["Effect"] = json!("Allow");
    let mut environment = Environment::healthy();
    environment.permit(json!([statement, deny_outside()]));
    assert_caught(&environment, RoleBound, reason);
}

fn deny(changes: Value) -> Value {
    let mut statement = deny_outside();
    for (element, value) in changes.as_object().into_iter().flatten() {
        statement[element] = value.clone();
    }
    statement
}

fn reading_under(deny: Value) -> Environment {
    let mut environment = Environment::healthy();
    let read = json!({
        "Sid": "Read", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::datasets/fraud/*",
    });
    environment.permit(json!([read, deny]));
    environment
}

#[rstest]
#[case::as_written(json!({}))]
#[case::by_name(json!({"Action": ["s3:PutObject", "S3:getobject"], "Resource": "arn:aws:s3:::datasets/*"}))]
#[case::if_exists(json!({"Condition": {"StringNotEqualsIfExists": {"aws:SourceVpc": ["vpc-1"]}}}))]
#[case::from_anywhere(json!({"Condition": {}}))]
fn data_stays_in_the_vpc(#[case] changes: Value) {
    let check = reading_under(deny(changes)).check(DataThroughThisVpc);
    assert!(check.holds, "{}", check.because);
}

#[rstest]
#[case::another_vpc(json!({"Condition": {"StringNotEquals": {"aws:SourceVpc": "vpc-2"}}}))]
#[case::either_vpc(json!({"Condition": {"StringNotEquals": {"aws:SourceVpc": ["vpc-1", "vpc-2"]}}}))]
#[case::positive(json!({"Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}}))]
#[case::misses_requests_without_the_key(
    json!({"Condition": {"ForAnyValue:StringNotEquals": {"aws:SourceVpc": "vpc-1"}}})
)]
#[case::second_condition_leaves_a_gap(json!({"Condition": {
    "StringNotEquals": {"aws:SourceVpc": "vpc-1"}, "Bool": {"aws:ViaAWSService": "false"},
}}))]
#[case::other_actions(json!({"Action": ["s3:PutObject", "s3:GetObjectVersion"]}))]
#[case::other_resources(json!({"Resource": "arn:aws:s3:::datasets/fraud/2024/*"}))]
#[case::one_character_is_not_any(json!({"Resource": "arn:aws:s3:::datasets/fraud/?"}))]
#[case::allows(json!({"Effect": "Allow"}))]
fn data_that_leaves_the_vpc(#[case] changes: Value) {
    assert_caught(&reading_under(deny(changes)), DataThroughThisVpc, "Read allows s3:GetObject from outside vpc-1");
}

#[test]
fn data_bound_where_it_is_allowed_needs_no_deny() {
    let mut environment = Environment::healthy();
    let read = json!({
        "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::datasets/fraud/*",
        "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}},
    });
    environment.permit(json!([read]));
    let holds = |name: CheckName| environment.check(name).holds;
    assert!(holds(DataThroughThisVpc) && holds(RoleBound));
}

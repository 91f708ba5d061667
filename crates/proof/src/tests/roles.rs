//! What the policies of a role may allow: a list, the data that the spec names, and through this VPC alone.

use rstest::rstest;
use serde_json::{Value, json};

use super::super::CheckName::{self, DataThroughThisVpc, RoleBound};
use super::documents::deny_outside;
use super::fixture::Environment;
use super::mistakes::assert_caught;

/// The environment's VPC.
const VPC: &str = "arn:aws:ec2:us-east-1:123456789012:vpc/vpc-1";

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
#[case::images_pushed("ecr:PutImage", "arn:aws:ecr:us-east-1:123456789012:repository/x", "allows ecr:PutImage, which")]
#[case::images_of_anybody("ecr:BatchGetImage", "arn:aws:ecr:us-east-1:999999999999:repository/x", "beyond account")]
#[case::images_of_another_region("ecr:BatchGetImage", "arn:aws:ecr:eu-west-1:763104351884:repository/x", "us-east-1")]
#[case::every_image("ecr:BatchGetImage", "*", "allows ecr:BatchGetImage on every resource")]
#[case::images_of_another_service(
    "ecr:BatchGetImage",
    "arn:aws:ecr-public:us-east-1:123456789012:repository/x",
    "is for"
)]
#[case::access_point(
    "s3:GetObject",
    "arn:aws:s3:us-east-1:123456789012:accesspoint/x/object/*",
    "neither a bucket nor"
)]
#[case::access_points_bucket_like(
    "s3:ListBucket",
    "arn:aws:s3:us-east-1:123456789012:accesspoint/x",
    "neither a bucket"
)]
#[case::multi_region_access_point("s3:GetObject", "arn:aws:s3::123456789012:accesspoint/x.mrap/object/*", "neither a")]
#[case::express(
    "s3express:CreateSession",
    "arn:aws:s3express:us-east-1:123456789012:bucket/x",
    "s3express:CreateSession"
)]
#[case::express_bucket("s3:GetObject", "arn:aws:s3express:us-east-1:123456789012:bucket/x", "neither a bucket")]
#[case::object_lambda(
    "s3-object-lambda:GetObject",
    "arn:aws:s3-object-lambda:us-east-1:123456789012:accesspoint/x",
    "s3-o"
)]
#[case::outposts(
    "s3-outposts:GetObject",
    "arn:aws:s3-outposts:us-east-1:123456789012:outpost/x",
    "s3-outposts:GetObject"
)]
#[case::opening_a_bucket("s3:PutBucketPolicy", "arn:aws:s3:::models", "allows s3:PutBucketPolicy, which is none of")]
#[case::opening_an_object("s3:PutObjectAcl", "arn:aws:s3:::models/*", "allows s3:PutObjectAcl, which is none of")]
#[case::copying_elsewhere("s3:PutReplicationConfiguration", "arn:aws:s3:::models", "s3:PutReplicationConfiguration")]
#[case::granting_a_key("kms:CreateGrant", "arn:aws:kms:us-east-1:210987654321:key/1", "kms:CreateGrant")]
#[case::a_route("ec2:CreateRoute", "arn:aws:ec2:us-east-1:123456789012:route-table/*", "allows ec2:CreateRoute, which")]
#[case::a_gateway("ec2:AttachInternetGateway", "*", "ec2:AttachInternetGateway")]
#[case::peering("ec2:AcceptVpcPeeringConnection", "*", "ec2:AcceptVpcPeeringConnection")]
#[case::an_endpoint("ec2:CreateVpcEndpoint", "*", "ec2:CreateVpcEndpoint")]
#[case::a_function(
    "lambda:InvokeFunction",
    "arn:aws:lambda:us-east-1:123456789012:function:x",
    "lambda:InvokeFunction"
)]
#[case::secrets("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:123456789012:secret:x", "secretsm")]
#[case::parameters("ssm:GetParameter", "arn:aws:ssm:us-east-1:123456789012:parameter/x", "ssm:GetParameter")]
#[case::commands("ssm:SendCommand", "*", "ssm:SendCommand")]
#[case::queue("sqs:SendMessage", "arn:aws:sqs:us-east-1:123456789012:x", "sqs:SendMessage")]
#[case::reading_logs("logs:GetLogEvents", "arn:aws:logs:us-east-1:123456789012:log-group:x", "logs:GetLogEvents")]
#[case::sending_logs_on("logs:PutSubscriptionFilter", "arn:aws:logs:us-east-1:123456789012:log-group:x", "logs:PutSub")]
#[case::logs_that_are_none(
    "logs:PutLogEvents",
    "arn:aws:logs:us-east-1:123456789012:destination:x",
    "none of what it is for"
)]
#[case::logs_that_may_be_anything(
    "logs:PutLogEvents",
    "arn:aws:logs:us-east-1:123456789012:*",
    "none of what it is for"
)]
#[case::logs_by_another_service("logs:PutLogEvents", "arn:aws:kinesis:us-east-1:123456789012:stream/x", "is for")]
#[case::starting_jobs(
    "sagemaker:CreateTrainingJob",
    "arn:aws:sagemaker:us-east-1:123456789012:training-job/*",
    "CreateT"
)]
#[case::in_other_letters("EC2:createroute", "*", "EC2:createroute")]
#[case::interface_anywhere(
    "ec2:CreateNetworkInterface",
    "arn:aws:ec2:us-east-1:123456789012:network-interface/*",
    "to vpc-1 by ec2:Vpc"
)]
#[case::interface_handed_over(
    "ec2:CreateNetworkInterfacePermission",
    "arn:aws:ec2:us-east-1:123456789012:network-interface/*",
    "by ec2:Vpc"
)]
#[case::listing_more_than_the_folder("s3:ListBucket", "arn:aws:s3:::datasets", "lists all of arn:aws:s3:::datasets")]
#[case::listing_another_bucket("s3:ListBucket", "arn:aws:s3:::payroll", "neither training.read nor training.write")]
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

/// A folder may be listed under conditions that hold a listing to it, and under no others.
#[rstest]
#[case::folder(json!({"StringLike": {"s3:prefix": "fraud/*"}}), true)]
#[case::folder_itself(json!({"StringEquals": {"s3:prefix": ["fraud", "fraud/"]}}), true)]
#[case::below(json!({"StringLike": {"s3:prefix": ["fraud/2024/*"]}}), true)]
#[case::what_begins_so(json!({"StringLike": {"s3:prefix": "fraud*"}}), false)]
#[case::one_too_many(json!({"StringLike": {"s3:prefix": ["fraud/*", "payroll/*"]}}), false)]
#[case::if_exists(json!({"StringLikeIfExists": {"s3:prefix": "fraud/*"}}), false)]
#[case::for_all_values(json!({"ForAllValues:StringLike": {"s3:prefix": "fraud/*"}}), false)]
#[case::all_but(json!({"StringNotLike": {"s3:prefix": "payroll/*"}}), false)]
#[case::by_another_key(json!({"StringLike": {"s3:delimiter": "fraud/*"}}), false)]
fn listings_are_held_to_their_folder(#[case] condition: Value, #[case] bound: bool) {
    let mut environment = Environment::healthy();
    let list = json!({
        "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::datasets", "Condition": condition,
    });
    environment.permit(json!([list, deny_outside()]));
    let check = environment.check(RoleBound);
    assert_eq!(check.holds, bound, "{}", check.because);
}

/// SageMaker makes interfaces of its jobs with the role, in this VPC, and only where it was asked for.
#[rstest]
#[case::made("ec2:CreateNetworkInterface", json!({"ArnLikeIfExists": {"ec2:Vpc": VPC}}), true)]
#[case::made_strictly("ec2:CreateNetworkInterface", json!({"ArnEquals": {"ec2:Vpc": VPC}}), true)]
#[case::handed_over("ec2:CreateNetworkInterfacePermission", json!({"ArnLike": {"ec2:Vpc": VPC}}), true)]
#[case::narrower("ec2:CreateNetworkInterfacePermission", json!({
    "ArnLike": {"ec2:Vpc": VPC}, "StringEquals": {"ec2:AuthorizedService": "sagemaker.amazonaws.com"},
}), true)]
#[case::handed_over_if_exists("ec2:CreateNetworkInterfacePermission", json!({"ArnLikeIfExists": {"ec2:Vpc": VPC}}), false)]
#[case::any_vpc("ec2:DeleteNetworkInterface", json!({"ArnLike": {"ec2:Vpc": "*"}}), false)]
#[case::another_vpc("ec2:CreateNetworkInterface", json!({"ArnLike": {"ec2:Vpc": [VPC, VPC.replace("vpc-1", "vpc-2")]}}), false)]
#[case::for_all_values("ec2:CreateNetworkInterface", json!({"ForAllValues:ArnLike": {"ec2:Vpc": VPC}}), false)]
#[case::all_but("ec2:CreateNetworkInterface", json!({"ArnNotLike": {"ec2:Vpc": VPC}}), false)]
fn interfaces_are_made_in_this_vpc(#[case] action: &str, #[case] condition: Value, #[case] bound: bool) {
    let mut environment = Environment::healthy();
    let resource = "arn:aws:ec2:us-east-1:123456789012:network-interface/*";
    environment.permit(json!([
        {"Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition},
    ]));
    let check = environment.check(RoleBound);
    assert_eq!(check.holds, bound, "{}", check.because);
    environment.expectation.roles[0].services.pop();
    assert_caught(&environment, RoleBound, "which SageMaker alone needs");
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

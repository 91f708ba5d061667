use rstest::rstest;
use serde_json::{Value, json};

use super::TrainingAccess;
use crate::{
    policy::{Document, Effect, Limit, Match, check_size},
    scope::some_scope,
};

fn some_access() -> TrainingAccess<'static> {
    TrainingAccess {
        scope: some_scope("aws", "eu-central-1"),
        vpc_id: "vpc-0a1b2c3d4e5f60718",
        services: &["ec2"],
        read: &[],
        write: &[],
        kms_keys: &[],
        endpoints: &["s3"],
        flow_log_groups: "/ringfence/*",
    }
}

fn value(document: &Document) -> Value {
    serde_json::from_str(&document.to_json()).unwrap()
}

fn sids(document: &Document) -> Vec<&str> {
    document.statement.iter().filter_map(|statement| statement.sid.as_deref()).collect()
}

fn statement(document: &Document, sid: &str) -> Value {
    let position = sids(document).iter().position(|name| *name == sid).unwrap();
    value(document)["Statement"][position].take()
}

fn deny_elsewhere() -> Value {
    json!({
        "Sid": "DenyDataOutsideThisVpc",
        "Effect": "Deny",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:SourceVpc": "vpc-0a1b2c3d4e5f60718"}},
    })
}

#[test]
fn an_instance_role_is_assumed_by_ec2_without_conditions() {
    let expected = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "InstancesAssume",
            "Effect": "Allow",
            "Principal": {"Service": "ec2.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }],
    });
    assert_eq!(value(&some_access().trust_policy()), expected);
}

#[rstest]
#[case::sagemaker(&["sagemaker"], json!("sagemaker.amazonaws.com"))]
#[case::tasks(&["ecs-tasks"], json!("ecs-tasks.amazonaws.com"))]
#[case::batch(&["batch"], json!(["batch.amazonaws.com", "ecs-tasks.amazonaws.com"]))]
#[case::all(
    &["sagemaker", "ecs-tasks", "batch"],
    json!(["batch.amazonaws.com", "ecs-tasks.amazonaws.com", "sagemaker.amazonaws.com"]),
)]
fn services_that_say_for_whom_they_act_must_act_for_this_account(#[case] services: &[&str], #[case] principals: Value) {
    let trust = TrainingAccess { services, ..some_access() }.trust_policy();
    let expected = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "ServicesAssumeForThisAccount",
            "Effect": "Allow",
            "Principal": {"Service": principals},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
        }],
    });
    assert_eq!(value(&trust), expected);
}

#[test]
fn ec2_stands_apart_from_services_that_are_held_to_the_account() {
    let trust = TrainingAccess { services: &["sagemaker", "ec2"], ..some_access() }.trust_policy();
    assert_eq!(sids(&trust), ["InstancesAssume", "ServicesAssumeForThisAccount"]);
    assert_eq!(statement(&trust, "InstancesAssume").get("Condition"), None);
}

#[test]
fn without_data_there_is_but_the_denial() {
    let expected = json!({"Version": "2012-10-17", "Statement": [deny_elsewhere()]});
    assert_eq!(value(&some_access().permissions()), expected);
}

#[test]
fn data_is_read_written_listed_and_decrypted_as_asked() {
    let access = TrainingAccess {
        read: &["arn:aws:s3:::corpus/clean/"],
        write: &["arn:aws:s3:::runs"],
        kms_keys: &["arn:aws:kms:eu-central-1:123456789012:key/0f"],
        ..some_access()
    };
    let key = "arn:aws:kms:eu-central-1:123456789012:key/0f";
    let via = json!({"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}});
    let expected = json!({
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "ReadTrainingData",
                "Effect": "Allow",
                "Action": "s3:GetObject",
                "Resource": ["arn:aws:s3:::corpus/clean/*", "arn:aws:s3:::runs/*"],
            },
            {
                "Sid": "WriteTrainingData",
                "Effect": "Allow",
                "Action": [
                    "s3:AbortMultipartUpload",
                    "s3:DeleteObject",
                    "s3:ListMultipartUploadParts",
                    "s3:PutObject",
                ],
                "Resource": "arn:aws:s3:::runs/*",
            },
            {
                "Sid": "ListBuckets",
                "Effect": "Allow",
                "Action": "s3:ListBucket",
                "Resource": "arn:aws:s3:::runs",
            },
            {
                "Sid": "ListPrefixes1",
                "Effect": "Allow",
                "Action": "s3:ListBucket",
                "Resource": "arn:aws:s3:::corpus",
                "Condition": {"StringLike": {"s3:prefix": ["clean", "clean/*"]}},
            },
            {
                "Sid": "DecryptThroughS3",
                "Effect": "Allow",
                "Action": "kms:Decrypt",
                "Resource": key,
                "Condition": via,
            },
            {
                "Sid": "EncryptThroughS3",
                "Effect": "Allow",
                "Action": "kms:GenerateDataKey",
                "Resource": key,
                "Condition": via,
            },
            deny_elsewhere(),
        ],
    });
    assert_eq!(value(&access.permissions()), expected);
}

#[rstest]
#[case::nothing(&[], &[], &[])]
#[case::unknown(&["sts", "dynamodb", "kms"], &[], &[])]
#[case::registry(&["ecr.api"], &[], &["RegistryTokenTakesNoResource", "PullImages"])]
#[case::registry_too(&["ecr.dkr"], &[], &["RegistryTokenTakesNoResource", "PullImages"])]
#[case::logs(&["logs"], &[], &["WriteLogs", "DenyTouchingFlowLogs"])]
#[case::sessions(
    &["ssm", "ssmmessages"],
    &["ec2"],
    &["RegisterForSessions", "SessionChannelsTakeNoResource"],
)]
#[case::run_command(
    &["ec2messages"],
    &["ec2"],
    &["RegisterForSessions", "SessionChannelsTakeNoResource", "AgentMessagesTakeNoResource"],
)]
#[case::tasks(&[], &["ecs-tasks", "batch"], &[])]
#[case::sagemaker(
    &[],
    &["sagemaker"],
    &[
        "RegistryTokenTakesNoResource",
        "PullImages",
        "WriteLogs",
        "DenyTouchingFlowLogs",
        "CreateInterfacesInThisVpc",
        "HandOverInterfacesInThisVpc",
        "ReleaseInterfacesInThisVpc",
        "DescribingTakesNoResource",
        "MetricsTakeNoResource",
    ],
)]
#[case::sagemaker_endpoints(
    &["sagemaker.api", "sagemaker.runtime"],
    &[],
    &["DescribeTrainingJobs", "InvokeModels"],
)]
fn grants_follow_endpoints_and_services(
    #[case] endpoints: &[&str],
    #[case] services: &[&str],
    #[case] granted: &[&str],
) {
    let permissions = TrainingAccess { endpoints, services, ..some_access() }.permissions();
    let expected: Vec<&str> = ["DenyDataOutsideThisVpc"].iter().chain(granted).copied().collect();
    assert_eq!(sids(&permissions), expected);
}

/// Everything at once.
fn all() -> TrainingAccess<'static> {
    TrainingAccess {
        services: &["ec2", "sagemaker", "batch", "ecs-tasks"],
        read: &["arn:aws:s3:::corpus/clean/", "arn:aws:s3:::public", "arn:aws:s3:::corpus/raw*"],
        write: &["arn:aws:s3:::runs/fraud"],
        kms_keys: &["arn:aws:kms:eu-central-1:123456789012:key/0f"],
        endpoints: &[
            "s3",
            "ecr.api",
            "ecr.dkr",
            "logs",
            "ssm",
            "ssmmessages",
            "ec2messages",
            "sagemaker.api",
            "sagemaker.runtime",
        ],
        ..some_access()
    }
}

#[test]
fn grants_name_their_actions_and_say_why_where_they_are_about_everything() {
    for statement in all().permissions().statement {
        let (Match::Only(actions), Some(Match::Only(resources))) = (&statement.action, &statement.resource) else {
            panic!("not a plain statement: {statement:?}");
        };
        if statement.effect == Effect::Allow {
            assert!(!actions.iter().any(|action| action.contains('*')), "{statement:?}");
            let says_why = statement.sid.as_ref().is_some_and(|sid| sid.contains("Take"));
            assert_eq!(resources.iter().any(|resource| resource == "*"), says_why, "{statement:?}");
        }
    }
}

#[test]
fn names_of_statements_are_letters_and_digits_and_one_of_a_kind() {
    for document in [all().permissions(), all().trust_policy()] {
        let mut names = sids(&document);
        assert_eq!(names.len(), document.statement.len());
        assert!(names.iter().all(|name| name.chars().all(|c| c.is_ascii_alphanumeric())));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), document.statement.len());
    }
}

#[test]
fn documents_fit_with_everything_asked_for() {
    assert_eq!(check_size(&[all().permissions()], Limit::InlinePolicies), Ok(()));
    assert_eq!(check_size(&[all().trust_policy()], Limit::TrustPolicy), Ok(()));
}

#[test]
fn the_order_of_lists_changes_nothing() {
    let all = all();
    let (read, endpoints) = (reversed(all.read), reversed(all.endpoints));
    let services = reversed(all.services);
    let other = TrainingAccess { read: &read, endpoints: &endpoints, services: &services, ..all };
    assert_eq!(other.permissions().to_json(), all.permissions().to_json());
    assert_eq!(other.trust_policy().to_json(), all.trust_policy().to_json());
}

fn reversed<'a>(list: &[&'a str]) -> Vec<&'a str> {
    list.iter().rev().copied().collect()
}

#[test]
fn images_come_from_this_account_and_from_aws() {
    let permissions = TrainingAccess { endpoints: &["ecr.api"], ..some_access() }.permissions();
    let expected = json!([
        "arn:aws:ecr:eu-central-1:123456789012:repository/*",
        "arn:aws:ecr:eu-central-1:763104351884:repository/*",
    ]);
    assert_eq!(statement(&permissions, "PullImages")["Resource"], expected);
}

#[test]
fn flow_logs_are_out_of_reach_of_who_writes_logs() {
    let permissions = TrainingAccess { endpoints: &["logs"], ..some_access() }.permissions();
    let expected = json!({
        "Sid": "DenyTouchingFlowLogs",
        "Effect": "Deny",
        "Action": "logs:*",
        "Resource": [
            "arn:aws:logs:eu-central-1:123456789012:log-group:/ringfence/*",
            "arn:aws:logs:eu-central-1:123456789012:log-group:/ringfence/*:*",
        ],
    });
    assert_eq!(statement(&permissions, "DenyTouchingFlowLogs"), expected);
}

#[test]
fn network_interfaces_are_made_in_this_vpc_alone() {
    let permissions = TrainingAccess { services: &["sagemaker"], ..some_access() }.permissions();
    let vpc = "arn:aws:ec2:eu-central-1:123456789012:vpc/vpc-0a1b2c3d4e5f60718";
    let create = statement(&permissions, "CreateInterfacesInThisVpc");
    assert_eq!(create["Condition"], json!({"ArnLikeIfExists": {"ec2:Vpc": vpc}}));
    let hand_over = statement(&permissions, "HandOverInterfacesInThisVpc");
    let receiver = json!({"ec2:AuthorizedService": "sagemaker.amazonaws.com"});
    let condition = json!({"ArnLike": {"ec2:Vpc": vpc}, "StringEqualsIfExists": receiver});
    assert_eq!(hand_over["Condition"], condition);
    let take_back = statement(&permissions, "ReleaseInterfacesInThisVpc");
    assert_eq!(take_back["Condition"], json!({"ArnLike": {"ec2:Vpc": vpc}}));
}

#[test]
fn the_china_regions_have_names_of_their_own() {
    let scope = some_scope("aws-cn", "cn-north-1");
    let access = TrainingAccess {
        scope,
        read: &["arn:aws-cn:s3:::corpus"],
        kms_keys: &["arn:aws-cn:kms:cn-north-1:123456789012:key/0f"],
        endpoints: &["ecr.api"],
        ..some_access()
    };
    let trust = access.trust_policy();
    let principal = &statement(&trust, "InstancesAssume")["Principal"]["Service"];
    assert_eq!(*principal, "ec2.amazonaws.com.cn");
    let permissions = access.permissions();
    let images = &statement(&permissions, "PullImages")["Resource"];
    assert_eq!(images[1], "arn:aws-cn:ecr:cn-north-1:727897471807:repository/*");
    let via = &statement(&permissions, "DecryptThroughS3")["Condition"]["StringEquals"];
    let names = json!(["s3.cn-north-1.amazonaws.com.cn", "s3.cn-north-1.amazonaws.com"]);
    assert_eq!(via["kms:ViaService"], names);
}

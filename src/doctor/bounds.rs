//! What a permissions boundary has to admit, and what it must not. Pure.

use ringfence_model::policy::{Document, Effect, Match, OneOrMany, Operator, Statement};

/// The actions on data in S3 that policies of roles are made of.
const DATA: [&str; 6] = [
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
];

/// All others that they are made of. `tests/template/test_template.py` holds both equal to what `policy` writes.
const OTHERS: [&str; 36] = [
    "cloudwatch:PutMetricData",
    "ec2:CreateNetworkInterface",
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission",
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
    "ec2messages:AcknowledgeMessage",
    "ec2messages:DeleteMessage",
    "ec2messages:FailMessage",
    "ec2messages:GetEndpoint",
    "ec2messages:GetMessages",
    "ec2messages:SendReply",
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:GetAuthorizationToken",
    "ecr:GetDownloadUrlForLayer",
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:DescribeLogGroups",
    "logs:DescribeLogStreams",
    "logs:PutLogEvents",
    "sagemaker:DescribeTrainingJob",
    "sagemaker:InvokeEndpoint",
    "sagemaker:InvokeEndpointAsync",
    "sagemaker:InvokeEndpointWithResponseStream",
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
];

/// What leads out of any bound: other permissions, other roles, other ways out of a network, secrets, and policies of
/// what data is kept in. A policy that admits one of them bounds nobody.
const NEVER: [&str; 19] = [
    "ec2:AttachInternetGateway",
    "ec2:CreateRoute",
    "ec2:CreateTransitGatewayVpcAttachment",
    "ec2:CreateVpcPeeringConnection",
    "iam:AttachRolePolicy",
    "iam:CreateAccessKey",
    "iam:CreatePolicyVersion",
    "iam:CreateRole",
    "iam:DeleteRolePermissionsBoundary",
    "iam:PassRole",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:UpdateAssumeRolePolicy",
    "kms:CreateGrant",
    "lambda:InvokeFunction",
    "s3:PutBucketPolicy",
    "secretsmanager:GetSecretValue",
    "ssm:SendCommand",
    "sts:AssumeRole",
];

/// How a policy differs from what a boundary should be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Difference {
    /// What roles of environments need and the policy does not admit.
    pub(super) lacking: Vec<&'static str>,
    /// What it admits and must not.
    pub(super) excessive: Vec<&'static str>,
    /// What it admits of data, also outside of any VPC.
    pub(super) outside: Vec<&'static str>,
}

/// The condition keys that a request has only where it comes through an endpoint of a VPC, in lower case:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
const OF_A_VPC: [&str; 6] =
    ["aws:sourcevpc", "aws:sourcevpcarn", "aws:sourcevpce", "aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths"];

/// Judges a policy. An action counts as admitted where some statement allows it on some resource under some condition,
/// and no statement denies it on all of them always.
pub(super) fn judge(policy: &Document) -> Difference {
    Difference {
        lacking: DATA.into_iter().chain(OTHERS).filter(|action| !admits(policy, action)).collect(),
        excessive: NEVER.into_iter().filter(|action| admits(policy, action)).collect(),
        outside: DATA.into_iter().filter(|action| admits_outside(policy, action)).collect(),
    }
}

/// A policy that is right, for an account: what roles can need and nothing else.
pub(super) fn right(account: &str) -> Document {
    let from_a_vpc = Operator::from("Null".to_owned());
    Document::new([
        Statement::allow("UseDataOfThisAccountThroughVpcs", DATA.into_iter().collect::<OneOrMany>())
            .on("*")
            .when(Operator::STRING_EQUALS, "aws:ResourceAccount", account)
            .when(from_a_vpc, "aws:SourceVpc", "false"),
        Statement::allow("WhatElseRolesCanNeed", OTHERS.into_iter().collect::<OneOrMany>()).on("*"),
    ])
}

fn admits(policy: &Document, action: &str) -> bool {
    let about = || policy.statement.iter().filter(|statement| names(&statement.action, action));
    let denied = about().any(|statement| statement.effect == Effect::Deny && is_always(statement));
    !denied && about().any(|statement| statement.effect == Effect::Allow)
}

/// Whether an action is admitted although a request does not come through a VPC. A denial under conditions that name
/// one is not judged, and so counts as the denial that it is meant to be.
fn admits_outside(policy: &Document, action: &str) -> bool {
    let about = |effect| policy.statement.iter().filter(move |one| one.effect == effect && names(&one.action, action));
    let denies = |statement: &Statement| {
        statement
            .condition
            .values()
            .flat_map(|keys| keys.keys())
            .any(|key| OF_A_VPC.contains(&key.to_lowercase().as_str()))
    };
    admits(policy, action)
        && !about(Effect::Deny).any(denies)
        && about(Effect::Allow).any(|statement| !is_through_a_vpc(statement))
}

/// Whether a statement holds only where a key of a VPC is there.
fn is_through_a_vpc(statement: &Statement) -> bool {
    statement.condition.iter().any(|(operator, keys)| {
        let operator = operator.as_str();
        let lets_miss =
            operator.ends_with("IfExists") || operator.starts_with("ForAllValues") || operator.contains("Not");
        keys.iter().filter(|(key, _)| OF_A_VPC.contains(&key.to_lowercase().as_str())).any(|(_, values)| {
            if operator == "Null" { values.iter().all(|value| value == "false") } else { !lets_miss }
        })
    })
}

/// Whether a statement holds for all resources and under any circumstances.
fn is_always(statement: &Statement) -> bool {
    let of_all = match &statement.resource {
        Some(Match::Only(resources)) => resources.iter().any(|resource| resource == "*"),
        _ => false,
    };
    of_all && statement.condition.is_empty()
}

fn names(listed: &Match<OneOrMany>, action: &str) -> bool {
    let any =
        |listed: &OneOrMany| listed.iter().any(|pattern| matches(&pattern.to_lowercase(), &action.to_lowercase()));
    match listed {
        Match::Only(listed) => any(listed),
        Match::AllBut(listed) => !any(listed),
    }
}

/// Whether a text is one of those that a pattern stands for: `*` any characters, `?` one.
fn matches(pattern: &str, text: &str) -> bool {
    let Some(first) = pattern.chars().next() else { return text.is_empty() };
    let rest = &pattern[first.len_utf8()..];
    let mut characters = text.chars();
    match (first, characters.next()) {
        ('*', None) => matches(rest, text),
        ('*', Some(_)) => matches(rest, text) || matches(pattern, characters.as_str()),
        ('?', Some(_)) => matches(rest, characters.as_str()),
        (_, found) => found == Some(first) && matches(rest, characters.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;

    fn judged(statements: Value) -> Difference {
        judge(&json!({"Version": "2012-10-17", "Statement": statements}).to_string().parse().unwrap())
    }

    fn allow(actions: impl Into<Value>) -> Value {
        json!({"Effect": "Allow", "Action": actions.into(), "Resource": "*"})
    }

    #[test]
    fn what_the_doctor_writes_is_right() {
        let right = right("123456789012");
        assert_eq!(judge(&right), Difference::default());
        // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
        assert!(right.size() <= 6_144);
    }

    #[test]
    fn a_policy_that_bounds_nobody_is_told() {
        let found = judged(json!([allow("*")]));
        assert_eq!(found.lacking, Vec::<&str>::new());
        assert_eq!(found.excessive, NEVER);
    }

    #[test]
    fn what_is_left_out_is_told() {
        let found = judged(json!([allow(json!(["s3:Get*", "EC2:*", "ec?:*", "kms:Decrypt"]))]));
        assert!(found.lacking.contains(&"s3:PutObject") && found.lacking.contains(&"kms:GenerateDataKey"));
        assert!(
            !["s3:GetObject", "ec2:DescribeVpcs", "kms:Decrypt"].iter().any(|action| found.lacking.contains(action))
        );
        assert_eq!(found.excessive, &NEVER[..4]);
    }

    #[rstest]
    #[case::denied(json!({"Effect": "Deny", "Action": ["iam:*", "sts:*"], "Resource": "*"}), false)]
    #[case::denied_by_the_rest(json!({"Effect": "Deny", "NotAction": ["s3:*"], "Resource": "*"}), false)]
    #[case::denied_at_times(
        json!({"Effect": "Deny", "Action": "iam:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}),
        true
    )]
    #[case::denied_in_part(json!({"Effect": "Deny", "Action": "iam:*", "Resource": "arn:aws:iam::*:role/x"}), true)]
    fn a_denial_counts_where_it_always_holds(#[case] denial: Value, #[case] admitted: bool) {
        assert_eq!(judged(json!([allow("*"), denial])).excessive.contains(&"iam:CreateRole"), admitted);
    }

    #[rstest]
    #[case::present(json!({"Null": {"aws:SourceVpc": "false"}}), false)]
    #[case::one(json!({"StringEquals": {"aws:sourceVpce": "vpce-1"}}), false)]
    #[case::account(json!({"StringEquals": {"aws:VpceAccount": "123456789012"}}), false)]
    #[case::absent(json!({"Null": {"aws:SourceVpc": "true"}}), true)]
    #[case::if_there(json!({"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}}), true)]
    #[case::another(json!({"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}), true)]
    #[case::else_bound(json!({"StringEquals": {"aws:ResourceAccount": "123456789012"}}), true)]
    fn data_is_of_use_through_a_vpc_alone(#[case] condition: Value, #[case] outside: bool) {
        let mut statement = allow(json!(["s3:GetObject"]));
        statement["Condition"] = condition;
        assert_eq!(judged(json!([statement])).outside, if outside { vec!["s3:GetObject"] } else { vec![] });
    }

    #[test]
    fn data_may_be_denied_outside_of_a_vpc() {
        let condition = json!({"Null": {"aws:SourceVpc": "true"}});
        let denial = json!({"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": condition});
        assert_eq!(judged(json!([allow("*"), denial])).outside, Vec::<&str>::new());
        assert_eq!(judged(json!([allow("*")])).outside, DATA);
    }

    #[test]
    fn what_is_denied_is_lacking() {
        let denial = json!({"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"});
        assert_eq!(judged(json!([allow("*"), denial])).lacking, ["s3:PutObject"]);
    }
}

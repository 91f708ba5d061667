//! The policies of a healthy environment.

use serde_json::{Value, json};

pub(super) const ACCOUNT: &str = "123456789012";

pub(super) fn document(statements: Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

/// This account's principals to this account's resources.
pub(super) fn bound() -> Value {
    json!({
        "Sid": "OwnAccount", "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalAccount": ACCOUNT, "aws:ResourceAccount": ACCOUNT}},
    })
}

/// The layers of images in ECR.
pub(super) fn layers() -> Value {
    json!({
        "Sid": "ImageLayers", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*",
    })
}

/// The packages of Amazon Linux.
pub(super) fn packages() -> Value {
    json!({
        "Sid": "Packages", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["s3:GetObject"],
        "Resource": ["arn:aws:s3:::al2023-repos-us-east-1-de612dc2/*"],
    })
}

/// The Deep Learning Containers of AWS.
pub(super) fn images() -> Value {
    json!({
        "Sid": "DeepLearningContainers", "Effect": "Allow", "Principal": "*",
        "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"],
        "Resource": "arn:aws:ecr:us-east-1:763104351884:repository/*",
        "Condition": {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}},
    })
}

pub(super) fn training_trust() -> Value {
    json!([
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
        {
            "Effect": "Allow", "Principal": {"Service": ["sagemaker.amazonaws.com"]}, "Action": ["sts:AssumeRole"],
            "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
        },
    ])
}

/// Denies S3 to whatever does not come through the VPC.
pub(super) fn deny_outside() -> Value {
    json!({
        "Sid": "ThroughThisVpc", "Effect": "Deny", "Action": "s3:*", "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:SourceVpc": "vpc-1"}},
    })
}

pub(super) fn training_policy() -> Value {
    json!([
        {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::datasets/fraud/*"},
        {"Sid": "Write", "Effect": "Allow", "Action": ["s3:PutObject"], "Resource": "arn:aws:s3:::models/*"},
        {
            "Sid": "List", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::datasets",
            "Condition": {"StringLike": {"s3:prefix": "fraud/*"}},
        },
        {
            "Sid": "Keys", "Effect": "Allow", "Action": "kms:Decrypt",
            "Resource": "arn:aws:kms:us-east-1:210987654321:key/1",
            "Condition": {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}},
        },
        {"Sid": "TakesNoResource", "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
        {
            "Sid": "Pull", "Effect": "Allow", "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            "Resource": [
                format!("arn:aws:ecr:us-east-1:{ACCOUNT}:repository/*"),
                "arn:aws:ecr:us-east-1:763104351884:repository/*",
            ],
        },
        deny_outside(),
    ])
}

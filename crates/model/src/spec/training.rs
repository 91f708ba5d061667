//! `training`: what the training role may do, and where training runs.

use super::{
    arn::{KmsKeyArn, S3Arn},
    fields::fields,
};
use crate::fault::{Faults, Node};
use crate::text::words;

/// The most S3 ARNs to read, and as many to write: the inline policies of a role hold
/// [10,240 characters](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html) together.
const MOST_ARNS: usize = 20;
/// The most keys, for the same reason.
const MOST_KEYS: usize = 20;

fields! {
    /// What the training role may do, and where training runs.
    #[cfg_attr(any(test, feature = "testing"), schemars(default))]
    pub struct Training(given): "an object: the training" {
        /// Who may assume the training role: at least one, kept in ascending order. Default: EC2.
        #[cfg_attr(any(test, feature = "testing"), schemars(length(min = 1, max = TrainingService::ALL.len()), extend("uniqueItems" = true)))]
        pub services: Vec<TrainingService> = vec![TrainingService::Ec2]
            => |node, faults| node.set("services", 1..=TrainingService::ALL.len(), faults, Node::parse),
        /// What it may read: at most 20, kept in ascending order. Default: nothing.
        #[cfg_attr(any(test, feature = "testing"), schemars(length(max = MOST_ARNS), extend("uniqueItems" = true)))]
        pub read: Vec<S3Arn> = Vec::new() => read_arns,
        /// What it may read and write: at most 20, kept in ascending order. Default: nothing.
        #[cfg_attr(any(test, feature = "testing"), schemars(length(max = MOST_ARNS), extend("uniqueItems" = true)))]
        pub write: Vec<S3Arn> = Vec::new() => read_arns,
        /// The keys that it may use for that data: at most 20, kept in ascending order. Default: none.
        #[cfg_attr(any(test, feature = "testing"), schemars(length(max = MOST_KEYS), extend("uniqueItems" = true)))]
        pub kms_keys: Vec<KmsKeyArn> = Vec::new()
            => |node, faults| node.set("ARNs of KMS keys", 0..=MOST_KEYS, faults, Node::parse),
        /// Whether there is a cluster placement group in the first zone. Default: false.
        pub cluster: bool = false => Node::boolean,
    }
}

fn read_arns(node: &Node<'_>, faults: &mut Faults) -> Option<Vec<S3Arn>> {
    node.set("S3 ARNs", 0..=MOST_ARNS, faults, Node::parse)
}

words! {
    /// A service that may assume the training role.
    TrainingService {
        /// AWS Batch.
        Batch = "batch",
        /// Amazon EC2: instances, through the instance profile.
        Ec2 = "ec2",
        /// Tasks of Amazon ECS.
        EcsTasks = "ecs-tasks",
        /// Amazon SageMaker AI.
        SageMaker = "sagemaker",
    }
}

//! `training`: what the training role may do, and where training runs.

use serde::Serialize;

use super::arn::{KmsKeyArn, S3Arn};
use crate::fault::{Faults, Node};
use crate::text::words;

/// The most S3 ARNs to read, and as many to write: the inline policies of a role hold
/// [10,240 characters](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html) together.
const MOST_ARNS: usize = 20;
/// The most keys, for the same reason.
const MOST_KEYS: usize = 20;

/// What the training role may do, and where training runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(any(test, feature = "testing"), derive(schemars::JsonSchema), schemars(default, deny_unknown_fields))]
pub struct Training {
    /// Who may assume the training role: at least one, kept in ascending order. Default: EC2.
    #[cfg_attr(any(test, feature = "testing"), schemars(length(min = 1, max = TrainingService::ALL.len()), extend("uniqueItems" = true)))]
    pub services: Vec<TrainingService>,
    /// What it may read: at most 20, kept in ascending order. Default: nothing.
    #[cfg_attr(any(test, feature = "testing"), schemars(length(max = MOST_ARNS), extend("uniqueItems" = true)))]
    pub read: Vec<S3Arn>,
    /// What it may read and write: at most 20, kept in ascending order. Default: nothing.
    #[cfg_attr(any(test, feature = "testing"), schemars(length(max = MOST_ARNS), extend("uniqueItems" = true)))]
    pub write: Vec<S3Arn>,
    /// The keys that it may use for that data: at most 20, kept in ascending order. Default: none.
    #[cfg_attr(any(test, feature = "testing"), schemars(length(max = MOST_KEYS), extend("uniqueItems" = true)))]
    pub kms_keys: Vec<KmsKeyArn>,
    /// Whether there is a cluster placement group in the first zone. Default: false.
    pub cluster: bool,
}

impl Training {
    pub(super) fn read(node: &Node<'_>, faults: &mut Faults) -> Option<Self> {
        const FIELDS: &[&str] = &["services", "read", "write", "kms_keys", "cluster"];
        let default = Self::default();
        let fields = node.fields("an object: the training", FIELDS, faults);
        let services = |node: &Node<'_>, faults: &mut Faults| {
            node.set("services", 1..=TrainingService::ALL.len(), faults, Node::parse)
        };
        let arns = |node: &Node<'_>, faults: &mut Faults| node.set("S3 ARNs", 0..=MOST_ARNS, faults, Node::parse);
        let keys =
            |node: &Node<'_>, faults: &mut Faults| node.set("ARNs of KMS keys", 0..=MOST_KEYS, faults, Node::parse);
        Some(Self {
            services: fields.read("services", faults, services).unwrap_or(default.services),
            read: fields.read("read", faults, arns).unwrap_or(default.read),
            write: fields.read("write", faults, arns).unwrap_or(default.write),
            kms_keys: fields.read("kms_keys", faults, keys).unwrap_or(default.kms_keys),
            cluster: fields.read("cluster", faults, Node::boolean).unwrap_or(default.cluster),
        })
    }
}

impl Default for Training {
    fn default() -> Self {
        Self {
            services: vec![TrainingService::Ec2],
            read: Vec::new(),
            write: Vec::new(),
            kms_keys: Vec::new(),
            cluster: false,
        }
    }
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

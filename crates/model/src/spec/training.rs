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
        /// Who may assume the training role: `ec2`, `sagemaker`, `batch` (and with it `ecs-tasks`), `ecs-tasks`.
        #[cfg_attr(any(test, feature = "testing"), schemars(length(min = 1, max = TrainingService::ALL.len()), extend("uniqueItems" = true)))]
        pub services: Vec<TrainingService> = vec![TrainingService::Ec2]
            => |node, faults| node.set("services", 1..=TrainingService::ALL.len(), faults, Node::parse),
        /// At most 20 S3 ARNs that the role may read. `arn:aws:s3:::bucket` is all of it, `…/data/` what begins so,
        /// `…/data*` what begins with `data`, `…/data` the object `data` and what begins with `data/`. No other
        /// wildcards. What may be read may be listed, also under the exact name (`data`), as tools ask and so that S3
        /// says of a missing object that it is missing; such a listing shows the keys of `database/` as well, and
        /// nothing of what is in them.
        #[cfg_attr(any(test, feature = "testing"), schemars(length(max = MOST_ARNS), extend("uniqueItems" = true)))]
        pub read: Vec<S3Arn> = Vec::new() => read_arns,
        /// At most 20 S3 ARNs that the role may read and write, each as in `training.read`.
        #[cfg_attr(any(test, feature = "testing"), schemars(length(max = MOST_ARNS), extend("uniqueItems" = true)))]
        pub write: Vec<S3Arn> = Vec::new() => read_arns,
        /// At most 20 KMS keys of the region (`…:key/…`, no aliases) that the role may use for that data, through S3
        /// alone.
        #[cfg_attr(any(test, feature = "testing"), schemars(length(max = MOST_KEYS), extend("uniqueItems" = true)))]
        pub kms_keys: Vec<KmsKeyArn> = Vec::new()
            => |node, faults| node.set("ARNs of KMS keys", 0..=MOST_KEYS, faults, Node::parse),
        /// True: a cluster placement group, `<environment>-training-placement-group`, for EFA and NCCL. It holds the
        /// instances of one zone: launch them in `training_subnet_id`.
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

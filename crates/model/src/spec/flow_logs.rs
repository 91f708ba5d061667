//! `flow_logs`: how the traffic is recorded.

use serde::Serialize;

use super::{arn::KmsKeyArn, fields::fields};
use crate::fault::{Faults, Node};

fields! {
    /// How the traffic of an environment is recorded.
    #[cfg_attr(any(test, feature = "testing"), schemars(default))]
    pub struct FlowLogs(given): "an object: the flow logs" {
        /// How long a record is kept, in days that CloudWatch Logs accepts: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180,
        /// 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653.
        pub retention_days: RetentionDays = RetentionDays::default() => RetentionDays::read,
        /// A KMS key of the region for the log group; its key policy must let CloudWatch Logs use it. Left out: the one
        /// that CloudWatch Logs owns.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub kms_key: Option<KmsKeyArn> => Node::parse,
        /// True: the log group outlives the environment.
        pub retain: bool = false => Node::boolean,
    }
}

/// How many days CloudWatch Logs keeps an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct RetentionDays(u16);

impl RetentionDays {
    /// The numbers of days that
    /// [`PutRetentionPolicy`](https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html)
    /// accepts.
    pub const ACCEPTED: [u16; 22] =
        [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

    /// The number of days, if it is accepted.
    #[must_use]
    pub fn new(days: u16) -> Option<Self> {
        Self::ACCEPTED.contains(&days).then_some(Self(days))
    }

    /// The number of days.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }

    fn read(node: &Node<'_>, faults: &mut Faults) -> Option<Self> {
        let days = node.whole_number().and_then(Self::new);
        if days.is_none() {
            let accepted = Self::ACCEPTED.map(|days| days.to_string()).join(", ");
            node.refuse(&format!("a number of days that CloudWatch Logs accepts ({accepted})"), faults);
        }
        days
    }
}

impl Default for RetentionDays {
    fn default() -> Self {
        Self(365)
    }
}

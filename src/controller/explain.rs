//! Why a step failed, in the words of the request: which of its fields is at fault, and with which value.

use crate::aws::{Blame, CallError};
use ringfence_model::{failure::Failure, stack::Stack};

/// Why a step failed that concerned `resource`; what the resource is wanted for is known where `stack` is.
pub(super) fn explain(resource: &str, error: &CallError, stack: Option<&Stack>) -> Failure {
    let Failure { kind, message, .. } = Failure::from(error.clone());
    let message = format!("{resource}: {message}");
    let Some((blame, stack)) = error.blame().zip(stack) else {
        return Failure::new(kind, message);
    };
    let (pointer, detail) = match blame {
        Blame::KmsKey => ("/spec/flow_logs/kms_key", kms_key(stack)),
        Blame::IpamPool => ("/spec/network/ipam_pool_id", ipam_pool(stack)),
        Blame::RolePolicy => ("/spec/training", None),
        Blame::TrustPolicy => ("/spec/training/services", None),
        Blame::PrefixList => ("/spec/access/ssh_from", None),
        Blame::Tag => ("/spec/tags", None),
        Blame::EndpointService | Blame::NamelessService => ("/spec/egress/endpoints", None),
        Blame::Boundary
        | Blame::Subnet
        | Blame::Table
        | Blame::EventBus
        | Blame::FlowLogRole
        | Blame::Credentials
        | Blame::Account => return Failure::new(kind, message),
    };
    let detail = detail.map(|detail| format!("; {detail}")).unwrap_or_default();
    Failure::of_field(kind, pointer, format!("{message}{detail}"))
}

/// What the policy of the key must allow
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html>).
fn kms_key(stack: &Stack) -> Option<String> {
    let key = stack.spec.flow_logs.kms_key.as_ref()?;
    let (region, suffix) = (&stack.scope.region, stack.scope.dns_suffix());
    Some(format!(
        "the key is {key}; its policy must allow the principal logs.{region}.{suffix} kms:Encrypt, kms:Decrypt, \
         kms:ReEncrypt*, kms:GenerateDataKey* and kms:DescribeKey for the log group {}",
        stack.flow_log_group()
    ))
}

fn ipam_pool(stack: &Stack) -> Option<String> {
    let pool = stack.spec.network.ipam_pool_id.as_ref()?;
    Some(format!("the pool is {pool}, and the block wanted a /{}", stack.spec.network.prefix_length))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::aws::recorded::{filled, recorded};
    use ringfence_model::{spec::Spec, stack::some_stack};

    const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000";
    const POOL: &str = "ipam-pool-0123456789abcdef0";

    fn stack() -> Stack {
        let spec = json!({"network": {"ipam_pool_id": POOL}, "flow_logs": {"kms_key": KEY}});
        Stack { spec: Spec::decode(&spec).unwrap(), ..some_stack("10.0.0.0/16") }
    }

    /// Whatever AWS answers: the resource, the action, what AWS said, and what to do; and where a field is at fault, that
    /// one.
    #[test]
    fn every_answer_is_told_with_its_resource_and_its_field() {
        let (answers, actions) = recorded();
        let mut pointed = 0;
        for answer in &answers {
            for error in answer.errors(&actions) {
                let failure = explain("part", &error, Some(&stack()));
                assert!(failure.message.contains("part: "), "{failure}");
                assert!(failure.message.contains(error.action) && failure.message.contains(&error.code), "{failure}");
                let field = failure.faults.first().map(|fault| &fault.pointer);
                assert_eq!(field, answer.field.as_ref(), "{failure}");
                pointed += usize::from(field.is_some());
                for word in &answer.says {
                    let word = filled(word, error.action).replace("{key}", KEY).replace("{pool}", POOL);
                    assert!(failure.message.contains(&word), "{word:?} is not in {failure}");
                }
            }
        }
        assert!(pointed > 20, "only {pointed}");
    }

    #[test]
    fn without_a_wish_no_field_is_at_fault() {
        let error = CallError::answered("logs:AssociateKmsKey", "InvalidParameterException", "the KMS key is disabled");
        let failure = explain("logs", &error, None);
        assert_eq!(failure.faults, []);
        assert!(failure.message.starts_with("logs: logs:AssociateKmsKey answered InvalidParameterException"));
    }
}

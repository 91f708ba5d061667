//! What a running step has at hand.

use std::sync::{Mutex, OnceLock, PoisonError};

use sha2::{Digest, Sha256};

use crate::aws::{Aws, CallError, Class};
use ringfence_model::plan::Reference;

/// What a running step has at hand.
#[derive(Clone, Copy)]
pub(crate) struct Run<'a> {
    pub(crate) aws: &'a Aws,
    /// What client tokens are derived from, beside the resource's own parameters.
    pub(crate) seed: &'a TokenSeed,
    /// The IDs that the steps before this one made, by the index of the step.
    pub(crate) made: &'a [OnceLock<Option<String>>],
    /// What AWS said last of what the step waits for.
    pub(crate) said: &'a Said,
}

/// What AWS said last while somebody waits: for who is asked what it is that takes so long.
#[derive(Debug, Default)]
pub(crate) struct Said(Mutex<Option<String>>);

impl Said {
    /// Takes note of it.
    pub(crate) fn note(&self, said: impl Into<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(said.into());
    }

    /// What was noted last.
    pub(crate) fn last(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What makes client tokens of one environment differ from those of another, and those of one life of a resource
/// from those of the next: AWS answers a token that it has seen with the resource that it made then, also when that
/// has been deleted since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TokenSeed {
    pub(crate) environment: String,
    /// Moves on each time the environment settles.
    pub(crate) epoch: u64,
}

impl Run<'_> {
    /// The ID of a resource that the step refers to.
    pub(super) fn id<'b>(&'b self, reference: &'b Reference) -> Result<&'b str, CallError> {
        match reference {
            Reference::Present(id) => Ok(id),
            Reference::Made(handle) => {
                self.made.get(handle.index()).and_then(|made| made.get()?.as_deref()).ok_or_else(|| CallError {
                    action: "ringfence",
                    class: Class::Refused,
                    code: String::new(),
                    message: format!("step {} was to make a resource and did not", handle.index()),
                })
            }
        }
    }

    /// The client token of a creation: the same for the same creation however often it is tried, another for any
    /// other. At most 64 ASCII characters, the bound of EC2
    /// (<https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html>).
    pub(super) fn token(&self, resource: &str, vpc: &str) -> String {
        token(self.seed, resource, vpc)
    }
}

fn token(seed: &TokenSeed, resource: &str, vpc: &str) -> String {
    let mut hash = Sha256::new();
    for part in [seed.environment.as_str(), resource, vpc, &seed.epoch.to_string()] {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    format!("{:x}", hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_by_each_part_and_fit() {
        let seed = |environment: &str, epoch| TokenSeed { environment: environment.into(), epoch };
        let one = token(&seed("a", 1), "acl", "vpc-1");
        assert_eq!(one.len(), 64);
        assert_eq!(one, token(&seed("a", 1), "acl", "vpc-1"));
        for other in [
            token(&seed("b", 1), "acl", "vpc-1"),
            token(&seed("a", 2), "acl", "vpc-1"),
            token(&seed("a", 1), "table", "vpc-1"),
            token(&seed("a", 1), "acl", "vpc-2"),
            token(&seed("aa", 1), "cl", "vpc-1"),
        ] {
            assert_ne!(one, other);
        }
    }
}

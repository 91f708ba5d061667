//! Where an environment stands. Pure.

use crate::partition;

/// An account and a region of a partition: where all of an environment stands.
///
/// It travels as one value from the request down, and nobody asks for a part of it elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: String,
    /// The region, such as `eu-central-1`.
    pub region: String,
    /// The account's twelve digits.
    pub account: String,
}

impl Scope {
    /// The ARN of a resource of this account in this region.
    #[must_use]
    pub fn arn(&self, service: &str, resource: &str) -> String {
        self.arn_of(service, &self.account, resource)
    }

    /// The ARN of a resource of any account in this region.
    #[must_use]
    pub fn arn_of(&self, service: &str, account: &str, resource: &str) -> String {
        let Self { partition, region, .. } = self;
        format!("arn:{partition}:{service}:{region}:{account}:{resource}")
    }

    /// What the names of AWS services end in.
    #[must_use]
    pub fn dns_suffix(&self) -> &'static str {
        partition::dns_suffix(&self.partition)
    }
}

/// A scope, for tests of what is derived from one.
#[cfg(test)]
pub(crate) fn some_scope(partition: &str, region: &str) -> &'static Scope {
    let scope =
        Scope { partition: partition.to_owned(), region: region.to_owned(), account: "123456789012".to_owned() };
    Box::leak(Box::new(scope))
}

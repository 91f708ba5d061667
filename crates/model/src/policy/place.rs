//! Where an environment stands.

use super::service_principal;

/// The partition, region and account that an environment stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: &'a str,
    /// The region, such as `eu-central-1`.
    pub region: &'a str,
    /// The account's twelve digits.
    pub account: &'a str,
}

impl Place<'_> {
    /// The ARN of a resource of this account in this region.
    pub(super) fn arn(&self, service: &str, resource: &str) -> String {
        self.arn_of(service, self.account, resource)
    }

    /// The ARN of a resource of any account in this region.
    pub(super) fn arn_of(&self, service: &str, account: &str, resource: &str) -> String {
        let Self { partition, region, .. } = self;
        format!("arn:{partition}:{service}:{region}:{account}:{resource}")
    }

    /// The service principal of an AWS service.
    pub(super) fn principal(&self, service: &str) -> String {
        service_principal(self.partition, service)
    }

    /// The ARN of the objects in a bucket.
    pub(super) fn objects_in(&self, bucket: &str) -> String {
        let partition = self.partition;
        format!("arn:{partition}:s3:::{bucket}/*")
    }
}

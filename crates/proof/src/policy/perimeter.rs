//! What endpoint policies may admit.

use super::super::Expectation;
use super::document::{Document, Statement};
use super::pattern::Arn;

/// The bounds of the environment in terms of identity: its partition, region and account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Perimeter<'a> {
    pub(super) partition: &'a str,
    pub(super) region: &'a str,
    pub(super) account: &'a str,
    pub(super) image_accounts: &'a [String],
    pub(super) s3_callers: &'a [String],
}

/// What reads an object and cannot write one.
const OBJECT_READS: [&str; 2] = ["s3:getobject", "s3:getobjectversion"];

/// What pulls an image and cannot push one.
const IMAGE_READS: [&str; 5] = [
    "ecr:batchchecklayeravailability",
    "ecr:batchgetimage",
    "ecr:describeimages",
    "ecr:describerepositories",
    "ecr:getdownloadurlforlayer",
];

impl<'a> Perimeter<'a> {
    /// The bounds that an environment must keep.
    pub(crate) fn of(expectation: &'a Expectation) -> Self {
        Self {
            partition: &expectation.partition,
            region: &expectation.region,
            account: &expectation.account,
            image_accounts: &expectation.image_accounts,
            s3_callers: &expectation.s3_callers,
        }
    }

    /// What in an endpoint's policy admits others than this account's principals to this account's resources. `Deny`
    /// statements only take away, so that it is each `Allow` which must be bound:
    /// <https://docs.aws.amazon.com/whitepapers/latest/building-a-data-perimeter-on-aws/perimeter-implementation.html>
    pub(crate) fn objections_to_endpoint_policy(self, document: &Document) -> Vec<String> {
        document
            .allowing()
            .filter(|statement| !self.reads_objects_of_aws(statement) && !self.pulls_images_of_aws(statement))
            .filter_map(|statement| {
                let missing: Vec<&str> =
                    [("aws:principalaccount", "aws:PrincipalAccount"), ("aws:resourceaccount", "aws:ResourceAccount")]
                        .into_iter()
                        .filter(|(key, _)| !self.binds_to_account(statement, key))
                        .map(|(_, name)| name)
                        .collect();
                (!missing.is_empty()).then(|| {
                    let (name, keys) = (&statement.name, missing.join(" and "));
                    format!("{name} is not bound by {keys} to account {}", self.account)
                })
            })
            .collect()
    }

    /// Whether a policy admits principals of this account alone, to whatever resources: it binds each `Allow`, or denies
    /// everything to all others, as GuardDuty's does
    /// (<https://docs.aws.amazon.com/guardduty/latest/ug/eksrunmon-prereq-deploy-security-agent.html>).
    pub(crate) fn admits_own_principals_alone(self, document: &Document) -> bool {
        const KEY: &str = "aws:principalaccount";
        let denies = document.statements.iter().any(|statement| {
            !statement.allows
                && statement.is_about_everything()
                && matches!(statement.conditions.as_slice(), [one] if one.catches_all_but(KEY, self.account))
        });
        !self.account.is_empty()
            && (denies || document.allowing().all(|statement| self.binds_to_account(statement, KEY)))
    }

    pub(super) fn binds_to_account(self, statement: &Statement, key: &str) -> bool {
        !self.account.is_empty() && statement.binds(key, &[self.account])
    }

    /// Whether a statement only reads from buckets that AWS owns. It need not be bound: packages are fetched without
    /// signing, and image layers by links that ECR signed.
    fn reads_objects_of_aws(self, statement: &Statement) -> bool {
        only(statement, &OBJECT_READS)
            && all_resources(statement, |arn| {
                let object = arn.bucket().filter(|(_, key)| key.is_some());
                arn.partition == self.partition && object.is_some_and(|(bucket, _)| self.is_bucket_of_aws(bucket))
            })
    }

    /// The buckets that AWS owns and that things do not work without. They are named in full: bucket names are global,
    /// and whatever a wildcard leaves open anybody may take.
    ///
    /// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>,
    /// <https://docs.aws.amazon.com/linux/al2023/ug/deterministic-upgrades.html>
    fn is_bucket_of_aws(self, bucket: &str) -> bool {
        let region = self.region;
        !region.is_empty()
            && [format!("prod-{region}-starport-layer-bucket"), format!("al2023-repos-{region}-de612dc2")]
                .iter()
                .any(|known| known == bucket)
    }

    /// Whether a statement only lets this account's principals pull images that AWS publishes.
    fn pulls_images_of_aws(self, statement: &Statement) -> bool {
        let accounts: Vec<&str> =
            std::iter::once(self.account).chain(self.image_accounts.iter().map(String::as_str)).collect();
        only(statement, &IMAGE_READS)
            && self.binds_to_account(statement, "aws:principalaccount")
            && (statement.binds("aws:resourceaccount", &accounts)
                || all_resources(statement, |arn| {
                    arn.service == "ecr" && arn.partition == self.partition && self.is_image_account(arn.account)
                }))
    }

    pub(super) fn is_image_account(self, account: &str) -> bool {
        self.image_accounts.iter().any(|known| known == account)
    }
}

/// Whether a statement allows these actions alone. IAM does not distinguish cases in actions.
fn only(statement: &Statement, actions: &[&str]) -> bool {
    let named = statement.actions.patterns();
    named.is_some_and(|named| named.iter().all(|action| actions.iter().any(|known| action.eq_ignore_ascii_case(known))))
}

/// Whether all resources of a statement are ARNs that satisfy `test`.
fn all_resources(statement: &Statement, test: impl Fn(&Arn<'_>) -> bool) -> bool {
    let named = statement.resources.as_ref().and_then(|resources| resources.patterns());
    named.is_some_and(|named| named.iter().all(|resource| Arn::parse(resource).is_some_and(|arn| test(&arn))))
}

//! The training data in S3: which objects, which listings, which keys.

use std::collections::{BTreeMap, BTreeSet};

use super::{OneOrMany, Operator, Statement};
use crate::{partition::dns_suffix, scope::Scope};

/// What a role may do with data in S3.
#[derive(Clone, Copy, Debug)]
pub(super) struct TrainingData<'a> {
    /// Where the environment stands.
    pub(super) scope: &'a Scope,
    /// Data that may be read.
    pub(super) read: &'a [&'a str],
    /// Data that may be read and written.
    pub(super) write: &'a [&'a str],
    /// KMS keys that the data may be encrypted with.
    pub(super) kms_keys: &'a [&'a str],
}

impl TrainingData<'_> {
    /// The statements that allow it: none where there is no data.
    pub(super) fn statements(&self) -> Vec<Statement> {
        let written = locations(self.write);
        let mut read = locations(self.read);
        read.extend(&written);

        let mut statements = Vec::new();
        if !read.is_empty() {
            statements.push(Statement::allow("ReadTrainingData", "s3:GetObject").on(objects(&read)));
        }
        if !written.is_empty() {
            statements.push(write_objects(&written));
        }
        statements.extend(list(&read));
        if !self.kms_keys.is_empty() {
            statements.extend(self.use_keys(!read.is_empty(), !written.is_empty()));
        }
        statements
    }

    /// The keys may be used through S3 alone, never directly:
    /// <https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service>.
    /// Multipart uploads decrypt what they have stored before:
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuAndPermissions.html>
    fn use_keys(&self, read: bool, written: bool) -> Vec<Statement> {
        let keys: OneOrMany = self.kms_keys.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        let through_s3 = |statement: Statement| {
            statement.on(keys.clone()).when(Operator::STRING_EQUALS, "kms:ViaService", self.s3_as_caller())
        };
        let mut statements = Vec::new();
        if read {
            statements.push(through_s3(Statement::allow("DecryptThroughS3", "kms:Decrypt")));
        }
        if written {
            statements.push(through_s3(Statement::allow("EncryptThroughS3", "kms:GenerateDataKey")));
        }
        statements
    }

    fn s3_as_caller(&self) -> OneOrMany {
        s3_as_caller(&self.scope.partition, &self.scope.region).into()
    }
}

/// The names by which S3 calls KMS. Where names of services end in a suffix of their partition's own, they do for some
/// and not for others; neither form can be anyone but S3.
pub fn s3_as_caller(partition: &str, region: &str) -> Vec<String> {
    let mut names = vec![format!("s3.{region}.{}", dns_suffix(partition)), format!("s3.{region}.amazonaws.com")];
    names.dedup();
    names
}

/// Some of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Location<'a> {
    /// The bucket's ARN.
    bucket: &'a str,
    part: Part<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part<'a> {
    /// All of it: `bucket`, `bucket/`, `bucket/*`.
    Whole,
    /// What begins so: `bucket/folder/`, `bucket/folder/*`, `bucket/begin*`.
    Beginning(&'a str),
    /// An object of this name and the folder of this name: `bucket/name`. Names that merely begin with
    /// it are not meant: `team-a` does not open `team-ab/`.
    Named(&'a str),
}

impl<'a> Location<'a> {
    fn of(arn: &'a str) -> Self {
        let (bucket, key) = arn.split_once('/').unwrap_or((arn, ""));
        let part = match key.strip_suffix('*').unwrap_or(key) {
            "" => Part::Whole,
            beginning if key.ends_with(['*', '/']) => Part::Beginning(beginning),
            name => Part::Named(name),
        };
        Self { bucket, part }
    }

    fn objects(&self) -> Vec<String> {
        let bucket = self.bucket;
        match self.part {
            Part::Whole => vec![format!("{bucket}/*")],
            Part::Beginning(beginning) => vec![format!("{bucket}/{beginning}*")],
            Part::Named(name) => vec![format!("{bucket}/{name}"), format!("{bucket}/{name}/*")],
        }
    }

    /// The prefixes that a listing may ask for; `None`: any, or none at all.
    ///
    /// Tools ask for a folder without its slash as well, and S3 says of a missing object that it is missing (404, not
    /// 403) only to who may list it:
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html>. So the exact name is among them. Such a
    /// listing also shows the keys of `name-of-another/`, and nothing of what is in them.
    fn prefixes(&self) -> Option<Vec<String>> {
        match self.part {
            Part::Whole => None,
            Part::Beginning(beginning) => {
                let folder = beginning.strip_suffix('/').filter(|name| !name.is_empty()).map(ToOwned::to_owned);
                Some(folder.into_iter().chain([format!("{beginning}*")]).collect())
            }
            Part::Named(name) => Some(vec![name.to_owned(), format!("{name}/*")]),
        }
    }
}

fn locations<'a>(arns: &[&'a str]) -> BTreeSet<Location<'a>> {
    arns.iter().map(|arn| Location::of(arn)).collect()
}

fn objects(locations: &BTreeSet<Location<'_>>) -> OneOrMany {
    let arns: BTreeSet<String> = locations.iter().flat_map(Location::objects).collect();
    arns.into_iter().collect()
}

/// Writing a checkpoint means uploading it in parts, giving up a broken upload, and removing the oldest
/// one. Who may put may also overwrite, so deleting takes nothing away that is not already in reach; old
/// versions of a versioned bucket stay out of reach of both (no `s3:DeleteObjectVersion`).
fn write_objects(written: &BTreeSet<Location<'_>>) -> Statement {
    let actions = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:ListMultipartUploadParts", "s3:PutObject"];
    Statement::allow("WriteTrainingData", actions).on(objects(written))
}

/// Whole buckets share one statement; parts need one for each bucket, lest a prefix of one bucket open
/// the same prefix of another.
fn list(read: &BTreeSet<Location<'_>>) -> Vec<Statement> {
    let mut buckets: BTreeMap<&str, Option<BTreeSet<String>>> = BTreeMap::new();
    for location in read {
        let listed = buckets.entry(location.bucket).or_insert_with(|| Some(BTreeSet::new()));
        match (location.prefixes(), &mut *listed) {
            (Some(asked), Some(prefixes)) => prefixes.extend(asked),
            _ => *listed = None,
        }
    }

    let whole: OneOrMany =
        buckets.iter().filter(|(_, prefixes)| prefixes.is_none()).map(|(bucket, _)| *bucket).collect();
    let parts = buckets.iter().filter_map(|(bucket, prefixes)| prefixes.as_ref().map(|p| (bucket, p)));

    let mut statements = Vec::new();
    if whole.iter().next().is_some() {
        statements.push(Statement::allow("ListBuckets", "s3:ListBucket").on(whole));
    }
    for (number, (bucket, prefixes)) in (1..).zip(parts) {
        let prefixes: OneOrMany = prefixes.iter().cloned().collect();
        statements.push(Statement::allow(&format!("ListPrefixes{number}"), "s3:ListBucket").on(*bucket).when(
            Operator::STRING_LIKE,
            "s3:prefix",
            prefixes,
        ));
    }
    statements
}

#[cfg(test)]
mod tests;

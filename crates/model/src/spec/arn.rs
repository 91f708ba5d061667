//! ARNs of what the training role may use.

use std::fmt;
use std::str::FromStr;

use super::region::is_region;
#[cfg(any(test, feature = "testing"))]
use super::schema;
use crate::fault::Malformed;
use crate::partition::PARTITIONS;
use crate::text::{Text, text_type, through_text};

/// A bucket of Amazon S3, or those of its objects whose keys begin alike: `arn:aws:s3:::bucket/prefix`.
///
/// What stands behind the bucket says which objects:
///
/// | it ends in | they are |
/// | --- | --- |
/// | nothing, `/` or `/*` alone | all |
/// | `data/` or `data/*` | those whose keys begin with `data/` |
/// | `data*` | those whose keys begin with `data`, such as `database` |
/// | `data` | the object `data`, and those whose keys begin with `data/` |
///
/// A wildcard elsewhere (`*`, `?`) and a policy variable (`${`) are refused, and so are access points. Bucket names
/// follow [the rules for new buckets](https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct S3Arn {
    partition: String,
    bucket: String,
    /// What stands behind the bucket and its slash; the wildcard of a final `/*` is left out.
    path: String,
}

impl FromStr for S3Arn {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = || Malformed::new(<Self as Text>::EXPECTED);
        let rest = text.strip_prefix("arn:").ok_or_else(malformed)?;
        let (partition, name) = rest.split_once(":s3:::").ok_or_else(malformed)?;
        if !PARTITIONS.contains(&partition) {
            return Err(malformed());
        }
        let (bucket, path) = name.split_once('/').unwrap_or((name, ""));
        if !is_bucket(bucket) {
            return Err(Malformed::new(
                "an S3 ARN with the name of one bucket: 3 to 63 lower-case letters, digits, dots and hyphens",
            ));
        }
        let path = if path == "*" { "" } else { path };
        let path = if path.ends_with("/*") { &path[..path.len() - 1] } else { path };
        if !is_path(path) {
            return Err(Malformed::new("an S3 ARN with a prefix of at most 1,024 bytes and no wildcard but a final *"));
        }
        Ok(Self { partition: partition.into(), bucket: bucket.into(), path: path.into() })
    }
}

fn is_bucket(name: &str) -> bool {
    let end = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9');
    let bytes = name.as_bytes();
    (3..=63).contains(&bytes.len())
        && bytes.iter().all(|byte| end(*byte) || matches!(byte, b'.' | b'-'))
        && bytes.first().is_some_and(|first| end(*first))
        && bytes.last().is_some_and(|last| end(*last))
        && !name.contains("..")
        && name.parse::<std::net::Ipv4Addr>().is_err()
        && !["xn--", "sthree-"].iter().any(|prefix| name.starts_with(prefix))
        && !["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"].iter().any(|suffix| name.ends_with(suffix))
}

fn is_path(path: &str) -> bool {
    let fixed = path.strip_suffix('*').unwrap_or(path);
    path.len() <= 1_024 && !fixed.contains("${") && !fixed.chars().any(|c| c.is_control() || matches!(c, '*' | '?'))
}

impl fmt::Display for S3Arn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "arn:{}:s3:::{}", self.partition, self.bucket)?;
        if self.path.is_empty() { Ok(()) } else { write!(formatter, "/{}", self.path) }
    }
}

through_text!(
    S3Arn,
    "the ARN of an S3 bucket or prefix such as arn:aws:s3:::bucket/prefix/",
    {"pattern": schema::s3_arn()}
);

text_type! {
    /// The ARN of a KMS key, `arn:aws:kms:us-east-1:111122223333:key/…`; that of an alias is none, since it may come
    /// to mean another key.
    KmsKeyArn,
    "the ARN of a KMS key, not of an alias, such as \
     arn:aws:kms:us-east-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef",
    {"pattern": schema::kms_key_arn()},
    |text| {
        let parts: Vec<&str> = text.split(':').collect();
        let ["arn", partition, "kms", region, account, key] = parts.as_slice() else { return false };
        PARTITIONS.contains(partition)
            && is_region(region)
            && account.len() == 12
            && account.bytes().all(|byte| byte.is_ascii_digit())
            && key.strip_prefix("key/").is_some_and(is_key_id)
    }
}

impl KmsKeyArn {
    /// The region that the key is in.
    #[must_use]
    pub fn region(&self) -> &str {
        self.as_str().split(':').nth(3).unwrap_or_default()
    }
}

/// A UUID, or `mrk-` and its digits alone for a
/// [multi-Region key](https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html).
fn is_key_id(text: &str) -> bool {
    let hexadecimal = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    if let Some(digits) = text.strip_prefix("mrk-") {
        return hexadecimal(digits, 32);
    }
    let parts: Vec<&str> = text.split('-').collect();
    let lengths = [8, 4, 4, 4, 12];
    parts.len() == lengths.len() && parts.iter().zip(lengths).all(|(part, length)| hexadecimal(part, length))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("b/data", "b/data")]
    #[case("b/data/", "b/data/")]
    #[case("b/data/*", "b/data/")]
    #[case("b/data*", "b/data*")]
    #[case("b", "b")]
    #[case("b/", "b")]
    #[case("b/*", "b")]
    fn what_means_the_same_is_written_the_same(#[case] text: &str, #[case] written: &str) {
        let full = |short: &str| short.replacen('b', "arn:aws:s3:::bucket", 1);
        let arn: S3Arn = full(text).parse().unwrap();
        assert_eq!(arn.to_string(), full(written));
        assert_eq!(arn.to_string().parse::<S3Arn>().unwrap(), arn);
    }

    #[rstest]
    #[case("arn:aws-cn:s3:::bucket")]
    #[case("arn:aws-us-gov:s3:::my.bucket-1/a b/c")]
    #[case("arn:aws-eusc:s3:::bucket/data/")]
    #[case("arn:aws-iso-b:s3:::bucket")]
    fn s3_arns(#[case] text: &str) {
        assert_eq!(text.parse::<S3Arn>().unwrap().to_string(), text);
    }

    #[rstest]
    #[case::empty("")]
    #[case::uri("s3://bucket/prefix")]
    #[case::bare("bucket")]
    #[case::another_service("arn:aws:sqs:us-east-1:111122223333:queue")]
    #[case::another_partition("arn:aws2:s3:::bucket")]
    #[case::no_bucket("arn:aws:s3:::")]
    #[case::every_bucket("arn:aws:s3:::*")]
    #[case::many_buckets("arn:aws:s3:::bucket-*/prefix")]
    #[case::access_point("arn:aws:s3:us-east-1:111122223333:accesspoint/point")]
    #[case::access_point_alias("arn:aws:s3:::point-abcdefghijklmnop-s3alias")]
    #[case::with_account("arn:aws:s3::111122223333:bucket")]
    #[case::short("arn:aws:s3:::ab")]
    #[case::upper_case("arn:aws:s3:::Bucket")]
    #[case::underscore("arn:aws:s3:::my_bucket")]
    #[case::address("arn:aws:s3:::192.168.5.4")]
    #[case::dots("arn:aws:s3:::my..bucket")]
    #[case::hyphen_last("arn:aws:s3:::bucket-")]
    #[case::wildcard_within("arn:aws:s3:::bucket/*/data")]
    #[case::two_wildcards("arn:aws:s3:::bucket/data/**")]
    #[case::question_mark("arn:aws:s3:::bucket/dat?")]
    #[case::variable("arn:aws:s3:::bucket/${aws:username}/")]
    #[case::control("arn:aws:s3:::bucket/a\nb")]
    fn no_s3_arns(#[case] text: &str) {
        assert!(text.parse::<S3Arn>().is_err());
    }

    #[rstest]
    #[case("arn:aws:kms:us-east-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef", "us-east-1")]
    #[case("arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/mrk-0123456789abcdef0123456789abcdef", "us-gov-west-1")]
    #[case("arn:aws-eusc:kms:eusc-de-east-1:111122223333:key/mrk-0123456789abcdef0123456789abcdef", "eusc-de-east-1")]
    fn key_arns(#[case] text: &str, #[case] region: &str) {
        assert_eq!(text.parse::<KmsKeyArn>().unwrap().region(), region);
    }

    #[rstest]
    #[case("arn:aws:kms:us-east-1:111122223333:alias/training")]
    #[case("arn:aws:kms:us-east-1:111122223333:key/*")]
    #[case("arn:aws:kms:*:111122223333:key/01234567-89ab-cdef-0123-456789abcdef")]
    #[case("arn:aws:kms:us-east-1:1111:key/01234567-89ab-cdef-0123-456789abcdef")]
    #[case("arn:aws:kms:us-east-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef:x")]
    #[case("arn:aws:s3:::bucket")]
    #[case("01234567-89ab-cdef-0123-456789abcdef")]
    #[case("")]
    fn no_key_arns(#[case] text: &str) {
        assert!(text.parse::<KmsKeyArn>().is_err());
    }
}

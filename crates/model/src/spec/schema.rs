//! What JSON Schema can say of a spec.
//!
//! It says no more than the decoder does, and nearly as much. What it leaves to the decoder: that a block is on its
//! boundary, and fits to `prefix_length`; that blocks are not the whole internet between them; how long a `ttl` is; that
//! a moment exists; that no two elements mean the same, nor two keys differ in case alone; some names that Amazon S3
//! keeps for itself; letters of other scripts in tags; and how long the parts of an ARN or a domain are.

use schemars::Schema;

use crate::partition::PARTITIONS;

const OCTET: &str = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
const REGION: &str = "(?:[a-z]{2}|eusc)(?:-[a-z]+)+-[1-9]";
const LABEL: &str = "[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?";

pub(super) fn private_block() -> String {
    format!("^(?:10\\.{OCTET}|172\\.(?:1[6-9]|2[0-9]|3[01])|192\\.168)\\.{OCTET}\\.0/(?:1[6-9]|2[0-4])$")
}

pub(super) fn block_or_list() -> String {
    format!("^(?:pl-[0-9a-f]{{8,17}}|{OCTET}(?:\\.{OCTET}){{3}}/(?:[1-9]|[12][0-9]|3[0-2]))$")
}

pub(super) fn domain() -> String {
    format!("^(?:\\*\\.)?{LABEL}(?:\\.{LABEL})*\\.?$")
}

pub(super) fn s3_arn() -> String {
    let (partitions, bucket) = (PARTITIONS.join("|"), "[0-9a-z][0-9a-z.-]{1,61}[0-9a-z]");
    format!(r"^arn:(?:{partitions}):s3:::{bucket}(?:/[^*?\x00-\x1F\x7F-\x9F]*\*?)?$")
}

pub(super) fn kms_key_arn() -> String {
    let (partitions, digit) = (PARTITIONS.join("|"), "[0-9a-f]");
    let key = format!("{digit}{{8}}(?:-{digit}{{4}}){{3}}-{digit}{{12}}|mrk-{digit}{{32}}");
    format!("^arn:(?:{partitions}):kms:{REGION}:[0-9]{{12}}:key/(?:{key})$")
}

/// Of the two ends at most one is given, and every field may be left out.
pub(super) fn nothing_required(schema: &mut Schema) {
    schema.remove("required");
    schema.insert("not".to_owned(), serde_json::json!({"required": ["ttl", "expires_at"]}));
}

#[cfg(test)]
mod tests {
    use crate::{
        schema::{assert_committed, read},
        spec::Spec,
    };

    #[test]
    fn the_schema_is_committed() {
        assert_committed::<Spec>("spec", read());
    }
}

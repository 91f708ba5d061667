//! What JSON Schema can say of a spec.
//!
//! It says no more than the decoder does, and nearly as much. What it leaves to the decoder: that a block is on its
//! boundary, and fits to `prefix_length`; that blocks are not the whole internet between them; how long a `ttl` is; that
//! a moment exists; that no two elements mean the same, nor two keys differ in case alone; some names that Amazon S3
//! keeps for itself; letters of other scripts in tags; and how long the parts of an ARN or a domain are.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::{
    AvailabilityZones, Tags,
    flow_logs::RetentionDays,
    network::{PrefixLength, ZoneName},
};
use crate::partition::PARTITIONS;

const OCTET: &str = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
const REGION: &str = "(?:[a-z]{2}|eusc)(?:-[a-z]+)+-[1-9]";
const LABEL: &str = "[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?";

/// What is neither ASCII nor a control character may be a letter; of ASCII, letters, digits and `_ . : / = + - @`.
const TAG_TEXT: &str = r"^[^\x00-\x1F\x21-\x2A\x2C\x3B\x3C\x3E\x3F\x5B-\x5E\x60\x7B-\x9F]*$";
const RESERVED_KEY: &str = "^(?:[Aa][Ww][Ss]:|[Rr][Ii][Nn][Gg][Ff][Ee][Nn][Cc][Ee]:|[Nn][Aa][Mm][Ee]$)";

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

/// A schema that stands where it is used.
macro_rules! inline {
    ($name:ident, |$generator:ident| $schema:expr) => {
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema($generator: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    };
}

inline!(PrefixLength, |_generator| json_schema!({
    "type": "integer", "minimum": Self::SHORTEST, "maximum": Self::LONGEST,
}));
inline!(RetentionDays, |_generator| json_schema!({"type": "integer", "enum": Self::ACCEPTED}));
inline!(AvailabilityZones, |generator| json_schema!({"oneOf": [
    {"type": "integer", "minimum": 1, "maximum": Self::MOST},
    {
        "type": "array", "items": generator.subschema_for::<ZoneName>(), "minItems": 1, "maxItems": Self::MOST,
        "uniqueItems": true,
    },
]}));
inline!(Tags, |_generator| json_schema!({
    "type": "object",
    "maxProperties": Self::MOST,
    "propertyNames": {
        "minLength": 1, "maxLength": Self::LONGEST_KEY, "pattern": TAG_TEXT, "not": {"pattern": RESERVED_KEY},
    },
    "additionalProperties": {"type": "string", "maxLength": Self::LONGEST_VALUE, "pattern": TAG_TEXT},
}));

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

//! The JSON Schemas of what is no object and no text alone.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::{
    AvailabilityZones, Tags,
    flow_logs::RetentionDays,
    network::{PrefixLength, ZoneName},
};

/// What is neither ASCII nor a control character may be a letter; of ASCII, letters, digits and `_ . : / = + - @`.
const TAG_TEXT: &str = r"^[^\x00-\x1F\x21-\x2A\x2C\x3B\x3C\x3E\x3F\x5B-\x5E\x60\x7B-\x9F]*$";
const RESERVED_KEY: &str = "^(?:[Aa][Ww][Ss]:|[Rr][Ii][Nn][Gg][Ff][Ee][Nn][Cc][Ee]:|[Nn][Aa][Mm][Ee]$)";

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

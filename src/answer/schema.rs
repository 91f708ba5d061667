//! What JSON Schema can say of an answer.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::Answer;
use ringfence_model::{
    schema::{assert_committed, written},
    stack::{Export, export_names},
};

/// Every export but the one that holds all others. What is of the plural is a list.
pub(super) fn exports(_: &mut SchemaGenerator) -> Schema {
    let names = export_names().filter(|name| *name != Export::WHOLE);
    let properties: Map<String, Value> = names
        .map(|name| {
            let is_list = name.ends_with("_ids") || name.ends_with("_zones");
            let schema = if is_list {
                json!({"type": "array", "items": {"type": "string"}, "minItems": 1})
            } else {
                json!({"type": "string"})
            };
            (name.to_owned(), schema)
        })
        .collect();
    json_schema!({"type": "object", "properties": properties})
}

#[test]
fn the_schema_is_committed() {
    assert_committed::<Answer>("answer", written());
}

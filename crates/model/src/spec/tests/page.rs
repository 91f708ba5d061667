//! The table of fields in `docs/spec.md`, from what is said where they are declared.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use crate::{
    schema::assert_table,
    spec::{Access, Egress, FlowLogs, Network, Spec, Training},
};

/// The objects within a spec, with the names of their fields.
const PARTS: [(&str, &[&str]); 5] = [
    ("network", Network::FIELDS),
    ("access", Access::FIELDS),
    ("egress", Egress::FIELDS),
    ("training", Training::FIELDS),
    ("flow_logs", FlowLogs::FIELDS),
];

/// The row of a field, given the schema of the object that holds it.
fn row(name: &str, object: &Value, field: &str) -> Vec<String> {
    let schema = &object["properties"][field];
    let default = match &schema["default"] {
        Value::Null => "–".to_owned(),
        Value::String(text) => format!("`{text}`"),
        value @ (Value::Array(_) | Value::Object(_)) => format!("`{value}`"),
        value => value.to_string(),
    };
    let meaning = schema["description"].as_str().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    vec![format!("`{name}`"), default, meaning]
}

#[test]
fn the_table_of_fields_is_committed() {
    let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Spec>().to_value();
    let mut rows = vec![["field", "default", "meaning and bounds"].map(ToOwned::to_owned).to_vec()];
    for field in Spec::FIELDS {
        match PARTS.iter().find(|(part, _)| part == field) {
            None => rows.push(row(field, &schema, field)),
            Some((part, fields)) => {
                let path = schema["properties"][field]["$ref"].as_str().unwrap().trim_start_matches('#');
                let object = schema.pointer(path).unwrap();
                assert_eq!(object["properties"].as_object().unwrap().len(), fields.len(), "{part}");
                rows.extend(fields.iter().map(|field| row(&format!("{part}.{field}"), object, field)));
            }
        }
    }
    assert_table("spec.md", "fields", &rows);
}

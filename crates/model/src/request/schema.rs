//! What JSON Schema can say of a request: which fields belong to which action.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::{
    Action, ListRequest, Request, View,
    decode::{FIELDS, LONGEST_TOKEN},
};
use crate::{
    name::EnvironmentName,
    schema::{in_file, moment},
};

impl JsonSchema for Request {
    fn schema_name() -> Cow<'static, str> {
        "Request".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let requests: Vec<Value> = Action::ALL.iter().map(|action| request(*action, generator)).collect();
        json_schema!({
            "description": "What is asked: one request, wherever it comes from.",
            "type": "object", "required": ["action"], "oneOf": requests,
        })
    }
}

fn request(action: Action, generator: &mut SchemaGenerator) -> Value {
    let belongs = FIELDS.iter().filter(|(_, actions)| actions.contains(&action)).map(|(name, _)| *name);
    let properties: Map<String, Value> =
        belongs.map(|name| (name.to_owned(), field(name, action, generator).to_value())).collect();
    let required: Vec<&str> =
        ["action", "environment"].into_iter().filter(|name| properties.contains_key(*name)).collect();
    json!({
        "title": action.as_str(), "type": "object", "properties": properties, "required": required,
        "additionalProperties": false,
    })
}

fn field(name: &str, action: Action, generator: &mut SchemaGenerator) -> Schema {
    let (mut schema, description) = match name {
        "action" => (json_schema!({"const": action.as_str()}), "What is asked to be done."),
        "environment" => (generator.subschema_for::<EnvironmentName>(), "The environment."),
        "spec" => (in_file("spec"), "What it should be. Left out: every default."),
        "requested_at" => (
            moment(generator),
            "Puts the requests for one environment in order; at most 5 minutes ahead of the clock. Left out: the \
             carrier's own time, else now.",
        ),
        "limit" => (
            json_schema!({
                "type": "integer", "minimum": 1, "maximum": ListRequest::MOST, "default": ListRequest::DEFAULT_LIMIT,
            }),
            "How many environments at most.",
        ),
        "next_token" => (
            json_schema!({"type": "string", "minLength": 1, "maxLength": LONGEST_TOKEN}),
            "Where the page before this one ended, as its answer said.",
        ),
        "view" => {
            let mut schema = generator.subschema_for::<View>();
            schema.insert("default".to_owned(), View::Json.as_str().into());
            (schema, "How it is answered: in words, or drawn.")
        }
        other => unreachable!("{other} has no schema"),
    };
    schema.insert("description".to_owned(), description.into());
    schema
}

#[cfg(test)]
mod tests {
    use super::Request;
    use crate::schema::{assert_committed, read};

    #[test]
    fn the_schema_is_committed() {
        assert_committed::<Request>("request", read());
    }
}

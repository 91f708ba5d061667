//! What JSON Schema can say of what goes out on the event bus.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::{DELETED, EXPIRING, EXPOSED, FAILED, READY, REPAIRED, SOURCE};
use ringfence_model::schema::{assert_committed, in_file, moment, written};

/// An announcement as EventBridge delivers it
/// (<https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html>).
struct Notification;

impl JsonSchema for Notification {
    fn schema_name() -> Cow<'static, str> {
        "Notification".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "An announcement, as EventBridge delivers it.",
            "type": "object",
            "properties": {
                "version": {"description": "Of the form of the event.", "const": "0"},
                "id": {"description": "The event's own.", "type": "string", "minLength": 1},
                "detail-type": {
                    "description": "What is announced.",
                    "enum": [READY, REPAIRED, EXPOSED, FAILED, EXPIRING, DELETED],
                },
                "source": {"description": "Who announces it.", "const": SOURCE},
                "account": {"description": "The account of the bus.", "type": "string", "pattern": "^[0-9]{12}$"},
                "time": {"description": "When it was sent.", "allOf": [moment(generator)]},
                "region": {"description": "The region of the bus.", "type": "string", "minLength": 1},
                "resources": {"description": "None.", "type": "array", "items": {"type": "string"}},
                "detail": {"description": "How the environment is.", "allOf": [in_file("answer")]},
            },
            "required": [
                "version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail",
            ],
        })
    }
}

#[test]
fn the_schema_is_committed() {
    assert_committed::<Notification>("notification", written());
}

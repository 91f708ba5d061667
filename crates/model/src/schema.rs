//! The JSON Schemas in `schemas/`, and tables of pages in `docs/`: what goes in and out, said from the types themselves.
//!
//! Only tests know of them. The program itself reads requests by hand, and says more of what is wrong with one.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, json_schema};
use serde_json::Value;

/// The variable under which they are written, instead of being compared with those that are there.
const WRITE: &str = "RINGFENCE_WRITE_SCHEMAS";

/// Shows that `schemas/<name>.json` is what the code says of `T`: as it is read, or as it is written.
pub fn assert_committed<T: JsonSchema>(name: &str, settings: SchemaSettings) {
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    tidy(&mut schema);
    let schema = format!("{schema:#}\n");
    assert_file(&Path::new("schemas").join(name).with_extension("json"), &schema);
}

/// Shows that the table `name` of `docs/<page>` is what the code says: rows of cells, the first of them its head. It stands
/// between two comments that name it.
pub fn assert_table(page: &str, name: &str, rows: &[Vec<String>]) {
    let path = Path::new("docs").join(page);
    let text = fs::read_to_string(from_root(&path)).unwrap_or_default();
    let (begin, end) = (format!("<!-- {name}: written by `make schemas` -->\n"), format!("<!-- {name}: end -->"));
    let parts = text.split_once(&begin).and_then(|(before, rest)| Some((before, rest.split_once(&end)?.1)));
    assert!(parts.is_some(), "{} has no table of {name}", path.display());
    let (before, after) = parts.unwrap_or_default();
    let row = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let mut table: String = rows.iter().map(|cells| row(cells)).collect();
    let ruler: Vec<String> = rows.iter().take(1).flatten().map(|_| "---".to_owned()).collect();
    table.insert_str(rows.first().map_or(0, |head| row(head).len()), &row(&ruler));
    assert_file(&path, &format!("{before}{begin}{table}{end}{after}"));
}

/// Shows that a file is what the code says, or writes it.
fn assert_file(path: &Path, text: &str) {
    let file = from_root(path);
    if env::var_os(WRITE).is_some() {
        assert!(fs::write(&file, text).is_ok(), "{} cannot be written", path.display());
    }
    let committed = fs::read_to_string(&file).unwrap_or_default();
    assert!(committed == text, "{} is not what the code says: run `make schemas`", path.display());
}

fn from_root(path: &Path) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// How what comes in is described.
pub fn read() -> SchemaSettings {
    SchemaSettings::draft2020_12().for_deserialize()
}

/// How what goes out is described.
pub fn written() -> SchemaSettings {
    SchemaSettings::draft2020_12().for_serialize()
}

/// A moment, for fields that hold one.
pub fn moment(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "format": "date-time",
        "pattern": concat!(
            "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\\.[0-9]{1,9})?",
            "(?:[Zz]|[+-][0-9]{2}:[0-9]{2})$"
        ),
    })
}

/// A spec, for fields that hold one.
pub fn spec(_: &mut SchemaGenerator) -> Schema {
    in_file("spec")
}

/// What stands in another file, for types that have a schema of their own.
pub fn in_file(name: &str) -> Schema {
    json_schema!({"$ref": format!("{name}.json")})
}

/// Nothing is ever null: what is not there is left out. JSON knows no numbers of 16 bits, and a description no lines.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if let Some(Value::Array(types)) = fields.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    fields.insert("type".to_owned(), only);
                }
            }
            let is_null = |schema: &Value| schema.get("type").is_some_and(|name| name == "null");
            if let Some(Value::Array(several)) = fields.get_mut("anyOf") {
                several.retain(|one| !is_null(one));
                if let [Value::Object(only)] = several.as_slice() {
                    let only = only.clone();
                    fields.remove("anyOf");
                    fields.extend(only);
                }
            }
            if let Some(Value::String(description)) = fields.get_mut("description") {
                *description = description.split_whitespace().collect::<Vec<_>>().join(" ");
            }
            fields.retain(|name, value| match name.as_str() {
                "format" => !value.as_str().is_some_and(|format| format.starts_with("uint")),
                "default" => !value.is_null(),
                _ => true,
            });
            fields.values_mut().for_each(tidy);
        }
        Value::Array(several) => several.iter_mut().for_each(tidy),
        _ => {}
    }
}

//! The schemas of bodies.

use playhead_model::catalog::{Answer, Column, ColumnKind, Table};
use playhead_model::outcome::{Refusal, Settled};
use playhead_model::report;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// Every schema by its name.
pub(super) fn all() -> Map<String, Value> {
    let written: Map<String, Value> =
        serde_json::from_str(include_str!("schemas.json")).expect("a test reads it");
    let mut all = written;
    all.extend(reports());
    for (name, table) in [
        ("SessionRow", Table::Sessions),
        ("AdRow", Table::Ads),
        ("ChapterRow", Table::Chapters),
        ("StateRow", Table::States),
    ] {
        all.insert(name.to_owned(), row(table));
    }
    let counts = |names: &mut dyn Iterator<Item = &'static str>| {
        let names: Vec<&str> = names.collect();
        let count = json!({ "$ref": "#/components/schemas/Count" });
        let properties: Map<String, Value> = names
            .iter()
            .map(|name| ((*name).to_owned(), count.clone()))
            .collect();
        json!({ "type": "object", "required": names, "properties": properties })
    };
    let refusals = counts(&mut Refusal::ALL.iter().map(|it| it.name()));
    all.insert("Refusals".to_owned(), refusals);
    let settlements = counts(&mut Settled::ALL.iter().map(|it| it.name()));
    all.insert("Settlements".to_owned(), settlements);
    all
}

/// Requests and answers of reports and searches, and what they are made of.
fn reports() -> Map<String, Value> {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    generator.subschema_for::<report::Request>();
    generator.subschema_for::<report::Answer>();
    generator.subschema_for::<report::SearchRequest>();
    generator.subschema_for::<report::SearchAnswer>();
    generator.take_definitions(true)
}

/// What is told of a session, an ad, a chapter or a state.
fn row(table: Table) -> Value {
    let mut required = Vec::new();
    let mut properties = Map::new();
    for column in table.columns() {
        let (name, schema) = match column.about.answer {
            Answer::No => continue,
            Answer::Always(name) => {
                required.push(name);
                (name, value(column, column.is_nullable))
            }
            Answer::IfSet(name) => (name, value(column, false)),
        };
        properties.insert(name.to_owned(), schema);
    }
    json!({ "type": "object", "required": required, "properties": properties })
}

fn value(column: &Column, is_nullable: bool) -> Value {
    let name = match column.kind {
        ColumnKind::Flag => "boolean",
        ColumnKind::Int | ColumnKind::Day => "integer",
        ColumnKind::Float => "number",
        ColumnKind::Text => "string",
        ColumnKind::Texts | ColumnKind::Stretches => "array",
        ColumnKind::Pairs => "object",
    };
    let kind = if is_nullable {
        json!([name, "null"])
    } else {
        json!(name)
    };
    let mut schema = json!({ "title": column.about.title, "type": kind });
    match column.kind {
        ColumnKind::Texts => schema["items"] = json!({ "type": "string" }),
        ColumnKind::Pairs => schema["additionalProperties"] = json!({ "type": "string" }),
        ColumnKind::Stretches => {
            schema["items"] = json!({ "type": "array", "items": { "type": "integer" } });
        }
        _ => {}
    }
    schema
}

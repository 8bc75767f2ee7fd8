//! `GET /openapi.json`: the API of the console, described from the routes that serve it.
//!
//! Paths and methods are those of the [routes]. Requests and answers of reports and
//! searches are described from their types, rows of sessions from the catalogue, the rest by `schemas.json`.

mod schemas;

use std::sync::LazyLock;

use axum::Json;
use serde_json::{Map, Value, json};

use super::routes::{self, About, Access, Answers};
use super::sql::Format;

pub(super) async fn document() -> Json<&'static Value> {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(describe);
    Json(&DOCUMENT)
}

/// The whole document.
pub(super) fn describe() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for (path, method, about) in routes::described() {
        let path = paths.entry(path).or_insert_with(|| json!({}));
        path[method] = operation(path_parameters(&about), &about);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "playhead console",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The private side of playhead. Members may be added to any answer.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas::all(),
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer" },
                "login": { "type": "apiKey", "in": "cookie", "name": "playhead" },
            },
        },
    })
}

fn path_parameters(about: &About) -> Vec<Value> {
    let in_path = about.path_parameters.iter().map(|(name, description)| {
        json!({
            "name": name, "in": "path", "required": true,
            "description": description, "schema": { "type": "string" },
        })
    });
    let in_query = about.parameters.iter().map(|parameter| {
        json!({
            "name": parameter.name, "in": "query", "description": parameter.description,
            "schema": parameter.kind.schema(),
        })
    });
    in_path.chain(in_query).collect()
}

fn operation(parameters: Vec<Value>, about: &About) -> Value {
    let mut responses: Map<String, Value> = Map::new();
    let mut add = |status: u16, description: &str, content: Value| {
        let mut response = json!({ "description": description });
        if !content.is_null() {
            response["content"] = content;
        }
        responses.insert(status.to_string(), response);
    };
    match &about.answers {
        Answers::Nothing(status) => add(*status, "Done.", Value::Null),
        Answers::Json(schema) => add(200, "The answer.", content("application/json", schema)),
        Answers::JsonOrText(schema) => {
            let mut either = content("application/json", schema);
            either["text/plain"] = json!({ "schema": { "type": "string" } });
            add(200, "The answer, as `Accept` says.", either);
        }
        Answers::Text => add(
            200,
            "The answer.",
            json!({ "text/plain": { "schema": { "type": "string" } } }),
        ),
        Answers::Stream(schema) => add(
            200,
            "Server-sent events; the data of each follows the schema.",
            content("text/event-stream", schema),
        ),
        Answers::Rows(schema) => {
            let mut forms = content("application/json", schema);
            let bytes = json!({ "schema": { "type": "string", "contentEncoding": "binary" } });
            for format in [Format::Csv, Format::Arrow, Format::Parquet] {
                forms[format.media_type()] = bytes.clone();
            }
            let description = "The answer, as `format` says, or `Accept`.";
            add(200, description, forms);
        }
        Answers::Document => add(
            200,
            "An OpenAPI document.",
            json!({ "application/json": { "schema": { "type": "object" } } }),
        ),
    }
    for (status, description) in about.failures {
        let schema = if *status == 503 && about.tells_readiness {
            "Readiness"
        } else {
            "Error"
        };
        add(*status, description, content("application/json", schema));
    }
    let forbidden = "`Host` or `Origin` is not the console's.";
    add(403, forbidden, content("application/json", "Error"));
    let mut operation = json!({
        "operationId": about.id,
        "summary": about.summary,
        "responses": responses,
    });
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if let Some(schema) = about.body {
        operation["requestBody"] =
            json!({ "required": true, "content": content("application/json", schema) });
    }
    if about.access == Access::Token {
        operation["security"] = json!([{ "token": [] }, { "login": [] }, {}]);
        let missing = "The token is missing or wrong.";
        operation["responses"]["401"] =
            json!({ "description": missing, "content": content("application/json", "Error") });
    }
    operation
}

fn content(kind: &str, schema: &str) -> Value {
    json!({ kind: { "schema": { "$ref": format!("#/components/schemas/{schema}") } } })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every `$ref` below a value.
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    match value.as_str() {
                        Some(to) if name == "$ref" => found.push(to.to_owned()),
                        _ => references(value, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }

    #[test]
    fn every_schema_that_is_named_is_there_and_every_one_there_is_named() {
        let document = describe();
        let mut found = Vec::new();
        references(&document, &mut found);
        for reference in &found {
            let place = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(place).is_some(), "{reference}");
        }
        for name in document["components"]["schemas"]
            .as_object()
            .unwrap()
            .keys()
        {
            let reference = format!("#/components/schemas/{name}");
            assert!(found.contains(&reference), "{name} is used nowhere");
        }
    }
}

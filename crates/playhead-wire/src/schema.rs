//! The published JSON Schemas (draft-04), made from the table of keys.
//!
//! They say what the strict profile takes, but for what no schema can hold: that client times are
//! near the time of arrival, and which endpoint takes which event.

use playhead_model::keys::{EventType, KeyId, Kind, Place, keys_of};
use serde_json::{Map, Value, json};

/// Name under which the schema of a whole offline session is published.
pub const DOWNLOADED: &str = "downloaded";

/// The schema published under a name: one of the 19 event types, or `downloaded`.
pub fn by_name(name: &str) -> Option<Value> {
    match EventType::from_name(name) {
        Some(event) => schema(event),
        None => (name == DOWNLOADED).then(downloaded),
    }
}

/// The schema of an event type; none for `statesUpdate`, which is no part of the protocol.
pub fn schema(event: EventType) -> Option<Value> {
    EventType::PUBLISHED
        .contains(&event)
        .then(|| document(event.name(), "object", &[event]))
}

/// The schema of a whole offline session.
pub fn downloaded() -> Value {
    let mut document = document(DOWNLOADED, "array", EventType::PUBLISHED);
    let later: Vec<_> = EventType::PUBLISHED
        .iter()
        .filter(|event| **event != EventType::SessionStart)
        .map(|event| reference(event.name()))
        .collect();
    document["definitions"][DOWNLOADED] = json!({
        "type": "array",
        "minItems": 1,
        "items": [reference(EventType::SessionStart.name())],
        "additionalItems": { "oneOf": later },
    });
    document
}

fn document(name: &str, json_type: &str, events: &[EventType]) -> Value {
    let names: Vec<_> = EventType::PUBLISHED
        .iter()
        .map(|event| event.name())
        .collect();
    let mut definitions = Map::new();
    // Any event serves: these two objects are the same on all.
    let any = EventType::Ping;
    definitions.insert("playerTime".to_owned(), object(any, Place::PlayerTime));
    definitions.insert(
        "eventType".to_owned(),
        json!({ "type": "string", "enum": names }),
    );
    definitions.insert("qoeData".to_owned(), object(any, Place::Qoe));
    definitions.insert("customMetadata".to_owned(), custom_metadata());
    for event in events {
        definitions.insert(event.name().to_owned(), envelope(*event));
    }
    json!({
        "$schema": "http://json-schema.org/draft-04/schema#",
        "id": format!("urn:playhead:collection:v1:{name}"),
        "type": json_type,
        "definitions": definitions,
        "$ref": format!("#/definitions/{name}"),
    })
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/definitions/{name}") })
}

fn envelope(event: EventType) -> Value {
    let mut envelope = object(event, Place::Envelope);
    envelope["properties"]["eventType"] =
        json!({ "allOf": [reference("eventType"), { "enum": [event.name()] }] });
    // A ping has no parameters of its own, and what comes is ignored.
    envelope["properties"]["params"] = match event {
        EventType::Ping => json!({ "type": "object" }),
        _ => object(event, Place::Params),
    };
    envelope
}

/// A closed object with the keys that an event may carry in a place.
fn object(event: EventType, place: Place) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for spec in keys_of(event, place) {
        let mut value = value(spec.kind);
        // Next to a reference nothing else counts.
        if value.get("$ref").is_none() {
            value["description"] = spec.about.into();
        }
        properties.insert(spec.name.to_owned(), value);
        if spec.required.contains(event) {
            required.push(spec.name);
        }
    }
    let mut object =
        json!({ "type": "object", "properties": properties, "additionalProperties": false });
    // Draft-04 does not take an empty list.
    if !required.is_empty() {
        object["required"] = required.into();
    }
    object
}

fn value(kind: Kind) -> Value {
    match kind {
        Kind::String | Kind::ErrorId => json!({ "type": "string" }),
        Kind::Number => json!({ "type": "number" }),
        Kind::NonNegative => json!({ "type": "number", "minimum": 0 }),
        // "integer" alone would refuse 15.0 in draft-04, which the protocol takes.
        Kind::Integer => json!({ "type": ["integer", "number"], "multipleOf": 1 }),
        Kind::Boolean => json!({ "type": "boolean" }),
        Kind::AuthState => json!({ "enum": [0, 1, 2] }),
        Kind::ErrorSource => json!({ "enum": ["player", "external"] }),
        Kind::StateName => json!({ "type": "string", "pattern": "^[a-zA-Z0-9_.]{1,64}$" }),
        Kind::EventType => reference("eventType"),
        Kind::PlayerTime => reference("playerTime"),
        Kind::QoeData => reference("qoeData"),
        Kind::CustomMetadata => reference("customMetadata"),
        Kind::CustomerIds => json!({ "type": "object", "additionalProperties": customer_id() }),
        // Both are put in place by the event, or not published.
        Kind::Params | Kind::StateList => json!({}),
    }
}

/// An entry is open: other members than these two may be there.
fn customer_id() -> Value {
    let mut entry = object(EventType::SessionStart, Place::CustomerId);
    entry["additionalProperties"] = true.into();
    debug_assert_eq!(entry["required"], json!([KeyId::CUSTOMER_ID.name()]));
    entry
}

fn custom_metadata() -> Value {
    json!({
        "type": "object",
        "patternProperties": { "^[a-zA-Z0-9_.]+$": { "type": "string" } },
        "additionalProperties": false,
    })
}

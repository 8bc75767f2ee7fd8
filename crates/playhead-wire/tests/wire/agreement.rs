//! The schema we publish is the schema we enforce.

use std::collections::HashMap;

use jsonschema::Validator;
use playhead_model::keys::EventType;
use playhead_wire::{Clock, Profile, downloaded, schema};
use serde_json::{Value, json};

use crate::{
    decode,
    random::{Random, slip, sound},
};

fn validators() -> HashMap<String, Validator> {
    EventType::PUBLISHED
        .iter()
        .map(|event| event.name())
        .chain([schema::DOWNLOADED])
        .map(|name| {
            let schema = schema::by_name(name).expect("a published name");
            (
                name.to_owned(),
                jsonschema::validator_for(&schema).expect("a sound schema"),
            )
        })
        .collect()
}

/// What no schema holds: times that are none, and a flag that sends a start to another endpoint.
fn is_beyond_schemas(body: &Value) -> bool {
    body["playerTime"]["ts"]
        .as_f64()
        .is_some_and(|ts| ts.abs() > 8.64e15)
        || body["params"]["media.downloaded"] == true
}

#[test]
fn the_strict_profile_takes_what_the_schema_takes() {
    let validators = validators();
    let mut random = Random(2026);
    let (mut taken, mut refused) = (0, 0);
    for round in 0..60_000 {
        let event = *random.pick(EventType::PUBLISHED);
        let all = random.one_in(20);
        let mut body = sound(event, all, &mut random);
        for _ in 0..random.below(3) {
            slip(&mut body, &mut random);
        }
        if is_beyond_schemas(&body) {
            continue;
        }
        let named = body["eventType"]
            .as_str()
            .and_then(|name| validators.get(name));
        let valid = named.is_some_and(|validator| validator.is_valid(&body));
        let strict = decode(&body, Profile::Strict, Clock::Unchecked);
        assert_eq!(strict.is_ok(), valid, "round {round}: {body}\n{strict:?}");
        if let Ok(strict) = strict {
            taken += 1;
            assert_eq!(
                decode(&body, Profile::Lenient, Clock::Unchecked),
                Ok(strict),
                "{body}"
            );
        } else {
            refused += 1;
        }
    }
    assert!(taken > 10_000 && refused > 10_000, "{taken} {refused}");
}

#[test]
fn batches_agree_with_the_schema_too() {
    let validator = &validators()[schema::DOWNLOADED];
    let mut random = Random(7);
    let (mut taken, mut refused) = (0, 0);
    for round in 0..6_000 {
        let mut batch = Vec::new();
        for at in 0..random.below(6) {
            let start = if random.one_in(20) { at > 0 } else { at == 0 };
            let event = if start {
                EventType::SessionStart
            } else {
                *random.pick(&EventType::PUBLISHED[1..])
            };
            let mut body = sound(event, false, &mut random);
            if random.one_in(10) {
                slip(&mut body, &mut random);
            }
            batch.push(body);
        }
        if batch.iter().any(is_beyond_schemas) {
            continue;
        }
        let body = Value::from(batch);
        let decoded = downloaded(
            body.to_string().as_bytes(),
            Profile::Strict,
            Clock::Unchecked,
        );
        assert_eq!(
            decoded.is_ok(),
            validator.is_valid(&body),
            "round {round}: {body} {decoded:?}"
        );
        if decoded.is_ok() {
            taken += 1
        } else {
            refused += 1
        }
    }
    assert!(taken > 1_000 && refused > 1_000, "{taken} {refused}");
}

#[test]
fn a_schema_document_has_the_documented_members() {
    let document = schema::by_name("adStart").expect("a published name");
    let mut members: Vec<_> = document.as_object().expect("an object").keys().collect();
    members.sort();
    assert_eq!(members, ["$ref", "$schema", "definitions", "id", "type"]);
    assert_eq!(
        document["$schema"],
        "http://json-schema.org/draft-04/schema#"
    );
    assert_eq!(document["$ref"], "#/definitions/adStart");
    let definitions: Vec<_> = document["definitions"]
        .as_object()
        .expect("an object")
        .keys()
        .collect();
    assert_eq!(
        definitions,
        [
            "adStart",
            "customMetadata",
            "eventType",
            "playerTime",
            "qoeData"
        ]
    );
    assert_eq!(
        document["definitions"]["eventType"]["enum"]
            .as_array()
            .map(Vec::len),
        Some(19)
    );
    assert_eq!(
        document["definitions"]["adStart"]["properties"]["params"]["required"],
        json!([
            "media.ad.id",
            "media.ad.length",
            "media.ad.podPosition",
            "media.ad.playerName"
        ])
    );
    assert!(schema::by_name("statesUpdate").is_none() && schema::by_name("pause").is_none());
}

//! What the strict profile takes is what a schema written apart from the table takes.

use std::collections::HashMap;

use jsonschema::Validator;
use playhead_model::keys::{EventType, KEYS, KeySpec, Kind};
use playhead_wire::Profile;
use serde_json::{Value, json};

use super::{SID, decode, event, start};
use crate::random::{Random, slip, value};

fn validators() -> HashMap<&'static str, Validator> {
    let text = include_str!("../../edge-events.schema.json");
    let schema: Value = serde_json::from_str(text).unwrap();
    let of = |event: &EventType| {
        let mut one = schema.clone();
        one["$ref"] = format!("#/$defs/{}", event.name()).into();
        (event.name(), jsonschema::validator_for(&one).unwrap())
    };
    events().iter().map(of).collect()
}

fn events() -> Vec<EventType> {
    let not_here = [EventType::StateStart, EventType::StateEnd];
    let all = EventType::ALL.into_iter();
    all.filter(|event| !not_here.contains(event)).collect()
}

/// A value for a key, in its form on Edge.
fn sound(spec: &KeySpec, random: &mut Random) -> Value {
    match (spec.name, spec.kind) {
        ("media.streamType", _) => (*random.pick(&["video", "audio"])).into(),
        (_, Kind::Number) => value(Kind::Integer, random),
        (_, kind) => value(kind, random),
    }
}

fn sound_event(event_type: EventType, random: &mut Random) -> Value {
    let mut sent = match event_type {
        EventType::SessionStart => start(),
        _ => event(event_type.name(), json!({})),
    };
    let collection = &mut sent["xdm"]["mediaCollection"];
    for spec in KEYS {
        let Some(edge) = spec.edge.filter(|edge| edge.events.contains(event_type)) else {
            continue;
        };
        let path: Vec<&str> = edge.path.split('.').collect();
        if let ["mediaCollection", object, member] = path[..]
            && (edge.required.contains(event_type) || random.one_in(3))
        {
            collection[object][member] = sound(spec, random);
        }
    }
    if event_type == EventType::BitrateChange && collection["qoeDataDetails"].is_null() {
        collection["qoeDataDetails"] = json!({});
    }
    if event_type == EventType::StatesUpdate {
        collection["statesStart"] = json!([{ "name": "mute" }]);
        collection["statesEnd"] = json!([]);
    }
    if random.one_in(4) {
        collection["customMetadata"] = json!([{ "name": "k", "value": "v" }]);
    }
    sent
}

/// What no schema holds, and what this one leaves to prose.
fn is_beyond_the_schema(sent: &Value) -> bool {
    let xdm = &sent["xdm"];
    let collection = &xdm["mediaCollection"];
    // The form of a time; that of an error id is a string here and there.
    xdm["timestamp"] != "2026-03-02T18:00:00.000Z"
        // Metadata of other events has no effect, and is not looked at.
        || (collection["sessionID"].is_string() && collection["sessionID"] != SID)
}

#[test]
fn the_strict_profile_takes_what_the_schema_takes() {
    let validators = validators();
    let events = events();
    let mut random = Random(2027);
    let (mut taken, mut refused) = (0, 0);
    for round in 0..30_000 {
        let event_type = *random.pick(&events);
        let mut sent = sound_event(event_type, &mut random);
        for _ in 0..random.below(3) {
            slip(&mut sent, &mut random);
        }
        if is_beyond_the_schema(&sent)
            || sent["xdm"]["eventType"] != format!("media.{}", event_type.name())
        {
            continue;
        }
        let valid = validators[event_type.name()].is_valid(&sent);
        let strict = decode(&sent, Profile::Strict);
        assert_eq!(strict.is_ok(), valid, "round {round}: {sent}\n{strict:?}");
        if let Ok(strict) = strict {
            taken += 1;
            assert_eq!(decode(&sent, Profile::Lenient).unwrap(), strict, "{sent}");
        } else {
            refused += 1;
        }
    }
    assert!(taken > 5_000 && refused > 3_000, "{taken} {refused}");
}

//! What the lenient profile takes beyond the strict one.

use playhead_model::body::to_json;
use playhead_wire::{Decoded, Profile};
use serde_json::{Value, json};

use crate::{CLOCK, bodies::BROWSER_START, decode};

/// Decodes what lenient takes and strict refuses.
fn taken(body: &Value) -> Decoded {
    assert!(decode(body, Profile::Strict, CLOCK).is_err(), "{body}");
    decode(body, Profile::Lenient, CLOCK).expect("taken in lenient")
}

fn refused(body: &Value) -> String {
    decode(body, Profile::Lenient, CLOCK)
        .expect_err("refused in lenient")
        .message()
}

fn play(more: Value) -> Value {
    with("play", more)
}

fn with(event: &str, more: Value) -> Value {
    let mut body =
        json!({"eventType": event, "playerTime": {"playhead": 1, "ts": 1_772_474_400_000_i64}});
    for (key, value) in more.as_object().expect("an object") {
        body[key] = value.clone();
    }
    body
}

#[test]
fn unknown_keys_are_kept_and_counted() {
    let mut start: Value = serde_json::from_str(BROWSER_START).expect("test data");
    start["params"]["media.mood"] = json!({"deep": [1, null]});
    start["params"]["media.ad.id"] = json!(7);
    start["qoeData"] = json!({"bitrate": "fast"});
    start["extra"] = json!(1);
    start["playerTime"]["zone"] = json!("UTC");
    let decoded = taken(&start);
    assert_eq!(
        decoded.unknown_keys, 3,
        "those of the envelope and of playerTime do not count"
    );
    assert_eq!(to_json(&decoded.body), Ok(start));
    assert_eq!(
        taken(&play(json!({"params": {"a": 1, "b": null}}))).unknown_keys,
        1
    );
}

#[test]
fn null_counts_as_absent() {
    let body = play(
        json!({"params": null, "qoeData": null, "customMetadata": {"a": null, "b c": null},
        "other": null}),
    );
    assert_eq!(to_json(&taken(&body).body), Ok(body));
    taken(&play(
        json!({"qoeData": {"media.qoe.bitrate": null, "media.qoe.errorSource": null}}),
    ));
    let mut start: Value = serde_json::from_str(BROWSER_START).expect("test data");
    start["params"]["visitor.aamLocationHint"] = Value::Null;
    start["params"]["visitor.customerIDs"] =
        json!({"a": null, "b": {"id": "1", "authState": null}});
    taken(&start);
    start["params"]["visitor.customerIDs"] = json!({"b": {"id": null}});
    assert_eq!(
        refused(&start),
        "params.visitor.customerIDs.b.id: is missing"
    );
}

#[test]
fn numbers_are_taken_with_slips() {
    let mut body =
        play(json!({"qoeData": {"media.qoe.bitrate": 3200.5, "media.qoe.errorID": 404}}));
    taken(&body);
    body["playerTime"] = json!({"playhead": -0.5, "ts": 1_772_474_400_000.5});
    let decoded = taken(&body);
    assert_eq!((decoded.playhead, decoded.ts), (0.0, 1_772_474_400_001));
    assert_eq!(to_json(&decoded.body), Ok(body), "the body is as received");
    let body = play(json!({"qoeData": {"media.qoe.errorID": true}}));
    assert_eq!(
        refused(&body),
        "qoeData.media.qoe.errorID: expected a string, got true"
    );
}

#[test]
fn any_error_source_is_taken() {
    taken(&with(
        "error",
        json!({"params": {"media.errorSource": "cdn", "media.errorId": 5}}),
    ));
    taken(&with(
        "error",
        json!({"qoeData": {"media.qoe.errorSource": ""}}),
    ));
    refused(&with(
        "error",
        json!({"qoeData": {"media.qoe.errorSource": 1}}),
    ));
}

#[test]
fn states_update_bundles_state_events() {
    let update = |params: Value| with("statesUpdate", json!({"params": params}));
    let (mute, full) = (
        json!({"media.state.name": "mute"}),
        json!({"media.state.name": "fullScreen"}),
    );
    let all = update(
        json!({"statesStart": [mute, full], "statesEnd": [full, {"media.state.name": "a", "b": 1}]}),
    );
    assert_eq!(taken(&all).unknown_keys, 1);
    taken(&update(json!({"statesStart": [], "statesEnd": [mute]})));
    taken(&update(json!({"statesStart": null, "statesEnd": [mute]})));
    let none = "params: expected a state in statesStart or statesEnd";
    assert_eq!(refused(&update(json!({}))), none);
    assert_eq!(
        refused(&update(json!({"statesStart": [], "statesEnd": null}))),
        none
    );
    assert_eq!(
        refused(&update(
            json!({"statesStart": [{"media.state.name": "a b"}, {}, 1]})
        )),
        "params.statesStart[0].media.state.name: expected a state name, 1 to 64 letters, digits, \
         `_` and `.`, got the string \"a b\"; params.statesStart[1].media.state.name: is missing; \
         params.statesStart[2]: expected an object with media.state.name, got 1"
    );
    assert_eq!(
        refused(&with("statesUpdate", json!({}))),
        "params: is missing; statesUpdate needs it"
    );
    assert_eq!(
        refused(&update(json!({"statesStart": mute}))),
        "params.statesStart: expected an array of states, got an object"
    );
}

#[test]
fn custom_metadata_and_state_names_are_as_in_strict() {
    for (custom, path) in [
        (json!({"foo bar": "x"}), "customMetadata.foo bar"),
        (json!({"": "x"}), "customMetadata."),
        (json!({"é": "x"}), "customMetadata.é"),
        (json!({"a": 1}), "customMetadata.a"),
        (json!([]), "customMetadata"),
    ] {
        let fault = refused(&play(json!({"customMetadata": custom})));
        assert!(fault.starts_with(&format!("{path}: ")), "{fault}");
    }
    for name in ["", "a b", "é", &"s".repeat(65)] {
        refused(&with(
            "stateStart",
            json!({"params": {"media.state.name": name}}),
        ));
    }
}

//! The published schemas.

use serde_json::{Value, json};

use crate::support::{
    Player, ad, ad_break, assert_cors, event, event_with, home, manual, refused, start,
};

const TYPES: &str = "sessionStart sessionComplete sessionEnd play ping pauseStart bufferStart \
                     bitrateChange error adBreakStart adBreakComplete adStart adComplete adSkip \
                     chapterStart chapterComplete chapterSkip stateStart stateEnd";

#[test]
fn every_event_type_has_a_schema_of_the_documented_form() {
    let server = manual();
    let mut door = server.door();
    assert_eq!(TYPES.split_whitespace().count(), 19);
    for name in TYPES.split_whitespace() {
        let answer = door.get(&format!("/api/v1/schemas/{name}"));
        assert_eq!(answer.status, 200, "{name}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_cors(&answer);
        let schema = answer.json();
        assert_eq!(
            schema["$schema"], "http://json-schema.org/draft-04/schema#",
            "{name}"
        );
        assert!(schema["id"].is_string(), "{name}");
        assert_eq!(schema["type"], "object", "{name}");
        assert_eq!(schema["$ref"], format!("#/definitions/{name}"));
        for part in ["playerTime", "eventType", "qoeData", "customMetadata", name] {
            assert!(schema["definitions"][part].is_object(), "{name}: {part}");
        }
    }
    for unknown in [
        "seekStart",
        "SESSIONSTART",
        "",
        "play/",
        "a/b",
        "statesUpdate",
    ] {
        let answer = door.get(&format!("/api/v1/schemas/{unknown}"));
        if unknown != "play/" {
            refused(&answer, 404);
        }
    }
}

/// A body of each type that strict servers take.
fn bodies() -> Vec<Value> {
    let chapter = json!({
        "media.chapter.index": 1, "media.chapter.offset": 0.5, "media.chapter.length": 30,
    });
    let state = json!({ "media.state.name": "mute" });
    let mut bodies = vec![
        start(),
        ad_break(0),
        ad(0),
        event_with("chapterStart", 0, chapter),
        event_with("stateStart", 0, state.clone()),
        event_with("stateEnd", 0, state),
    ];
    for name in TYPES.split_whitespace() {
        if bodies.iter().all(|body| body["eventType"] != name) {
            bodies.push(event(name, 12.5, 0));
        }
    }
    bodies
}

/// Ways to change a body: some are taken, most are not.
fn variants(body: &Value) -> Vec<Value> {
    let mut variants = vec![body.clone()];
    let mut change = |change: &dyn Fn(&mut Value)| {
        let mut body = body.clone();
        change(&mut body);
        variants.push(body);
    };
    change(&|body| body["qoeData"] = json!({}));
    change(&|body| body["qoeData"] = json!({ "media.qoe.bitrate": 1200.0 }));
    change(&|body| body["qoeData"] = json!({ "media.qoe.bitrate": 1200.5 }));
    change(&|body| body["qoeData"] = json!({ "media.qoe.errorSource": "player" }));
    change(&|body| body["qoeData"] = json!({ "media.qoe.errorSource": "network" }));
    change(&|body| body["qoeData"] = json!({ "other": 1 }));
    change(&|body| body["customMetadata"] = json!({ "key.a_1": "value" }));
    change(&|body| body["customMetadata"] = json!({ "key a": "value" }));
    change(&|body| body["customMetadata"] = json!({ "key": 1 }));
    change(&|body| body["playerTime"]["playhead"] = json!(-0.5));
    change(&|body| body["playerTime"]["playhead"] = json!(1e15));
    change(&|body| body["playerTime"]["other"] = json!(0));
    change(&|body| body["other"] = json!(0));
    change(&|body| body["params"] = Value::Null);
    change(&|body| body["params"]["other"] = json!("x"));
    change(&|body| body["params"]["media.ad.name"] = json!("name"));
    change(&|body| body["params"]["media.chapter.friendlyName"] = json!("name"));
    change(&|body| body["params"]["media.resume"] = json!(true));
    change(&|body| body["params"]["media.state.name"] = json!("a b"));
    change(&|body| body["params"]["media.length"] = json!(0));
    change(&|body| {
        body["params"]["visitor.customerIDs"] = json!({ "a": { "id": "b", "authState": 3 } });
    });
    variants
}

#[test]
fn a_schema_takes_what_the_strict_endpoint_takes() {
    let home = home().settings("[door]\nprofile = \"strict\"\n");
    let server = home.manual_clock().serve();
    let mut door = server.door();
    let mut player = Player::open(&server, &start());
    let mut taken_and_refused = [0, 0];
    for body in bodies() {
        let name = body["eventType"].as_str().unwrap();
        let schema = door.get(&format!("/api/v1/schemas/{name}")).json();
        let schema = jsonschema::draft4::new(&schema).unwrap();
        for body in variants(&body) {
            let answer = match name {
                "sessionStart" => door.post_json("/api/v1/sessions", &body),
                _ => player.post(&body),
            };
            let is_taken = matches!(answer.status, 201 | 204);
            assert_eq!(
                schema.is_valid(&body),
                is_taken,
                "{body}: {}",
                answer.text()
            );
            taken_and_refused[usize::from(!is_taken)] += 1;
        }
        if matches!(name, "sessionEnd" | "sessionComplete") {
            player = Player::open(&server, &start());
        }
    }
    assert!(
        taken_and_refused.iter().all(|count| *count > 19),
        "{taken_and_refused:?}"
    );
}

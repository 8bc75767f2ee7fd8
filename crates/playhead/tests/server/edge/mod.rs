//! The Media Edge API: status, headers, bodies, and the numbers that come out.

mod answers;
mod bad_input;
mod clients;
mod cors;
mod identity;
mod interact;
mod retries;
mod same_numbers;
mod settings;

use playhead_testkit::process::{Answer, Http, Server};
use serde_json::{Value, json};

use crate::vectors::new_session;

/// What every type of a problem begins with.
const TYPES: &str = "https://ns.adobe.com/aep/errors/";

/// The least `sessionStart` there is.
fn start() -> Value {
    json!({ "xdm": {
        "eventType": "media.sessionStart",
        "timestamp": "2026-09-21T14:13:20.000Z",
        "mediaCollection": { "playhead": 0, "sessionDetails": {
            "name": "film-1", "length": 600, "contentType": "vod", "playerName": "player",
            "channel": "channel",
        }},
    }})
}

/// A `sessionStart` that names its viewer.
fn start_of(ecid: &str) -> Value {
    let mut start = start();
    start["xdm"]["identityMap"] = json!({ "ECID": [{ "id": ecid }] });
    start
}

/// An event of a session, so many milliseconds after its start.
fn event(name: &str, sid: &str, playhead: impl Into<Value>, after_ms: u32) -> Value {
    let (minute, second, ms) = (
        13 + (20_000 + after_ms) / 60_000,
        (20_000 + after_ms) / 1_000 % 60,
        after_ms % 1_000,
    );
    json!({ "xdm": {
        "eventType": format!("media.{name}"),
        "timestamp": format!("2026-09-21T14:{minute}:{second:02}.{ms:03}Z"),
        "mediaCollection": { "sessionID": sid, "playhead": playhead.into() },
    }})
}

/// An event with more members of `mediaCollection`.
fn event_with(name: &str, sid: &str, after_ms: u32, more: Value) -> Value {
    let mut event = event(name, sid, 0, after_ms);
    for (key, value) in more.as_object().unwrap() {
        event["xdm"]["mediaCollection"][key] = value.clone();
    }
    event
}

fn body(events: &[Value]) -> Value {
    json!({ "events": events })
}

fn post(door: &mut Http, path: &str, events: &[Value]) -> Answer {
    door.post_json(path, &body(events))
}

/// Opens a session in a suite.
#[track_caller]
fn open(server: &Server, start: &Value) -> String {
    let answer = post(
        &mut server.door(),
        "/ee/va/v1/sessionStart?configId=suite.one",
        std::slice::from_ref(start),
    );
    assert_eq!(answer.status, 200, "{}", answer.text());
    new_session(&answer)
}

/// Sends an event to the endpoint of its type.
fn send(door: &mut Http, event: &Value) -> Answer {
    let kind = event["xdm"]["eventType"].as_str().unwrap();
    let path = format!(
        "/ee/va/v1/{}?configId=suite.one",
        kind.trim_start_matches("media.")
    );
    post(door, &path, std::slice::from_ref(event))
}

/// Sends events that are all taken.
#[track_caller]
fn send_all(server: &Server, events: &[Value]) {
    let mut door = server.door();
    for event in events {
        let answer = send(&mut door, event);
        assert_eq!(answer.status, 204, "{event}: {}", answer.text());
        assert!(answer.body.is_empty());
    }
}

/// Asserts a problem of a type, and gives its body.
#[track_caller]
fn problem(answer: &Answer, status: u16, code: &str) -> Value {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(
        answer.header("content-type"),
        Some("application/problem+json")
    );
    let body = answer.json();
    assert_eq!(body["type"], format!("{TYPES}{code}"), "{body}");
    assert_eq!(body["status"], status, "{body}");
    assert!(
        body["title"].is_string() && body["detail"].is_string(),
        "{body}"
    );
    body
}

/// Asserts a 207 with one error, which it gives.
#[track_caller]
fn one_error(answer: &Answer) -> Value {
    assert_eq!(answer.status, 207, "{}", answer.text());
    let body = answer.json();
    assert!(
        body["handle"].is_array() && body["requestId"].is_string(),
        "{body}"
    );
    let errors = body["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{body}");
    errors[0].clone()
}

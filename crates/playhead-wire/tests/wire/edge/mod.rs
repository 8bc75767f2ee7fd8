//! The dialect of the Media Edge API.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that panics fails the test that called it"
)]

mod agreement;
mod capture;
mod mapping;
mod refusals;

use playhead_model::body::to_json;
use playhead_wire::edge::{Account, Kind, Request, Root, Setting};
use playhead_wire::{Faults, Profile};
use serde_json::{Value, json};

use crate::CLOCK;

pub(crate) const SID: &str = "63ed43eae7894c4e9db9484b51b95b1f63ed43eae7894c4e9db9484b51b95b1f";

/// Time of arrival.
const RECEIVED_MS: i64 = 1_772_474_405_000;

fn setting(profile: Profile) -> Setting<'static> {
    Setting {
        profile,
        clock: CLOCK,
        received_ms: RECEIVED_MS,
        account: Account {
            suite: "suite.one",
            organisation: Some("ORG@AdobeOrg"),
        },
        ecid: None,
    }
}

/// Decodes the one event of a body by its own type.
fn decode_body(body: &Value, setting: &Setting<'_>) -> Result<Vec<Value>, Faults> {
    let text = body.to_string();
    let request = Request::parse(text.as_bytes())?;
    let events = request.events()?;
    let mut decoded = Vec::new();
    for event in &events {
        match event.kind() {
            Some(Kind::Downloaded) => decoded.extend(event.decode_downloaded(Root::Own, setting)?),
            Some(Kind::Event(kind)) => decoded.push(event.decode(kind, Root::Own, setting)?),
            None => return Err(event.unknown_type(Root::Own)),
        }
    }
    Ok(decoded
        .iter()
        .map(|decoded| to_json(&decoded.body).unwrap())
        .collect())
}

fn decode(event: &Value, profile: Profile) -> Result<Value, Faults> {
    let mut decoded = decode_body(&json!({ "events": [event] }), &setting(profile))?;
    assert_eq!(decoded.len(), 1);
    Ok(decoded.remove(0))
}

/// The faults of an event as path and reason.
fn faults(event: &Value, profile: Profile) -> Vec<(String, String)> {
    let faults = decode(event, profile).expect_err("the event has a fault");
    let pair = |fault: &playhead_wire::Fault| (fault.path.clone(), fault.reason.clone());
    faults.listed().iter().map(pair).collect()
}

/// An event of a session, with more members of `mediaCollection`.
fn event(name: &str, more: Value) -> Value {
    let mut collection = json!({ "sessionID": SID, "playhead": 12 });
    for (key, value) in more.as_object().unwrap() {
        collection[key] = value.clone();
    }
    json!({ "xdm": {
        "eventType": format!("media.{name}"),
        "timestamp": "2026-03-02T18:00:00.000Z",
        "mediaCollection": collection,
    }})
}

/// The least start there is.
fn start() -> Value {
    json!({ "xdm": {
        "eventType": "media.sessionStart",
        "timestamp": "2026-03-02T18:00:00.000Z",
        "mediaCollection": { "playhead": 0, "sessionDetails": {
            "name": "film-1", "length": 600, "contentType": "vod", "playerName": "player",
            "channel": "channel",
        }},
    }})
}

//! Habits of shipping clients of this API, each read the way that client reads.

use playhead_testkit::process::{Answer, Http};
use serde_json::{Value, json};

use super::{TYPES, event, event_with, start};
use crate::support::{home, manual};

/// The Edge extension of the mobile SDKs.
struct Mobile {
    door: Http,
    sequence: u32,
}

impl Mobile {
    fn post(&mut self, mut event: Value) -> Answer {
        self.sequence += 1;
        event["xdm"]["_id"] = format!("5B7A-{}", self.sequence).into();
        let kind = event["xdm"]["eventType"]
            .as_str()
            .unwrap()
            .trim_start_matches("media.")
            .to_owned();
        let body = json!({
            "xdm": {
                "identityMap": { "ECID": [{
                    "id": "18765432109876543210987654321098765432",
                    "authenticatedState": "ambiguous", "primary": false,
                }]},
                "implementationDetails": { "environment": "app", "version": "3.0.0+5.0.0" },
            },
            "events": [event],
            "meta": { "konductorConfig": { "streaming": {
                "enabled": true, "recordSeparator": "\u{0}", "lineFeed": "\n",
            }}},
        });
        let path = format!(
            "/ee/irl1/va/v1/{kind}?configId=app&requestId=REQ-{}",
            self.sequence
        );
        let headers = [
            ("accept", "application/json"),
            ("content-type", "application/json"),
        ];
        self.door
            .request("POST", &path, &headers, body.to_string().as_bytes())
    }
}

/// Cuts an answer at line ends and throws the first character of each piece away.
fn read_as_stream(answer: &Answer) -> Vec<Value> {
    let text = answer.text();
    let pieces = text.split('\n').filter(|piece| !piece.is_empty());
    let rest = pieces.map(|piece| {
        let mut characters = piece.chars();
        characters.next();
        serde_json::from_str(characters.as_str()).unwrap()
    });
    rest.collect()
}

#[test]
fn a_phone_reads_its_session_out_of_a_stream() {
    let server = manual();
    let mut phone = Mobile {
        door: server.door(),
        sequence: 0,
    };
    let answer = phone.post(start());
    assert_eq!(answer.status, 200);
    let pieces = read_as_stream(&answer);
    assert_eq!(pieces.len(), 1);
    assert_eq!(pieces[0]["requestId"], "REQ-1");
    let sid = pieces[0]["handle"][0]["payload"][0]["sessionId"]
        .as_str()
        .unwrap()
        .to_owned();
    let mute = |list: &str, after_ms| {
        event_with(
            "statesUpdate",
            &sid,
            after_ms,
            json!({ list: [{ "name": "mute" }] }),
        )
    };
    // One after the other, each of the family that succeeds: 200, 204, 207.
    for event in [
        event("play", &sid, 0, 0),
        mute("statesStart", 1_000),
        event("ping", &sid, 10, 10_000),
        mute("statesEnd", 11_000),
        event("sessionComplete", &sid, 20, 20_000),
        event("sessionEnd", &sid, 20, 20_000),
    ] {
        assert_eq!(phone.post(event).status, 204);
    }
    // A restart: all that is open comes again, under one time.
    let mut resumed = start();
    resumed["xdm"]["mediaCollection"]["sessionDetails"]["hasResume"] = true.into();
    let pieces = read_as_stream(&phone.post(resumed));
    let second = pieces[0]["handle"][0]["payload"][0]["sessionId"]
        .as_str()
        .unwrap()
        .to_owned();
    for event in [
        event_with(
            "chapterStart",
            &second,
            30_000,
            json!({ "chapterDetails": { "index": 1, "offset": 0, "length": 60 } }),
        ),
        event_with(
            "adBreakStart",
            &second,
            30_000,
            json!({ "advertisingPodDetails": { "index": 1, "offset": 0 } }),
        ),
        event_with(
            "adStart",
            &second,
            30_000,
            json!({ "advertisingDetails": {
                "name": "a", "length": 5, "playerName": "p", "podPosition": 1,
            }}),
        ),
        event_with(
            "statesUpdate",
            &second,
            30_000,
            json!({ "statesStart": [{ "name": "mute" }] }),
        ),
        event("play", &second, 0, 30_000),
        event("sessionEnd", &second, 0, 35_000),
    ] {
        assert_eq!(phone.post(event).status, 204);
    }
    server.set_clock(5_000);
    let session = server.session(&sid);
    assert_eq!(session["session"]["timePlayed"], 20);
    assert_eq!(session["states"]["mute"]["time"], 10);
    let session = server.session(&second);
    assert_eq!(session["session"]["hasResume"], true);
    assert_eq!(session["ads"][0]["timePlayed"], 5);
    assert_eq!(session["states"]["mute"]["time"], 5);
}

#[test]
fn a_phone_gives_a_faulty_session_up() {
    let server = manual();
    let mut phone = Mobile {
        door: server.door(),
        sequence: 0,
    };
    let mut bad = start();
    bad["xdm"]["mediaCollection"]["sessionDetails"]["length"] = "600".into();
    let answer = phone.post(bad);
    assert_eq!(answer.status, 207);
    let error = read_as_stream(&answer)[0]["errors"][0].clone();
    assert_eq!(error["status"], 400);
    assert_eq!(error["type"], format!("{TYPES}va-edge-0400-400"));
    // What it drops is told as JSON.
    let answer = phone.post(event("play", &"0".repeat(64), 0, 0));
    assert_eq!(
        (answer.status, answer.json()["status"].clone()),
        (404, 404.into())
    );
}

#[test]
fn a_box_sends_one_request_at_a_time_and_waits_on_503() {
    let home =
        home().settings("[sessions]\nopen_max = 1\n\n[edge]\norganisation = \"ORG@AdobeOrg\"\n");
    let server = home.manual_clock().serve();
    let mut door = server.door();
    let headers = [
        ("content-type", "application/json"),
        ("accept", "application/json"),
        ("accept-language", "en-US"),
    ];
    let mut kept: Vec<Value> = Vec::new();
    let mut post = |kind: &str, number: u32, mut event: Value, kept: &[Value]| {
        event["xdm"]["_id"] = format!("box-{number}").into();
        let body = json!({
            "events": [event],
            "xdm": { "implementationDetails": { "name": "roku", "version": "1.2.0" } },
            "query": { "identity": { "fetch": ["ECID"] } },
            "meta": { "state": { "entries": kept } },
        });
        let path = format!("/ee/va/v1/{kind}?configId=box&requestId=r-{number}");
        door.request("POST", &path, &headers, body.to_string().as_bytes())
    };
    // Another viewer holds the only place; the box waits and sends the same again.
    let other = super::open(&server, &start());
    let full = post("sessionStart", 1, start(), &kept);
    assert_eq!((full.status, full.header("retry-after")), (503, Some("1")));
    super::send_all(&server, &[event("sessionEnd", &other, 0, 0)]);
    // The place is free once the ended session is stored, which nobody waits for but the box.
    let mut answer = full;
    let mut waited_ms = 0;
    while answer.status == 503 && waited_ms < 30_000_000 {
        waited_ms += 30_000;
        server.set_clock(waited_ms);
        answer = post("sessionStart", 1, start(), &kept);
    }
    let opened = answer.json();
    let sid = opened["handle"][0]["payload"][0]["sessionId"]
        .as_str()
        .unwrap()
        .to_owned();
    for handle in opened["handle"].as_array().unwrap() {
        if handle["type"] == "state:store" {
            kept.extend(handle["payload"].as_array().unwrap().iter().cloned());
        }
    }
    assert_eq!(kept[0]["key"], "kndctr_ORG_AdobeOrg_identity");
    // An answer that got lost: the same request gets the same session.
    let again = post("sessionStart", 1, start(), &[]).json();
    assert_eq!(again["handle"][0]["payload"][0]["sessionId"], sid.as_str());
    for (number, event) in [
        (2, event("play", &sid, 0, 0)),
        (
            3,
            event_with(
                "statesUpdate",
                &sid,
                2_000,
                json!({
                    "statesStart": [{ "name": "fullScreen" }, { "name": "pictureInPicture" }], "statesEnd": [{ "name": "mute" }],
                }),
            ),
        ),
        (4, event("ping", &sid, 50, 50_000)),
        (5, event("sessionEnd", &sid, 59, 59_000)),
    ] {
        let kind = event["xdm"]["eventType"].as_str().unwrap()["media.".len()..].to_owned();
        let answer = post(&kind, number, event, &kept);
        assert_eq!(
            (answer.status, answer.body.len()),
            (204, 0),
            "{}",
            answer.text()
        );
    }
    server.set_clock(waited_ms + 5_000);
    let session = server.session(&sid);
    assert_eq!(session["session"]["timePlayed"], 59);
    assert_eq!(session["states"]["fullscreen"]["time"], 57);
    let misspelt = post(
        "sessionStart",
        6,
        json!({ "xdm": {
            "eventType": "media.sessionStart", "mediaCollection": { "playhead": "0" },
        }}),
        &kept,
    );
    assert_eq!(misspelt.status, 207);
    assert_eq!(
        misspelt.json()["errors"][0]["type"],
        format!("{TYPES}va-edge-0400-400")
    );
}

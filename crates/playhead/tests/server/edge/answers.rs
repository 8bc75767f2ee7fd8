//! What is answered to whom.

use serde_json::{Value, json};

use super::{TYPES, event, event_with, one_error, open, post, problem, send, send_all, start};
use crate::support::manual;
use crate::vectors::new_session;

#[test]
fn a_start_is_answered_with_its_session() {
    let server = manual();
    let path = "/ee/va/v1/sessionStart?configId=suite.one&requestId=my-request";
    let answer = post(&mut server.door(), path, &[start()]);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let sid = new_session(&answer);
    assert_eq!(
        answer.json(),
        json!({
            "requestId": "my-request",
            "handle": [{
                "type": "media-analytics:new-session", "eventIndex": 0,
                "payload": [{ "sessionId": sid }],
            }],
        })
    );
    assert!(sid.len() == 64 && sid.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let session = server.session(&sid);
    assert_eq!(session["state"], "open");
    assert_eq!(session["session"]["name"], "film-1");
    assert_eq!(session["session"]["api"], "edge");

    let answer = post(
        &mut server.door(),
        "/ee/va/v1/sessionStart?configId=suite.one",
        &[start()],
    );
    let made = answer.json()["requestId"].as_str().unwrap().to_owned();
    assert_eq!(made.len(), 36, "{made}");
}

#[test]
fn every_event_has_an_endpoint() {
    let server = manual();
    let sid = open(&server, &start());
    let more = |name: &str, after_ms, more| event_with(name, &sid, after_ms, more);
    send_all(
        &server,
        &[
            event("play", &sid, 0, 0),
            more(
                "adBreakStart",
                1_000,
                json!({ "advertisingPodDetails": { "index": 1, "offset": 0 } }),
            ),
            more(
                "adStart",
                1_000,
                json!({
                    "advertisingDetails": { "name": "a", "length": 5, "playerName": "p", "podPosition": 1 },
                }),
            ),
            event("adComplete", &sid, 0, 6_000),
            more(
                "adStart",
                6_000,
                json!({
                    "advertisingDetails": { "name": "b", "length": 5, "playerName": "p", "podPosition": 2 },
                }),
            ),
            event("adSkip", &sid, 0, 8_000),
            event("adBreakComplete", &sid, 0, 8_000),
            event("play", &sid, 0, 8_001),
            more(
                "chapterStart",
                8_001,
                json!({ "chapterDetails": { "index": 1, "offset": 0, "length": 9 } }),
            ),
            more(
                "statesUpdate",
                9_001,
                json!({ "statesStart": [{ "name": "mute" }] }),
            ),
            more(
                "bitrateChange",
                9_001,
                json!({ "qoeDataDetails": { "bitrate": 800 } }),
            ),
            event("chapterComplete", &sid, 4, 12_001),
            more(
                "chapterStart",
                12_001,
                json!({ "chapterDetails": { "index": 2, "offset": 9, "length": 9 } }),
            ),
            event("pauseStart", &sid, 10, 18_001),
            event("bufferStart", &sid, 10, 20_001),
            event("play", &sid, 10, 21_001),
            event("chapterSkip", &sid, 11, 22_001),
            more(
                "error",
                22_001,
                json!({ "errorDetails": { "name": "E1", "source": "external" }, "playhead": 11 }),
            ),
            more(
                "statesUpdate",
                23_001,
                json!({ "statesEnd": [{ "name": "mute" }], "playhead": 12 }),
            ),
            event("ping", &sid, 13, 24_001),
            event("sessionComplete", &sid, 14, 25_001),
            event("sessionEnd", &sid, 14, 25_001),
        ],
    );
    server.set_clock(5_000);
    let session = server.session(&sid);
    let numbers = &session["session"];
    assert_eq!(numbers["closeReason"], "sessionEnd");
    // One second before the ads, 8.001 to 18.001, and 21.001 to 25.001.
    assert_eq!(numbers["timePlayed"], 15);
    assert_eq!(numbers["adCount"], 2);
    assert_eq!(session["ads"][0]["timePlayed"], 5);
    assert_eq!(session["ads"][1]["isCompleted"], false);
    assert_eq!(numbers["chapterCount"], 2);
    assert_eq!(session["chapters"][0]["timePlayed"], 4);
    assert_eq!(session["states"]["mute"]["time"], 14);
    assert_eq!(numbers["pauseTime"], 2);
    assert_eq!(numbers["bufferTime"], 1);
    assert_eq!(numbers["externalErrors"], json!(["E1"]));
    assert_eq!(numbers["bitrateChangeCount"], 1);
    assert_eq!(numbers["isCompleted"], true);
}

#[test]
fn a_faulty_start_is_a_207_without_a_session() {
    let server = manual();
    let mut nameless = start();
    nameless["xdm"]["timestamp"] = "yesterday".into();
    let details = &mut nameless["xdm"]["mediaCollection"]["sessionDetails"];
    details.as_object_mut().unwrap().remove("name");
    let path = "/ee/va/v1/sessionStart?configId=suite.one";
    let error = one_error(&post(&mut server.door(), path, &[nameless]));
    assert_eq!(error["type"], format!("{TYPES}va-edge-0400-400"));
    assert_eq!(error["status"], 400);
    assert_eq!(error["title"], "Invalid request");
    assert_eq!(error["report"]["eventIndex"], 0);
    let details = error["report"]["details"].as_array().unwrap();
    assert_eq!(details[0]["name"], "$.xdm.timestamp");
    assert!(details[0]["reason"].as_str().unwrap().contains("ISO 8601"));
    assert_eq!(
        details[1],
        json!({
            "name": "$.xdm.mediaCollection.sessionDetails.name", "reason": "Missing required field",
        })
    );
    assert_eq!(server.ask("/v1/sessions")["sessions"], json!([]));
}

#[test]
fn a_faulty_event_is_a_400_with_all_its_faults() {
    let server = manual();
    let sid = open(&server, &start());
    let mut door = server.door();
    let path = "/ee/va/v1/play?configId=suite.one&requestId=r-1";
    let bad = event_with("play", &sid[1..], 0, json!({ "playhead": null }));
    let answer = post(&mut door, path, &[bad]);
    let body = problem(&answer, 400, "va-edge-0400-400");
    assert_eq!(body["title"], "Bad Request");
    assert_eq!(
        body["detail"],
        "Invalid request. Please check your input and try again."
    );
    assert_eq!(body["report"]["requestId"], "r-1");
    let details = body["report"]["details"].as_array().unwrap();
    let names: Vec<&Value> = details.iter().map(|fault| &fault["name"]).collect();
    assert_eq!(
        names,
        [
            "$.events[0].xdm.mediaCollection.sessionID",
            "$.events[0].xdm.mediaCollection.playhead",
        ]
    );
    assert_eq!(details[0]["reason"], "InvalidApiSidLength=63");

    let misnamed = post(&mut door, path, &[event("ping", &sid, 0, 0)]);
    let body = problem(&misnamed, 400, "va-edge-0400-400");
    let details = body["report"]["details"].as_str().unwrap();
    assert!(
        details.contains("media.play") && details.contains("media.ping"),
        "{details}"
    );

    let stateless = send(
        &mut door,
        &event_with("statesUpdate", &sid, 0, json!({ "statesStart": [] })),
    );
    let body = problem(&stateless, 400, "va-edge-0400-400");
    let reason = body["report"]["details"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("non-empty"), "{reason}");
}

#[test]
fn sessions_that_are_not_there_and_those_that_are_over() {
    let server = manual();
    let sid = open(&server, &start());
    let mut door = server.door();
    for unknown in ["0".repeat(64), "Z".repeat(64), sid.to_uppercase()] {
        let body = problem(
            &send(&mut door, &event("play", &unknown, 0, 0)),
            404,
            "va-edge-0404-404",
        );
        assert_eq!(body["title"], "Not Found");
        assert!(
            body["report"]["details"]
                .as_str()
                .unwrap()
                .contains("session")
        );
    }
    send_all(
        &server,
        &[
            event("play", &sid, 0, 0),
            event("sessionEnd", &sid, 9, 9_000),
        ],
    );
    // While the end waits, what came before it is taken, and so is another end.
    send_all(
        &server,
        &[
            event("ping", &sid, 8, 8_000),
            event("sessionEnd", &sid, 9, 9_500),
        ],
    );
    problem(
        &send(&mut door, &event("ping", &sid, 10, 10_000)),
        410,
        "va-edge-0410-410",
    );
    server.set_clock(5_000);
    problem(
        &send(&mut door, &event("ping", &sid, 8, 8_500)),
        410,
        "va-edge-0410-410",
    );
    send_all(&server, &[event("sessionComplete", &sid, 9, 9_600)]);

    let idle = open(&server, &start());
    server.set_clock(605_000);
    problem(
        &send(&mut door, &event("ping", &idle, 0, 1)),
        410,
        "va-edge-0410-410",
    );
    server.set_clock(5_000 + 25 * 3_600_000);
    problem(
        &send(&mut door, &event("ping", &sid, 9, 9_000)),
        404,
        "va-edge-0404-404",
    );
}

#[test]
fn a_session_of_one_api_goes_on_through_the_other() {
    let server = manual();
    let sid = open(&server, &start());
    let mut player = crate::support::Player::of(&server, &sid);
    player.send_all([
        &crate::support::event("play", 0, 0),
        &crate::support::event("ping", 10, 10_000),
    ]);
    let other = crate::support::Player::open(&server, &crate::support::start());
    let play = |sid: &str| {
        [
            event("play", sid, 0, 0),
            event("sessionEnd", sid, 20, 20_000),
        ]
    };
    send_all(&server, &play(&other.sid));
    send_all(&server, &[event("sessionEnd", &sid, 20, 20_000)]);
    server.set_clock(5_000);
    for (sid, api) in [(&sid, "edge"), (&other.sid, "collection")] {
        let session = server.session(sid);
        assert_eq!(session["session"]["timePlayed"], 20);
        assert_eq!(session["session"]["api"], api);
    }
}

#[test]
fn whole_sessions_come_in_one_request() {
    let server = manual();
    let element = |name: &str, second: u32, collection: Value| {
        json!({
            "mediaEventType": format!("media.{name}"),
            "mediaEventTimestamp": format!("2026-09-21T14:13:{second:02}Z"),
            "mediaCollection": collection,
        })
    };
    let whole = |more: &[Value]| {
        let mut events = vec![
            element(
                "sessionStart",
                20,
                start()["xdm"]["mediaCollection"].clone(),
            ),
            element("play", 20, json!({ "playhead": 0 })),
            element("ping", 30, json!({ "playhead": 10 })),
        ];
        events.extend_from_slice(more);
        json!({ "xdm": { "eventType": "media.downloaded", "mediaDownloadedEvents": events } })
    };
    let complete = [element("sessionComplete", 40, json!({ "playhead": 20 }))];
    let path = "/ee/va/v1/downloaded?configId=suite.one";
    let answer = post(&mut server.door(), path, &[whole(&[]), whole(&complete)]);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let handles = answer.json()["handle"].as_array().unwrap().clone();
    let numbers: Vec<Value> = handles
        .iter()
        .map(|handle| {
            let sid = handle["payload"][0]["sessionId"].as_str().unwrap();
            server.session(sid)["session"].clone()
        })
        .collect();
    assert_eq!(
        (
            handles[0]["eventIndex"].clone(),
            handles[1]["eventIndex"].clone()
        ),
        (0.into(), 1.into())
    );
    for (numbers, time, is_completed) in [(&numbers[0], 10, false), (&numbers[1], 20, true)] {
        assert_eq!(numbers["timePlayed"], time);
        assert_eq!(numbers["isCompleted"], is_completed);
        assert_eq!(numbers["isDownloaded"], true);
        assert_eq!(numbers["closeReason"], "timeout-no-events");
    }
    // The same again within three minutes is the same sessions.
    let again = post(&mut server.door(), path, &[whole(&[]), whole(&complete)]);
    assert_eq!(again.json()["handle"], Value::from(handles));

    let bad = whole(&[element("play", 50, json!({}))]);
    let error = one_error(&post(&mut server.door(), path, &[whole(&[]), bad]));
    assert_eq!(error["report"]["eventIndex"], 1);
    assert_eq!(
        error["report"]["details"][0]["name"],
        "$.xdm.mediaDownloadedEvents[3].mediaCollection.playhead"
    );
    assert_eq!(
        server.ask("/v1/sessions")["sessions"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn a_streamed_answer_stands_between_separators() {
    let server = manual();
    let streaming = json!({ "konductorConfig": { "streaming": {
        "enabled": true, "recordSeparator": "\u{0}", "lineFeed": "\n",
    }}});
    let ask = |path: &str, event: Value, streaming: &Value| {
        let body = json!({ "events": [event], "meta": streaming });
        server.door().post_json(path, &body)
    };
    let path = "/ee/va/v1/sessionStart?configId=suite.one";
    let mut nameless = start();
    nameless["xdm"]["mediaCollection"]["sessionDetails"]["name"] = Value::Null;
    for (event, status) in [(start(), 200), (nameless, 207)] {
        let answer = ask(path, event, &streaming);
        assert_eq!(answer.status, status);
        assert_eq!(answer.body.first(), Some(&0));
        assert_eq!(
            answer.body.iter().position(|byte| *byte == b'\n'),
            Some(answer.body.len() - 1)
        );
        let document: Value = serde_json::from_slice(&answer.body[1..]).unwrap();
        assert!(document["handle"].is_array());
    }
    let off = json!({ "konductorConfig": { "streaming": {
        "enabled": false, "recordSeparator": "\u{0}", "lineFeed": "\n",
    }}});
    assert_eq!(ask(path, start(), &off).body[0], b'{');
    // Problems and empty answers are never streamed.
    let sid = open(&server, &start());
    let play = event("play", &sid, 0, 0);
    assert!(
        ask("/ee/va/v1/play", play.clone(), &streaming)
            .body
            .is_empty()
    );
    let answer = ask("/ee/va/v1/ping", play, &streaming);
    assert_eq!((answer.status, answer.body[0]), (400, b'{'));
}

//! Whatever else may come.

use serde_json::{Value, json};

use super::{body, event, event_with, open, post, problem, send, start};
use crate::support::manual;

#[test]
fn one_bad_event_refuses_its_request() {
    let server = manual();
    let sid = open(&server, &start());
    let mut door = server.door();
    let pings = |last: Value| {
        let mut events: Vec<Value> = (1..9_u32)
            .map(|at| event("ping", &sid, at, at * 1_000))
            .collect();
        events.push(last);
        events
    };
    let path = "/ee/va/v1/ping?configId=s";
    for (last, status, code) in [
        (event("ping", &sid, "nine", 9_000), 400, "va-edge-0400-400"),
        (event("play", &sid, 9, 9_000), 400, "va-edge-0400-400"),
        (
            event("ping", &"0".repeat(64), 9, 9_000),
            404,
            "va-edge-0404-404",
        ),
        (json!(null), 400, "va-edge-0400-400"),
    ] {
        problem(&post(&mut door, path, &pings(last)), status, code);
    }
    assert_eq!(server.events(&sid).len(), 1, "nothing was taken");
    let refused = &server.outcomes()["total"]["refused"];
    assert_eq!(
        (&refused["invalid"], &refused["unknown_session"]),
        (&27.into(), &9.into()),
        "{refused}"
    );
    assert_eq!(
        post(&mut door, path, &pings(event("ping", &sid, 9, 9_000))).status,
        204
    );
    assert_eq!(server.events(&sid).len(), 10);
}

#[test]
fn starts_come_together_or_not_at_all() {
    let server = manual();
    let path = "/ee/va/v1/sessionStart?configId=s";
    let answer = post(
        &mut server.door(),
        path,
        &[start(), json!({ "xdm": {} }), start()],
    );
    assert_eq!(answer.status, 207);
    let document = answer.json();
    assert_eq!(document["handle"], json!([]));
    assert_eq!(document["errors"][0]["report"]["eventIndex"], 1);
    let answer = post(&mut server.door(), path, &[start(), start()]);
    let handles = answer.json()["handle"].as_array().unwrap().clone();
    assert_eq!(handles.len(), 2);
    assert_ne!(handles[0]["payload"], handles[1]["payload"]);
}

#[test]
fn thousands_of_events_cost_no_more_than_their_bytes() {
    let server = manual();
    let sid = open(&server, &start());
    let mut door = server.door();
    let thousand: Vec<Value> = (0..1_000).map(|at| event("ping", &sid, at, at)).collect();
    let answer = post(&mut door, "/ee/va/v1/ping?configId=s", &thousand);
    problem(&answer, 413, "EXEG-0112-413");
    // As many as fit, all of them bad: what is told is bounded, what is counted is not.
    let empty = body(&vec![json!({}); 20_000]);
    let answer = door.post_json("/ee/va/v1/ping?configId=s", &empty);
    let told = problem(&answer, 400, "va-edge-0400-400");
    assert_eq!(told["report"]["details"].as_array().unwrap().len(), 100);
    let foreign = body(&vec![json!({ "xdm": { "eventType": "media.x" } }); 1_500]);
    let answer = door.post_json("/ee/v1/interact?configId=s", &foreign);
    assert_eq!(answer.status, 207);
    assert_eq!(answer.json()["errors"].as_array().unwrap().len(), 101);
    assert_eq!(server.outcomes()["total"]["refused"]["invalid"], 21_500);
    // Small ones that fit are taken together.
    let many: Vec<Value> = (0..250).map(|at| event("ping", &sid, at, at)).collect();
    let many = body(&many).to_string();
    let answer = door.post("/ee/va/v1/ping?configId=s", many.as_bytes());
    assert_eq!(answer.status, 204, "{}", answer.text());
}

#[test]
fn values_of_every_wrong_type_are_named() {
    let server = manual();
    let sid = open(&server, &start());
    let mut door = server.door();
    for (name, more) in [
        ("play", json!({ "playhead": "1" })),
        ("play", json!({ "playhead": true })),
        ("play", json!({ "sessionID": 7 })),
        ("bitrateChange", json!({ "qoeDataDetails": [] })),
        (
            "bitrateChange",
            json!({ "qoeDataDetails": { "bitrate": "800" } }),
        ),
        ("error", json!({})),
        (
            "error",
            json!({ "errorDetails": { "name": [], "source": "player" } }),
        ),
        (
            "adBreakStart",
            json!({ "advertisingPodDetails": { "index": "1", "offset": 0 } }),
        ),
        ("adStart", json!({ "advertisingDetails": 1 })),
        (
            "chapterStart",
            json!({ "chapterDetails": { "index": 1, "offset": 0 } }),
        ),
        ("statesUpdate", json!({ "statesStart": [{ "name": "" }] })),
        (
            "statesUpdate",
            json!({ "statesStart": {}, "statesEnd": [{ "name": "x" }] }),
        ),
    ] {
        let answer = send(&mut door, &event_with(name, &sid, 0, more.clone()));
        let told = problem(&answer, 400, "va-edge-0400-400");
        let faults = told["report"]["details"].as_array().unwrap();
        let name = faults[0]["name"].as_str().unwrap();
        assert!(
            name.starts_with("$.events[0].xdm.mediaCollection."),
            "{more}: {told}"
        );
    }
    for odd in [
        "[]",
        "null",
        "\"events\"",
        "{\"events\":{}}",
        "{\"events\":[]}",
        "{\"events\":[[]]}",
    ] {
        let answer = door.post("/ee/va/v1/play?configId=s", odd.as_bytes());
        problem(&answer, 400, "va-edge-0400-400");
    }
    for odd in [&b""[..], b"{", b"\xff", b"{\"events\":[1e999]}"] {
        problem(
            &door.post("/ee/va/v1/play?configId=s", odd),
            400,
            "EXEG-0101-400",
        );
    }
    assert_eq!(server.events(&sid).len(), 1);
}

#[test]
fn refused_bodies_are_kept_as_samples() {
    let server = manual();
    let sid = open(&server, &start());
    send(&mut server.door(), &event("ping", &sid, "ten", 0));
    let outcomes = server.outcomes();
    let sample = &outcomes["refusedSamples"][0];
    assert_eq!(sample["suite"], "suite.one", "{outcomes}");
    assert_eq!(sample["outcome"], "invalid");
    assert!(
        sample["body"].as_str().unwrap().contains("\"ten\""),
        "{sample}"
    );
    assert!(
        sample["message"]
            .as_str()
            .unwrap()
            .contains("$.events[0].xdm.mediaCollection.playhead")
    );
}

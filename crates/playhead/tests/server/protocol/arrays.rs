//! Whole offline sessions as one array, on both paths.

use playhead_testkit::process::Server;
use serde_json::{Value, json};

use crate::support::{
    Player, TS, assert_cors, event, events_path, faulty, manual, refused, start, start_with,
};

/// A session of three days ago: 10 s of content, no end.
fn batch(first: Value) -> Value {
    json!([first, event("play", 0, 1_000), event("ping", 10, 11_000)])
}

fn downloaded() -> Value {
    start_with("media.downloaded", true)
}

#[track_caller]
fn nothing_is_stored(server: &Server) {
    let sessions = server.ask("/v1/sessions");
    assert_eq!(sessions["sessions"], json!([]));
    assert_eq!(server.outcomes()["total"]["acknowledged"], 0);
}

#[test]
fn an_array_is_taken_on_both_paths() {
    let server = manual();
    let mut door = server.door();
    for (path, batch) in [
        ("/api/v1/downloaded", batch(start())),
        ("/api/v1/downloaded", batch(downloaded())),
        (
            "/api/v1/sessions",
            batch(start_with("media.downloaded", true)),
        ),
        (
            "/api/v1/sessions/",
            json!([start_with("media.downloaded", true)]),
        ),
    ] {
        let mut batch = batch;
        batch[0]["params"]["media.id"] = path.into();
        let answer = door.post_json(path, &batch);
        assert_eq!(answer.status, 201, "{path}: {}", answer.text());
        assert_eq!(answer.header("content-length"), Some("0"));
        assert_eq!(
            answer.header("content-type"),
            Some("application/octet-stream")
        );
        assert_cors(&answer);
        let session = server.session(&answer.sid());
        assert_eq!(session["state"], "closed");
        assert_eq!(session["session"]["isDownloaded"], true);
        assert_eq!(session["session"]["closeReason"], "timeout-no-events");
        let seconds = if batch[1].is_null() { 0 } else { 10 };
        assert_eq!(session["session"]["timePlayed"], seconds, "{path}");
        // It is over, and its id says so.
        let late = door.post_json(&events_path(&answer.sid()), &event("ping", 11, 12_000));
        refused(&late, 410);
    }
}

#[test]
fn an_array_has_no_age_and_its_events_are_sorted() {
    let server = manual();
    // Two years after the session was watched.
    server.set_clock(TS as u64 + 2 * 365 * 86_400_000);
    let day = 86_400_000;
    let batch = json!([
        start(),
        event("sessionEnd", 30, day + 20_000),
        event("play", 20, day + 10_000),
        event("play", 0, 0),
        event("pauseStart", 10, 10_000),
    ]);
    let sid = server.door().post_json("/api/v1/downloaded", &batch).sid();
    let session = server.session(&sid);
    assert_eq!(session["session"]["timePlayed"], 20);
    assert_eq!(session["session"]["pauseTime"], 86_400);
    assert_eq!(session["session"]["closeReason"], "sessionEnd");
}

#[test]
fn the_older_path_wants_the_flag() {
    let server = manual();
    let mut door = server.door();
    for start in [start(), start_with("media.downloaded", false)] {
        let answer = door.post_json("/api/v1/sessions", &batch(start));
        faulty(&answer, "[0].params.media.downloaded");
    }
    nothing_is_stored(&server);
}

#[test]
fn one_bad_element_refuses_all() {
    let server = manual();
    let mut door = server.door();
    for path in ["/api/v1/downloaded", "/api/v1/sessions"] {
        let mut bad = batch(downloaded());
        bad[2]["playerTime"]["ts"] = "soon".into();
        faulty(&door.post_json(path, &bad), "[2].playerTime.ts");
        let mut bad = batch(downloaded());
        bad[1]["eventType"] = "sessionStart".into();
        refused(&door.post_json(path, &bad), 400);
        for bad in [
            json!([]),
            json!([event("play", 0, 0)]),
            json!([downloaded(), downloaded()]),
            json!([event("play", 0, 0), downloaded()]),
            json!([downloaded(), "play"]),
            json!([downloaded(), null]),
            json!([[downloaded()]]),
        ] {
            refused(&door.post_json(path, &bad), 400);
        }
    }
    nothing_is_stored(&server);
}

#[test]
fn events_do_not_come_in_arrays() {
    let server = manual();
    let mut player = Player::open(&server, &start());
    refused(&player.post(&json!([event("play", 0, 0)])), 400);
    refused(&player.post(&json!([])), 400);
}

//! Events of a session: when they are taken, and when the session is unknown or over.

use serde_json::json;

use crate::support::{
    Player, assert_cors, event, event_with, events_path, faulty, manual, refused, start,
};

#[test]
fn an_event_is_answered_with_204_and_nothing_else() {
    let server = manual();
    let answer = Player::open(&server, &start()).post(&event("play", 0, 1));
    assert_eq!(answer.status, 204);
    assert_cors(&answer);
    assert_eq!(answer.body, b"");
    for name in ["content-type", "transfer-encoding"] {
        assert_eq!(answer.header(name), None, "{name}");
    }
}

#[test]
fn every_event_is_taken_in_every_state() {
    let server = manual();
    let mut player = Player::open(&server, &start());
    let plain = "sessionComplete play ping pauseStart bufferStart bitrateChange error \
                 adBreakComplete adComplete adSkip chapterComplete chapterSkip";
    for name in plain.split_whitespace() {
        player.send_all([&event(name, 1, 5)]);
    }
    let mut with_empty_members = event("play", 1, 6);
    for member in ["params", "qoeData", "customMetadata"] {
        with_empty_members[member] = json!({});
    }
    let ping_with_params = event_with("ping", 7, json!({ "media.id": "film-1" }));
    player.send_all([&with_empty_members, &ping_with_params]);
}

#[test]
fn a_bundle_of_states_is_taken_in_the_lenient_profile() {
    let server = manual();
    let mut player = Player::open(&server, &start());
    let name = |name: &str| json!({ "media.state.name": name });
    let begin = json!({ "statesStart": [name("mute"), name("inFocus")], "statesEnd": [] });
    let end = json!({ "statesEnd": [name("mute")] });
    player.send_all([
        &event_with("statesUpdate", 1_000, begin),
        &event_with("statesUpdate", 4_000, end),
        &event("sessionEnd", 0, 9_000),
    ]);
    server.set_clock(5_000);
    let states = server.session(&player.sid)["states"].clone();
    assert_eq!(states["mute"]["time"], 3, "{states}");
    assert_eq!(states["inFocus"]["time"], 8, "{states}");
}

#[test]
fn an_id_that_was_never_given_out_is_unknown() {
    let server = manual();
    let known = Player::open(&server, &start()).sid;
    let flipped = if known.ends_with('0') { '1' } else { '0' };
    let mut door = server.door();
    for sid in [
        "0f".repeat(32),
        format!("{}{flipped}", &known[..63]),
        known.to_uppercase() + "A",
        known[..63].to_owned(),
        known.clone() + "0",
        "x".to_owned(),
        "%00".to_owned(),
        "..".to_owned(),
    ] {
        let answer = door.post_json(&events_path(&sid), &event("ping", 1, 1));
        refused(&answer, 404);
        // What is wrong with the body is told first.
        let answer = door.post_json(&events_path(&sid), &json!({ "eventType": "ping" }));
        faulty(&answer, "playerTime");
    }
    let upper = known.to_uppercase();
    let is_other = upper != known;
    let answer = door.post_json(&events_path(&upper), &event("ping", 1, 1));
    assert_eq!(answer.status, if is_other { 404 } else { 204 });
}

#[test]
fn events_after_the_end_are_gone_but_another_end_is_harmless() {
    let server = manual();
    let mut player = Player::open(&server, &start());
    player.send_all([&event("play", 0, 0), &event("sessionEnd", 60, 60_000)]);
    server.set_clock(5_000);
    refused(&player.post(&event("ping", 60, 61_000)), 410);
    refused(&player.post(&event("ping", 50, 50_000)), 410);
    faulty(&player.post(&json!({ "eventType": "ping" })), "playerTime");
    for name in ["sessionEnd", "sessionComplete"] {
        for after_ms in [60_000, 59_000, 61_000] {
            assert_eq!(player.send(&event(name, 60, after_ms)), 204, "{name}");
        }
    }
    let session = server.session(&player.sid);
    assert_eq!(session["session"]["closeReason"], "sessionEnd");
    assert_eq!(session["session"]["timePlayed"], 60);
    assert_eq!(server.outcomes()["total"]["refused"]["after_close"], 2);
}

#[test]
fn stragglers_are_taken_while_the_end_waits() {
    let server = manual();
    server.set_clock(1_000);
    let mut player = Player::open(&server, &start());
    player.send_all([&event("play", 0, 0), &event("sessionEnd", 60, 60_000)]);
    server.set_clock(3_000);
    // At or before the end: still taken. After it: over.
    player.send_all([&event("pauseStart", 50, 50_000), &event("ping", 60, 60_000)]);
    refused(&player.post(&event("ping", 60, 60_001)), 410);
    assert_eq!(player.send(&event("sessionComplete", 60, 60_001)), 204);
    assert_eq!(player.send(&event("sessionEnd", 61, 61_000)), 204);
    server.set_clock(5_999);
    player.send_all([&event("play", 52, 55_000)]);
    server.set_clock(6_000);
    refused(&player.post(&event("ping", 53, 56_000)), 410);
    let session = server.session(&player.sid);
    // Playing for 50 s, paused for 5 s, playing for 5 s.
    assert_eq!(session["state"], "closed");
    assert_eq!(session["session"]["timePlayed"], 55);
    assert_eq!(session["session"]["pauseTime"], 5);
}

//! Reading sessions: one, its events, its explanation, and lists.

use playhead_testkit::process::Server;
use playhead_testkit::vector;
use serde_json::{Value, json};

use crate::support::{Player, TS, ad, ad_break, event, event_with, manual, start};

/// A session with some of everything, held events included: it is not over.
fn play(server: &Server) -> Player {
    let mut player = Player::open(server, &start());
    let chapter = json!({
        "media.chapter.index": 1, "media.chapter.offset": 0, "media.chapter.length": 300,
    });
    player.send_all([
        &ad_break(0),
        &ad(0),
        &event("adComplete", 0, 15_000),
        &event("adBreakComplete", 0, 15_000),
        &event("play", 0, 15_000),
        &event_with("chapterStart", 15_000, chapter),
        &event_with("stateStart", 20_000, json!({ "media.state.name": "mute" })),
        &event("ping", 10, 25_000),
        &event("pauseStart", 20, 35_000),
        &event("play", 20, 40_000),
        &event("ping", 30, 50_000),
        &event("ping", 30, 50_000),
        &event("ping", 5, 24_000),
        &event("ping", 40, 60_000),
    ]);
    player
}

/// The numbers alone, without what says whether they are final.
fn numbers(session: &Value) -> Value {
    let mut session = session.clone();
    let members = session["session"].as_object_mut().unwrap();
    for member in ["closeReason", "secondsSinceLastCall"] {
        members.remove(member);
    }
    json!({ "sessions": [session], "reports": {} })
}

#[test]
fn an_open_session_has_the_numbers_of_a_close_right_then() {
    let server = manual();
    let mut player = play(&server);
    let open = server.session(&player.sid);
    assert_eq!(open["sid"], player.sid);
    assert_eq!(open["state"], "open");
    assert_eq!(open["provisional"], true);
    // 15 – 35 and 40 – 60 s.
    assert_eq!(open["session"]["timePlayed"], 40);
    assert_eq!(open["session"]["pauseTime"], 5);
    assert_eq!(open["ads"][0]["timePlayed"], 15);
    assert_eq!(open["chapters"][0]["timePlayed"], 40);
    assert_eq!(open["states"]["mute"]["time"], 40);
    assert_eq!(
        open["session"].get("closeReason").unwrap_or(&Value::Null),
        &Value::Null
    );

    player.send_all([&event("sessionEnd", 40, 60_000)]);
    server.set_clock(5_000);
    let closed = server.session(&player.sid);
    assert_eq!(closed["state"], "closed");
    assert_eq!(closed["provisional"], false);
    assert_eq!(closed["session"]["closeReason"], "sessionEnd");
    let differences = vector::diff(&numbers(&open), &numbers(&closed));
    assert!(differences.is_empty(), "{differences:#?}");
}

#[test]
fn sessions_are_read_alike_after_a_restart() {
    let server = manual();
    let open = play(&server);
    let mut closed = play(&server);
    closed.send_all([&event("sessionEnd", 40, 60_000)]);
    server.set_clock(5_000);
    let batch = json!([start(), event("play", 0, 0), event("ping", 9, 9_000)]);
    let batch = server.door().post_json("/api/v1/downloaded", &batch).sid();
    let sids = [&open.sid, &closed.sid, &batch];
    let read = |server: &Server| {
        let of = |sid: &&String| {
            let explanation = server.ask(&format!("/v1/sessions/{sid}/explain"));
            json!([server.session(sid), server.events(sid), explanation])
        };
        sids.iter().map(of).collect::<Vec<Value>>()
    };
    let before = read(&server);
    let server = server.kill_and_restart();
    assert_eq!(json!(read(&server)), json!(before));
    let server = server.restart();
    assert_eq!(json!(read(&server)), json!(before));
    // Once more, now that a checkpoint and the store have all.
    let server = server.kill_and_restart();
    assert_eq!(json!(read(&server)), json!(before));
}

#[test]
fn every_event_is_listed_with_its_outcome() {
    let server = manual();
    server.set_clock(1_000);
    let mut player = play(&server);
    let listed = server.events(&player.sid);
    assert_eq!(listed.len(), 15);
    assert_eq!(listed[0]["type"], "sessionStart");
    assert_eq!(listed[0]["clientTime"], TS);
    assert_eq!(listed[0]["serverTime"], 1_000);
    assert_eq!(listed[8]["type"], "ping");
    assert_eq!(listed[8]["playhead"], 10.0);
    assert_eq!(listed[8]["clientTime"], TS + 25_000);
    let held = listed
        .iter()
        .filter(|event| event["outcome"] == "held")
        .count();
    let total = server.outcomes()["total"].clone();
    assert_eq!(total["held"], held, "{total}");
    assert!(held > 0);

    server.set_clock(6_000);
    // All before has left the window, so one from between comes too late for its own time.
    player.send_all([
        &event("ping", 5, 24_500),
        &event("ping", 40, 60_500),
        &event("sessionEnd", 40, 61_000),
    ]);
    server.set_clock(11_000);
    let listed = server.events(&player.sid);
    assert_eq!(listed.len(), 18);
    assert_eq!(listed[17]["serverTime"], 6_000);
    for (outcome, count) in [("duplicate", 1), ("late", 1), ("accepted", 16), ("held", 0)] {
        let is_it = |event: &&Value| event["outcome"] == outcome;
        assert_eq!(
            listed.iter().filter(is_it).count(),
            count,
            "{outcome}: {listed:#?}"
        );
    }
    let duplicate = listed
        .iter()
        .find(|event| event["outcome"] == "duplicate")
        .unwrap();
    assert_eq!(duplicate["rule"], "R2.2");
    let late = listed
        .iter()
        .find(|event| event["outcome"] == "late")
        .unwrap();
    assert_eq!(late["rule"], "R2.4");
    assert_eq!(late["clientTime"], TS + 24_500);
    assert_ne!(late["appliedTime"], late["clientTime"]);
}

#[test]
fn an_unknown_session_is_told_as_such() {
    let server = manual();
    let mut console = server.console();
    for tail in ["", "/events", "/explain"] {
        let unknown = format!("/v1/sessions/{}{tail}", "0f".repeat(32));
        let answer = console.get(&unknown);
        assert_eq!(answer.status, 404, "{}", answer.text());
        assert!(answer.json()["message"].is_string());
        let answer = console.get(&format!("/v1/sessions/nonsense{tail}"));
        assert_eq!(answer.status, 400, "{}", answer.text());
        assert!(answer.json()["message"].is_string());
    }
}

#[test]
fn explain_prints_the_time_line_and_what_each_number_is_made_of() {
    let server = manual();
    let mut player = play(&server);
    player.send_all([&event("sessionEnd", 40, 60_000)]);
    server.set_clock(5_000);
    let url = server.console_url();
    let run = |arguments: &[&str]| {
        let output = server.home().run(&[&["explain"], arguments].concat());
        let out = String::from_utf8(output.stdout).unwrap();
        (
            output.status.code(),
            out,
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (code, text, error) = run(&[&player.sid, "--console", &url]);
    assert_eq!((code, error.as_str()), (Some(0), ""));
    for word in [
        player.sid.as_str(),
        "adBreakStart",
        "timePlayed",
        "duplicate",
        "sessionEnd",
    ] {
        assert!(text.contains(word), "{word} is missed in\n{text}");
    }

    let (code, text, error) = run(&[&player.sid, "--json", "--console", &url]);
    assert_eq!((code, error.as_str()), (Some(0), ""));
    let explanation: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(explanation["events"], json!(server.events(&player.sid)));
    let session = server.session(&player.sid);
    let mut checked = 0;
    for metric in explanation["metrics"].as_array().unwrap() {
        let Some(exact_ms) = metric["exact"]["ms"].as_u64() else {
            continue;
        };
        if metric["exact"].get("bitrateMs").is_some() {
            continue;
        }
        let parts = metric["parts"].as_array().unwrap();
        let sum: u64 = parts.iter().filter_map(|part| part["ms"].as_u64()).sum();
        assert_eq!(sum, exact_ms, "{metric:#}");
        assert_eq!(metric["reported"], (exact_ms + 500) / 1_000, "{metric:#}");
        let name = metric["name"].as_str().unwrap();
        if let Some(reported) = session["session"].get(name) {
            assert_eq!(reported, &metric["reported"], "{name}");
            checked += 1;
        }
    }
    assert!(
        checked >= 4,
        "{checked} durations of the session are explained"
    );

    let (code, _, error) = run(&[&"0f".repeat(32), "--console", &url]);
    assert_eq!(code, Some(1));
    assert!(error.contains("no session with this id"), "{error}");
    let (code, _, _) = run(&["nonsense", "--console", &url]);
    assert_eq!(code, Some(64));
}

#[test]
fn a_large_array_comes_to_the_same_when_it_is_taken_and_when_it_is_replayed() {
    let server = manual();
    let mut array = vec![start(), event("play", 0, 0)];
    array.extend((1..4_000).map(|second| event("ping", second, second * 1_000)));
    array.push(event("ping", 3_999, 3_999_000));
    let answer = server.door().post_json("/api/v1/downloaded", &json!(array));
    assert_eq!(answer.status, 201, "{}", answer.text());
    let sid = answer.header("location").unwrap().rsplit('/').next();
    let sid = sid.unwrap().to_owned();
    let (session, outcomes) = (server.session(&sid), server.outcomes());
    assert_eq!(session["session"]["timePlayed"], 3_999);
    assert_eq!(outcomes["total"]["settled"]["duplicate"], 1);
    assert_eq!(outcomes["total"]["settled"]["accepted"], 4_001);

    let server = server.kill_and_restart();
    assert_eq!(server.session(&sid), session);
    assert_eq!(server.outcomes()["total"], outcomes["total"]);
    assert_eq!(server.events(&sid).len(), 4_002);
}

//! `playhead replay`: what is computed anew from the log is what is stored, and what is changed
//! on purpose is told and can be put in place.

use std::fs;
use std::process::Output;

use playhead_testkit::process::{Home, Server};
use playhead_testkit::random;
use serde_json::{Value, json};

use crate::support::{Player, TS, event, event_with, home, manual, start_with};
use crate::vectors::{AFTERWARDS_MS, Replay};

fn replay(home: &Home, more: &[&str]) -> Output {
    home.run(&[&["replay", "--data", "data"], more].concat())
}

/// What is found when nothing is wrong with the command.
#[track_caller]
fn found(home: &Home, more: &[&str]) -> Value {
    let output = replay(home, &[&["--json"], more].concat());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Plays random sessions, and lets all of them end.
fn play(server: &Server, seeds: std::ops::Range<u64>) -> Vec<String> {
    let now = server.ask("/v1/server")["now"].as_u64().unwrap();
    let mut replay = Replay::new(server, now);
    let mut sids: Vec<String> = seeds
        .flat_map(|seed| replay.play(&random::vector(seed)).sids)
        .collect();
    sids.sort();
    sids.dedup();
    sids
}

#[test]
fn what_is_computed_anew_is_what_is_stored() {
    let server = manual();
    let mut sids = play(&server, 0..30);
    let server = server.kill_and_restart();
    sids.extend(play(&server, 30..60));
    let server = server.restart();
    let open = Player::open(&server, &start_with("media.id", "film-2"));
    open_for_a_while(open);

    // Beside the running server too.
    let beside = found(server.home(), &[]);
    let (home, _) = server.terminate();
    for found in [beside, found(&home, &[])] {
        let sessions = &found["sessions"];
        assert_eq!(sessions["equal"], sids.len(), "{found}");
        assert_eq!(sessions["open"], 1, "{found}");
        for none in ["different", "notStored", "notComputed", "begunBefore"] {
            assert_eq!(sessions[none], 0, "{none}: {found}");
        }
        assert_eq!(found["from"], Value::Null);
    }
}

fn open_for_a_while(mut player: Player) {
    player.send_all([&event("play", 0, 0), &event("ping", 10, 10_000)]);
}

/// A session with a bitrate of 4,000, by whatever unit, that is over.
fn with_bitrate() -> (Server, String) {
    let server = manual();
    let mut player = Player::open(&server, &start_with("media.id", "film-3"));
    let qoe = json!({ "media.qoe.bitrate": 4_000 });
    player.send_all([
        &event_with("bitrateChange", 0, qoe),
        &event("play", 0, 0),
        &event("ping", 10, 10_000),
        &event("sessionComplete", 10, 10_000),
    ]);
    server.set_clock(AFTERWARDS_MS);
    (server, player.sid)
}

#[track_caller]
fn bitrate(server: &Server) -> Value {
    let request = json!({
        "suite": "suite.one", "range": {"from": TS - 1, "to": TS + 60_000},
        "metrics": ["bitrateAverage"],
    });
    let answer = server.console().post_json("/v1/reports", &request);
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["totals"][0].clone()
}

#[test]
fn other_rules_are_tried_and_put_in_place() {
    let (server, sid) = with_bitrate();
    let before = bitrate(&server);
    let token = {
        let request = json!({"suite": "suite.one", "metrics": ["sessions"],
            "range": {"from": TS - 1, "to": TS + 60_000}});
        server.console().post_json("/v1/reports", &request).json()["asOf"].clone()
    };

    // Only while nobody else writes.
    let refused = replay(server.home(), &["--set", "bitrate_unit=bps", "--write"]);
    assert_eq!(refused.status.code(), Some(1));
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(why.contains("needs the server to be stopped"), "{why}");

    let (home, _) = server.terminate();
    let tried = found(&home, &["--set", "bitrate_unit=bps"]);
    let of_bitrate = |found: &Value| {
        let columns = found["columns"].as_array().unwrap().iter();
        let mut named = columns.filter(|it| it["column"] == "bitrate_average");
        named.next().cloned()
    };
    assert_eq!(tried["sessions"]["different"], 1, "{tried}");
    let column = of_bitrate(&tried).unwrap();
    assert_eq!(column["sessions"], 1, "{tried}");
    assert_eq!(tried["differences"][0]["sid"], *sid, "{tried}");
    // Trying it changed nothing.
    assert_eq!(found(&home, &[])["sessions"]["equal"], 1);

    let written = found(&home, &["--set", "bitrate_unit=bps", "--write"]);
    assert_eq!(written["generation"], 1, "{written}");
    let server = home.serve();
    let after = bitrate(&server);
    assert_ne!(after, before);
    assert_eq!(after.as_f64(), column["computed"].as_f64());
    let request = json!({"suite": "suite.one", "metrics": ["sessions"], "asOf": token,
        "range": {"from": TS - 1, "to": TS + 60_000}});
    let gone = server.console().post_json("/v1/reports", &request);
    assert_eq!(gone.status, 410, "{}", gone.text());

    // Without other rules it says what differs, and brings it back.
    let (home, _) = server.terminate();
    assert_eq!(replay(&home, &[]).status.code(), Some(2));
    let text = String::from_utf8(replay(&home, &[]).stdout).unwrap();
    assert!(text.contains("sessions.bitrate_average"), "{text}");
    found(&home, &["--write"]);
    assert_eq!(found(&home, &[])["sessions"]["equal"], 1);
    assert_eq!(bitrate(&home.serve()), before);
}

#[test]
fn what_has_gone_by_its_age_is_neither_missed_nor_put_back() {
    const DAY_MS: u64 = 86_400_000;
    let settings = "[store]\nsessions_max_age = \"2d\"\n";
    let mut server = home().settings(settings).manual_clock().serve();
    for day in [0, 10] {
        server.set_clock(day * DAY_MS + 1_000);
        let mut player = Player::open(&server, &start_with("media.id", format!("film-{day}")));
        player.send_all([&event("play", 0, 0), &event("sessionEnd", 9, 9_000)]);
        server.set_clock(day * DAY_MS + 60_000);
        server = server.restart();
    }
    let (home, _) = server.terminate();
    for arguments in [&[][..], &["--write"], &[]] {
        let sessions = &found(&home, arguments)["sessions"];
        assert_eq!(sessions["takenOutByAge"], 1, "{sessions}");
        assert_eq!(sessions["equal"], 1, "{sessions}");
        assert_eq!(sessions["notStored"], 0, "{sessions}");
    }
    let stored = home.serve().ask("/v1/sessions")["sessions"].clone();
    assert_eq!(stored.as_array().unwrap().len(), 1, "{stored}");
}

#[test]
fn what_cannot_be_replayed_is_said() {
    let (home, _) = manual().terminate();
    let slip = replay(&home, &["--set", "idle=5"]);
    assert_eq!(slip.status.code(), Some(64));
    let why = String::from_utf8_lossy(&slip.stderr).into_owned();
    assert!(why.contains("did you mean \"idle_ms\"?"), "{why}");
    let nowhere = home.run(&["replay", "--data", "nowhere"]);
    assert_eq!(nowhere.status.code(), Some(1));
    let why = String::from_utf8_lossy(&nowhere.stderr).into_owned();
    assert!(why.contains("nowhere"), "{why}");
    assert!(!home.path("nowhere").exists());
}

#[test]
fn a_replay_begins_at_the_oldest_checkpoint_when_the_log_has_been_cut() {
    let settings = "[log]\nsegment_bytes = \"1 MiB\"\n";
    let mut server = home().settings(settings).manual_clock().serve();
    let filler = "x".repeat(8_000);
    let mut sessions = 0;
    // The first sessions fill some files of the log and close; the last are open at a checkpoint.
    for (round, count) in [300, 30, 30].into_iter().enumerate() {
        for number in 0..count {
            let mut start = start_with("media.id", format!("film-{round}-{number}"));
            start["customMetadata"] = json!({ "filler": filler });
            let mut player = Player::open(&server, &start);
            player.send_all([&event("play", 0, 0), &event("ping", 10, 10_000)]);
            sessions += 1;
        }
        let now = server.ask("/v1/server")["now"].as_u64().unwrap();
        if round == 0 {
            server.set_clock(now + AFTERWARDS_MS);
        }
        server = server.restart();
        if round > 0 {
            server.set_clock(now + AFTERWARDS_MS);
        }
    }
    let (home, _) = server.terminate();
    assert_eq!(found(&home, &[])["sessions"]["equal"], sessions);
    // As retention does.
    for name in ["0000000000000000.seg", "0000000000100000.seg"] {
        fs::remove_file(home.data("log").join(name)).unwrap();
    }
    let found = found(&home, &[]);
    let sessions = &found["sessions"];
    assert!(found["from"].as_u64().unwrap() > 0, "{found}");
    assert_eq!(sessions["begunBefore"], 30, "{found}");
    assert_eq!(sessions["equal"], sessions["computed"], "{found}");
    for none in ["different", "notStored", "notComputed"] {
        assert_eq!(sessions[none], 0, "{none}: {found}");
    }
}

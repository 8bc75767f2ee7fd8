//! The ledger: every event received ends in exactly one outcome, at every moment and after every
//! restart.

use playhead_testkit::process::Server;
use serde_json::{Value, json};

use crate::support::{
    Player, ad, ad_break, event, event_with, events_path, home, manual, start, start_of, start_with,
};

fn sum(counts: &Value) -> u64 {
    let counts = counts.as_object().unwrap();
    counts.values().map(|count| count.as_u64().unwrap()).sum()
}

/// Asserts that the sums of every row balance, and gives the totals.
#[track_caller]
fn balanced(server: &Server) -> Value {
    let outcomes = server.outcomes();
    let rows = outcomes["byPlayer"].as_array().unwrap();
    for row in rows.iter().chain([&outcomes["total"]]) {
        let acknowledged = row["acknowledged"].as_u64().unwrap();
        assert_eq!(
            row["received"],
            sum(&row["refused"]) + acknowledged,
            "{row}"
        );
        let held = row["held"].as_u64().unwrap();
        assert_eq!(acknowledged, sum(&row["settled"]) + held, "{row}");
        let named: u64 = sum(&row["rules"]);
        let accepted = row["settled"]["accepted"].as_u64().unwrap();
        assert_eq!(sum(&row["settled"]), named + accepted, "{row}");
    }
    for member in ["received", "acknowledged", "held"] {
        let of_rows: u64 = rows.iter().map(|row| row[member].as_u64().unwrap()).sum();
        assert_eq!(outcomes["total"][member], of_rows, "{member}");
    }
    outcomes["total"].clone()
}

/// Sends something of every outcome; gives how many events were acknowledged and refused.
fn mixed(server: &Server) -> (u64, u64) {
    let (mut acknowledged, mut refused) = (0, 0);
    let mut count = |status: u16| {
        match status {
            201 | 204 => acknowledged += 1,
            _ => refused += 1,
        }
        balanced(server);
    };
    let mut door = server.door();
    let mut player = Player::open(server, &start_of("visitor"));
    count(201);
    count(
        door.post_json("/api/v1/sessions", &start_of("visitor"))
            .status,
    );
    for event in [
        event("play", 0, 0),
        event("ping", 10, 10_000),
        event("ping", 10, 10_000),
        ad(11_000),
        event("adComplete", 10, 11_500),
        ad_break(12_000),
        ad_break(12_001),
        event("chapterSkip", 10, 13_000),
        event_with("stateEnd", 14_000, json!({ "media.state.name": "mute" })),
        event("ping", 20, 20_000),
        event("ping", 21, 21_000),
        event("ping", 22, 22_000),
        event("ping", 23, 23_000),
        event("ping", 24, 24_000),
        event("ping", 9, 9_000),
        event("seekStart", 1, 1),
        event("ping", "ten", 1),
        event("sessionEnd", 30, 30_000),
        event("ping", 31, 31_000),
        event("sessionEnd", 32, 32_000),
    ] {
        count(player.send(&event));
    }
    count(
        door.post(
            &events_path(&"0f".repeat(32)),
            event("ping", 1, 1).to_string().as_bytes(),
        )
        .status,
    );
    count(door.post("/api/v1/sessions", b"{").status);
    count(door.post("/api/v1/sessions", &[b' '; 65_537]).status);
    count(
        door.post_json(
            "/api/v1/sessions",
            &start_with("analytics.reportSuite", "x"),
        )
        .status,
    );
    (acknowledged, refused)
}

#[test]
fn the_sums_balance_at_every_moment_and_across_restarts() {
    let home = home().settings("[door]\nsuites = [\"suite.one\"]\n");
    let mut server = home.manual_clock().serve();
    let (acknowledged, refused) = mixed(&server);
    let total = balanced(&server);
    assert_eq!(total["acknowledged"], acknowledged);
    assert_eq!(sum(&total["refused"]), refused);
    assert!(total["held"].as_u64().unwrap() > 0, "{total}");

    // What is refused is written with the next tick, which the clock of this server brings.
    server.set_clock(5_000);
    let total = balanced(&server);
    assert_eq!(total["held"], 0);
    for (outcome, count) in [
        ("duplicate", 2),
        ("late", 1),
        ("ignored", 5),
        ("after_close", 1),
    ] {
        assert_eq!(total["settled"][outcome], count, "{outcome} of {total}");
    }
    for (reason, count) in [
        ("invalid", 3),
        ("not_allowed", 1),
        ("too_large", 1),
        ("unknown_session", 1),
        ("after_close", 1),
    ] {
        assert_eq!(total["refused"][reason], count, "{reason} of {total}");
    }

    let before = server.outcomes();
    server = server.restart();
    assert_same_counts(&server.outcomes(), &before);
    server = server.kill_and_restart();
    assert_same_counts(&server.outcomes(), &before);
    balanced(&server);
}

#[track_caller]
fn assert_same_counts(found: &Value, expected: &Value) {
    assert_eq!(found["total"], expected["total"]);
    assert_eq!(found["byPlayer"], expected["byPlayer"]);
}

#[test]
fn a_kill_loses_no_acknowledged_event() {
    let mut server = manual();
    let mut acknowledged = 0;
    for round in 0..4 {
        let mut player = Player::open(&server, &start());
        for second in 0..15 {
            player.send_all([&event("ping", second, second * 1_000)]);
        }
        acknowledged += 16;
        if round % 2 == 0 {
            server.set_clock(round * 10_000);
        }
        server = server.kill_and_restart();
        let total = balanced(&server);
        assert_eq!(total["acknowledged"], acknowledged, "round {round}");
        assert_eq!(server.events(&player.sid).len(), 16, "round {round}");
    }
    server.set_clock(1_000_000);
    let total = balanced(&server);
    assert_eq!(total["settled"]["accepted"], acknowledged);
    assert_eq!(total["held"], 0);
}

#[test]
fn a_clean_stop_writes_the_last_refusals() {
    let server = manual();
    for _ in 0..3 {
        server.door().post("/api/v1/sessions", b"not json");
    }
    let server = server.restart();
    assert_eq!(server.outcomes()["total"]["refused"]["invalid"], 3);
}

#[test]
fn a_retry_of_an_end_is_told_from_another_end_after_the_close() {
    let server = manual();
    let mut player = Player::open(&server, &start());
    let complete = event("sessionComplete", 60, 60_000);
    player.send_all([&event("play", 0, 0), &complete]);
    for second in 61..70 {
        player.send_all([&event("ping", 60, second * 1_000)]);
    }
    player.send_all([&event("sessionEnd", 60, 70_000)]);
    server.set_clock(10_000);
    player.send_all([&complete, &event("sessionEnd", 60, 70_001)]);
    let total = balanced(&server);
    assert_eq!(total["settled"]["duplicate"], 1, "{total}");
    assert_eq!(total["settled"]["after_close"], 1, "{total}");
    let events = server.events(&player.sid);
    let outcomes: Vec<_> = events[12..].iter().map(|event| &event["outcome"]).collect();
    assert_eq!(outcomes, ["accepted", "duplicate", "after_close"]);
}

#[test]
fn a_repeated_array_and_what_comes_after_it_are_listed_and_change_nothing() {
    let server = manual();
    let array = json!([start(), event("play", 0, 0), event("ping", 10, 10_000)]);
    let mut door = server.door();
    let first = door.post_json("/api/v1/downloaded", &array);
    let again = door.post_json("/api/v1/downloaded", &array);
    assert_eq!((first.status, again.status), (201, 201));
    let location = first.header("location").unwrap();
    assert_eq!(again.header("location"), Some(location));
    let sid = location.rsplit('/').next().unwrap().to_owned();
    let before = server.session(&sid);
    let end = event("sessionEnd", 20, 20_000);
    assert_eq!(door.post_json(&events_path(&sid), &end).status, 204);

    assert_eq!(server.session(&sid), before);
    let events = server.events(&sid);
    let outcomes: Vec<_> = events.iter().map(|event| &event["outcome"]).collect();
    let wanted = ["accepted", "accepted", "accepted"];
    let wanted = wanted
        .iter()
        .chain(&["duplicate"; 3])
        .chain(&["after_close"]);
    assert_eq!(outcomes, wanted.collect::<Vec<_>>());
    let settled = &balanced(&server)["settled"];
    assert_eq!(settled["duplicate"], 3);
    assert_eq!(settled["after_close"], 1);
}

#[test]
fn counts_are_kept_by_suite_player_and_version() {
    let server = manual();
    let of = |suite: &str, player: &str, version: &str| {
        let mut start = start_with("analytics.reportSuite", suite);
        start["params"]["media.playerName"] = player.into();
        start["params"]["media.sdkVersion"] = version.into();
        start
    };
    for (start, pings) in [
        (of("one", "web", "1"), 2),
        (of("one", "web", "2"), 3),
        (of("one", "tv", "1"), 4),
        (of("two", "web", "1"), 5),
    ] {
        let mut player = Player::open(&server, &start);
        for second in 0..pings {
            player.send_all([&event("ping", second, second)]);
        }
        assert_eq!(player.send(&event("ping", "x", 0)), 400);
    }
    balanced(&server);
    let outcomes = server.outcomes();
    let rows = outcomes["byPlayer"].as_array().unwrap();
    let count = |suite: &str, player: &str, version: &str| {
        let is_it = |row: &&Value| {
            row["suite"] == suite && row["player"] == player && row["sdkVersion"] == version
        };
        let mut found = rows.iter().filter(is_it);
        let row = found.next().unwrap();
        assert_eq!(found.next(), None);
        assert_eq!(row["refused"]["invalid"], 1, "{row}");
        row["acknowledged"].as_u64().unwrap()
    };
    assert_eq!(count("one", "web", "1"), 3);
    assert_eq!(count("one", "web", "2"), 4);
    assert_eq!(count("one", "tv", "1"), 5);
    assert_eq!(count("two", "web", "1"), 6);
}

#[test]
fn samples_of_refused_bodies_are_kept() {
    let home = home().settings("[door]\nrefused_samples = 3\n");
    let server = home.manual_clock().serve();
    server.set_clock(7_000);
    let mut player = Player::open(&server, &start());
    let bad = json!({ "eventType": "ping", "playerTime": { "playhead": "12", "ts": 1.5 } });
    assert_eq!(player.send(&bad), 400);
    let large = vec![b'x'; 20_000];
    server.door().post(&events_path(&player.sid), &large);
    let outcomes = server.outcomes();
    let samples = outcomes["refusedSamples"].as_array().unwrap();
    let of_ping = |sample: &&Value| sample["body"].as_str().unwrap().contains("\"12\"");
    let sample = samples.iter().find(of_ping).unwrap();
    assert_eq!(sample["outcome"], "invalid");
    assert_eq!(sample["at"], 7_000);
    assert_eq!(sample["suite"], "suite.one");
    assert_eq!(sample["player"], "player");
    assert_eq!(sample["bodyBytes"], bad.to_string().len());
    let body: Value = serde_json::from_str(sample["body"].as_str().unwrap()).unwrap();
    assert_eq!(body, bad);
    let message = sample["message"].as_str().unwrap();
    assert!(message.contains("playerTime.playhead"), "{message}");

    let sample = samples
        .iter()
        .find(|sample| sample["bodyBytes"] == 20_000)
        .unwrap();
    assert!(
        sample["body"].as_str().unwrap().len() < 20_000,
        "only the beginning is kept"
    );

    let announced = [b"x".repeat(70_000), b"y".repeat(5_000_000)];
    for large in &announced {
        assert_eq!(server.door().post("/api/v1/sessions", large).status, 413);
    }
    let outcomes = server.outcomes();
    let samples = outcomes["refusedSamples"].as_array().unwrap();
    for beginning in ["xxxx", "yyyy"] {
        let begins = |sample: &&Value| sample["body"].as_str().unwrap().starts_with(beginning);
        let mut alike = samples.iter().filter(begins);
        assert!(
            alike.any(|sample| sample["outcome"] == "too_large"),
            "{outcomes}"
        );
    }

    // Only the latest of a sort are kept.
    for number in 0..10 {
        let bad = format!("{{ not json {number}");
        server
            .door()
            .post(&events_path(&player.sid), bad.as_bytes());
    }
    let outcomes = server.outcomes();
    let samples = outcomes["refusedSamples"].as_array().unwrap();
    let of_suite = |sample: &&Value| sample["suite"] == "suite.one";
    assert_eq!(samples.iter().filter(of_suite).count(), 3, "{outcomes}");
    assert!(
        samples
            .iter()
            .any(|sample| sample["body"] == "{ not json 9"),
        "{outcomes}"
    );
    assert_eq!(outcomes["total"]["refused"]["invalid"], 12);
}

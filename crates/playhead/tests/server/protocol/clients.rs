//! Habits of shipping players that the server has to bear.

use serde_json::{Value, json};

use crate::support::{
    Player, TS, ad, ad_break, event, event_with, events_path, manual, start, start_with,
};

fn chapter(after_ms: i64) -> Value {
    let params = json!({
        "media.chapter.index": 1, "media.chapter.offset": 0, "media.chapter.length": 300,
    });
    event_with("chapterStart", after_ms, params)
}

#[test]
fn a_phone_sends_one_event_after_the_other() {
    let server = manual();
    let mut door = server.door();
    let headers = [
        ("content-type", "application/json"),
        ("x-adobe-aep-validation-token", "token"),
        ("user-agent", "Player/5.0.1 CFNetwork/1410 Darwin/22.6.0"),
    ];
    let mut first = start_with("media.downloaded", false);
    first["params"]["media.libraryVersion"] = "ios-media-5.0.1".into();
    first["params"]["analytics.enableSSL"] = true.into();
    first["params"]["media.resume"] = false.into();
    let body = first.to_string();
    let answer = door.request("POST", "/prefix/api/v1/sessions", &headers, body.as_bytes());
    assert_eq!(answer.status, 201);
    // Taken by `^/api/(.*)/sessions/(.*)`, the second group as it is.
    let (version, sid) = answer.header("location").unwrap()["/api/".len()..]
        .split_once("/sessions/")
        .unwrap();
    assert_eq!((version, sid.len()), ("v1", 64));
    for (name, playhead, after_ms) in [
        ("play", json!(0), 0),
        ("play", json!(1.5), 1_500),
        ("ping", json!(11.5), 11_500),
        ("sessionComplete", json!(21.5), 21_500),
        ("sessionEnd", json!(21.5), 21_500),
    ] {
        let body = event(name, playhead, after_ms).to_string();
        let path = format!("/prefix{}", events_path(sid));
        let answer = door.request("POST", &path, &headers, body.as_bytes());
        assert_eq!(answer.status, 204, "{name}");
    }
    server.set_clock(5_000);
    let session = server.session(sid);
    // 21.5 s, rounded half up.
    assert_eq!(session["session"]["timePlayed"], 22);
    assert_eq!(session["session"]["isCompleted"], true);
    assert_eq!(session["session"]["closeReason"], "sessionEnd");
}

#[test]
fn a_phone_without_a_network_sends_it_all_later() {
    let server = manual();
    let batch = json!([
        start_with("media.downloaded", true),
        event("play", 0, 200),
        event("ping", 50, 50_200),
        event("ping", 100, 100_200),
        event("sessionComplete", 120, 120_200),
        event("sessionEnd", 120, 120_200),
    ]);
    let sid = server.door().post_json("/api/v1/sessions", &batch).sid();
    let session = server.session(&sid);
    assert_eq!(session["state"], "closed");
    assert_eq!(session["session"]["timePlayed"], 120);
    assert_eq!(session["session"]["uniqueTimePlayed"], 120);
    assert_eq!(session["session"]["closeReason"], "sessionEnd");
}

#[test]
fn a_browser_may_let_the_end_overtake_what_it_closes() {
    let server = manual();
    let mut player = Player::open(&server, &start());
    player.send_all([
        &event("play", 0, 0),
        &chapter(0),
        &ad_break(10_000),
        &ad(10_000),
        &event("play", 10, 10_000),
        // One tick: adSkip, adBreakComplete, chapterSkip and the end, in three requests at a time.
        &event("sessionEnd", 10, 17_000),
        &event("chapterSkip", 10, 17_000),
        &event("adBreakComplete", 10, 17_000),
        &event("adSkip", 10, 17_000),
    ]);
    server.set_clock(5_000);
    let session = server.session(&player.sid);
    assert_eq!(session["session"]["timePlayed"], 10);
    assert_eq!(session["ads"][0]["timePlayed"], 7);
    assert_eq!(session["ads"][0]["isCompleted"], false);
    assert_eq!(session["chapters"][0]["timePlayed"], 10);
    let settled = server.outcomes()["total"]["settled"].clone();
    assert_eq!(settled["accepted"], 10, "{settled}");
}

#[test]
fn a_restart_brings_all_that_is_open_at_one_moment() {
    let server = manual();
    let mut resumed = Player::open(&server, &start_with("media.resume", true));
    let mute = json!({ "media.state.name": "mute" });
    resumed.send_all([
        &event("play", 300, 0),
        &ad(0),
        &event_with("stateStart", 0, mute),
        &ad_break(0),
        &chapter(0),
        &event("adComplete", 300, 8_000),
        &event("adBreakComplete", 300, 8_000),
        &event("ping", 300, 8_000),
        &event("play", 300, 8_000),
        &event("sessionEnd", 320, 28_000),
    ]);
    server.set_clock(5_000);
    let session = server.session(&resumed.sid);
    assert_eq!(session["session"]["hasResume"], true);
    assert_eq!(session["session"]["timePlayed"], 20);
    assert_eq!(session["ads"][0]["timePlayed"], 8);
    assert_eq!(session["chapters"][0]["timePlayed"], 20);
    assert_eq!(session["states"]["mute"]["time"], 28);
    // Half of 600 s are behind it at once.
    assert_eq!(session["session"]["hasProgress50"], true);
    assert_eq!(session["session"]["hasProgress75"], false);
}

#[test]
fn a_connector_opens_the_session_when_the_pre_roll_is_over() {
    let server = manual();
    let quirky = |mut event: Value, after_ms: i64| {
        event["playerTime"]["ts"] = (TS + after_ms).into();
        event["qoeData"] = json!({});
        event
    };
    let mut first = quirky(start(), 0);
    first["params"]["media.id"] = "N/A".into();
    first["params"]["media.channel"] = "N/A".into();
    first["params"]["media.length"] = 634.566.into();
    let mut opening = ad_break(0);
    opening["customMetadata"] = json!({ "own": "1" });
    let mut player = Player::open(&server, &first);
    player.send_all([
        &quirky(opening, -16_000),
        &quirky(ad(0), -15_999),
        &quirky(event("adComplete", 0, 0), -1_000),
        &quirky(event("adBreakComplete", 0, 0), -999),
        &quirky(event("play", 0, 0), 100),
        &quirky(event("ping", 10, 0), 10_100),
    ]);
    server.set_clock(600_000);
    let session = server.session(&player.sid);
    // The time before the start is nobody's; the ad counts, without time.
    assert_eq!(session["session"]["adCount"], 1);
    assert_eq!(session["ads"][0]["isCompleted"], true);
    assert_eq!(session["ads"][0]["timePlayed"], 0);
    assert_eq!(session["session"]["timePlayed"], 10);
    assert_eq!(server.outcomes()["total"]["settled"]["late"], 4);
    // It heeds 410, and posts the failed event into a new session.
    let failed = quirky(event("ping", 20, 0), 700_000);
    assert_eq!(player.send(&failed), 410);
    let mut next = Player::open(&server, &quirky(start(), 700_000));
    assert_eq!(next.send(&failed), 204);
}

#[test]
fn a_browser_posts_three_events_at_a_time() {
    let server = manual();
    let player = Player::open(&server, &start());
    let path = events_path(&player.sid);
    // What one tick makes has one time, and any of the three connections may come first.
    let ticks = [
        vec![ad_break(0), ad(0), event("play", 0, 0)],
        vec![
            event("adComplete", 0, 15_000),
            event("ping", 0, 15_000),
            event("adBreakComplete", 0, 15_000),
        ],
        vec![
            event("play", 0, 15_001),
            chapter(15_001),
            event("ping", 10, 25_001),
        ],
        vec![
            event("ping", 20, 35_001),
            event("chapterSkip", 25, 40_001),
            event("sessionEnd", 25, 40_001),
        ],
    ];
    for tick in ticks {
        std::thread::scope(|scope| {
            for event in tick {
                let (mut door, path) = (server.door(), &path);
                scope.spawn(move || assert_eq!(door.post_json(path, &event).status, 204));
            }
        });
    }
    server.set_clock(5_000);
    let session = server.session(&player.sid);
    assert_eq!(session["session"]["timePlayed"], 25);
    assert_eq!(session["ads"][0]["timePlayed"], 15);
    assert_eq!(session["ads"][0]["isCompleted"], true);
    assert_eq!(session["chapters"][0]["timePlayed"], 25);
    assert_eq!(session["session"]["closeReason"], "sessionEnd");
}

#[test]
fn a_queue_that_is_behind_by_a_minute_changes_no_number() {
    let server = manual();
    let mut player = Player::open(&server, &start());
    // One request at a time, each of them slower than the interval of the pings.
    let mut arrival_ms = 0;
    let mut send = |event: &Value, takes_ms: u64| {
        arrival_ms += takes_ms;
        server.set_clock(arrival_ms);
        assert_eq!(player.send(event), 204);
    };
    send(&event("play", 0, 0), 2_000);
    for number in 1..=12 {
        send(&event("ping", number * 10, number * 10_000), 15_000);
    }
    // The network is back: what waited comes at once, a pause with a missed ping behind it.
    for (name, playhead, after_ms) in [
        ("ping", 130, 130_000),
        ("pauseStart", 135, 135_000),
        ("ping", 135, 145_000),
        ("ping", 135, 155_000),
        ("play", 135, 160_000),
        ("sessionComplete", 145, 170_000),
        ("sessionEnd", 145, 170_000),
    ] {
        send(&event(name, playhead, after_ms), 1);
    }
    let sid = player.sid.clone();
    server.set_clock(arrival_ms + 5_000);
    let session = server.session(&sid);
    assert_eq!(session["session"]["timePlayed"], 145);
    assert_eq!(session["session"]["pauseTime"], 25);
    assert_eq!(session["session"]["isCompleted"], true);
    let settled = server.outcomes()["total"]["settled"].clone();
    assert_eq!(settled["accepted"], 21, "{settled}");
}

//! Numbers and times far from anything real.

use serde_json::{Value, json};

use super::unnoticed;
use crate::support::{
    Player, TS, ad, ad_break, event, events_path, manual, refused, start, start_with,
};

#[test]
fn what_is_no_finite_number_is_refused() {
    let server = manual();
    let path = events_path(&Player::open(&server, &start()).sid);
    unnoticed(&server, || {
        let mut door = server.door();
        for number in [
            "NaN",
            "-NaN",
            "Infinity",
            "-Infinity",
            "\"NaN\"",
            "1e309",
            "-1e309",
            "1e99999999999",
            "0x10",
            "01",
            "+1",
            ".5",
            "1.",
            "1e",
            "--1",
            "1_000",
            "null",
            "true",
            "[]",
        ] {
            for member in ["playhead", "ts"] {
                let other = if member == "ts" { "playhead" } else { "ts" };
                let body = format!(
                    "{{\"eventType\":\"ping\",\"playerTime\":{{\"{member}\":{number},\"{other}\":1}}}}"
                );
                let answer = door.post(&path, body.as_bytes());
                assert_eq!(answer.status, 400, "{body}");
            }
        }
        for ts in [
            "1e30",
            "9223372036854775808",
            "-9223372036854775809",
            "8640000000000001",
        ] {
            let body =
                format!("{{\"eventType\":\"ping\",\"playerTime\":{{\"playhead\":1,\"ts\":{ts}}}}}");
            refused(&door.post(&path, body.as_bytes()), 400);
        }
        let digits = "9".repeat(60_000);
        let body =
            format!("{{\"eventType\":\"ping\",\"playerTime\":{{\"playhead\":{digits},\"ts\":1}}}}");
        refused(&door.post(&path, body.as_bytes()), 400);
    });
}

/// Asserts that a session can be read and explained and holds no nonsense.
#[track_caller]
fn readable(server: &playhead_testkit::process::Server, sid: &str) -> Value {
    let session = server.session(sid);
    server.events(sid);
    server.ask(&format!("/v1/sessions/{sid}/explain"));
    for name in [
        "timePlayed",
        "totalTimePlayed",
        "uniqueTimePlayed",
        "pauseTime",
    ] {
        let value = &session["session"][name];
        assert!(value.as_u64().is_some(), "{name} is {value}");
    }
    let unique = session["session"]["uniqueTimePlayed"].as_u64();
    assert!(
        unique <= session["session"]["timePlayed"].as_u64(),
        "{session}"
    );
    session
}

#[test]
fn absurd_playheads_and_lengths_do_no_harm() {
    let server = manual();
    unnoticed(&server, || {
        for length in [0.0, -1.0, 1e-300, 86_400.0, 1e308, -1e308] {
            for kind in ["vod", "live"] {
                let mut start = start_with("media.length", length);
                start["params"]["media.contentType"] = kind.into();
                let mut player = Player::open(&server, &start);
                let playheads = [
                    0.0, 1e308, -1e308, 1e-308, 5e-324, 1e15, 86_399.9, 0.1, 1e300,
                ];
                for (step, playhead) in playheads.into_iter().enumerate() {
                    let at = step as i64 * 10_000;
                    let name = ["play", "ping", "pauseStart"][step % 3];
                    assert_eq!(player.send(&event(name, playhead, at)), 204, "{playhead}");
                }
                player.send_all([
                    &ad_break(90_000),
                    &ad(90_000),
                    &event("sessionEnd", 1e308, 100_000),
                ]);
                let session = readable(&server, &player.sid);
                assert_eq!(session["session"]["totalTimePlayed"], 70, "{session}");
            }
        }
    });
}

#[test]
fn absurd_times_do_no_harm() {
    let server = manual();
    unnoticed(&server, || {
        let year_9999 = 253_402_300_799_999_i64;
        let most = 8_640_000_000_000_000_i64;
        for times in [
            [0, 1, 2],
            [TS, 0, year_9999],
            [year_9999, TS, 0],
            [-1, -most, most],
            [-most, most, 0],
            [most, most, most],
        ] {
            let at = |name: &str, ts: i64| {
                let mut event = event(name, 1, 0);
                event["playerTime"]["ts"] = ts.into();
                event
            };
            let mut start = start();
            start["playerTime"]["ts"] = times[0].into();
            let mut player = Player::open(&server, &start);
            for ts in times {
                player.send_all([&at("play", ts), &at("ping", ts)]);
            }
            readable(&server, &player.sid);
            let batch = json!([start, at("play", times[1]), at("ping", times[2])]);
            let answer = server.door().post_json("/api/v1/downloaded", &batch);
            assert_eq!(answer.status, 201, "{}", answer.text());
            readable(&server, &answer.sid());
        }
    });
    // And none of them hinders time, a stop or a restart.
    server.set_clock(90_000_000);
    let total = server.outcomes()["total"].clone();
    let server = server.restart();
    assert_eq!(server.outcomes()["total"], total);
    assert_eq!(total["held"], 0);
}

#[test]
fn one_session_cannot_grow_without_end() {
    let server = manual();
    unnoticed(&server, || {
        let mut player = Player::open(&server, &start());
        for number in 0..300_i64 {
            let name = format!("{}{number}", "n".repeat(200));
            let mut ad = ad(number * 10 + 1);
            ad["params"]["media.ad.id"] = name.clone().into();
            let mut error = event("error", number * 3, number * 10 + 4);
            error["qoeData"] = json!({ "media.qoe.errorID": name });
            let chapter = json!({
                "media.chapter.index": number, "media.chapter.offset": number, "media.chapter.length": 1,
            });
            player.send_all([
                &ad_break(number * 10),
                &ad,
                &event("adBreakComplete", number * 3, number * 10 + 2),
                &crate::support::event_with("chapterStart", number * 10 + 3, chapter),
                &error,
                &event("play", number * 3 % 601, number * 10 + 5),
            ]);
        }
        let session = readable(&server, &player.sid);
        assert_eq!(session["session"]["adCount"], 300);
        assert_eq!(session["session"]["errorCount"], 300);
        assert_eq!(session["session"]["chapterCount"], 300);
    });
}

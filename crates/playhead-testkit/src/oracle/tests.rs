use serde_json::{Value, json};

use super::door::Door;
use super::metrics::unique_us;
use super::timeline::{Interval, Timeline};
use super::{compute, outcomes};
use crate::random;

const TS: i64 = 1_772_474_400_000;

fn start() -> Value {
    json!({
        "eventType": "sessionStart",
        "playerTime": { "playhead": 0, "ts": TS },
        "params": {
            "analytics.trackingServer": "t", "analytics.reportSuite": "r",
            "visitor.marketingCloudOrgId": "o", "media.id": "movie-1", "media.length": 600,
            "media.contentType": "vod", "media.playerName": "p", "media.channel": "c",
        },
    })
}

fn event(kind: &str, ms: i64, playhead: f64) -> Value {
    json!({ "eventType": kind, "playerTime": { "playhead": playhead, "ts": TS + ms } })
}

fn ad_break(ms: i64) -> Value {
    let mut body = event("adBreakStart", ms, 0.0);
    body["params"] = json!({ "media.ad.podIndex": 1, "media.ad.podSecond": 0 });
    body
}

fn ad(ms: i64, playhead: f64) -> Value {
    let mut body = event("adStart", ms, playhead);
    body["params"] = json!({
        "media.ad.id": "a", "media.ad.length": 5, "media.ad.podPosition": 1,
        "media.ad.playerName": "p",
    });
    body
}

/// Sends each body on time, or at the arrival given with it.
fn vector_at(events: Vec<(i64, Value)>) -> Value {
    let mut requests = vec![json!({ "at_ms": 0, "path": "/api/v1/sessions", "body": start() })];
    for (at_ms, body) in events {
        let path = "/api/v1/sessions/{sid}/events";
        requests.push(json!({ "at_ms": at_ms, "path": path, "body": body }));
    }
    json!({ "requests": requests })
}

fn vector(events: Vec<Value>) -> Value {
    let ts = |body: &Value| body["playerTime"]["ts"].as_i64().unwrap();
    vector_at(
        events
            .into_iter()
            .map(|body| (ts(&body) - TS, body))
            .collect(),
    )
}

fn session(events: Vec<Value>) -> Value {
    compute(&vector(events))["sessions"][0].clone()
}

fn words(vector: &Value) -> Vec<String> {
    let word = |answer: Value| match answer["outcomes"][0].as_str() {
        Some(outcome) => outcome.to_owned(),
        None => answer["status"].to_string(),
    };
    outcomes(vector).into_iter().map(word).collect()
}

#[test]
fn a_pause_is_neither_content_nor_counted_twice() {
    let row = session(vec![
        event("play", 0, 0.0),
        event("pauseStart", 10_000, 10.0),
        event("pauseStart", 12_000, 10.0),
        event("bufferStart", 15_000, 10.0),
        event("play", 16_000, 10.0),
        event("sessionEnd", 20_000, 14.0),
    ]);
    let row = &row["session"];
    assert_eq!(row["timePlayed"], 14);
    assert_eq!(
        (&row["pauseCount"], &row["pauseTime"]),
        (&json!(1), &json!(5))
    );
    assert_eq!(
        (&row["bufferCount"], &row["bufferTime"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(row["secondsSinceLastCall"], 4);
}

#[test]
fn a_stall_needs_three_samples_and_a_second() {
    let frozen = |events: &[(&str, i64)]| {
        let mut all = vec![event("play", 0, 0.0), event("ping", 10_000, 10.0)];
        all.extend(events.iter().map(|(kind, ms)| event(kind, *ms, 10.0)));
        all.push(event("ping", 40_000, 30.0));
        let row = session(all);
        (
            row["session"]["stallCount"].clone(),
            row["session"]["stallTime"].clone(),
        )
    };
    assert_eq!(frozen(&[("ping", 20_000)]), (json!(0), json!(0)));
    assert_eq!(
        frozen(&[("ping", 20_000), ("ping", 30_000)]),
        (json!(1), json!(20))
    );
    assert_eq!(
        frozen(&[("ping", 20_000), ("error", 30_000)]),
        (json!(0), json!(0))
    );
    assert_eq!(
        frozen(&[("ping", 10_500), ("ping", 10_999)]),
        (json!(0), json!(0))
    );
    assert_eq!(
        frozen(&[("ping", 10_500), ("ping", 11_000)]),
        (json!(1), json!(1))
    );
    let with_pause = [("ping", 11_000), ("ping", 12_000), ("pauseStart", 20_000)];
    assert_eq!(
        frozen(&with_pause),
        (json!(1), json!(10)),
        "the pause ends the run at its own ts"
    );
}

#[test]
fn an_ad_in_a_pause_gives_the_pause_back_and_does_not_count_it_again() {
    let row = session(vec![
        event("play", 0, 0.0),
        event("pauseStart", 5_000, 5.0),
        ad_break(6_000),
        ad(6_000, 5.0),
        event("adComplete", 11_000, 5.0),
        event("adBreakComplete", 11_000, 5.0),
        event("play", 15_000, 5.0),
        event("sessionEnd", 20_000, 10.0),
    ]);
    assert_eq!(row["ads"][0]["timePlayed"], 5);
    assert_eq!(row["session"]["timePlayed"], 10);
    assert_eq!(
        (&row["session"]["pauseCount"], &row["session"]["pauseTime"]),
        (&json!(1), &json!(5))
    );
}

#[test]
fn a_pause_repeated_behind_the_ad_start_goes_on() {
    let pauses = |delay: i64| {
        let row = session(vec![
            event("pauseStart", 5_000, 5.0),
            ad_break(6_000),
            ad(6_001, 5.0),
            event("pauseStart", 6_001 + delay, 5.0),
            event("sessionEnd", 20_000, 10.0),
        ]);
        row["session"]["pauseCount"].clone()
    };
    assert_eq!(pauses(1_000), 1);
    assert_eq!(pauses(1_001), 2);
}

#[test]
fn a_play_between_ads_closes_the_break_until_an_ad_follows_at_its_playhead() {
    let row = |playhead: f64| {
        session(vec![
            ad_break(0),
            ad(1, 0.0),
            event("adComplete", 5_000, 0.0),
            event("play", 6_000, 0.0),
            ad(8_000, playhead),
            event("ping", 12_000, playhead),
        ])
    };
    let reopened = row(0.0);
    assert_eq!(reopened["session"]["adCount"], 2);
    assert_eq!(reopened["session"]["timePlayed"], 2);
    assert_eq!(reopened["session"]["isPlayed"], true);
    assert_eq!(reopened["ads"][1]["timePlayed"], 4);
    let over = row(2.0);
    assert_eq!(over["session"]["adCount"], 1);
    assert_eq!(over["session"]["timePlayed"], 6);
}

#[test]
fn time_between_ads_is_media_time_only() {
    let row = session(vec![
        ad_break(0),
        ad(1, 0.0),
        event("adComplete", 5_001, 0.0),
        ad(8_001, 0.0),
        event("sessionEnd", 12_001, 0.0),
    ]);
    assert_eq!(row["session"]["totalTimePlayed"], 12);
    assert_eq!(row["session"]["timePlayed"], 0);
    assert_eq!(row["session"]["isPlayed"], false);
}

#[test]
fn a_wrap_at_midnight_is_forward_movement() {
    let mut vector = vector(vec![
        event("play", 0, 86_395.0),
        event("sessionEnd", 10_000, 5.0),
    ]);
    vector["requests"][0]["body"]["params"]["media.contentType"] = json!("LIVE");
    vector["requests"][0]["body"]["playerTime"]["playhead"] = json!(86_395);
    let answer = compute(&vector);
    assert_eq!(answer["sessions"][0]["session"]["uniqueTimePlayed"], 10);
    assert_eq!(answer["sessions"][0]["session"]["segment"], "[0-5]");
    let by_minute = &answer["reports"]["contentTimeByPlayheadMinute"];
    assert_eq!(by_minute, &json!({ "1439": 5, "0": 5 }));
}

#[test]
fn only_eleven_held_events_or_five_seconds_release() {
    let ping = |ms: i64| event("ping", ms, 1.0);
    // The late event comes 4,999 or 5,000 ms after the one it is older than.
    assert_eq!(
        words(&vector_at(vec![(0, ping(100)), (4_999, ping(50))]))[2],
        "accepted"
    );
    assert_eq!(
        words(&vector_at(vec![(0, ping(100)), (5_000, ping(50))]))[2],
        "late"
    );
    let many = |count: i64| {
        let mut events: Vec<_> = (1..=count).map(|n| (0, ping(100 * n))).collect();
        events.push((1, ping(50)));
        words(&vector_at(events)).pop().unwrap()
    };
    assert_eq!(many(10), "accepted");
    assert_eq!(many(11), "late");
}

#[test]
fn a_held_end_refuses_what_is_later_and_takes_what_is_not() {
    let vector = vector_at(vec![
        (0, event("sessionEnd", 1_000, 1.0)),
        (1, event("ping", 1_001, 1.0)),
        (2, event("ping", 1_000, 1.0)),
        (3, event("sessionEnd", 1_000, 1.0)),
        (4, event("sessionComplete", 2_000, 1.0)),
        (5_000, event("ping", 900, 1.0)),
    ]);
    let expected = [
        "accepted",
        "accepted",
        "410",
        "accepted",
        "duplicate",
        "after_close",
        "410",
    ];
    assert_eq!(words(&vector), expected);
}

#[test]
fn the_idle_clock_and_the_event_test_close_at_ten_minutes() {
    let ping = |ms: i64| event("ping", ms, 1.0);
    let by_arrival = |at: i64| words(&vector_at(vec![(at, ping(5))])).pop().unwrap();
    assert_eq!(by_arrival(599_999), "accepted");
    assert_eq!(by_arrival(600_000), "410");
    let by_ts = |ts: i64| words(&vector_at(vec![(9, ping(ts)), (20_000, ping(9))])).split_off(1);
    assert_eq!(by_ts(599_999), ["accepted", "late"]);
    assert_eq!(by_ts(600_000), ["after_close", "410"]);
}

#[test]
fn a_playhead_that_stands_still_ends_the_session_and_an_ad_start_does_not_let_it() {
    let still = |kind: &str| {
        let mut events: Vec<_> = (1..4).map(|n| event("ping", n * 500_000, 0.0)).collect();
        if kind == "adStart" {
            events[1] = ad(1_000_000, 0.0);
        }
        events.push(event("ping", 1_800_000, 0.0));
        session(events)["session"].clone()
    };
    let row = still("ping");
    assert_eq!(row["closeReason"], "timeout-no-playhead-change");
    assert_eq!(row["secondsSinceLastCall"], 300);
    assert_eq!(still("adStart")["closeReason"], "timeout-no-events");
}

#[test]
fn an_equal_start_that_names_a_visitor_is_a_retry_for_three_minutes() {
    let sessions = |visitor: Value, delay: i64| {
        let mut body = start();
        body["params"]["analytics.aid"] = visitor;
        let request =
            |at_ms: i64| json!({ "at_ms": at_ms, "path": "/api/v1/sessions", "body": body });
        let vector = json!({ "requests": [request(0), request(delay)] });
        compute(&vector)["sessions"].as_array().unwrap().len()
    };
    assert_eq!(sessions(json!("a"), 179_999), 1);
    assert_eq!(sessions(json!("a"), 180_001), 2);
    assert_eq!(sessions(json!(""), 1), 2);
}

#[test]
fn a_batch_is_a_session_of_its_own_time() {
    let mut first = start();
    let rest = [
        event("ping", 20_000, 20.0),
        event("play", 0, 0.0),
        event("ping", 700_000, 30.0),
    ];
    let request = |path: &str, first: &Value| {
        let mut body = vec![first.clone()];
        body.extend(rest.clone());
        json!({ "requests": [{ "at_ms": 9, "path": path, "body": body }] })
    };
    let answer = compute(&request("/api/v1/downloaded", &first));
    let row = &answer["sessions"][0]["session"];
    assert_eq!(row["timePlayed"], 700, "no timeouts in a batch");
    assert_eq!(row["closeReason"], "timeout-no-events");
    assert_eq!(row["secondsSinceLastCall"], 0);
    assert_eq!(row["isDownloaded"], true);
    assert_eq!(
        outcomes(&request("/api/v1/sessions", &first))[0]["status"],
        400
    );
    first["params"]["media.downloaded"] = json!(true);
    assert_eq!(
        outcomes(&request("/api/v1/sessions", &first))[0]["status"],
        201
    );
}

#[test]
fn each_required_key_and_each_type_is_enforced() {
    let status = |change: &dyn Fn(&mut Value)| {
        let mut body = start();
        change(&mut body);
        let request = json!({ "at_ms": 0, "path": "/api/v1/sessions", "body": body });
        outcomes(&json!({ "requests": [request] }))[0]["status"]
            .as_u64()
            .unwrap()
    };
    let required: Vec<String> = start()["params"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    for key in required {
        assert_eq!(
            status(&|body| body["params"][&key] = Value::Null),
            400,
            "{key} is missing"
        );
        assert_eq!(
            status(&|body| body["params"][&key] = json!(true)),
            400,
            "{key} is mistyped"
        );
    }
    assert_eq!(status(&|body| body["params"]["media.new"] = json!(1)), 201);
    assert_eq!(
        status(&|body| body["params"]["media.resume"] = json!("true")),
        400
    );
    assert_eq!(
        status(&|body| body["params"]["media.downloaded"] = json!(true)),
        400
    );
    assert_eq!(status(&|body| body["playerTime"]["ts"] = json!(12.5)), 201);
    assert_eq!(
        status(&|body| body["qoeData"] = json!({ "media.qoe.errorID": 17 })),
        201
    );
    assert_eq!(
        status(&|body| body["customMetadata"] = json!({ "k": 1 })),
        400
    );
}

#[test]
fn random_vectors_keep_the_sums() {
    for seed in 0..4_000 {
        let vector = random::vector(seed);
        let door = Door::play(&vector);
        for session in &door.sessions {
            let timeline = Timeline::of(&session.accepted, &session.media);
            let total = timeline.total_ms(Interval::is_playing);
            let content = timeline.total_ms(Interval::is_content);
            let ads = timeline.total_ms(Interval::is_ad);
            let gaps = timeline.total_ms(Interval::is_gap);
            let span = session.accepted.last().unwrap().ts - session.accepted[0].ts;
            assert_eq!(content + ads + gaps, total, "seed {seed}");
            assert!(
                total <= span,
                "seed {seed}: playing longer than the session"
            );
            assert!(
                unique_us(&timeline.watched) <= content * 1_000,
                "seed {seed}: unique time"
            );
            let ordered = session.accepted.is_sorted_by_key(|event| event.ts);
            assert!(ordered, "seed {seed}: time goes back");
        }
    }
}

#[test]
fn every_acknowledged_event_of_a_random_vector_has_one_outcome() {
    for seed in 0..1_000 {
        let vector = random::vector(seed);
        for answer in outcomes(&vector) {
            let taken = [201, 204].map(Value::from).contains(&answer["status"]);
            assert_eq!(taken, answer["outcomes"].is_array(), "seed {seed}");
        }
        // Two readings of one vector cannot differ, and no rule divides by zero on the way.
        assert_eq!(compute(&vector), compute(&vector), "seed {seed}");
    }
}

//! Reports of the real server: `POST /v1/reports`, `playhead report`, and what the settings add.

use std::collections::BTreeMap;
use std::fs;

use playhead_testkit::process::Server;
use playhead_testkit::{random, vector};
use serde_json::{Map, Value, json};

use crate::examples::vectors;
use crate::support::{Player, TS, event, home, manual, start, start_with};
use crate::vectors::Replay;

const EVER: &str = "1970-01-01";

#[track_caller]
fn report(server: &Server, request: &Value) -> Value {
    let answer = server.console().post_json("/v1/reports", request);
    assert_eq!(answer.status, 200, "{request}: {}", answer.text());
    answer.json()
}

#[track_caller]
fn refused(server: &Server, request: &Value, status: u16) -> Value {
    let answer = server.console().post_json("/v1/reports", request);
    assert_eq!(answer.status, status, "{request}: {}", answer.text());
    answer.json()
}

/// Metrics of a suite over all time.
fn ever(suite: &str, metrics: &[&str]) -> Value {
    json!({
        "suite": suite,
        "range": {"from": EVER, "to": "2100-01-01"},
        "metrics": metrics,
    })
}

/// The numbers of a panel over time by `HH:MM`, those that are not 0.
fn by_clock(answer: &Value, place: usize) -> Value {
    let starts = answer["buckets"].as_array().unwrap().iter();
    let numbers = answer["totalSeries"][place].as_array().unwrap();
    let named = starts.zip(numbers).filter(|(_, number)| **number != 0);
    let named = named.map(|(start, number)| {
        let minute = start.as_i64().unwrap().rem_euclid(86_400_000) / 60_000;
        (
            format!("{:02}:{:02}", minute / 60, minute % 60),
            number.clone(),
        )
    });
    Value::Object(named.collect())
}

#[test]
fn the_reports_of_every_example_are_those_of_the_server() {
    let mut examples = 0;
    for file in vectors() {
        let example = vector::load(&file).unwrap();
        let wanted = &example["expect"]["reports"];
        if wanted.as_object().is_none_or(Map::is_empty) {
            continue;
        }
        examples += 1;
        let server = manual();
        let played = Replay::new(&server, 0).play(&example);
        let sessions: Vec<Value> = played.sids.iter().map(|sid| server.session(sid)).collect();
        let times = |name: &'static str| {
            sessions
                .iter()
                .map(move |it| it["session"][name].as_i64().unwrap())
        };
        let (from, to) = (
            times("startTs").min().unwrap(),
            times("endTs").max().unwrap(),
        );
        let suite = &sessions[0]["session"]["reportSuite"];
        let panel = |name: &str| {
            json!({"suite": suite, "report": name, "granularity": "minute",
                "range": {"from": from, "to": to + 60_000}})
        };
        let concurrency = report(&server, &panel("concurrency"));
        let spent = report(&server, &panel("timeSpent"));
        let retention = report(&server, &panel("retention"));
        let rows = retention["rows"].as_array().unwrap().iter();
        let watched = rows.filter(|row| row["values"][0] != 0);
        let watched: Map<String, Value> = watched
            .map(|row| {
                (
                    row["key"][0].as_str().unwrap().to_owned(),
                    row["values"][0].clone(),
                )
            })
            .collect();
        for (name, found) in [
            ("concurrentViewers", by_clock(&concurrency, 0)),
            ("concurrentSessions", by_clock(&concurrency, 1)),
            ("playbackTimeSpent", by_clock(&spent, 0)),
            ("contentTimeByPlayheadMinute", Value::Object(watched)),
        ] {
            if !wanted[name].is_null() {
                assert_eq!(found, wanted[name], "{name} of {}", example["name"]);
            }
        }
    }
    assert!(examples > 0, "no example has reports");
}

const SUMS: [&str; 6] = [
    "sessions",
    "isPlayed",
    "timePlayed",
    "totalTimePlayed",
    "pauseTime",
    "stallCount",
];

/// The same sums by suite from what the console tells of each session.
fn sums(server: &Server, sids: &[String]) -> BTreeMap<String, Vec<i64>> {
    let mut sums: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for sid in sids {
        let session = &server.session(sid)["session"];
        if session["name"].as_str().is_none_or(str::is_empty) {
            continue;
        }
        let number = |name: &str| match &session[name] {
            Value::Bool(flag) => i64::from(*flag),
            _ if name == "sessions" => 1,
            number => number.as_i64().unwrap(),
        };
        let suite = session["reportSuite"].as_str().unwrap().to_owned();
        let of_suite = sums.entry(suite).or_insert_with(|| vec![0; SUMS.len()]);
        for (sum, name) in of_suite.iter_mut().zip(SUMS) {
            *sum += number(name);
        }
    }
    sums
}

/// Sums over all sessions, whatever the players' clocks say.
fn all_of(suite: &str, more: Value) -> Value {
    let mut request = ever(suite, &SUMS);
    request["clock"] = "server".into();
    let members = request.as_object_mut().unwrap();
    members.extend(more.as_object().unwrap().clone());
    request
}

#[test]
fn sums_are_those_of_the_sessions_before_and_after_a_restart() {
    let mut server = manual();
    let mut sids = Vec::new();
    let mut from_ms = 0;
    for round in 0..3 {
        let mut replay = Replay::new(&server, from_ms);
        for seed in round * 10..round * 10 + 10 {
            sids.extend(replay.play(&random::vector(seed)).sids);
        }
        from_ms = replay.now_ms();
        let wanted = sums(&server, &sids);
        assert!(!wanted.is_empty());
        let tokens: Vec<(String, Value, Value)> = wanted
            .iter()
            .map(|(suite, wanted)| {
                let answer = report(&server, &all_of(suite, json!({})));
                assert_eq!(answer["totals"], json!(wanted), "{suite:?}");
                (
                    suite.clone(),
                    answer["asOf"].clone(),
                    answer["totals"].clone(),
                )
            })
            .collect();
        // A crash: what is in no file yet comes from the log again.
        server = if round == 1 {
            server.restart()
        } else {
            server.kill_and_restart()
        };
        for (suite, token, totals) in tokens {
            let now = report(&server, &all_of(&suite, json!({})));
            assert_eq!(now["totals"], totals, "{suite:?}");
            let again = report(&server, &all_of(&suite, json!({"asOf": token})));
            assert_eq!(again["totals"], totals, "{suite:?}");
        }
    }
}

#[test]
fn open_sessions_take_part_if_asked_and_then_closed_ones_take_their_place() {
    let server = manual();
    let mut player = Player::open(&server, &start());
    player.send_all([&event("play", 0, 0), &event("ping", 10, 10_000)]);
    let open = json!({"suite": "suite.one", "metrics": ["sessions", "timePlayed"],
        "range": {"from": TS - 1_000, "to": TS + 1_000_000}, "includeOpen": true});
    let mut closed = open.clone();
    closed["includeOpen"] = false.into();
    let first = report(&server, &open);
    assert_eq!(first["totals"], json!([1, 10]));
    assert_eq!(first["provisional"], true);
    assert_eq!(report(&server, &closed)["totals"], json!([0, 0]));
    player.send_all([&event("sessionEnd", 20, 20_000)]);
    server.set_clock(5_000);
    for request in [&open, &closed] {
        let answer = report(&server, request);
        assert_eq!(answer["totals"], json!([1, 20]));
        assert_eq!(answer["provisional"], false);
    }
    let mut as_of = open.clone();
    as_of["asOf"] = first["asOf"].clone();
    assert_eq!(refused(&server, &as_of, 400)["field"], "includeOpen");
}

#[test]
fn what_cannot_be_answered_names_its_field_or_its_limit() {
    let server = manual();
    Player::open(&server, &start());
    let table = ever("suite.one", &["sessions"]);
    let with = |name: &str, value: Value| {
        let mut request = table.clone();
        request[name] = value;
        request
    };
    for (request, field, part) in [
        (with("suite", "suite.on".into()), "suite", "suite.one"),
        (
            with("metrics", json!(["timePlaed"])),
            "metrics[0]",
            "timePlayed",
        ),
        (
            with("dimensions", json!(["chanel"])),
            "dimensions[0]",
            "channel",
        ),
        (
            with(
                "filters",
                json!([{"dimension": "name", "op": "regex", "value": "("}]),
            ),
            "filters[0].value",
            "regex",
        ),
        (with("segment", "audo".into()), "segment", "audio"),
        (with("zone", "Europe/Pari".into()), "zone", "Europe/Paris"),
        (with("range", json!({"from": 5, "to": 5})), "range", "empty"),
        (with("asOf", "yesterday".into()), "asOf", "token"),
        (with("metrcs", json!([])), "metrcs", "metrics"),
    ] {
        let body = refused(&server, &request, 400);
        assert_eq!(body["field"], field, "{body}");
        assert!(body["message"].as_str().unwrap().contains(part), "{body}");
    }
    let long = with("granularity", "second".into());
    let body = refused(&server, &long, 400);
    assert_eq!(body["limit"], "units of time");
    assert!(body["message"].as_str().unwrap().contains("day"), "{body}");
    refused(&server, &with("asOf", "g7-p1-c0".into()), 410);
    let nothing = server.console().post("/v1/reports", b"{");
    assert_eq!(nothing.status, 415, "no content type");
    let large = json!({"suite": "a".repeat(300_000)});
    assert_eq!(
        server.console().post_json("/v1/reports", &large).status,
        413
    );
    let metrics = server.console().get("/metrics").text();
    assert!(
        metrics.contains("playhead_reports_total{outcome=\"refused\"} 10"),
        "{metrics}"
    );
}

const OWN: &str = "[suites.\"suite.one\"]\ntime_zone = \"Asia/Kolkata\"\n\
    [metrics.minutes]\ntitle = \"Minutes\"\nformula = \"timePlayed / 60\"\n\
    [segments.films]\nfilters = '[{\"dimension\": \"name\", \"op\": \"startsWith\", \"value\": \"film\"}]'\n";

#[test]
fn settings_add_zones_metrics_and_segments() {
    let server = home().settings(OWN).manual_clock().serve();
    for name in ["film-1", "series-1"] {
        let mut player = Player::open(&server, &start_with("media.id", name));
        player.send_all([&event("play", 0, 0), &event("sessionEnd", 90, 90_000)]);
    }
    server.set_clock(5_000);
    let mut request = ever("suite.one", &["minutes", "sessions"]);
    let all = report(&server, &request);
    assert_eq!(
        (&all["totals"], &all["zone"]),
        (&json!([3.0, 2]), &json!("Asia/Kolkata"))
    );
    assert_eq!(all["headings"][0]["title"], "Minutes");
    request["segment"] = "films".into();
    assert_eq!(report(&server, &request)["totals"], json!([1.5, 1]));
    let catalog = server.ask("/v1/catalog");
    let names = |of: &str| -> Vec<Value> {
        let list = catalog[of].as_array().unwrap().iter();
        list.map(|it| it["name"].clone()).collect()
    };
    assert!(names("calculatedMetrics").contains(&"minutes".into()));
    assert!(names("segments").contains(&"films".into()));

    let reload = |settings: &str| {
        fs::write(server.home().path("playhead.toml"), settings).unwrap();
        server.home().run(&["config", "reload", "--data", "data"])
    };
    let wrong = reload(&OWN.replace("timePlayed / 60", "timePlaed / 60"));
    let told = String::from_utf8_lossy(&wrong.stdout).into_owned();
    assert!(
        told.contains("metrics.\"minutes\".formula") && told.contains("timePlayed"),
        "{told}"
    );
    assert_eq!(
        report(&server, &request)["totals"],
        json!([1.5, 1]),
        "nothing has changed"
    );
    let better = OWN
        .replace("timePlayed / 60", "timePlayed")
        .replace("film\\\"", "series\\\"");
    assert_eq!(
        reload(&better.replace("\"film\"", "\"series\""))
            .status
            .code(),
        Some(0)
    );
    assert_eq!(report(&server, &request)["totals"], json!([90.0, 1]));
}

#[test]
fn settings_that_reports_could_not_take_are_refused() {
    for (settings, key, part) in [
        (
            "[suites.a]\ntime_zone = \"Europe/Pari\"\n",
            "suites.\"a\".time_zone",
            "Europe/Paris",
        ),
        ("[metrics.a]\n", "formula", "wants"),
        (
            "[metrics.sessions]\nformula = \"1\"\n",
            "metrics.sessions.formula",
            "everyone",
        ),
        (
            "[segments.a]\nfilters = \"[\"\n",
            "segments.a.filters",
            "JSON",
        ),
        (
            "[segments.a]\nfilters = '[{\"dimension\": \"nam\"}]'\n",
            "segments.a.filters",
            "name",
        ),
    ] {
        let home = home().settings(settings);
        let output = home.run(&["config", "check", "--config", "playhead.toml"]);
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            told.replace('"', "").contains(&key.replace('"', "")),
            "{settings}: {told}"
        );
        assert!(told.contains(part), "{settings}: {told}");
        assert_eq!(output.status.code(), Some(2), "{told}");
    }
}

#[test]
fn the_command_line_prints_tables() {
    let server = manual();
    for (name, seconds) in [("film, the first", 60), ("film-2", 30)] {
        let mut player = Player::open(&server, &start_with("media.id", name));
        player.send_all([
            &event("play", 0, 0),
            &event("sessionEnd", seconds, i64::from(seconds) * 1_000),
        ]);
    }
    server.set_clock(5_000);
    let mut request = ever("suite.one", &["timePlayed", "sessions"]);
    request["dimensions"] = json!(["name"]);
    fs::write(server.home().path("request.json"), request.to_string()).unwrap();
    let console = server.console_url();
    let run = |form: &[&str]| {
        let mut arguments = vec!["report", "request.json", "--console", &console];
        arguments.extend(form);
        let output = server.home().run(&arguments);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let table = "name             timePlayed  sessions\n\
                 film, the first          60         1\n\
                 film-2                   30         1\n\
                 (total)                  90         2\n";
    assert_eq!(run(&[]), table);
    let csv = "name,timePlayed,sessions\r\n\"film, the first\",60,1\r\nfilm-2,30,1\r\n";
    assert_eq!(run(&["--csv"]), csv);
    let json: Value = serde_json::from_str(&run(&["--json"])).unwrap();
    assert_eq!(json["totals"], json!([90, 2]));
    fs::write(server.home().path("request.json"), "{}").unwrap();
    let output = server
        .home()
        .run(&["report", "request.json", "--console", &console]);
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("suite"),
        "{output:?}"
    );
    assert_ne!(output.status.code(), Some(0));
}

//! The console: who may ask, health and metrics.

use std::collections::BTreeMap;
use std::fs;

use playhead_testkit::process::{Answer, Server};
use serde_json::{Value, json};

use crate::support::{Player, event, home, manual, start, start_with};

#[track_caller]
fn said(answer: &Answer, status: u16) -> String {
    assert_eq!(answer.status, status, "{}", answer.text());
    for (name, _) in &answer.headers {
        assert!(
            !name.starts_with("access-control-"),
            "no page elsewhere may read: {name}"
        );
    }
    let message = answer.json()["message"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert!(!message.is_empty(), "{}", answer.text());
    message
}

#[test]
fn only_pages_of_its_own_may_ask() {
    let home = home().settings("[console]\nhosts = [\"stats.example\"]\n");
    let server = home.serve();
    let mut console = server.console();
    let mut get = |headers: &[(&str, &str)]| console.request("GET", "/v1/outcomes", headers, b"");
    for host in [
        "localhost",
        "LOCALHOST:8090",
        "127.0.0.1:1",
        "[::1]:8090",
        "stats.example:80",
    ] {
        assert_eq!(get(&[("host", host)]).status, 200, "{host}");
    }
    for host in [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "",
        "10.0.0.1",
    ] {
        said(&get(&[("host", host)]), 403);
    }
    for origin in [
        "https://evil.example",
        "null",
        "http://localhost:1",
        "http://127.0.0.1",
    ] {
        said(&get(&[("host", "localhost:8090"), ("origin", origin)]), 403);
    }
    let own = [
        ("host", "localhost:8090"),
        ("origin", "http://localhost:8090"),
    ];
    assert_eq!(get(&own).status, 200);
    let configured = [
        ("host", "stats.example"),
        ("origin", "https://stats.example"),
    ];
    assert_eq!(get(&configured).status, 200);
}

#[test]
fn a_token_opens_all_but_the_probes() {
    let home = home().settings("[console]\ntoken_file = \"token\"\n");
    fs::write(home.path("token"), "a-secret-of-some-length\n").unwrap();
    let server = home.manual_clock().serve();
    let mut console = server.console();
    for path in ["/livez", "/readyz"] {
        assert_eq!(console.get(path).status, 200, "{path}");
    }
    for path in ["/metrics", "/v1/sessions", "/v1/outcomes", "/v1/server"] {
        let answer = console.get(path);
        said(&answer, 401);
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{path}");
    }
    let json = ("content-type", "application/json");
    let clock = br#"{"to_ms":1}"#;
    said(&console.request("POST", "/v1/clock", &[json], clock), 401);
    for wrong in [
        "Bearer a-secret-of-some-lengtH",
        "Bearer ",
        "a-secret-of-some-length",
        "",
    ] {
        let answer = console.request("GET", "/v1/outcomes", &[("authorization", wrong)], b"");
        said(&answer, 401);
    }
    let token = ("authorization", "Bearer a-secret-of-some-length");
    assert_eq!(
        console.request("GET", "/v1/outcomes", &[token], b"").status,
        200
    );
    assert_eq!(
        console.request("GET", "/metrics", &[token], b"").status,
        200
    );
    assert_eq!(
        console
            .request("POST", "/v1/clock", &[json, token], clock)
            .status,
        200
    );
    // Players know nothing of it.
    Player::open(&server, &start()).send_all([&event("play", 0, 0)]);
}

/// The value of the cookie that an answer sets, with its attributes.
fn cookie(answer: &Answer) -> (String, Vec<String>) {
    let set = answer.header("set-cookie").unwrap();
    let mut parts = set.split(';').map(|part| part.trim().to_owned());
    (parts.next().unwrap(), parts.collect())
}

#[test]
fn a_browser_shows_the_token_once_and_then_a_cookie() {
    let home = home().settings("[console]\ntoken_file = \"token\"\n");
    fs::write(home.path("token"), "a-secret-of-some-length\n").unwrap();
    let server = home.manual_clock().serve();
    let mut console = server.console();
    let json = ("content-type", "application/json");
    let mut login = |body: &str| console.request("POST", "/v1/login", &[json], body.as_bytes());
    said(&login(r#"{"token":"a-secret"}"#), 401);
    said(&login(r#"{"password":"a-secret-of-some-length"}"#), 400);
    let answer = login(r#"{"token":"a-secret-of-some-length"}"#);
    assert_eq!(answer.status, 204);
    let (cookie, attributes) = cookie(&answer);
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(
            attributes.iter().any(|has| has == attribute),
            "{attributes:?}"
        );
    }
    assert!(!cookie.contains("secret"), "{cookie}");

    let mut console = server.console();
    let shown = ("cookie", cookie.as_str());
    let mut ask =
        |headers: &[(&str, &str)]| console.request("GET", "/v1/sessions", headers, b"").status;
    assert_eq!(ask(&[shown]), 200);
    assert_eq!(ask(&[("cookie", "theme=dark"), shown]), 200);
    assert_eq!(ask(&[("cookie", "playhead=0123")]), 401);
    assert_eq!(ask(&[]), 401);
    let mut console = server.console();
    let answer = console.request("POST", "/v1/logout", &[json, shown], b"{}");
    assert_eq!(answer.status, 204);
    assert_eq!(
        console.request("GET", "/v1/sessions", &[shown], b"").status,
        401
    );
    // The page that asks for the token needs none.
    assert_eq!(console.get("/sessions").status, 200);
}

#[test]
fn every_path_outside_of_the_api_is_the_page() {
    let server = manual();
    let mut console = server.console();
    for path in ["/", "/sessions", "/sessions/0198", "/no/such/page"] {
        let answer = console.get(path);
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(
            answer.header("content-type"),
            Some("text/html; charset=utf-8")
        );
        assert_eq!(answer.header("cache-control"), Some("no-cache"));
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
    }
}

#[test]
fn the_server_says_what_a_page_needs_to_know() {
    let zoned = "[suites.\"shop\"]\ntime_zone = \"Europe/Berlin\"\n";
    let server = home().settings(zoned).manual_clock().serve();
    server.set_clock(5_000);
    let said = server.ask("/v1/server");
    assert_eq!(said["now"], 5_000);
    assert_eq!(said["clock"], "manual");
    assert_eq!(said["received"], 0);
    assert_eq!(said["asksForToken"], false);
    let shop = json!({"id": "shop", "timeZone": "Europe/Berlin"});
    assert_eq!(said["suites"], json!([shop]));
    Player::open(&server, &start_with("analytics.reportSuite", "another"));
    let said = server.ask("/v1/server");
    assert_eq!(said["received"], 1);
    let another = json!({"id": "another", "timeZone": "UTC"});
    assert_eq!(said["suites"], json!([another, shop]));
}

#[test]
fn the_console_is_not_opened_to_others_without_a_token() {
    let home = home();
    let output = home.run(&["serve", "--listen=127.0.0.1:0", "--console=0.0.0.0:0"]);
    assert_eq!(output.status.code(), Some(64));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("console.token_file"), "{error}");
}

#[test]
fn what_is_posted_is_json() {
    let server = manual();
    let mut console = server.console();
    let body = br#"{"to_ms":5}"#;
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "",
        "application/jsonx",
    ] {
        let header = [("content-type", content_type)];
        said(&console.request("POST", "/v1/clock", &header, body), 415);
    }
    said(&console.post("/v1/clock", body), 415);
    let header = [("content-type", "application/json; charset=utf-8")];
    assert_eq!(
        console.request("POST", "/v1/clock", &header, body).status,
        200
    );
}

#[test]
fn the_clock_goes_forward_and_only_by_hand() {
    let server = manual();
    let mut console = server.console();
    let mut clock = |body: Value| console.post_json("/v1/clock", &body);
    assert_eq!(clock(json!({ "to_ms": 5 })).json(), json!({ "now_ms": 5 }));
    assert_eq!(clock(json!({ "to_ms": 5 })).status, 200);
    said(&clock(json!({ "to_ms": 4 })), 400);
    for wrong in [
        json!({}),
        json!({ "to_ms": -1 }),
        json!({ "to_ms": "6" }),
        json!({ "to_ms": 6.5 }),
        json!({ "to_ms": 6, "by_ms": 1 }),
        json!([]),
        json!(null),
    ] {
        said(&clock(wrong), 400);
    }
    let server = home().serve();
    said(
        &server
            .console()
            .post_json("/v1/clock", &json!({ "to_ms": 1 })),
        400,
    );
}

#[test]
fn other_paths_and_methods_are_refused() {
    let server = manual();
    let mut console = server.console();
    for path in ["/v1", "/v1/nothing", "/v1/sessions/a/b", "/assets/none.js"] {
        said(&console.get(path), 404);
    }
    let json = [("content-type", "application/json")];
    for (method, path) in [
        ("POST", "/v1/sessions"),
        ("DELETE", "/v1/outcomes"),
        ("PUT", "/metrics"),
        ("GET", "/v1/clock"),
        ("OPTIONS", "/v1/sessions"),
    ] {
        let answer = console.request(method, path, &json, b"");
        assert_eq!(answer.status, 405, "{method} {path}");
        let allowed = answer.header("allow").unwrap().replace(',', ", ");
        assert_eq!(answer.json()["message"], format!("use {allowed} here"));
    }
}

#[test]
fn health_is_told() {
    let server = manual();
    assert_eq!(server.console().get("/livez").status, 200);
    let ready = server.ask("/readyz");
    assert_eq!(
        ready,
        json!({ "ready": true, "reasons": [], "warnings": [] })
    );
    let bare = server.door().get("/readyz");
    assert_eq!((bare.status, bare.body.len()), (200, 0));
}

#[test]
fn a_disk_that_is_almost_full_is_told_before_the_first_event() {
    let settings = "[log]\nfree_min = \"1000000 TiB\"\n";
    let server = home().settings(settings).manual_clock().serve();
    let answer = server.console().get("/readyz");
    assert_eq!(answer.status, 503);
    let reasons = json!(["the disk is almost full"]);
    assert_eq!(answer.json()["reasons"], reasons);
    let refused = server.door().post_json("/api/v1/sessions", &start());
    assert_eq!(refused.status, 503, "{}", refused.text());
}

/// The values of a page of metrics by name and labels; panics if it is not in the text format.
fn metrics(server: &Server) -> BTreeMap<String, f64> {
    let answer = server.console().get("/metrics");
    assert_eq!(answer.status, 200);
    let content_type = answer.header("content-type").unwrap();
    assert!(
        content_type.starts_with("text/plain; version=0.0.4"),
        "{content_type}"
    );
    let text = answer.text();
    assert!(text.ends_with('\n'));
    let mut values = BTreeMap::new();
    let mut declared = String::new();
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            declared = help.split(' ').next().unwrap().to_owned();
            assert!(help.len() > declared.len() + 1, "{line}");
            continue;
        }
        if let Some(kind) = line.strip_prefix("# TYPE ") {
            let kind = kind.strip_prefix(&*declared).unwrap().trim();
            assert!(matches!(kind, "counter" | "gauge" | "histogram"), "{line}");
            continue;
        }
        let (name, value) = line.rsplit_once(' ').unwrap();
        assert!(name.starts_with(&declared), "{line} comes after {declared}");
        let known = values.insert(name.to_owned(), value.parse().unwrap());
        assert_eq!(known, None, "{line} twice");
    }
    values
}

#[test]
fn metrics_are_those_of_the_ledger_and_name_no_strangers() {
    let settings = "[suites.\"suite.one\"]\n";
    let server = home().settings(settings).manual_clock().serve();
    let mut ours = Player::open(&server, &start());
    let strange = "evil\"} 1\nfoo{a=\"";
    let mut strangers = Player::open(&server, &start_with("analytics.reportSuite", strange));
    ours.send_all([&event("play", 0, 0), &event("sessionEnd", 9, 9_000)]);
    strangers.send_all([&event("play", 0, 0)]);
    assert_eq!(ours.send(&event("ping", "x", 0)), 400);
    server.set_clock(5_000);
    let metrics = metrics(&server);
    let of = |suite: &str, by: &str, outcome: &str| {
        let labels = format!("suite=\"{suite}\",by=\"{by}\",outcome=\"{outcome}\"");
        metrics[&format!("playhead_events_total{{{labels}}}")]
    };
    assert_eq!(of("suite.one", "engine", "accepted"), 3.0);
    assert_eq!(of("suite.one", "door", "invalid"), 1.0);
    assert_eq!(of("other", "engine", "accepted"), 2.0);
    assert_eq!(metrics["playhead_sessions_open"], 1.0);
    assert_eq!(metrics["playhead_ready"], 1.0);
    assert!(metrics["playhead_log_end_bytes"] > 0.0);
    let commits = metrics["playhead_log_commit_seconds_count"];
    assert!(commits >= 3.0, "{commits}: one for each answer at least");
    assert_eq!(
        metrics["playhead_log_commit_seconds_bucket{le=\"+Inf\"}"],
        commits
    );
    assert!(metrics["playhead_log_commit_seconds_sum"] > 0.0);
    assert!(metrics["process_resident_memory_bytes"] > 1_000_000.0);
    assert!(metrics["process_start_time_seconds"] > 1_700_000_000.0);
    assert!(metrics["process_open_fds"] < metrics["process_max_fds"]);
    assert!(
        metrics
            .keys()
            .all(|name| !name.contains("evil") && !name.contains("foo"))
    );
}

#[test]
fn the_catalogue_lists_what_can_be_asked() {
    let server = manual();
    let answer = server.console().request("GET", "/v1/catalog", &[], b"");
    assert_eq!(answer.status, 200);
    let catalog = answer.json();
    let names = |list: &str| -> Vec<String> {
        let entries = catalog[list].as_array().unwrap().iter();
        entries
            .map(|entry| entry["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let metrics = names("metrics");
    assert!(metrics.len() >= 61, "{metrics:?}");
    for metric in ["timePlayed", "ad.timePlayed", "state.fullscreen.time"] {
        assert!(metrics.iter().any(|name| name == metric), "{metric}");
    }
    assert!(names("dimensions").len() >= 66);
    assert!(names("calculatedMetrics").len() >= 15);
    assert_eq!(
        names("segments"),
        [
            "allStreamingMedia",
            "audio",
            "video",
            "vod",
            "live",
            "linear",
            "podcast",
            "audiobook",
            "aod"
        ]
    );
    assert!(names("reports").contains(&"concurrency".to_owned()));
}

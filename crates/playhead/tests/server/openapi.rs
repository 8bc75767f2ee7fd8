//! The published description of the console's API against what the console does.

use std::collections::{BTreeMap, BTreeSet};

use playhead_testkit::process::{Answer, Events, Server};
use playhead_testkit::random;
use serde_json::{Value, json};

use crate::support::{
    Player, TS, ad, ad_break, event, event_with, home, manual, start, start_with,
};
use crate::vectors::Replay;

/// The document, with nothing allowed in answers that it does not name.
struct Document(Value);

/// Everything that a member of an object of this schema may be called is said in it.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if members.contains_key("properties") && !members.contains_key("additionalProperties") {
                members.insert("additionalProperties".into(), false.into());
            }
            members.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

impl Document {
    fn of(server: &Server) -> Self {
        let mut document = server.ask("/openapi.json");
        assert_eq!(document["openapi"], "3.1.0");
        close(&mut document["components"]["schemas"]);
        Self(document)
    }

    fn paths(&self) -> Vec<(String, String)> {
        let paths = self.0["paths"].as_object().unwrap().iter();
        paths
            .flat_map(|(path, methods)| {
                let methods = methods.as_object().unwrap().keys();
                methods.map(move |method| (path.clone(), method.clone()))
            })
            .collect()
    }

    fn schema(&self, operation: &Value, status: u16, kind: &str) -> Value {
        let response = &operation["responses"][status.to_string()];
        assert!(
            response.is_object(),
            "{status} is not documented: {operation}"
        );
        response["content"][kind]["schema"].clone()
    }

    /// Asserts that a value follows a schema of the document.
    #[track_caller]
    fn check(&self, what: &str, schema: &Value, value: &Value) {
        let mut schema = schema.clone();
        schema["components"] = self.0["components"].clone();
        let validator = jsonschema::draft202012::new(&schema);
        let validator = validator.unwrap_or_else(|error| panic!("{what}: {error}"));
        let errors: Vec<String> = validator
            .iter_errors(value)
            .map(|error| format!("{} at {}", error, error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{what}: {errors:#?}\n{value}");
    }

    /// Asserts that an answer is one that the document describes for a path.
    #[track_caller]
    fn check_answer(&self, (path, method): (&str, &str), answer: &Answer) {
        let what = format!("{method} {path}: {}", answer.status);
        let operation = &self.0["paths"][path][method];
        assert!(operation.is_object(), "{what} is not documented");
        let kind = answer.header("content-type").unwrap_or("");
        let schema = self.schema(operation, answer.status, kind);
        match kind {
            "application/json" => self.check(&what, &schema, &answer.json()),
            _ => assert!(answer.body.is_empty() || schema.is_null(), "{what}: {kind}"),
        }
    }
}

/// A server with sessions of all sorts: open, closed, with ads, states and errors.
fn busy() -> (Server, Vec<String>) {
    let settings = "[metrics.own]\nformula = \"timePlayed / 2\"\n";
    let server = home().settings(settings).manual_clock().serve();
    let mut sids = Vec::new();
    let mut replay = Replay::new(&server, 0);
    for seed in 0..40 {
        sids.extend(replay.play(&random::vector(seed)).sids);
    }
    let mut open = Player::open(&server, &start());
    let state = json!({ "media.state.name": "mute" });
    open.send_all([
        &event("play", 0, 0),
        &ad_break(1_000),
        &ad(1_000),
        &event("adComplete", 0, 16_000),
        &event_with("stateStart", 16_000, state),
        &event("ping", 1, 20_000),
    ]);
    sids.push(open.sid);
    let mut refused = start_with("media.length", "long");
    refused["playerTime"]["ts"] = (TS + 1).into();
    server.door().post_json("/api/v1/sessions", &refused);
    (server, sids)
}

#[test]
fn what_the_console_answers_is_what_is_published() {
    let (server, sids) = busy();
    let document = Document::of(&server);
    let mut console = server.console();
    let mut seen = BTreeSet::new();
    let mut check = |path: &'static str, method: &'static str, answer: &Answer| {
        document.check_answer((path, method), answer);
        seen.insert((path.to_owned(), method.to_owned()));
    };
    for path in [
        "/metrics",
        "/v1/server",
        "/v1/outcomes",
        "/v1/catalog",
        "/livez",
        "/readyz",
        "/openapi.json",
    ] {
        let answer = console.get(path);
        assert_eq!(answer.status, 200, "{path}");
        check(path, "get", &answer);
    }
    for query in ["", "?state=open", "?limit=3", "?limit=0", "?colour=red"] {
        check(
            "/v1/sessions",
            "get",
            &console.get(&format!("/v1/sessions{query}")),
        );
    }
    let unknown = "0f".repeat(32);
    for sid in sids.iter().chain([&unknown, &"nonsense".to_owned()]) {
        for (path, end) in [
            ("/v1/sessions/{sid}", ""),
            ("/v1/sessions/{sid}/events", "/events"),
            ("/v1/sessions/{sid}/explain", "/explain"),
        ] {
            check(
                path,
                "get",
                &console.get(&format!("/v1/sessions/{sid}{end}")),
            );
        }
    }
    for (path, body) in [
        ("/v1/clock", json!({"to_ms": 1})),
        ("/v1/clock", json!({"to": 1})),
        ("/v1/login", json!({"token": "anything"})),
        ("/v1/login", json!({})),
        ("/v1/logout", json!({})),
    ] {
        check(path, "post", &console.post_json(path, &body));
    }
    check("/v1/logout", "post", &console.post("/v1/logout", b""));
    let now = server.ask("/v1/server")["now"].as_u64().unwrap();
    let moved = console.post_json("/v1/clock", &json!({"to_ms": now + 1_000}));
    check("/v1/clock", "post", &moved);
    for request in reports() {
        check(
            "/v1/reports",
            "post",
            &console.post_json("/v1/reports", &request),
        );
    }
    for request in searches() {
        let path = "/v1/sessions/search";
        check(path, "post", &console.post_json(path, &request));
    }
    for request in queries() {
        check("/v1/sql", "post", &console.post_json("/v1/sql", &request));
    }
    let mut live = Events::open(server.console(), "/v1/live?by=name&by=channel");
    server.set_clock(now + 3_000);
    let frame = live.next_event().unwrap();
    let operation = &document.0["paths"]["/v1/live"]["get"];
    let schema = document.schema(operation, 200, "text/event-stream");
    document.check("a frame", &schema, &frame);
    check("/v1/live", "get", &console.get("/v1/live?by=nothing"));
    let all: BTreeSet<_> = document.paths().into_iter().collect();
    assert_eq!(seen, all, "a path was not tried, or is not published");
}

/// Queries that are answered, and some that are refused.
fn queries() -> Vec<Value> {
    vec![
        json!({"sql": "SELECT sid, time_played FROM sessions"}),
        json!({"sql": "SELECT * FROM open_sessions", "format": "json"}),
        json!({"sql": "DROP TABLE sessions"}),
        json!({"sql": "SELECT value FROM generate_series(1, 10000000)"}),
    ]
}

/// Searches that find something, and some that are refused.
fn searches() -> Vec<Value> {
    let day = json!({"from": TS - 3_600_000, "to": TS + 3_600_000});
    vec![
        json!({"suite": "suite.one", "range": day}),
        json!({"suite": "suite.one", "range": day, "dimensions": ["genreList", "hourOfDay", "name"],
            "metrics": ["own", "adTimeRate", {"name": "half", "formula": "timePlayed / 2"}],
            "filters": [{"dimension": "isBot", "value": "false"}], "bots": "exclude",
            "order": {"by": "timePlayed"}, "limit": 1, "open": "only", "clock": "client"}),
        json!({"suite": "suite.one", "range": day, "asOf": "g9-p1-c0", "open": "exclude"}),
        json!({"suite": "suite.one", "range": day, "order": {"by": "colour"}}),
        json!({"suite": "s".repeat(300_000)}),
        json!([]),
    ]
}

/// Reports of all kinds, and some that are refused.
fn reports() -> Vec<Value> {
    let range = json!({"from": "1970-01-01", "to": "2100-01-01"});
    let day = json!({"from": TS - 3_600_000, "to": TS + 3_600_000});
    let table = json!({
        "suite": "suite.one", "range": day, "metrics": ["sessions", "own", "p95(timeToStart)",
            {"name": "half", "formula": "timePlayed / 2"}, "averageMinuteAudience"],
        "dimensions": ["name", "ad.id"], "everythingElse": true, "limit": 1, "granularity": "hour",
        "compare": {"period": "lastWeek"}, "order": {"by": "sessions"}, "includeOpen": true,
        "filters": [{"dimension": "isBot", "value": "false"}], "bots": "exclude",
        "having": [{"metric": "sessions", "op": ">=", "value": 0}],
    });
    let mut all = vec![
        table,
        json!({"suite": "suite.one", "range": range, "metrics": ["colour"]}),
        json!({"suite": "suite.one", "range": range, "metrics": ["sessions"], "asOf": "g9-p1-c0"}),
        json!({"suite": "suite.one", "range": range, "granularity": "second", "metrics": ["sessions"]}),
        json!({"suite": "s".repeat(300_000)}),
        json!([]),
    ];
    for kind in [
        "concurrency",
        "timeSpent",
        "retention",
        "segments",
        "tenths",
    ] {
        let more = json!({"suite": "suite.one", "report": kind, "range": day, "includeOpen": true});
        all.push(more);
    }
    all.push(
        json!({"suite": "suite.one", "report": "histogram", "range": day,
        "metrics": ["timePlayed"], "edges": [0, 10, 20], "includeOpen": true}),
    );
    all
}

#[test]
fn requests_follow_the_published_schemas() {
    let server = manual();
    let document = Document::of(&server);
    let schema = |path: &str| {
        document.0["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
            .clone()
    };
    for request in reports().iter().filter(|request| request.is_object()) {
        document.check("a report", &schema("/v1/reports"), request);
    }
    for request in searches().iter().filter(|request| request.is_object()) {
        document.check("a search", &schema("/v1/sessions/search"), request);
    }
    for request in queries() {
        document.check("a query", &schema("/v1/sql"), &request);
    }
    let clock = json!({"to_ms": 5});
    document.check("the clock", &schema("/v1/clock"), &clock);
}

#[test]
fn only_what_is_published_is_served() {
    let server = home().settings("").serve();
    let document = Document::of(&server);
    let mut console = server.console();
    let mut methods: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, method) in document.paths() {
        methods.entry(path).or_default().push(method);
    }
    for (path, methods) in methods {
        let path = path.replace("{sid}", &"0f".repeat(32));
        let wrong = if methods == ["get"] { "PUT" } else { "GET" };
        let answer = console.request(wrong, &path, &[], b"");
        assert_eq!(answer.status, 405, "{wrong} {path}");
        let allowed = answer.header("allow").unwrap_or("").to_lowercase();
        for method in methods {
            assert!(allowed.contains(&method), "{path}: {allowed}");
        }
    }
    for path in [
        "/v1/",
        "/v1/session",
        "/v1/openapi.json",
        "/v1/sessions/a/b",
    ] {
        assert_eq!(console.get(path).status, 404, "{path}");
    }
}

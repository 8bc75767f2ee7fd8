//! Searches for sessions at the real server: `POST /v1/sessions/search`.

use playhead_testkit::process::Server;
use serde_json::{Value, json};

use crate::support::{Player, TS, event, home, start_of};

#[track_caller]
fn search(server: &Server, changes: Value) -> Value {
    let answer = server
        .console()
        .post_json("/v1/sessions/search", &with(&changes));
    assert_eq!(answer.status, 200, "{changes}: {}", answer.text());
    answer.json()
}

fn with(changes: &Value) -> Value {
    let mut request = json!({
        "suite": "suite.one", "range": {"from": TS - 1_000, "to": TS + 10_000_000},
    });
    let members = request.as_object_mut().unwrap();
    members.extend(changes.as_object().unwrap().clone());
    request
}

/// The ids that an answer has, in its order.
fn sids(answer: &Value) -> Vec<String> {
    let sessions = answer["sessions"].as_array().unwrap().iter();
    let sid = |session: &Value| session["sid"].as_str().unwrap().to_owned();
    sessions.map(sid).collect()
}

/// Six sessions, a minute between two starts, the number of each in what it says; the last two are
/// open.
fn six() -> (Server, Vec<String>) {
    let settings = "[segments.free]\ntitle = \"Free\"\nfilters = '''[{\"dimension\": \"custom.plan\", \
                    \"value\": \"free\"}]'''\n";
    let server = home().settings(settings).manual_clock().serve();
    let mut sids = Vec::new();
    for number in 0..6_i64 {
        let mut start = start_of(&format!("viewer-{}", number % 4));
        start["playerTime"]["ts"] = (TS + number * 60_000).into();
        start["params"]["media.id"] = format!("film-{number}").into();
        let plan = if number % 2 == 0 { "free" } else { "paid" };
        start["customMetadata"] = json!({ "plan": plan });
        let mut player = Player::open(&server, &start);
        let from = number * 60_000;
        player.send_all([
            &event("play", 0, from),
            &event("ping", 10, from + 10_000 + number * 1_000),
        ]);
        if number < 4 {
            player.send(&event("sessionEnd", 10, from + 10_000 + number * 1_000));
        }
        sids.push(player.sid);
    }
    // What ended waits for no earlier event any more.
    server.set_clock(5_000);
    (server, sids)
}

#[test]
fn closed_and_open_sessions_are_found_the_newest_start_first() {
    let (server, mut all) = six();
    let answer = search(&server, json!({}));
    all.reverse();
    assert_eq!(sids(&answer), all);
    let provisional: Vec<&Value> = answer["sessions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|session| &session["provisional"])
        .collect();
    assert_eq!(provisional, [true, true, false, false, false, false]);
    assert_eq!(answer["sessions"][0]["start"], TS + 300_000);
    let only = search(&server, json!({"open": "only"}));
    assert_eq!(sids(&only), all[..2]);
    let closed = search(&server, json!({"open": "exclude"}));
    assert_eq!(sids(&closed), all[2..]);
    let again = search(&server, json!({"open": "exclude", "asOf": closed["asOf"]}));
    assert_eq!(sids(&again), all[2..]);
}

#[test]
fn dimensions_metrics_segments_and_visitors_decide() {
    let (server, all) = six();
    for (changes, wanted) in [
        (
            json!({"filters": [{"dimension": "name", "op": "in", "value": ["film-1", "film-5"]}]}),
            &[5, 1][..],
        ),
        (
            json!({"filters": [{"dimension": "name", "op": "regex", "value": "[24]$", "not": true}]}),
            &[5, 3, 1, 0][..],
        ),
        (
            json!({"filters": [{"dimension": "custom.plan", "op": "startsWith", "value": "p"}]}),
            &[5, 3, 1][..],
        ),
        (
            json!({"filters": [{"metric": "timePlayed", "op": ">=", "value": 13}]}),
            &[5, 4, 3][..],
        ),
        (
            json!({"filters": [{"dimension": "name", "value": "film-1", "scope": "visitor"}]}),
            &[5, 1][..],
        ),
        (
            json!({"filters": [{"dimension": "friendlyName", "op": "null", "not": true}]}),
            &[][..],
        ),
        (json!({"segment": "free"}), &[4, 2, 0][..]),
    ] {
        let answer = search(&server, changes.clone());
        let wanted: Vec<&String> = wanted.iter().map(|number| &all[*number]).collect();
        assert_eq!(
            sids(&answer).iter().collect::<Vec<_>>(),
            wanted,
            "{changes}"
        );
        // A report counts the same.
        let mut report = with(&changes);
        report["metrics"] = json!(["sessions"]);
        report["includeOpen"] = true.into();
        let report = server.console().post_json("/v1/reports", &report).json();
        assert_eq!(report["totals"][0], wanted.len(), "{changes}");
    }
}

#[test]
fn pages_in_any_order_tell_what_is_asked_for() {
    let (mut server, all) = six();
    for restart in [false, true] {
        if restart {
            server = server.restart();
        }
        let mut request = json!({
            "dimensions": ["name", "custom.plan"],
            "metrics": ["timePlayed", {"name": "half", "formula": "timePlayed / 2"}],
            "order": {"by": "timePlayed", "direction": "ascending"}, "limit": 4,
        });
        let first = search(&server, request.clone());
        assert_eq!(sids(&first), all[..4]);
        let session = &first["sessions"][3];
        assert_eq!(session["key"], json!(["film-3", "paid"]));
        assert_eq!(session["values"], json!([13, 6.5]));
        request["cursor"] = first["next"].clone();
        let second = search(&server, request);
        assert_eq!(sids(&second), all[4..]);
        assert_eq!(second["next"], Value::Null);
    }
}

#[test]
fn what_is_wrong_is_named() {
    let (server, _) = six();
    for (changes, field, part) in [
        (json!({"filter": []}), "filter", "filters"),
        (json!({"suite": "suite.on"}), "suite", "suite.one"),
        (
            json!({"order": {"by": "timeplayed"}}),
            "order.by",
            "timePlayed",
        ),
        (json!({"segment": "fre"}), "segment", "free"),
    ] {
        let answer = server
            .console()
            .post_json("/v1/sessions/search", &with(&changes));
        assert_eq!(answer.status, 400, "{changes}: {}", answer.text());
        let answer = answer.json();
        assert_eq!(answer["field"], field, "{answer}");
        assert!(
            answer["message"].as_str().unwrap().contains(part),
            "{answer}"
        );
    }
}

//! `playhead simulate`: traffic for whoever wants to look around.

use playhead_testkit::process::Server;
use serde_json::{Value, json};

use crate::support::{home, manual};

fn simulate(server: &Server, flags: &[&str]) -> String {
    let said = server.ask("/v1/server");
    let door = said["door"].as_str().unwrap();
    let output = server
        .home()
        .run(&[&["simulate", "--target", door], flags].concat());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn an_hour_of_the_past_has_viewers_and_players_that_do_it_wrong() {
    let server = manual();
    let flags = ["--past", "1", "--starts", "1", "--console"];
    simulate(&server, &[&flags[..], &[&server.console_url()]].concat());
    let list = server.ask("/v1/sessions?limit=500");
    let sessions = list["sessions"].as_array().unwrap();
    assert!(sessions.len() >= 60, "{}", sessions.len());
    let started = |place: usize| sessions[place]["startedAt"].as_u64().unwrap();
    let span_ms = started(0) - started(sessions.len() - 1);
    assert!((3_000_000..3_600_000).contains(&span_ms), "{span_ms}");

    let total = &server.outcomes()["total"];
    for refused in ["invalid", "unknown_session", "after_close"] {
        assert!(total["refused"][refused].as_u64() > Some(0), "{total}");
    }
    for settled in ["late", "duplicate", "ignored"] {
        assert!(total["settled"][settled].as_u64() > Some(0), "{total}");
    }
    assert!(
        total["rules"]["R5.2 outside a break"].as_u64() > Some(0),
        "{total}"
    );
}

#[test]
fn viewers_are_in_countries_where_the_server_knows_them() {
    let home = home();
    let written = home.run(&["simulate", "--geo-file", "places.mmdb"]);
    assert_eq!(written.status.code(), Some(0));
    let settings = "[door]\ngeo_file = \"places.mmdb\"\ntrusted_proxies = [\"127.0.0.1\"]\n";
    let server = home.manual_clock().settings(settings).serve();
    let flags = ["--past", "1", "--starts", "1", "--well-behaved"];
    simulate(
        &server,
        &[&flags[..], &["--console", &server.console_url()]].concat(),
    );
    let report = json!({
        "suite": "simulated0", "range": {"last": "2h"}, "metrics": ["sessions"],
        "dimensions": ["country", "region", "networkName"], "includeOpen": true,
    });
    let answer = server.console().post_json("/v1/reports", &report).json();
    let rows = answer["rows"].as_array().unwrap();
    assert!(rows.len() >= 5, "{answer}");
    let keys: Vec<&Value> = rows.iter().map(|row| &row["key"]).collect();
    assert!(
        keys.iter()
            .all(|key| key[0].is_string() && key[2].is_string()),
        "{answer}"
    );
    let bavaria = json!(["DE", "Bavaria", "Isar Telecom"]);
    assert!(keys.contains(&&bavaria), "{answer}");
}

#[test]
fn traffic_of_now_ends_after_so_many_sessions() {
    let server = home().serve();
    let flags = [
        "--sessions",
        "3",
        "--starts",
        "600",
        "--speed",
        "1000",
        "--well-behaved",
    ];
    simulate(&server, &flags);
    let list = server.ask("/v1/sessions");
    assert_eq!(list["sessions"].as_array().unwrap().len(), 3);
}

#[test]
fn a_target_that_is_no_address_is_a_usage_error() {
    let output = home().run(&["simulate", "--target", "localhost:8080"]);
    assert_eq!(output.status.code(), Some(64));
}

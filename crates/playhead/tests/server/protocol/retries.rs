//! Session starts sent again.

use playhead_testkit::process::Http;
use serde_json::{Value, json};

use crate::support::{event, home, manual, start, start_of};

#[track_caller]
fn sid(door: &mut Http, path: &str, body: &str) -> String {
    let answer = door.post(path, body.as_bytes());
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.sid()
}

#[track_caller]
fn open(door: &mut Http, body: &Value) -> String {
    sid(door, "/api/v1/sessions", &body.to_string())
}

#[test]
fn an_equal_start_of_a_visitor_within_three_minutes_is_a_retry() {
    let server = manual();
    let mut door = server.door();
    let first = open(&mut door, &start_of("visitor"));
    assert_eq!(open(&mut door, &start_of("visitor")), first);
    let text = start_of("visitor").to_string();
    let other_form = text.replace(":600", ": 600.0").replace("{\"", "{ \"");
    assert_eq!(sid(&mut door, "/api/v1/sessions", &other_form), first);
    assert_ne!(open(&mut door, &start_of("another")), first);
    let mut later = start_of("visitor");
    later["playerTime"]["ts"] = 1_790_000_000_001_i64.into();
    assert_ne!(open(&mut door, &later), first);

    server.set_clock(179_999);
    assert_eq!(open(&mut door, &start_of("visitor")), first);
    server.set_clock(180_000);
    let second = open(&mut door, &start_of("visitor"));
    assert_ne!(second, first, "three minutes count from the first");
    assert_eq!(open(&mut door, &start_of("visitor")), second);
    assert_eq!(
        server.outcomes()["total"]["rules"]["P3.4 repeated start"],
        4
    );
}

#[test]
fn each_visitor_key_names_a_visitor() {
    let server = manual();
    let mut door = server.door();
    for key in [
        "visitor.marketingCloudUserId",
        "analytics.visitorId",
        "analytics.aid",
        "appInstallationId",
    ] {
        let body = crate::support::start_with(key, "somebody");
        assert_eq!(open(&mut door, &body), open(&mut door, &body), "{key}");
        let nobody = crate::support::start_with(key, "");
        assert_ne!(open(&mut door, &nobody), open(&mut door, &nobody), "{key}");
    }
}

#[test]
fn a_start_without_a_visitor_is_never_a_retry() {
    let server = manual();
    let mut door = server.door();
    assert_ne!(open(&mut door, &start()), open(&mut door, &start()));
}

#[test]
fn an_equal_array_is_a_retry_even_without_a_visitor() {
    let server = manual();
    let mut door = server.door();
    let batch = json!([start(), event("play", 0, 1_000), event("ping", 9, 10_000)]).to_string();
    let first = sid(&mut door, "/api/v1/downloaded", &batch);
    assert_eq!(sid(&mut door, "/api/v1/downloaded", &batch), first);
    let other = batch.replace("\"playhead\":9", "\"playhead\":8");
    assert_ne!(sid(&mut door, "/api/v1/downloaded", &other), first);
    server.set_clock(180_000);
    assert_ne!(sid(&mut door, "/api/v1/downloaded", &batch), first);
    // Three events each time; the repeated ones are counted as repeats.
    let total = server.outcomes()["total"].clone();
    assert_eq!(total["acknowledged"], 12, "{total}");
    assert_eq!(total["rules"]["P3.4 repeated start"], 3, "{total}");
    assert_eq!(total["held"], 0, "{total}");
}

#[test]
fn looking_for_retries_can_be_turned_off() {
    let home = home().settings("[starts]\ndedupe = false\n");
    let server = home.manual_clock().serve();
    let mut door = server.door();
    let body = start_of("visitor");
    assert_ne!(open(&mut door, &body), open(&mut door, &body));
}

#[test]
fn a_retry_after_a_restart_gets_the_same_id() {
    let server = manual();
    let first = open(&mut server.door(), &start_of("visitor"));
    let server = server.kill_and_restart();
    assert_eq!(open(&mut server.door(), &start_of("visitor")), first);
    let server = server.restart();
    assert_eq!(open(&mut server.door(), &start_of("visitor")), first);
    server.set_clock(180_000);
    let server = server.restart();
    assert_ne!(open(&mut server.door(), &start_of("visitor")), first);
}

#[test]
fn an_unknown_key_of_that_name_makes_no_start_a_retry() {
    let server = manual();
    let mut door = server.door();
    let mut body = start();
    body["_id"] = "always".into();
    assert_ne!(open(&mut door, &body), open(&mut door, &body));
}

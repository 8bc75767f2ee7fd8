//! Requests sent again.

use playhead_testkit::process::Server;
use serde_json::json;

use super::{event, open, send_all, start, start_of};
use crate::support::manual;

fn with_id(id: &str) -> serde_json::Value {
    let mut start = start();
    start["xdm"]["_id"] = id.into();
    start
}

fn repeated_starts(server: &Server) -> serde_json::Value {
    server.outcomes()["total"]["rules"]["P3.4 repeated start"].clone()
}

#[test]
fn an_equal_start_of_a_viewer_is_a_retry() {
    let server = manual();
    let first = open(&server, &start_of("me"));
    assert_eq!(open(&server, &start_of("me")), first);
    assert_ne!(open(&server, &start_of("you")), first);
    assert_ne!(open(&server, &start()), open(&server, &start()));
    server.set_clock(180_000);
    assert_ne!(open(&server, &start_of("me")), first);
    assert_eq!(repeated_starts(&server), 1);
}

#[test]
fn an_equal_id_of_the_event_is_enough() {
    let server = manual();
    let mut timeless = with_id("id-1");
    timeless["xdm"].as_object_mut().unwrap().remove("timestamp");
    let first = open(&server, &timeless);
    server.set_clock(10);
    // Its time is another, since the server gives it.
    assert_eq!(open(&server, &timeless), first);
    assert_ne!(open(&server, &with_id("id-2")), first);
    let server = server.kill_and_restart();
    assert_eq!(open(&server, &timeless), first);
    server.set_clock(180_000);
    assert_ne!(open(&server, &timeless), first);
    assert_eq!(repeated_starts(&server), 2);
}

#[test]
fn an_equal_event_is_a_retry_through_either_api() {
    let server = manual();
    let sid = open(&server, &start());
    let ping = event("ping", &sid, 10, 10_000);
    let mut with_extras = ping.clone();
    with_extras["xdm"]["mediaCollection"]["qoeDataDetails"] = json!(null);
    with_extras["xdm"]["web"] = json!({ "unmapped": true });
    send_all(&server, &[event("play", &sid, 0, 0), ping, with_extras]);
    let mut player = crate::support::Player::of(&server, &sid);
    player.send_all([&crate::support::event("ping", 10, 10_000)]);
    server.set_clock(5_000);
    assert_eq!(server.outcomes()["total"]["settled"]["duplicate"], 2);
}

//! Graceful stops: what has begun is finished, within a deadline.

use playhead_testkit::process::{Http, Server};

use crate::support::{Player, event, events_path, home, manual, start};

/// Sends the head of an event and the first half of its body, and waits until the server reads it.
fn half_sent(server: &Server, sid: &str) -> (Http, String) {
    let mut door = server.door();
    let body = event("play", 0, 0).to_string();
    let (first, rest) = body.split_at(body.len() / 2);
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        events_path(sid),
        body.len()
    );
    door.send(head.as_bytes()).unwrap();
    assert_eq!(door.read_answer("POST").unwrap().status, 100);
    door.send(first.as_bytes()).unwrap();
    (door, rest.to_owned())
}

#[test]
fn a_stop_finishes_what_has_begun() {
    let server = manual();
    let sid = Player::open(&server, &start()).sid;
    let (mut door, rest) = half_sent(&server, &sid);
    let mut idle = server.door();
    assert_eq!(idle.get("/readyz").status, 200);
    server.send_sigterm();
    assert!(idle.is_closed(), "who asks nothing is sent away");
    door.send(rest.as_bytes()).unwrap();
    assert_eq!(door.read_answer("POST").unwrap().status, 204);
    let (home, code) = server.wait();
    assert_eq!(code, Some(0), "{}", home.stderr());
    let server = home.serve();
    assert_eq!(server.events(&sid).len(), 2);
    assert_eq!(server.session(&sid)["state"], "open");
}

#[test]
fn a_stop_waits_no_longer_than_it_may() {
    let home = home().settings("[shutdown]\ndeadline = \"1s\"\n");
    let server = home.manual_clock().serve();
    let sid = Player::open(&server, &start()).sid;
    let (mut door, _) = half_sent(&server, &sid);
    let (home, code) = server.terminate();
    assert_eq!(code, Some(0), "{}", home.stderr());
    assert!(
        home.stderr().contains("still open at the deadline"),
        "{}",
        home.stderr()
    );
    assert!(door.read_answer("POST").is_err());
    assert_eq!(home.serve().events(&sid).len(), 1);
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let server = manual();
    let sid = Player::open(&server, &start()).sid;
    let (_door, _) = half_sent(&server, &sid);
    let mut idle = server.door();
    assert_eq!(idle.get("/readyz").status, 200);
    server.send_sigterm();
    assert!(idle.is_closed(), "the first signal has arrived");
    let (home, code) = server.terminate();
    assert_eq!(code, Some(1));
    assert!(home.stderr().contains("second signal"), "{}", home.stderr());
    assert_eq!(home.serve().events(&sid).len(), 1);
}

//! What time does: idle, old and frozen sessions, and how long ids are remembered.

use crate::support::{Player, event, manual, refused, start};

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;

#[test]
fn ten_minutes_without_an_event_end_a_session() {
    let server = manual();
    let mut player = Player::open(&server, &start());
    player.send_all([&event("play", 0, 0)]);
    server.set_clock(10 * MINUTE - 1);
    player.send_all([&event("ping", 500, 500_000)]);
    // A retry is taken and moves no clock.
    server.set_clock(15 * MINUTE);
    player.send_all([&event("ping", 500, 500_000)]);
    server.set_clock(20 * MINUTE - 2);
    assert_eq!(server.session(&player.sid)["state"], "open");
    server.set_clock(20 * MINUTE - 1);
    refused(&player.post(&event("ping", 600, 600_000)), 410);
    assert_eq!(player.send(&event("sessionEnd", 600, 600_000)), 204);
    let session = server.session(&player.sid);
    assert_eq!(session["session"]["closeReason"], "timeout-no-events");
    assert_eq!(session["session"]["timePlayed"], 500);
}

#[test]
fn a_session_ends_24_hours_and_10_minutes_after_its_start() {
    let server = manual();
    let mut player = Player::open(&server, &start());
    player.send_all([&event("play", 0, 0)]);
    let end = 24 * HOUR + 10 * MINUTE;
    for at in (1..)
        .map(|count| count * 9 * MINUTE)
        .take_while(|at| *at < end)
    {
        server.set_clock(at);
        player.send_all([&event("ping", at / 1000, at as i64)]);
    }
    server.set_clock(end - 1);
    player.send_all([&event("ping", 1, end as i64 - 1)]);
    server.set_clock(end);
    refused(&player.post(&event("ping", 2, end as i64)), 410);
    let session = server.session(&player.sid);
    assert_eq!(session["session"]["closeReason"], "timeout-session-age");
    assert_eq!(session["session"]["timePlayed"], 87_000);
}

#[test]
fn thirty_minutes_of_a_frozen_playhead_end_a_session() {
    let server = manual();
    let mut player = Player::open(&server, &start());
    player.send_all([&event("play", 0, 0)]);
    for step in 1..=6 {
        let at = step * 5 * MINUTE;
        server.set_clock(at);
        // The last of these trips the test: it is taken, and dropped when it leaves the window.
        player.send_all([&event("ping", 0, at as i64)]);
    }
    server.set_clock(30 * MINUTE + 4_999);
    player.send_all([&event("ping", 0, 30 * 60_000 + 1)]);
    assert_eq!(server.session(&player.sid)["state"], "open");
    server.set_clock(30 * MINUTE + 5_000);
    refused(&player.post(&event("ping", 0, 30 * 60_000 + 2)), 410);
    let session = server.session(&player.sid);
    assert_eq!(
        session["session"]["closeReason"],
        "timeout-no-playhead-change"
    );
    let outcomes = server.outcomes();
    assert_eq!(outcomes["total"]["settled"]["after_close"], 2, "{outcomes}");
}

#[test]
fn a_closed_id_is_remembered_for_a_day() {
    let server = manual();
    let mut player = Player::open(&server, &start());
    player.send_all([&event("sessionEnd", 0, 10)]);
    // The end leaves the window after 5 s: from there the day counts.
    server.set_clock(24 * HOUR + 4_999);
    refused(&player.post(&event("ping", 0, 20)), 410);
    assert_eq!(player.send(&event("sessionEnd", 0, 20)), 204);
    server.set_clock(24 * HOUR + 5_000);
    refused(&player.post(&event("ping", 0, 20)), 404);
    refused(&player.post(&event("sessionEnd", 0, 20)), 404);
    // Only the door forgets; the session can still be read.
    assert_eq!(server.session(&player.sid)["state"], "closed");
}

#[test]
fn an_idle_id_is_remembered_for_a_day_too() {
    let server = manual();
    let mut player = Player::open(&server, &start());
    server.set_clock(24 * HOUR + 10 * MINUTE - 1);
    refused(&player.post(&event("ping", 0, 20)), 410);
    server.set_clock(24 * HOUR + 10 * MINUTE);
    refused(&player.post(&event("ping", 0, 20)), 404);
}

#[test]
fn the_strict_profile_looks_at_the_clock_of_the_client() {
    let home = crate::support::home().settings("[door]\nprofile = \"strict\"\n");
    let server = home.manual_clock().serve();
    let now = 1_790_000_000_000;
    server.set_clock(now);
    let mut player = Player::open(&server, &start());
    let day = 86_400_000;
    let year_1999 = 946_684_799_999 - now as i64;
    for (after_ms, status) in [
        (day, 204),
        (day + 1, 400),
        (year_1999 + 1, 204),
        (year_1999, 400),
        (-2 * now as i64, 400),
    ] {
        let ping = event("ping", 1, after_ms);
        assert_eq!(player.send(&ping), status, "{ping}");
    }
}

#[test]
fn the_lenient_profile_takes_any_clock() {
    let server = manual();
    server.set_clock(1_790_000_000_000);
    let mut player = Player::open(&server, &start());
    for ts in [0, 253_402_300_799_999_i64, -1, 8_640_000_000_000_000] {
        let mut ping = event("ping", 1, 0);
        ping["playerTime"]["ts"] = ts.into();
        assert_eq!(player.send(&ping), 204, "{ts}");
    }
}

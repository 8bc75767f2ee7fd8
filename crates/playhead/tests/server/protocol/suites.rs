//! Which report suites are taken.

use serde_json::Value;

use crate::support::{Player, event, home, refused, start_with};

fn of_suite(suite: &str) -> Value {
    start_with("analytics.reportSuite", suite)
}

#[test]
fn a_suite_that_is_not_on_the_list_is_refused() {
    let home = home().settings("[door]\nsuites = [\"one\", \"two\"]\n");
    let server = home.manual_clock().serve();
    let mut door = server.door();
    // Of a list the first counts.
    for suite in ["one", "two", " one ,three"] {
        let mut player = Player::open(&server, &of_suite(suite));
        player.send_all([&event("play", 0, 0)]);
    }
    for suite in ["three", "One", "", "three,one"] {
        let answer = door.post_json("/api/v1/sessions", &of_suite(suite));
        let body = refused(&answer, 400);
        assert!(
            body["message"].as_str().unwrap().contains("not taken"),
            "{body}"
        );
        let batch = serde_json::json!([of_suite(suite)]);
        refused(&door.post_json("/api/v1/downloaded", &batch), 400);
    }
    assert_eq!(server.outcomes()["total"]["refused"]["not_allowed"], 8);
}

#[test]
fn only_so_many_suites_come_into_being_by_themselves() {
    let home = home().settings("[door]\nsuites_max = 2\n\n[suites.named]\n");
    let server = home.manual_clock().serve();
    for suite in ["named", "one", "two", "one", "named"] {
        Player::open(&server, &of_suite(suite));
    }
    let server = server.kill_and_restart();
    let mut door = server.door();
    let body = refused(&door.post_json("/api/v1/sessions", &of_suite("three")), 400);
    assert!(
        body["message"].as_str().unwrap().contains("three"),
        "{body}"
    );
    // Those that are there go on, and so do those of the settings.
    for suite in ["two", "named"] {
        Player::open(&server, &of_suite(suite));
    }
}

#[test]
fn any_string_is_a_suite() {
    let server = home().manual_clock().serve();
    let long = "x".repeat(10_000);
    for suite in ["../../etc/passwd", "", "a/b\\c\"d\n", "\u{0}", "ünï", &long] {
        let player = Player::open(&server, &of_suite(suite));
        assert_eq!(server.session(&player.sid)["state"], "open");
    }
    let names = std::fs::read_dir(server.home().data("")).unwrap();
    let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    let names: Vec<_> = names.iter().map(|name| name.to_str().unwrap()).collect();
    for name in names {
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'.';
        assert!(name.bytes().all(is_plain), "{name:?}");
    }
}

//! How much may come in a second, and what is said to those who send more.

use playhead_testkit::process::{Answer, Server};

use crate::support::{Player, event, events_path, home, refused, start_of, start_with};

#[track_caller]
fn too_many(answer: &Answer) {
    refused(answer, 429);
    assert_eq!(answer.header("retry-after"), Some("1"));
}

/// Sends starts of different viewers until one is refused, and gives how many were taken.
#[track_caller]
fn starts_taken(server: &Server, suite: &str) -> usize {
    let mut door = server.door();
    for number in 0..100 {
        let mut start = start_with("analytics.reportSuite", suite);
        start["params"]["visitor.marketingCloudUserId"] = number.to_string().into();
        let answer = door.post_json("/api/v1/sessions", &start);
        if answer.status != 201 {
            too_many(&answer);
            return number;
        }
    }
    100
}

#[test]
fn nothing_is_limited_unless_it_is_asked_for() {
    let server = home().manual_clock().serve();
    assert_eq!(starts_taken(&server, "suite.one"), 100);
}

#[test]
fn a_suite_has_its_limits_and_others_do_not_notice() {
    let settings = "[rates]\nsuite_starts = 2\nsuite_events = 3\nburst = \"2s\"\n\
                    [suites.\"large\"]\nstarts_per_second = 5\n";
    let server = home().settings(settings).manual_clock().serve();
    let mut player = Player::open(&server, &start_with("analytics.reportSuite", "busy"));
    // A flood of events of its sessions …
    let taken = (0..20).take_while(|number| {
        let answer = player.post(&event("ping", *number, i64::from(*number)));
        if answer.status != 204 {
            too_many(&answer);
        }
        answer.status == 204
    });
    assert_eq!(taken.count(), 6);
    // … refuses no start.
    assert_eq!(starts_taken(&server, "busy"), 3);
    assert_eq!(starts_taken(&server, "large"), 10);
    assert_eq!(starts_taken(&server, "quiet"), 4);
    let outcomes = server.outcomes();
    assert_eq!(
        outcomes["total"]["refused"]["rate_limited"], 4,
        "{outcomes}"
    );
    assert_eq!(player.send(&event("ping", 9, 9)), 429);
    server.set_clock(1_000);
    assert_eq!(
        player.send(&event("ping", 9, 9)),
        204,
        "a second later there is room"
    );
    assert_eq!(starts_taken(&server, "busy"), 2);
    let metrics = server.console().get("/metrics").text();
    let count = "suite=\"large\",by=\"door\",outcome=\"rate_limited\"} 1\n";
    assert!(metrics.contains(count), "{metrics}");
}

#[test]
fn limits_of_a_suite_hold_for_whole_sessions_too() {
    let settings = "[rates]\nsuite_starts = 1\nburst = \"1s\"\n";
    let server = home().settings(settings).manual_clock().serve();
    let mut door = server.door();
    let downloaded = |viewer: &str| {
        let mut start = start_of(viewer);
        start["params"]["media.downloaded"] = true.into();
        format!("[{start}]")
    };
    let first = door.post("/api/v1/downloaded", downloaded("a").as_bytes());
    assert_eq!(first.status, 201, "{}", first.text());
    too_many(&door.post("/api/v1/downloaded", downloaded("b").as_bytes()));
    too_many(&door.post("/api/v1/sessions", downloaded("c").as_bytes()));
}

#[test]
fn what_is_wrong_or_unknown_is_told_before_it_is_limited() {
    let settings = "[rates]\nsuite_starts = 1\nsuite_events = 1\nburst = \"1s\"\n";
    let server = home().settings(settings).manual_clock().serve();
    let mut door = server.door();
    let unknown = events_path(&"0f".repeat(32));
    for _ in 0..3 {
        refused(&door.post("/api/v1/sessions", b"{}"), 400);
        refused(&door.post_json(&unknown, &event("play", 0, 0)), 404);
    }
    assert_eq!(starts_taken(&server, "suite.one"), 1);
}

#[test]
fn an_address_has_its_limits_whatever_suite_it_names() {
    let settings = "[rates]\naddress_starts = 1\naddress_events = 2\nburst = \"2s\"\n";
    let server = home().settings(settings).manual_clock().serve();
    assert_eq!(starts_taken(&server, "one"), 2);
    assert_eq!(starts_taken(&server, "two"), 0);
    let sid = {
        server.set_clock(1_000);
        Player::open(&server, &start_of("later")).sid
    };
    let mut player = Player::of(&server, &sid);
    for number in 0..4 {
        assert_eq!(player.send(&event("ping", number, number.into())), 204);
    }
    too_many(&player.post(&event("ping", 5, 5)));
}

//! What the door answers is the same after a restart.

use playhead_testkit::process::Server;

use crate::support::{Player, event, events_path, manual, start, start_of};

#[test]
fn open_sessions_go_on_under_their_ids() {
    let mut server = manual();
    let sid = Player::open(&server, &start()).sid;
    for round in 0..4 {
        let mut player = Player::of(&server, &sid);
        for second in 0..4 {
            let at = round * 4 + second;
            player.send_all([&event("play", at, at * 1_000)]);
        }
        server = match round % 2 {
            0 => server.kill_and_restart(),
            _ => server.restart(),
        };
        assert_eq!(server.session(&sid)["state"], "open");
    }
    Player::of(&server, &sid).send_all([&event("sessionEnd", 16, 16_000)]);
    server.set_clock(5_000);
    assert_eq!(server.session(&sid)["session"]["timePlayed"], 16);
}

/// The answers to a fixed list of questions, none of which changes what comes after.
fn answers(server: &Server, [open, ending, ended, idle]: [&str; 4]) -> Vec<u16> {
    let mut door = server.door();
    let unknown = "0f".repeat(32);
    [
        (open, event("ping", 10, 10_000)),
        (open, event("ping", "x", 10_000)),
        (ending, event("ping", 10, 10_000)),
        (ending, event("ping", 10, 30_001)),
        (ending, event("sessionEnd", 10, 30_001)),
        (ended, event("ping", 10, 10_000)),
        (ended, event("sessionEnd", 10, 10_000)),
        (ended, event("sessionComplete", 10, 99_000)),
        (idle, event("ping", 10, 10_000)),
        (idle, event("sessionEnd", 10, 10_000)),
        (&unknown, event("ping", 10, 10_000)),
        (&unknown, event("sessionEnd", 10, 10_000)),
    ]
    .map(|(sid, event)| door.post_json(&events_path(sid), &event).status)
    .to_vec()
}

#[test]
fn the_door_says_the_same_after_every_sort_of_restart() {
    let server = manual();
    let mut ended = Player::open(&server, &start_of("ended"));
    ended.send_all([&event("sessionEnd", 30, 30_000)]);
    let idle = Player::open(&server, &start_of("idle"));
    server.set_clock(600_000);
    let open = Player::open(&server, &start_of("open"));
    let mut ending = Player::open(&server, &start_of("ending"));
    ending.send_all([&event("sessionEnd", 30, 30_000)]);
    let sids = [&*open.sid, &*ending.sid, &*ended.sid, &*idle.sid];

    let expected = [204, 400, 204, 410, 204, 410, 204, 204, 410, 204, 404, 404];
    assert_eq!(answers(&server, sids), expected);
    let retried = |server: &Server| Player::open(server, &start_of("open")).sid;
    assert_eq!(retried(&server), open.sid);

    let server = server.kill_and_restart();
    assert_eq!(answers(&server, sids), expected);
    assert_eq!(retried(&server), open.sid);
    let server = server.restart();
    assert_eq!(answers(&server, sids), expected);
    assert_eq!(retried(&server), open.sid);
    let server = server.kill_and_restart();
    assert_eq!(answers(&server, sids), expected);

    // A day after its close an id is forgotten, restart or not.
    server.set_clock(5_000 + 86_400_000);
    let server = server.kill_and_restart();
    let mut door = server.door();
    let ping = event("ping", 10, 10_000);
    assert_eq!(door.post_json(&events_path(&ended.sid), &ping).status, 404);
    assert_eq!(door.post_json(&events_path(&idle.sid), &ping).status, 410);
    let server = server.restart();
    let mut door = server.door();
    assert_eq!(door.post_json(&events_path(&ended.sid), &ping).status, 404);
    assert_eq!(door.post_json(&events_path(&idle.sid), &ping).status, 410);
}

#[test]
fn ids_of_another_server_are_unknown() {
    let one = manual();
    let other = manual();
    let sid = Player::open(&one, &start()).sid;
    let mut stranger = Player::of(&other, &sid);
    assert_eq!(stranger.send(&event("ping", 0, 1)), 404);
}

#[test]
fn two_servers_do_not_share_a_data_folder() {
    let server = manual();
    let data = server.home().path("data");
    let output = server.home().run(&[
        "serve",
        "--data",
        data.to_str().unwrap(),
        "--listen=127.0.0.1:0",
        "--console=127.0.0.1:0",
    ]);
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("in use"), "{error}");
    Player::open(&server, &start()).send_all([&event("play", 0, 0)]);
}

//! Requests that are no proper HTTP, or come too slowly, or too many at once.

use playhead_testkit::process::open_files_max;

use super::unnoticed;
use crate::support::{Player, event, events_path, home, manual, refused, start};

const HEAD: &str = "POST /api/v1/sessions HTTP/1.1\r\nhost: a\r\n";

#[test]
fn what_is_no_http_is_refused_or_cut_off() {
    let server = manual();
    unnoticed(&server, || {
        for bytes in [
            &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
            b"\0\0\0\0\r\n\r\n",
            b"hello\r\n\r\n",
            b"GET\r\n\r\n",
            b"POST /api/v1/sessions\r\n\r\n",
            b"POST /api/v1/sessions HTTP/9.9\r\n\r\n",
            b"POST /api/v1/sess ions HTTP/1.1\r\nhost: a\r\n\r\n",
            b"POST /api/v1/sessions HTTP/1.1\r\nbad header\r\n\r\n",
            b"POST /api/v1/sessions HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n",
            b"POST /api/v1/sessions HTTP/1.1\r\nhost: a\r\ncontent-length: x\r\n\r\n",
            b"POST /api/v1/sessions HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
            b"POST /api/v1/sessions HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        ] {
            let mut door = server.door();
            door.send(bytes).unwrap();
            door.finish_sending().unwrap();
            if let Ok(answer) = door.read_answer("POST") {
                assert!((400..=505).contains(&answer.status), "{bytes:?}: {answer:?}");
            }
        }
    });
}

#[test]
fn floods_of_headers_are_refused() {
    let server = manual();
    unnoticed(&server, || {
        let many: String = (0..1_000)
            .map(|number| format!("x-{number}: y\r\n"))
            .collect();
        let long = format!("x: {}\r\n", "y".repeat(1 << 20));
        let path = format!("GET /{} HTTP/1.1\r\nhost: a\r\n", "p".repeat(1 << 20));
        for flood in [
            format!("{HEAD}{many}\r\n"),
            format!("{HEAD}{long}\r\n"),
            path + "\r\n",
        ] {
            let mut door = server.door();
            // The server may close before everything is sent.
            let _sent = door.send(flood.as_bytes());
            if let Ok(answer) = door.read_answer("POST") {
                assert!(
                    matches!(answer.status, 400 | 414 | 431),
                    "{}",
                    answer.status
                );
            }
        }
    });
}

#[test]
fn a_length_is_only_believed_if_it_is_too_much() {
    let server = manual();
    unnoticed(&server, || {
        let mut door = server.door();
        door.send(format!("{HEAD}content-length: 1152921504606846976\r\n\r\n").as_bytes())
            .unwrap();
        refused(&door.read_answer("POST").unwrap(), 413);
        assert!(door.is_closed());
        // Less than was announced: nothing is taken.
        let mut door = server.door();
        let body = start().to_string();
        let announced = body.len() + 1;
        door.send(format!("{HEAD}content-length: {announced}\r\n\r\n{body}").as_bytes())
            .unwrap();
        door.finish_sending().unwrap();
        if let Ok(answer) = door.read_answer("POST") {
            refused(&answer, 400);
        }
    });
    let sessions = server.ask("/v1/sessions");
    assert_eq!(
        sessions["sessions"].as_array().unwrap().len(),
        1,
        "only the ordinary player's"
    );
}

#[test]
fn who_stands_still_in_a_request_is_told_and_cut_off() {
    let settings = "[door]\nheader_timeout = \"1s\"\nbody_timeout = \"1s\"\n";
    let server = home().settings(settings).serve();
    unnoticed(&server, || {
        let mut in_head = server.door();
        in_head.send(HEAD.as_bytes()).unwrap();
        let mut in_body = server.door();
        in_body
            .send(format!("{HEAD}content-length: 100\r\n\r\n{{").as_bytes())
            .unwrap();
        for door in [&mut in_head, &mut in_body] {
            let answer = door.read_answer("POST").unwrap();
            refused(&answer, 408);
            assert_eq!(answer.header("connection"), Some("close"));
        }
    });
}

#[test]
fn who_stands_still_in_the_second_request_gets_the_first_answer_first() {
    let settings = "[door]\nheader_timeout = \"1s\"\n";
    let server = home().settings(settings).serve();
    let mut door = server.door();
    assert_eq!(door.get("/readyz").status, 200);
    door.send(b"POST /api/v1/sess").unwrap();
    refused(&door.read_answer("POST").unwrap(), 408);
    assert!(door.is_closed());
}

#[test]
fn thousands_of_idle_connections_disturb_nobody() {
    let server = manual();
    let count = (open_files_max() / 2).saturating_sub(300).min(5_000);
    unnoticed(&server, || {
        let mut idle = Vec::new();
        for number in 0..count {
            let mut door = server.door();
            match number % 3 {
                0 => door.send(b"").unwrap(),
                1 => door.send(b"POST /api").unwrap(),
                _ => assert_eq!(door.get("/readyz").status, 200),
            }
            idle.push(door);
        }
        let mut player = Player::open(&server, &start());
        player.send_all([&event("play", 0, 0)]);
        let last = idle.last_mut().unwrap();
        assert!(matches!(last.get("/readyz").status, 200 | 400));
    });
}

#[test]
fn clients_that_vanish_in_mid_request_leave_nothing_behind() {
    let server = manual();
    let path = events_path(&Player::open(&server, &start()).sid);
    unnoticed(&server, || {
        let body = event("ping", 1, 1).to_string();
        let whole = format!(
            "POST {path} HTTP/1.1\r\nhost: a\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        for cut in (1..whole.len()).step_by(7) {
            let mut door = server.door();
            door.send(&whole.as_bytes()[..cut]).unwrap();
        }
    });
    let total = server.outcomes()["total"].clone();
    assert_eq!(total["refused"]["invalid"], 0, "{total}");
    let mut player = Player::of(&server, path.split('/').nth(4).unwrap());
    player.send_all([&event("ping", 1, 1)]);
    assert_eq!(
        server.events(&player.sid).len(),
        2,
        "none of the cut ones was taken"
    );
}

#[test]
fn who_waits_to_be_asked_for_the_body_is_asked() {
    let server = manual();
    let mut door = server.door();
    let body = start().to_string();
    let head = format!(
        "{HEAD}expect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    door.send(head.as_bytes()).unwrap();
    assert_eq!(door.read_answer("POST").unwrap().status, 100);
    door.send(body.as_bytes()).unwrap();
    assert_eq!(door.read_answer("POST").unwrap().status, 201);
}

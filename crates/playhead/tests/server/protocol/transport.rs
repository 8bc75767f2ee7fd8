//! Methods, paths, content types and sizes.

use crate::support::{Player, assert_cors, event, events_path, manual, refused, start, start_of};

const SCHEMA: &str = "/api/v1/schemas/play";

#[test]
fn a_preflight_is_answered_on_every_path() {
    let server = manual();
    let mut door = server.door();
    let events = events_path(&"0f".repeat(32));
    for path in ["/api/v1/sessions", "/api/v1/downloaded", &events, SCHEMA] {
        let asks = [
            ("origin", "https://player.example"),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "content-type"),
        ];
        let answer = door.request("OPTIONS", path, &asks, b"");
        assert!(
            matches!(answer.status, 200 | 204),
            "{path}: {}",
            answer.status
        );
        assert_cors(&answer);
        assert_eq!(answer.header("access-control-max-age"), Some("86400"));
        assert_eq!(answer.body, b"");
    }
}

#[test]
fn other_methods_are_told_which_there_are() {
    let server = manual();
    let mut door = server.door();
    let events = events_path(&"0f".repeat(32));
    for path in ["/api/v1/sessions", "/api/v1/downloaded", &events] {
        for method in ["GET", "PUT", "DELETE", "PATCH", "BREW"] {
            let answer = door.request(method, path, &[], b"");
            refused(&answer, 405);
            assert_eq!(
                answer.header("allow"),
                Some("POST, OPTIONS"),
                "{method} {path}"
            );
        }
    }
    for method in ["POST", "PUT"] {
        let answer = door.request(method, SCHEMA, &[], b"");
        refused(&answer, 405);
        assert_eq!(answer.header("allow"), Some("GET, OPTIONS"));
    }
    let answer = door.request("HEAD", "/api/v1/sessions", &[], b"");
    assert_eq!(answer.status, 405);
    assert_cors(&answer);
}

#[test]
fn nothing_else_is_served() {
    let server = manual();
    let mut door = server.door();
    for path in [
        "/",
        "/api",
        "/api/v1",
        "/api/v2/sessions",
        "/api/v1/session",
        "/api/v1/sessions/x",
        "/api/v1/sessions//events",
        "/api/v1/sessions/a/b/events",
        "/metrics",
        "/v1/sessions",
        "/v1/clock",
        "/livez",
        "/api/v1/sessionsx",
    ] {
        refused(&door.get(path), 404);
        refused(&door.post(path, b"{}"), 404);
    }
    let ready = door.get("/readyz");
    assert_eq!((ready.status, ready.body.len()), (200, 0));
}

#[test]
fn the_content_type_does_not_matter() {
    let server = manual();
    let mut door = server.door();
    let sid = Player::open(&server, &start()).sid;
    for (number, content_type) in [
        "application/json",
        "application/json; charset=utf-8",
        "text/plain;charset=UTF-8",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "image/png",
        "nonsense",
        "",
    ]
    .into_iter()
    .enumerate()
    {
        let headers = [
            ("content-type", content_type),
            ("x-adobe-aep-validation-token", "token"),
            ("cookie", "a=b"),
        ];
        let body = start_of(&number.to_string()).to_string();
        let answer = door.request("POST", "/api/v1/sessions", &headers, body.as_bytes());
        assert_eq!(answer.status, 201, "{content_type}");
        let body = event("ping", number, 1).to_string();
        let answer = door.request("POST", &events_path(&sid), &headers, body.as_bytes());
        assert_eq!(answer.status, 204, "{content_type}");
    }
    assert_eq!(
        door.post(
            &events_path(&sid),
            event("play", 9, 2).to_string().as_bytes()
        )
        .status,
        204
    );
}

#[test]
fn a_byte_order_mark_is_skipped() {
    let server = manual();
    let mut door = server.door();
    let marked = format!("\u{feff}{}", start_of("marked"));
    let first = door.post("/api/v1/sessions", marked.as_bytes());
    assert_eq!(first.status, 201);
    let again = door.post_json("/api/v1/sessions", &start_of("marked"));
    assert_eq!(again.sid(), first.sid(), "the mark is no part of the body");
    let array = format!("\u{feff}\r\n [{}]", start_of("array"));
    assert_eq!(
        door.post("/api/v1/downloaded", array.as_bytes()).status,
        201
    );
}

#[test]
fn a_prefix_and_a_slash_at_the_end_are_tolerated() {
    let server = manual();
    let mut door = server.door();
    for path in [
        "/api/v1/sessions/",
        "/some/proxy/api/v1/sessions",
        "/p/api/v1/sessions/?a=b",
    ] {
        let answer = door.post_json(path, &start());
        assert_eq!(answer.status, 201, "{path}");
        let location = answer.header("location").unwrap();
        assert_eq!(
            location,
            format!("/api/v1/sessions/{}", answer.sid()),
            "{path}"
        );
        let events = format!("/some/proxy{}", events_path(&answer.sid()));
        assert_eq!(door.post_json(&events, &event("play", 0, 0)).status, 204);
    }
}

/// A body of exactly so many bytes.
fn padded(body: &str, bytes: usize) -> Vec<u8> {
    let (head, tail) = body.split_at(1);
    let padding = " ".repeat(bytes - body.len());
    format!("{head}{padding}{tail}").into_bytes()
}

#[test]
fn bodies_have_a_largest_size() {
    let server = manual();
    let sid = Player::open(&server, &start()).sid;
    let (event_max, array_max) = (64 << 10, 4 << 20);
    let check = |path: &str, body: &str, max: usize, status: u16| {
        let taken = server.door().post(path, &padded(body, max));
        assert_eq!(taken.status, status, "{path}: {}", taken.text());
        let larger = server.door().post(path, &padded(body, max + 1));
        refused(&larger, 413);
        let much_larger = server.door().post(path, &padded(body, max * 3));
        refused(&much_larger, 413);
    };
    let start = start().to_string();
    let array = format!("[{}]", crate::support::start_with("media.downloaded", true));
    check(
        &events_path(&sid),
        &event("ping", 1, 1).to_string(),
        event_max,
        204,
    );
    check("/api/v1/sessions", &start, event_max, 201);
    check("/api/v1/sessions", &array, array_max, 201);
    check("/api/v1/downloaded", &array, array_max, 201);
    let outcomes = server.outcomes();
    assert_eq!(outcomes["total"]["refused"]["too_large"], 8, "{outcomes}");
}

#[test]
fn a_body_may_come_in_chunks() {
    let server = manual();
    let mut door = server.door();
    let body = start().to_string();
    let (head, tail) = body.split_at(100);
    let request = format!(
        "POST /api/v1/sessions HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n\
         {:x}\r\n{head}\r\n{:x}\r\n{tail}\r\n0\r\n\r\n",
        head.len(),
        tail.len()
    );
    door.send(request.as_bytes()).unwrap();
    assert_eq!(door.read_answer("POST").unwrap().status, 201);
    // Larger than an event may be, without saying so beforehand.
    let chunk = format!("ffff\r\n{}\r\n", " ".repeat(0xffff));
    let head = "POST /api/v1/sessions HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n";
    door.send(format!("{head}{chunk}{chunk}0\r\n\r\n").as_bytes())
        .unwrap();
    refused(&door.read_answer("POST").unwrap(), 413);
}

#[test]
fn requests_may_be_sent_before_the_answers_come() {
    let server = manual();
    let mut door = server.door();
    let body = start().to_string();
    let request = format!(
        "POST /api/v1/sessions HTTP/1.1\r\nhost: a\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    door.send(request.repeat(5).as_bytes()).unwrap();
    for _ in 0..5 {
        assert_eq!(door.read_answer("POST").unwrap().status, 201);
    }
}

#[test]
fn who_has_said_all_is_answered_still() {
    let server = manual();
    let sid = Player::open(&server, &start()).sid;
    let mut door = server.door();
    let body = event("ping", 0, 0).to_string();
    let request = format!(
        "POST {} HTTP/1.1\r\nhost: a\r\ncontent-length: {}\r\n\r\n{body}",
        events_path(&sid),
        body.len()
    );
    door.send(request.as_bytes()).unwrap();
    door.finish_sending().unwrap();
    assert_eq!(door.read_answer("POST").unwrap().status, 204);
    assert!(door.is_closed());
}

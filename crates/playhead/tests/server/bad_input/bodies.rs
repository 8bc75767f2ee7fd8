//! Bodies that are not what they should be.

use serde_json::{Value, json};

use super::unnoticed;
use crate::support::{Player, event, events_path, manual, refused, start};

#[test]
fn malformed_json_is_told_as_such() {
    let server = manual();
    let path = events_path(&Player::open(&server, &start()).sid);
    let whole = event("ping", 1, 1).to_string();
    unnoticed(&server, || {
        let mut door = server.door();
        let mut bodies: Vec<Vec<u8>> = [
            "",
            " ",
            "{",
            "}",
            "[",
            "nul",
            "null",
            "true",
            "1",
            "\"text\"",
            "{}",
            "{\"eventType\"",
            "{\"eventType\":}",
            "{eventType:\"play\"}",
            "{'eventType':'play'}",
            "eventType=play&ts=1",
            "<event/>",
            "\u{feff}",
            "\u{feff}\u{feff}{}",
            "\0",
            "//",
        ]
        .map(|body| body.as_bytes().to_vec())
        .to_vec();
        for cut in 1..whole.len() {
            bodies.push(whole.as_bytes()[..cut].to_vec());
        }
        for tail in ["x", "{}", ",", "]", "\0"] {
            bodies.push(format!("{whole}{tail}").into_bytes());
        }
        for body in &bodies {
            for path in [path.as_str(), "/api/v1/sessions", "/api/v1/downloaded"] {
                let answer = door.post(path, body);
                assert_eq!(
                    answer.status,
                    400,
                    "{path}: {:?}",
                    String::from_utf8_lossy(body)
                );
                refused(&answer, 400);
            }
        }
    });
    let refused = server.outcomes()["total"]["refused"]["invalid"].as_u64();
    assert!(refused > Some(200), "{refused:?}");
}

#[test]
fn the_last_of_equal_members_counts() {
    let server = manual();
    let mut player = Player::open(&server, &start());
    let ping = event("ping", 5, 1_000).to_string();
    let doubled = ping.replacen('{', "{\"eventType\":\"seekStart\",\"playerTime\":1,", 1);
    let path = events_path(&player.sid);
    assert_eq!(server.door().post(&path, doubled.as_bytes()).status, 204);
    player.send_all([&event("ping", 5, 1_000)]);
    let listed = server.events(&player.sid);
    assert_eq!(listed[1]["type"], "ping");
    assert_eq!(
        listed[2]["outcome"], "duplicate",
        "they are equal as JSON values"
    );
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let server = manual();
    let path = events_path(&Player::open(&server, &start()).sid);
    unnoticed(&server, || {
        let mut door = server.door();
        for bytes in [
            &b"\xff"[..],
            b"\xc3",
            b"\xc0\xaf",
            b"\xe2\x82",
            b"\xed\xa0\x80",
            b"\xf8\x88\x80\x80\x80",
            b"\x00",
            b"\x1f",
        ] {
            for member in ["x", "customMetadata"] {
                let mut body = format!("{{\"{member}\":{{\"key\":\"").into_bytes();
                body.extend_from_slice(bytes);
                let rest = event("ping", 1, 1).to_string().replacen('{', "\"},", 1);
                body.extend_from_slice(rest.as_bytes());
                refused(&door.post(&path, &body), 400);
            }
        }
        for escape in ["\\ud800", "\\udc00\\ud800", "\\u00", "\\x41"] {
            let ping = event("ping", 1, 1).to_string();
            let body = ping.replacen('{', &format!("{{\"x\":\"{escape}\","), 1);
            refused(&door.post(&path, body.as_bytes()), 400);
        }
    });
}

#[test]
fn deep_nesting_is_refused() {
    let server = manual();
    let path = events_path(&Player::open(&server, &start()).sid);
    unnoticed(&server, || {
        let mut door = server.door();
        for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
            for depth in [200, 5_000, 9_000] {
                let nested = open.repeat(depth) + "1" + &close.repeat(depth);
                let ping = event("ping", 1, 1).to_string();
                let inside = ping.replacen('{', &format!("{{\"x\":{nested},"), 1);
                for body in [nested.clone(), open.repeat(depth), inside] {
                    if body.len() < 65_536 {
                        refused(&door.post(&path, body.as_bytes()), 400);
                    }
                }
            }
            let deep = open.repeat((4 << 20) / open.len() - 1);
            for body in [format!("[{deep}"), deep] {
                refused(&door.post("/api/v1/downloaded", body.as_bytes()), 400);
            }
        }
    });
}

#[test]
fn large_bodies_and_many_keys_are_bounded() {
    let server = manual();
    let path = events_path(&Player::open(&server, &start()).sid);
    unnoticed(&server, || {
        let mut door = server.door();
        let huge = vec![b' '; 10 << 20];
        for path in [path.as_str(), "/api/v1/sessions", "/api/v1/downloaded"] {
            refused(&door.post(path, &huge), 413);
        }
        let keys = |value: Value| -> Value {
            let members = (0..100_000).map(|number| (format!("k{number}"), value.clone()));
            Value::Object(members.collect())
        };
        let mut many = event("ping", 1, 1);
        many["params"] = keys(json!(1));
        refused(&door.post_json(&path, &many), 413);

        // As an array there is room for them.
        let batch = |member: &str, value: Value| {
            let mut first = start();
            first[member] = match member {
                "params" => {
                    let mut params = keys(value);
                    let known = first["params"].as_object().unwrap().clone();
                    params.as_object_mut().unwrap().extend(known);
                    params
                }
                _ => keys(value),
            };
            json!([first, event("play", 0, 0), event("ping", 9, 9_000)])
        };
        for (member, value, expected) in [
            ("customMetadata", json!("v"), 201),
            ("params", json!(1), 201),
            ("qoeData", json!(1), 201),
            ("customMetadata", json!(1), 400),
        ] {
            let answer = door.post_json("/api/v1/downloaded", &batch(member, value));
            assert_eq!(answer.status, expected, "{member}");
            if expected == 400 {
                let body = refused(&answer, 400);
                assert!(body["errors"].as_array().unwrap().len() <= 100);
                assert!(answer.body.len() < 20_000, "{} bytes", answer.body.len());
            } else {
                let session = server.session(&answer.sid());
                assert_eq!(session["session"]["timePlayed"], 9, "{member}");
            }
        }
    });
}

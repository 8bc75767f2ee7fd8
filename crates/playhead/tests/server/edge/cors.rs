//! What a browser needs on every answer, errors included.

use playhead_testkit::process::Answer;

use super::{body, event, open, start};
use crate::support::manual;

const ORIGIN: &str = "https://player.example";

#[track_caller]
fn assert_allows(answer: &Answer) {
    for (name, value) in [
        ("access-control-allow-origin", ORIGIN),
        ("access-control-allow-credentials", "true"),
        ("access-control-expose-headers", "x-adobe-edge, Retry-After"),
        ("x-adobe-edge", "SELF;0"),
        ("vary", "Origin"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name} of {answer:?}");
    }
}

#[test]
fn the_origin_is_echoed_on_every_answer() {
    let server = manual();
    let sid = open(&server, &start());
    let headers = [
        ("origin", ORIGIN),
        ("content-type", "text/plain; charset=UTF-8"),
    ];
    let too_large = " ".repeat(70_000).into_bytes();
    let one = |event| body(&[event]).to_string().into_bytes();
    for (method, path, body, status) in [
        ("POST", "/ee/v1/interact?configId=s", one(start()), 200),
        ("POST", "/ee/v1/collect?configId=s", one(start()), 204),
        (
            "POST",
            "/ee/va/v1/play",
            one(event("play", &sid, 0, 0)),
            204,
        ),
        (
            "POST",
            "/ee/va/v1/ping",
            one(event("play", &sid, 0, 0)),
            400,
        ),
        (
            "POST",
            "/ee/va/v1/ping",
            one(event("ping", &"0".repeat(64), 0, 0)),
            404,
        ),
        ("POST", "/ee/va/v1/ping", b"{".to_vec(), 400),
        ("POST", "/ee/v1/interact", one(start()), 400),
        ("POST", "/ee/v1/interact?configId=s", too_large, 413),
        ("POST", "/ee/va/v1/seekStart", Vec::new(), 404),
        ("GET", "/ee/v1/interact", Vec::new(), 405),
        ("OPTIONS", "/ee/v1/interact", Vec::new(), 204),
        ("OPTIONS", "/ee/or2/va/v1/play", Vec::new(), 204),
    ] {
        let answer = server.door().request(method, path, &headers, &body);
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text());
        assert_allows(&answer);
        if method == "OPTIONS" {
            assert_eq!(
                answer.header("access-control-allow-methods"),
                Some("OPTIONS,POST")
            );
            assert_eq!(
                answer.header("access-control-allow-headers"),
                Some("Content-Type")
            );
            assert!(answer.body.is_empty());
        }
        if method == "GET" {
            assert_eq!(answer.header("allow"), Some("POST, OPTIONS"));
        }
    }
}

#[test]
fn without_an_origin_none_is_named() {
    let server = manual();
    let answer = server
        .door()
        .post_json("/ee/v1/interact?configId=s", &body(&[start()]));
    assert_eq!(answer.header("access-control-allow-origin"), None);
    assert_eq!(answer.header("access-control-allow-credentials"), None);
    assert_eq!(answer.header("vary"), Some("Origin"));
}

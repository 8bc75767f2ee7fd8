//! HTTP/2: many requests on one connection, each as any other.

use playhead_testkit::process::Http;
use serde_json::Value;

use super::{self_signed, self_signed_home};
use crate::support::{Player, assert_cors, event, events_path, refused, start, start_of};

fn bytes(body: &Value) -> Vec<u8> {
    body.to_string().into_bytes()
}

#[test]
fn a_session_over_http2_is_as_any_other() {
    let server = self_signed();
    let mut door = server.door_http2();
    let opened = door.request("POST", "/api/v1/sessions", &[], &bytes(&start()));
    assert_eq!(opened.status, 201);
    assert_cors(&opened);
    let path = events_path(&opened.sid());
    let answer = door.request("POST", &path, &[], &bytes(&event("play", 0, 0)));
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    assert_cors(&answer);
    refused(&door.request("POST", &path, &[], b"{}"), 400);
    refused(&door.request("PUT", &path, &[], b"{}"), 405);
    refused(&door.request("GET", "/nothing", &[], b""), 404);
    let larger = vec![b' '; (64 << 10) + 1];
    refused(&door.request("POST", &path, &[], &larger), 413);
    assert_eq!(
        door.request("GET", "/readyz", &[], b"").status,
        200,
        "the connection goes on"
    );
    assert_eq!(server.events(&opened.sid()).len(), 2);
    let over_http1 = server.kill_and_restart();
    assert_eq!(over_http1.events(&opened.sid()).len(), 2);
}

#[test]
fn requests_that_run_together_are_all_answered() {
    let server = self_signed();
    let mut door = server.door_http2();
    let begun: Vec<_> = (0..100)
        .map(|number| {
            let mut exchange = door.begin("POST", "/api/v1/sessions", &[], true).unwrap();
            exchange.send(&bytes(&start_of(&number.to_string())), true);
            exchange
        })
        .collect();
    for exchange in begun {
        assert_eq!(door.finish(exchange).unwrap().status, 201);
    }
    assert_eq!(
        server.outcomes()["total"]["settled"]["accepted"],
        100,
        "{}",
        server.outcomes()
    );
}

/// A frame of HTTP/2.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut frame = (payload.len() as u32).to_be_bytes()[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

#[test]
fn who_opens_requests_and_takes_them_back_is_sent_away() {
    const HEADERS: u8 = 1;
    const RST_STREAM: u8 = 3;
    const SETTINGS: u8 = 4;
    const GOAWAY: u8 = 7;
    const END_HEADERS: u8 = 4;
    const CANCEL: [u8; 4] = [0, 0, 0, 8];
    const ENHANCE_YOUR_CALM: [u8; 4] = [0, 0, 0, 11];
    // POST https://a/ by the static table of HPACK.
    const HEAD: [u8; 6] = [0x83, 0x87, 0x84, 0x01, 0x01, b'a'];

    let server = self_signed();
    let mut rapid = Http::raw_http2(server.door_address(), server.trust());
    let mut other = server.door_http2();
    let mut bytes_sent = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    bytes_sent.extend(frame(SETTINGS, 0, 0, &[]));
    for number in 0..200 {
        bytes_sent.extend(frame(HEADERS, END_HEADERS, 2 * number + 1, &HEAD));
        bytes_sent.extend(frame(RST_STREAM, 0, 2 * number + 1, &CANCEL));
    }
    rapid.send(&bytes_sent).unwrap();
    let reason = loop {
        let mut head = [0; 9];
        rapid.read_exact(&mut head).unwrap();
        let mut payload = vec![0; usize::from(head[1]) << 8 | usize::from(head[2])];
        rapid.read_exact(&mut payload).unwrap();
        if head[3] == GOAWAY {
            break payload[4..8].to_vec();
        }
    };
    assert_eq!(reason, ENHANCE_YOUR_CALM);
    let opened = other.request("POST", "/api/v1/sessions", &[], &bytes(&start()));
    assert_eq!(opened.status, 201, "others do not notice");
}

#[test]
fn a_head_has_a_largest_size() {
    let server = self_signed();
    let mut door = server.door_http2();
    let large = "a".repeat(33 << 10);
    let answer = door.request("GET", "/readyz", &[("x-large", &large)], b"");
    assert_eq!(answer.status, 431);
    assert_eq!(door.request("GET", "/readyz", &[], b"").status, 200);
}

#[test]
fn a_body_that_stands_still_is_given_up_and_its_neighbours_go_on() {
    let server = self_signed_home()
        .settings("[door]\nbody_timeout = \"1s\"\n")
        .serve();
    let mut door = server.door_http2();
    let mut slow = door.begin("POST", "/api/v1/sessions", &[], true).unwrap();
    slow.send(b"{", false);
    let opened = door.request("POST", "/api/v1/sessions", &[], &bytes(&start()));
    assert_eq!(opened.status, 201);
    refused(&door.finish(slow).unwrap(), 408);
    assert_eq!(door.request("GET", "/readyz", &[], b"").status, 200);
}

#[test]
fn a_stop_says_farewell_and_finishes_what_has_begun() {
    let server = self_signed();
    let sid = Player::open(&server, &start()).sid;
    let mut door = server.door_http2();
    let mut idle = server.door_http2();
    assert_eq!(idle.request("GET", "/readyz", &[], b"").status, 200);
    let body = bytes(&event("play", 0, 0));
    let mut exchange = door.begin("POST", &events_path(&sid), &[], true).unwrap();
    exchange.send(&body[..5], false);
    // The server has read so far once it answers what came behind.
    assert_eq!(door.request("GET", "/readyz", &[], b"").status, 200);
    server.send_sigterm();
    // Whether it hears the farewell before it is cut off is a matter of time.
    let _heard = idle.wait_for_end();
    exchange.send(&body[5..], true);
    assert_eq!(door.finish(exchange).unwrap().status, 204);
    // It may still be writing something when the other side is gone.
    let _ended = door.wait_for_end();
    let (home, code) = server.wait();
    assert_eq!(code, Some(0), "{}", home.stderr());
    assert_eq!(home.serve().events(&sid).len(), 2);
}

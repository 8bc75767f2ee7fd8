//! What the Web SDK was seen to send.

use playhead_wire::Profile;
use playhead_wire::edge::Request;
use serde_json::Value;

use super::{decode_body, setting};

fn recorded() -> Vec<Value> {
    let text = include_str!("../../../../playhead-testkit/captures/alloy-vod.json");
    let capture: Value = serde_json::from_str(text).unwrap();
    let exchanges = capture["exchanges"].as_array().unwrap();
    exchanges
        .iter()
        .map(|exchange| exchange["requestJson"].clone())
        .collect()
}

#[test]
fn every_recorded_body_is_taken() {
    let bodies = recorded();
    assert_eq!(bodies.len(), 28);
    for body in bodies {
        let lenient = decode_body(&body, &setting(Profile::Lenient)).unwrap();
        // The recording is of another year than the clock of these tests.
        let unchecked = playhead_wire::edge::Setting {
            clock: playhead_wire::Clock::Unchecked,
            ..setting(Profile::Strict)
        };
        assert_eq!(decode_body(&body, &unchecked).unwrap(), lenient);
    }
}

#[test]
fn a_request_says_what_it_knows_and_wants() {
    let bodies = recorded();
    let (first, second) = (bodies[0].to_string(), bodies[1].to_string());
    let first = Request::parse(first.as_bytes()).unwrap();
    assert!(first.fetches_ecid());
    assert_eq!(first.state_entries().count(), 0);
    assert_eq!(first.streaming(), None);
    assert_eq!(
        (first.ecid(), first.fpid(), first.event_id()),
        (None, None, None)
    );
    let second = Request::parse(second.as_bytes()).unwrap();
    let entries: Vec<_> = second.state_entries().collect();
    assert_eq!(entries.len(), 2);
    assert_eq!(
        entries[1].0,
        "kndctr_0A1B2C3D4E5F60718293A4B5_AdobeOrg_identity"
    );

    let streamed = br#"{"meta":{"konductorConfig":{"streaming":{
        "enabled":true,"recordSeparator":"\u0000","lineFeed":"\n"}}}}"#;
    assert_eq!(
        Request::parse(streamed).unwrap().streaming(),
        Some(("\0", "\n"))
    );
    let consent = br#"{"consent":[{"standard":"Adobe","version":"1.0","value":{"general":"in"}}]}"#;
    assert_eq!(Request::parse(consent).unwrap().consent(), Some("in"));
}

//! What `playhead explain` prints, whole: each script of `tests/explained` with the text it gives.
//!
//! `PLAYHEAD_ACCEPT=1 cargo test -p playhead-session --test explained` writes the texts anew.

mod common;

use common::script;
use playhead_session::explain::ExplainError;

#[test]
fn scripts_are_explained() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/explained");
    let accept = std::env::var_os("PLAYHEAD_ACCEPT").is_some();
    for name in [
        "a-mid-roll-and-a-stall",
        "out-of-order-and-open",
        "chapters-and-states",
    ] {
        let read = |extension| std::fs::read_to_string(format!("{folder}/{name}.{extension}"));
        let scripts = script::read(&read("txt").unwrap());
        let text = scripts[0].recording.explain().to_text();
        if accept {
            std::fs::write(format!("{folder}/{name}.out"), &text).unwrap();
        }
        let wanted = read("out").unwrap_or_default();
        assert!(text == wanted, "{name} reads\n{text}\nand not\n{wanted}");
    }
}

#[test]
fn a_repeated_start_is_a_duplicate() {
    let mut recording = script::read("0s start vod 60s · 1s play @0 · 5s end @4 → open")
        .remove(0)
        .recording;
    recording.requests.insert(2, recording.requests[0].clone());
    let json = recording.explain().to_json();
    assert_eq!(json["events"][2]["outcome"], "duplicate");
    assert_eq!(json["events"][2]["rule"], "P3.4 repeated start");
    assert_eq!(json["events"][3]["order"], 2);
    assert_eq!(json["closing"]["event"], 3);
    assert_eq!(json["metrics"][4]["name"], "timePlayed");
    assert_eq!(json["metrics"][4]["exact"]["ms"], 4000);
    assert_eq!(json["metrics"][4]["parts"][0]["toEvent"], 3);
}

#[test]
fn a_damaged_body_is_named() {
    let mut recording = script::read("0s start vod 60s · 1s play @0 → open")
        .remove(0)
        .recording;
    recording.requests[1].body.truncate(5);
    let error = recording.try_explain().expect_err("the body is damaged");
    assert!(
        matches!(error, ExplainError::Body { number: 1, .. }),
        "{error}"
    );
    recording.requests.remove(0);
    recording.requests[0] = script::read("0s start vod 60s · 1s play @0 → open")
        .remove(0)
        .recording
        .requests
        .remove(1);
    assert_eq!(
        recording.try_explain().expect_err("no start"),
        ExplainError::NoStart
    );
}

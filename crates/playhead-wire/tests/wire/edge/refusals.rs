//! Every fault at once, each with its JSONPath.

use playhead_wire::Profile;
use playhead_wire::edge::{Kind, Request, Root};
use serde_json::{Value, json};

use super::{SID, event, faults, setting, start};

const MISSING: &str = "Missing required field";

#[test]
fn whatever_must_be_there_is_missed() {
    for (sent, missing) in [
        (
            event("play", json!({ "playhead": null, "sessionID": null })),
            vec!["playhead", "sessionID"],
        ),
        (event("error", json!({})), vec!["errorDetails"]),
        (
            event("error", json!({ "errorDetails": {} })),
            vec!["errorDetails.name", "errorDetails.source"],
        ),
        (
            event("adBreakStart", json!({ "advertisingPodDetails": {} })),
            vec![
                "advertisingPodDetails.index",
                "advertisingPodDetails.offset",
            ],
        ),
        (
            event("adStart", json!({ "advertisingDetails": {} })),
            vec![
                "advertisingDetails.name",
                "advertisingDetails.length",
                "advertisingDetails.podPosition",
                "advertisingDetails.playerName",
            ],
        ),
        (
            event("chapterStart", json!({ "chapterDetails": {} })),
            vec![
                "chapterDetails.index",
                "chapterDetails.offset",
                "chapterDetails.length",
            ],
        ),
        (
            event("statesUpdate", json!({ "statesStart": [{}] })),
            vec!["statesStart[0].name"],
        ),
        (
            event(
                "adStart",
                json!({
                    "advertisingDetails": { "name": "a", "length": 1, "podPosition": 1, "playerName": "p" },
                    "customMetadata": [{ "name": "k" }, { "value": "v" }],
                }),
            ),
            vec!["customMetadata[0].value", "customMetadata[1].name"],
        ),
    ] {
        let missing: Vec<(String, String)> = missing
            .into_iter()
            .map(|name| (format!("$.xdm.mediaCollection.{name}"), MISSING.to_owned()))
            .collect();
        assert_eq!(faults(&sent, Profile::Lenient), missing, "{sent}");
    }
}

#[test]
fn a_start_tells_all_its_faults() {
    let mut bad = start();
    bad["xdm"]["timestamp"] = "yesterday".into();
    bad["xdm"]["identityMap"] = json!([]);
    bad["xdm"]["mediaCollection"]["playhead"] = "0".into();
    let details = &mut bad["xdm"]["mediaCollection"]["sessionDetails"];
    details.as_object_mut().unwrap().remove("name");
    details["length"] = "600".into();
    let found = faults(&bad, Profile::Lenient);
    let paths: Vec<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "$.xdm.identityMap",
            "$.xdm.timestamp",
            "$.xdm.mediaCollection.playhead",
            "$.xdm.mediaCollection.sessionDetails.length",
            "$.xdm.mediaCollection.sessionDetails.name",
        ]
    );
    assert!(
        found[1].1.starts_with("Field should respect ISO 8601"),
        "{found:?}"
    );
    assert_eq!(found[4].1, MISSING);
}

#[test]
fn the_place_in_the_request_is_part_of_the_path() {
    let body = json!({ "events": [event("play", json!({})), event("play", json!({ "playhead": {} })), {}] });
    let text = body.to_string();
    let request = Request::parse(text.as_bytes()).unwrap();
    let events = request.events().unwrap();
    let Kind::Event(play) = Kind::from_name("play").unwrap() else {
        panic!("play is an event")
    };
    let paths: Vec<_> = events
        .iter()
        .filter_map(|event| {
            event
                .decode(play, Root::Numbered, &setting(Profile::Strict))
                .err()
        })
        .map(|faults| faults.listed()[0].path.clone())
        .collect();
    assert_eq!(
        paths,
        [
            "$.events[1].xdm.mediaCollection.playhead",
            "$.events[2].xdm"
        ]
    );
}

#[test]
fn values_of_another_form_are_refused() {
    for (sent, path, part) in [
        (
            event("play", json!({ "sessionID": SID[1..] })),
            "sessionID",
            "InvalidApiSidLength=63",
        ),
        (
            event("play", json!({ "sessionID": 7 })),
            "sessionID",
            "got 7",
        ),
        (event("statesUpdate", json!({})), "", "non-empty"),
        (
            event(
                "statesUpdate",
                json!({ "statesStart": [], "statesEnd": [] }),
            ),
            "",
            "non-empty",
        ),
        (
            event(
                "statesUpdate",
                json!({ "statesEnd": [{ "name": "not a state" }] }),
            ),
            ".statesEnd[0].name",
            "state name",
        ),
        (
            event("statesUpdate", json!({ "statesEnd": {} })),
            "statesEnd",
            "array",
        ),
        (
            event("ping", json!({ "qoeDataDetails": 3 })),
            "qoeDataDetails",
            "object",
        ),
        (
            event("ping", json!({ "qoeDataDetails": { "bitrate": "3" } })),
            "qoeDataDetails.bitrate",
            "integer",
        ),
        (
            event(
                "chapterStart",
                json!({
                    "chapterDetails": { "index": 1, "length": 2, "offset": 0 }, "customMetadata": {},
                }),
            ),
            "customMetadata",
            "array",
        ),
        (
            event(
                "chapterStart",
                json!({
                    "chapterDetails": { "index": 1, "length": 2, "offset": 0 },
                    "customMetadata": [{ "name": "k", "value": 1 }, 5],
                }),
            ),
            "customMetadata[0].value",
            "string",
        ),
    ] {
        let found = faults(&sent, Profile::Lenient);
        let path = format!("$.xdm.mediaCollection.{path}").replace("..", ".");
        let path = path.trim_end_matches('.');
        assert_eq!(found[0].0, path, "{sent}");
        assert!(found[0].1.contains(part), "{found:?}");
    }
    for (member, value) in [
        ("eventType", json!("media.ping")),
        ("eventType", json!(3)),
        ("mediaCollection", json!([])),
    ] {
        let mut sent = event("play", json!({}));
        sent["xdm"][member] = value;
        let text = json!({ "events": [sent] }).to_string();
        let request = Request::parse(text.as_bytes()).unwrap();
        let Some(Kind::Event(play)) = Kind::from_name("play") else {
            panic!("play is an event")
        };
        let found =
            request.events().unwrap()[0].decode(play, Root::Own, &setting(Profile::Lenient));
        assert_eq!(
            found.unwrap_err().listed()[0].path,
            format!("$.xdm.{member}")
        );
    }
}

#[test]
fn the_strict_profile_takes_no_slips() {
    let mut early = event("play", json!({}));
    early["xdm"]["timestamp"] = "1999-12-31T23:59:59Z".into();
    let mut ahead = event("play", json!({}));
    ahead["xdm"]["timestamp"] = "2026-03-04T18:00:05.001Z".into();
    let mut resumed = start();
    resumed["xdm"]["mediaCollection"]["sessionDetails"]["streamType"] = "hologram".into();
    for (sent, path) in [
        (
            event("play", json!({ "playhead": 1.5 })),
            "mediaCollection.playhead",
        ),
        (
            event("play", json!({ "playhead": -1 })),
            "mediaCollection.playhead",
        ),
        (
            event("ping", json!({ "qoeDataDetails": { "bitrate": 1.5 } })),
            "mediaCollection.qoeDataDetails.bitrate",
        ),
        (
            event("ping", json!({ "qoeDataDetails": { "bitrate": null } })),
            "mediaCollection.qoeDataDetails.bitrate",
        ),
        (
            event("bitrateChange", json!({})),
            "mediaCollection.qoeDataDetails",
        ),
        (
            event("bitrateChange", json!({ "qoeDataDetails": null })),
            "mediaCollection.qoeDataDetails",
        ),
        (
            event(
                "error",
                json!({ "errorDetails": { "name": "a", "source": "network" } }),
            ),
            "mediaCollection.errorDetails.source",
        ),
        (
            event(
                "error",
                json!({ "errorDetails": { "name": 1, "source": "player" } }),
            ),
            "mediaCollection.errorDetails.name",
        ),
        (early, "timestamp"),
        (ahead, "timestamp"),
        (resumed, "mediaCollection.sessionDetails.streamType"),
    ] {
        let found = faults(&sent, Profile::Strict);
        assert_eq!(found[0].0, format!("$.xdm.{path}"), "{sent}");
        let lenient = super::decode(&sent, Profile::Lenient);
        assert!(lenient.is_ok(), "{sent} {lenient:?}");
    }
}

#[test]
fn a_whole_session_begins_with_its_one_start() {
    let of = |name: &str| {
        json!({
            "mediaEventType": name, "mediaEventTimestamp": "2026-03-02T18:00:00Z",
            "mediaCollection": { "playhead": 0 },
        })
    };
    let mut opening = of("media.sessionStart");
    opening["mediaCollection"] = start()["xdm"]["mediaCollection"].clone();
    let whole = |events: Value| {
        json!({ "xdm": {
            "eventType": "media.downloaded", "mediaDownloadedEvents": events,
        }})
    };
    let mut timeless = of("media.play");
    timeless
        .as_object_mut()
        .unwrap()
        .remove("mediaEventTimestamp");
    for (events, path) in [
        (json!([]), ""),
        (json!({}), ""),
        (json!([of("media.play")]), "[0].mediaEventType"),
        (json!([opening, opening]), "[1].mediaEventType"),
        (
            json!([opening, of("media.stateStart")]),
            "[1].mediaEventType",
        ),
        (json!([opening, of("play")]), "[1].mediaEventType"),
        (json!([opening, 7]), "[1]"),
        (json!([opening, timeless]), "[1].mediaEventTimestamp"),
        (
            json!([opening, { "mediaEventType": "media.play", "mediaEventTimestamp": "2026-03-02T18:00:00Z" }]),
            "[1].mediaCollection",
        ),
    ] {
        let found = faults(&whole(events.clone()), Profile::Lenient);
        assert_eq!(
            found[0].0,
            format!("$.xdm.mediaDownloadedEvents{path}"),
            "{events}"
        );
    }
    let mut with_id = of("media.play");
    with_id["mediaCollection"]["sessionID"] = SID.into();
    let events = whole(json!([opening, with_id]));
    assert_eq!(
        faults(&events, Profile::Strict)[0].0,
        "$.xdm.mediaDownloadedEvents[1].mediaCollection.sessionID"
    );
}

#[test]
fn a_body_without_events_has_one_fault() {
    for body in [
        "{}",
        "[]",
        "7",
        r#"{"events":[]}"#,
        r#"{"events":{}}"#,
        r#"{"events":null}"#,
    ] {
        let request = Request::parse(body.as_bytes()).unwrap();
        let faults = request.events().unwrap_err();
        assert_eq!(faults.listed().len(), 1);
        assert_eq!(faults.listed()[0].path, "$.events", "{body}");
    }
    assert!(Request::parse(b"{").is_err());
}

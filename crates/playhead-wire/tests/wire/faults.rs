//! Each fault is found and named.

use playhead_model::keys::{EventType, Kind, Place, keys_of};
use playhead_wire::{Clock, Fault, Profile, event};
use serde_json::{Value, json};

use crate::{
    CLOCK, decode,
    random::{Random, sound},
};

const PROFILES: [Profile; 2] = [Profile::Strict, Profile::Lenient];

fn faults(body: &Value, profile: Profile) -> Vec<Fault> {
    decode(body, profile, CLOCK)
        .expect_err("a fault")
        .listed()
        .to_vec()
}

fn object(body: &mut Value, place: Place) -> &mut serde_json::Map<String, Value> {
    let object = match place {
        Place::PlayerTime => &mut body["playerTime"],
        Place::Params => &mut body["params"],
        Place::Qoe => &mut body["qoeData"],
        _ => body,
    };
    object.as_object_mut().expect("an object")
}

fn path(place: Place, name: &str) -> String {
    match place {
        Place::PlayerTime => format!("playerTime.{name}"),
        Place::Params => format!("params.{name}"),
        Place::Qoe => format!("qoeData.{name}"),
        _ => name.to_owned(),
    }
}

const PLACES: [Place; 4] = [
    Place::Envelope,
    Place::PlayerTime,
    Place::Params,
    Place::Qoe,
];

#[test]
fn a_missing_key_is_named() {
    for event in EventType::PUBLISHED {
        for place in PLACES {
            for spec in keys_of(*event, place).filter(|spec| spec.required.contains(*event)) {
                let mut body = sound(*event, true, &mut Random(1));
                object(&mut body, place).remove(spec.name);
                for profile in PROFILES {
                    let faults = faults(&body, profile);
                    assert_eq!(faults.len(), 1, "{faults:?}");
                    assert_eq!(faults[0].path, path(place, spec.name));
                    assert!(faults[0].reason.starts_with("is missing"), "{faults:?}");
                }
                object(&mut body, place).insert(spec.name.to_owned(), Value::Null);
                let null = faults(&body, Profile::Lenient);
                assert_eq!(null[0].path, path(place, spec.name), "null is absent");
            }
        }
    }
}

#[test]
fn a_wrong_type_is_named() {
    for event in EventType::PUBLISHED {
        for place in PLACES {
            for spec in keys_of(*event, place) {
                let mut body = sound(*event, true, &mut Random(1));
                let wrong = match spec.kind {
                    Kind::Number | Kind::NonNegative | Kind::Integer => json!("60"),
                    Kind::Boolean => json!("true"),
                    _ => json!(true),
                };
                object(&mut body, place).insert(spec.name.to_owned(), wrong);
                for profile in PROFILES {
                    let faults = faults(&body, profile);
                    assert_eq!(faults.len(), 1, "{faults:?}");
                    assert_eq!(faults[0].path, path(place, spec.name));
                    assert!(faults[0].reason.starts_with("expected "), "{faults:?}");
                }
            }
        }
    }
}

#[test]
fn all_faults_come_at_once_with_reasons() {
    let body = json!({
        "eventType": "sessionStart",
        "playerTime": {"playhead": "0", "time": 1},
        "params": {
            "analytics.trackingServer": "t", "analytics.reportSuite": "r",
            "visitor.marketingCloudOrgId": "o", "media.id": "m", "media.length": "60",
            "media.contenttype": "vod", "playerName": "p", "media.channel": null,
            "media.ad.id": "a", "media.qoe.bitrate": 1, "zzz": 1,
            "visitor.customerIDs": {"crm": {"authState": 7}, "x": 1},
        },
        "qoeData": {"bitrate": 1},
        "customMetadata": {"foo bar": "x", "n": 1},
        "custommetadata": {},
    });
    let listed: Vec<_> = faults(&body, Profile::Strict)
        .into_iter()
        .map(|fault| format!("{}: {}", fault.path, fault.reason))
        .collect();
    assert_eq!(
        listed,
        [
            "custommetadata: is not a known key; did you mean customMetadata?",
            "playerTime.playhead: expected a number, got the string \"0\"",
            "playerTime.time: is not a known key",
            "playerTime.ts: is missing",
            "params.media.ad.id: is a key of adStart, not of sessionStart",
            "params.media.channel: expected a string, got null",
            "params.media.contenttype: is not a known key; did you mean media.contentType?",
            "params.media.length: expected a number, got the string \"60\"",
            "params.media.qoe.bitrate: belongs in qoeData",
            "params.playerName: is not a known key; did you mean media.playerName?",
            "params.visitor.customerIDs.crm.authState: expected 0, 1 or 2, got 7",
            "params.visitor.customerIDs.crm.id: is missing",
            "params.visitor.customerIDs.x: expected an object with id and authState, got 1",
            "params.zzz: is not a known key",
            "params.media.contentType: is missing; sessionStart needs it",
            "params.media.playerName: is missing; sessionStart needs it",
            "qoeData.bitrate: is not a known key; did you mean media.qoe.bitrate?",
            "customMetadata.foo bar: a key has one or more letters, digits, `_` and `.`, and \
             nothing else",
            "customMetadata.n: expected a string, got 1",
        ]
    );
}

#[test]
fn event_types_are_spelt_out() {
    for (name, reason) in [
        (json!("pause"), "\"pause\" is no event type"),
        (
            json!("adbreakstart"),
            "\"adbreakstart\" is no event type; did you mean adBreakStart?",
        ),
        (
            json!("statesUpdate"),
            "expected stateStart or stateEnd, got statesUpdate",
        ),
        (json!(5), "expected the name of an event type, got 5"),
    ] {
        let body =
            json!({"eventType": name, "playerTime": {"playhead": 0, "ts": 1_772_474_400_000_i64}});
        let faults = faults(&body, Profile::Strict);
        assert_eq!(
            (faults[0].path.as_str(), faults[0].reason.as_str()),
            ("eventType", reason)
        );
        assert_eq!(faults.len(), 1);
    }
}

#[test]
fn many_faults_and_long_names_are_bounded() {
    let custom: serde_json::Map<_, _> = (0..500).map(|n| (format!("k{n}"), json!(n))).collect();
    let mut body = json!({"eventType": "play", "playerTime": {"playhead": 0, "ts": 1_772_474_400_000_i64},
        "customMetadata": custom});
    let faults = decode(&body, Profile::Lenient, CLOCK).expect_err("faults");
    assert_eq!((faults.listed().len(), faults.unlisted()), (100, 400));
    assert!(faults.message().ends_with("; and 497 more"), "{faults}");

    body["customMetadata"] = json!({});
    body["x".repeat(60_000)] = json!("y".repeat(1000));
    body["qoeData"] = json!({"media.qoe.bitrate": "z\n".repeat(1000)});
    let faults = decode(&body, Profile::Strict, CLOCK).expect_err("faults");
    assert!(faults.message().len() < 400, "{faults}");
    assert!(!faults.message().contains('\n'));
}

#[test]
fn the_clock_is_checked_in_the_strict_profile() {
    let now = 1_772_474_400_000_i64;
    let day = 86_400_000;
    let at = |ts: i64, profile| {
        let body = format!(r#"{{"eventType":"play","playerTime":{{"playhead":0,"ts":{ts}}}}}"#);
        event(body.as_bytes(), profile, Clock::ReceivedMs(now)).map(|decoded| decoded.ts)
    };
    for ts in [946_684_800_000, now, now + day] {
        assert_eq!(at(ts, Profile::Strict), Ok(ts));
    }
    for ts in [946_684_799_999, 0, -1, now + day + 1] {
        let fault = at(ts, Profile::Strict).expect_err("a fault").message();
        assert!(
            fault.starts_with("playerTime.ts: expected a time "),
            "{fault}"
        );
        assert_eq!(at(ts, Profile::Lenient), Ok(ts));
    }
    for profile in PROFILES {
        assert!(at(i64::MAX, profile).is_err() && at(i64::MIN, profile).is_err());
    }
}

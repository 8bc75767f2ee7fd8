//! Bodies in the form that real clients send them.

use playhead_model::body::to_json;
use playhead_wire::{Profile, SessionsPost, sessions_post};
use serde_json::Value;

use crate::{CLOCK, decode};

/// The start of a browser SDK.
pub(crate) const BROWSER_START: &str = r#"{"eventType":"sessionStart","playerTime":{"playhead":0,"ts":1772474400000},"customMetadata":{"isUserLoggedIn":"false","tvStation":"Station One"},"params":{"media.id":"asset-1001","media.name":"Sample feature","media.length":60,"media.contentType":"vod","media.streamType":"video","media.resume":false,"media.show":"The Show","media.season":"2","media.episode":"7","media.genre":"Drama","media.network":"Net","media.streamFormat":"0","analytics.trackingServer":"metrics.example.com","analytics.reportSuite":"examplersid, other","analytics.enableSSL":false,"analytics.aid":"2F8A1B3C05158D4E-4000010A6000B7C2","visitor.marketingCloudOrgId":"EXAMPLE@AdobeOrg","visitor.marketingCloudUserId":"51726031050421877601262158971629508659","visitor.aamLocationHint":9,"visitor.customerIDs":{"puuid":{"id":"sample-dpuuid","authState":1}},"media.channel":"sample channel","media.playerName":"sample player","media.sdkVersion":"4.5.6","media.libraryVersion":"js-3.1.0"}}"#;

/// The start of a mobile SDK: `media.downloaded` is false on live sessions.
pub(crate) const MOBILE_START: &str = r#"{"playerTime":{"ts":1772474400000,"playhead":0},"params":{"analytics.enableSSL":true,"analytics.trackingServer":"metrics.example.com","analytics.reportSuite":"examplersid","visitor.marketingCloudOrgId":"EXAMPLE@AdobeOrg","visitor.marketingCloudUserId":"1","visitor.aamLocationHint":7,"media.downloaded":false,"media.resume":false,"media.libraryVersion":"ios-media-5.0.1","media.id":"m","media.name":"n","media.length":128.0,"media.contentType":"VOD","media.streamType":"video","media.playerName":"p","media.channel":"c"},"eventType":"sessionStart","qoeData":{},"customMetadata":{}}"#;

pub(crate) const EVENTS: &[&str] = &[
    r#"{"eventType":"adBreakStart","playerTime":{"playhead":0,"ts":1772474401501},"params":{"media.ad.podFriendlyName":"preroll","media.ad.podIndex":1,"media.ad.podSecond":0}}"#,
    r#"{"eventType":"adStart","playerTime":{"playhead":0,"ts":1772474401502},"customMetadata":{"affiliate":"aff"},"params":{"media.ad.name":"Ad One","media.ad.id":"ad-1","media.ad.length":15,"media.ad.podPosition":1,"media.ad.advertiser":"Acme","media.ad.campaignId":"camp-9","media.ad.playerName":"sample player","media.ad.podFriendlyName":"preroll"}}"#,
    r#"{"eventType":"play","playerTime":{"playhead":0.25,"ts":1772474401502},"params":{},"qoeData":{}}"#,
    r#"{"eventType":"ping","playerTime":{"playhead":0,"ts":1772474400351}}"#,
    r#"{"eventType":"ping","playerTime":{"playhead":0,"ts":1772474400351},"params":{"anything":[1]}}"#,
    r#"{"eventType":"adComplete","playerTime":{"playhead":0,"ts":1772474404530}}"#,
    r#"{"eventType":"adSkip","playerTime":{"playhead":0,"ts":1772474404530}}"#,
    r#"{"eventType":"adBreakComplete","playerTime":{"playhead":0,"ts":1772474404554}}"#,
    r#"{"eventType":"chapterStart","playerTime":{"playhead":0,"ts":1772474404554},"customMetadata":{"segmentType":"intro"},"params":{"media.chapter.friendlyName":"Chapter One","media.chapter.index":1,"media.chapter.length":30.5,"media.chapter.offset":0}}"#,
    r#"{"eventType":"chapterComplete","playerTime":{"playhead":25,"ts":1772474400000}}"#,
    r#"{"eventType":"chapterSkip","playerTime":{"playhead":25,"ts":1772474400000}}"#,
    r#"{"eventType":"pauseStart","playerTime":{"playhead":12,"ts":1772474406641}}"#,
    r#"{"eventType":"bufferStart","playerTime":{"playhead":15,"ts":1772474421715}}"#,
    r#"{"eventType":"bitrateChange","playerTime":{"playhead":18,"ts":1772474428791},"qoeData":{"media.qoe.bitrate":1600000,"media.qoe.framesPerSecond":30,"media.qoe.droppedFrames":4,"media.qoe.timeToStart":2}}"#,
    r#"{"eventType":"error","playerTime":{"playhead":45,"ts":1772474442943},"qoeData":{"media.qoe.errorID":"E_DECODE_17","media.qoe.errorSource":"player"}}"#,
    r#"{"eventType":"error","playerTime":{"playhead":45,"ts":1772474442943},"params":{"media.errorId":"E1","media.errorSource":"external"}}"#,
    r#"{"eventType":"stateStart","playerTime":{"playhead":22,"ts":1772474432828},"params":{"media.state.name":"fullScreen"}}"#,
    r#"{"eventType":"stateEnd","playerTime":{"playhead":48,"ts":1772474445985},"params":{"media.state.name":"mute"}}"#,
    r#"{"eventType":"sessionComplete","playerTime":{"playhead":60,"ts":1772474458024}}"#,
    r#"{"eventType":"sessionEnd","playerTime":{"playhead":60,"ts":1772474458024}}"#,
];

/// The whole offline session of a mobile SDK.
pub(crate) fn mobile_batch() -> String {
    let start = MOBILE_START.replace("\"media.downloaded\":false", "\"media.downloaded\":true");
    let mut batch = format!("[{start}");
    for event in EVENTS {
        batch.push(',');
        batch.push_str(event);
    }
    batch.push(']');
    batch
}

#[test]
fn bodies_of_real_clients_are_taken_in_both_profiles() {
    for profile in [Profile::Lenient, Profile::Strict] {
        for text in EVENTS.iter().chain([&BROWSER_START, &MOBILE_START]) {
            let body: Value = serde_json::from_str(text).expect("test data");
            let decoded = decode(&body, profile, CLOCK).expect(text);
            assert_eq!(decoded.event_type.name(), body["eventType"]);
            assert_eq!(Some(decoded.ts), body["playerTime"]["ts"].as_i64());
            assert_eq!(
                Some(decoded.playhead),
                body["playerTime"]["playhead"].as_f64()
            );
            assert_eq!(decoded.unknown_keys, 0);
            let mut back = to_json(&decoded.body).expect("a sound body");
            // The one number of these bodies that is written with a fraction and has none.
            if back["params"]["media.length"] == 128 {
                back["params"]["media.length"] = 128.0.into();
            }
            assert_eq!(back, body);
        }
    }
}

#[test]
fn a_start_tells_what_routes_it() {
    let body: Value = serde_json::from_str(BROWSER_START).expect("test data");
    let start = decode(&body, Profile::Lenient, CLOCK).expect("a sound start");
    let facts = start.start_facts().expect("a start");
    assert_eq!(facts.report_suite, "examplersid");
    assert_eq!(
        (facts.media_id, facts.player_name),
        ("asset-1001", "sample player")
    );
    assert_eq!(
        (facts.sdk_version, facts.library_version),
        (Some("4.5.6"), Some("js-3.1.0"))
    );
    assert_eq!(
        facts.visitor,
        Some("51726031050421877601262158971629508659")
    );
    assert!(!facts.is_downloaded && !facts.is_resumed);

    let mut body = body;
    body["params"]["visitor.marketingCloudUserId"] = "".into();
    let start = decode(&body, Profile::Lenient, CLOCK).expect("a sound start");
    assert_eq!(
        start.start_facts().and_then(|f| f.visitor),
        Some("2F8A1B3C05158D4E-4000010A6000B7C2")
    );
    body["params"]
        .as_object_mut()
        .expect("an object")
        .remove("analytics.aid");
    let start = decode(&body, Profile::Lenient, CLOCK).expect("a sound start");
    assert_eq!(start.start_facts().and_then(|facts| facts.visitor), None);
}

#[test]
fn an_offline_session_comes_in_one_array() {
    let batch = mobile_batch();
    let Ok(SessionsPost::Batch(events)) = sessions_post(batch.as_bytes(), Profile::Strict, CLOCK)
    else {
        panic!("a batch");
    };
    assert_eq!(events.len(), EVENTS.len() + 1);
    assert!(
        events[0]
            .start_facts()
            .is_some_and(|facts| facts.is_downloaded)
    );
    for (text, decoded) in EVENTS.iter().zip(&events[1..]) {
        let alone = playhead_wire::event(text.as_bytes(), Profile::Strict, CLOCK);
        assert_eq!(
            alone.as_ref(),
            Ok(decoded),
            "an event is encoded on its own"
        );
    }
}

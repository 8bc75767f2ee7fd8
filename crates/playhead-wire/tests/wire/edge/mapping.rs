//! Each value arrives under the key of the Collection API that it stands for.

use playhead_wire::Profile;
use playhead_wire::edge::{Account, Setting};
use serde_json::{Value, json};

use super::{RECEIVED_MS, decode, decode_body, event, setting, start};

const TS: i64 = 1_772_474_400_000;

#[test]
fn a_start_with_everything() {
    let mut full = start();
    full["xdm"]["_id"] = "event-1".into();
    full["xdm"]["timestamp"] = "2026-03-02T19:00:00.0019+01:00".into();
    full["xdm"]["web"] = json!({ "webPageDetails": { "URL": "https://example.com" } });
    full["xdm"]["identityMap"] = json!({
        "ECID": [{ "id": "1" }, { "id": "2", "primary": true }],
        "FPID": [{ "id": "app-7" }],
        "email": [{ "id": "" }, { "id": "a@example.com", "authenticatedState": "loggedOut" }],
    });
    let collection = &mut full["xdm"]["mediaCollection"];
    for (name, value) in [
        ("friendlyName", json!("Film")),
        ("streamType", json!("video")),
        ("hasResume", json!(true)),
        ("isDownloaded", json!(true)),
        ("appVersion", json!("4.5.6")),
        ("streamFormat", json!("HD")),
        ("show", json!("Show")),
        ("season", json!("2")),
        ("episode", json!("7")),
        ("assetID", json!("asset")),
        ("genre", json!("Drama")),
        ("firstAirDate", json!("2020-01-01")),
        ("firstDigitalDate", json!("2020-01-02")),
        ("rating", json!("12")),
        ("originator", json!("Maker")),
        ("network", json!("Net")),
        ("showType", json!("0")),
        ("adLoad", json!("1")),
        ("mvpd", json!("Cable")),
        ("authorized", json!("TRUE")),
        ("dayPart", json!("evening")),
        ("feed", json!("East")),
        ("artist", json!("a")),
        ("album", json!("b")),
        ("label", json!("c")),
        ("author", json!("d")),
        ("publisher", json!("e")),
        ("station", json!("f")),
        ("somethingElse", json!(7)),
    ] {
        collection["sessionDetails"][name] = value;
    }
    collection["qoeDataDetails"] = json!({
        "bitrate": 800, "droppedFrames": 1, "framesPerSecond": 24, "timeToStart": 200,
    });
    collection["customMetadata"] = json!([
        { "name": "league", "value": "first" }, { "name": "media.id", "value": "x" },
        { "name": "league", "value": "last" },
    ]);
    let expected = json!({
        "eventType": "sessionStart",
        "playerTime": { "playhead": 0, "ts": TS + 1 },
        "_id": "event-1",
        "params": {
            "analytics.reportSuite": "suite.one",
            "visitor.marketingCloudOrgId": "ORG@AdobeOrg",
            "visitor.marketingCloudUserId": "2",
            "appInstallationId": "app-7",
            "visitor.customerIDs": { "email": { "id": "a@example.com", "authState": 2 } },
            "media.id": "film-1", "media.name": "Film", "media.length": 600,
            "media.contentType": "vod", "media.streamType": "video",
            "media.playerName": "player", "media.channel": "channel", "media.resume": true,
            "media.sdkVersion": "4.5.6", "media.streamFormat": "HD", "media.show": "Show",
            "media.season": "2", "media.episode": "7", "media.assetId": "asset",
            "media.genre": "Drama", "media.firstAirDate": "2020-01-01",
            "media.firstDigitalDate": "2020-01-02", "media.rating": "12",
            "media.originator": "Maker", "media.network": "Net", "media.showType": "0",
            "media.adLoad": "1", "media.pass.mvpd": "Cable", "media.pass.auth": "TRUE",
            "media.dayPart": "evening", "media.feed": "East", "media.artist": "a",
            "media.album": "b", "media.label": "c", "media.author": "d",
            "media.publisher": "e", "media.station": "f",
        },
        "qoeData": {
            "media.qoe.bitrate": 800, "media.qoe.droppedFrames": 1,
            "media.qoe.framesPerSecond": 24, "media.qoe.timeToStart": 200,
        },
        "customMetadata": { "league": "last", "media.id": "x" },
    });
    assert_eq!(decode(&full, Profile::Strict).unwrap(), expected);
    assert_eq!(decode(&full, Profile::Lenient).unwrap(), expected);
}

#[test]
fn each_event_of_a_session() {
    let canonical = |name: &str, more: Value| {
        let mut body = json!({
            "eventType": name, "playerTime": { "playhead": 12, "ts": TS },
        });
        for (key, value) in more.as_object().unwrap() {
            body[key] = value.clone();
        }
        body
    };
    for name in [
        "play",
        "ping",
        "pauseStart",
        "bufferStart",
        "adBreakComplete",
        "adComplete",
        "adSkip",
        "chapterComplete",
        "chapterSkip",
        "sessionComplete",
        "sessionEnd",
    ] {
        for more in [
            json!({}),
            json!({ "qoeDataDetails": null, "customMetadata": 7 }),
        ] {
            let decoded = decode(&event(name, more), Profile::Strict);
            assert_eq!(decoded.unwrap(), canonical(name, json!({})), "{name}");
        }
    }
    for (name, sent, expected) in [
        (
            "bitrateChange",
            json!({ "qoeDataDetails": { "bitrate": 1600 } }),
            json!({ "qoeData": { "media.qoe.bitrate": 1600 } }),
        ),
        ("bitrateChange", json!({ "qoeDataDetails": {} }), json!({})),
        (
            "error",
            json!({ "errorDetails": { "name": "E1", "source": "external" } }),
            json!({ "qoeData": {
                "media.qoe.errorID": "E1", "media.qoe.errorSource": "external",
            }}),
        ),
        (
            "adBreakStart",
            json!({ "advertisingPodDetails": { "index": 1, "offset": 0, "friendlyName": "pre" } }),
            json!({ "params": {
                "media.ad.podIndex": 1, "media.ad.podSecond": 0, "media.ad.podFriendlyName": "pre",
            }}),
        ),
        (
            "adStart",
            json!({
                "advertisingDetails": {
                    "name": "ad-1", "length": 15, "playerName": "p", "podPosition": 1,
                    "friendlyName": "Ad", "advertiser": "A", "campaignID": "c",
                    "creativeID": "cr", "creativeURL": "u", "placementID": "pl", "siteID": "s",
                },
                "customMetadata": [{ "name": "k", "value": "v" }],
            }),
            json!({
                "params": {
                    "media.ad.id": "ad-1", "media.ad.length": 15, "media.ad.playerName": "p",
                    "media.ad.podPosition": 1, "media.ad.name": "Ad", "media.ad.advertiser": "A",
                    "media.ad.campaignId": "c", "media.ad.creativeId": "cr",
                    "media.ad.creativeURL": "u", "media.ad.placementId": "pl",
                    "media.ad.siteId": "s",
                },
                "customMetadata": { "k": "v" },
            }),
        ),
        (
            "chapterStart",
            json!({ "chapterDetails": { "index": 1, "offset": 0, "length": 30, "friendlyName": "One" } }),
            json!({ "params": {
                "media.chapter.index": 1, "media.chapter.offset": 0, "media.chapter.length": 30,
                "media.chapter.friendlyName": "One",
            }}),
        ),
        (
            "statesUpdate",
            json!({ "statesStart": [{ "name": "fullScreen" }, { "name": "mute" }], "statesEnd": [] }),
            json!({ "params": {
                "statesStart": [
                    { "media.state.name": "fullScreen" }, { "media.state.name": "mute" },
                ],
                "statesEnd": [],
            }}),
        ),
    ] {
        let decoded = decode(&event(name, sent), Profile::Strict).unwrap();
        assert_eq!(decoded, canonical(name, expected), "{name}");
    }
}

#[test]
fn a_start_may_leave_its_time_and_its_viewer_open() {
    let mut bare = start();
    bare["xdm"].as_object_mut().unwrap().remove("timestamp");
    let body = |shared: Value| json!({ "events": [bare], "xdm": { "identityMap": shared } });
    let spare = Setting {
        ecid: Some("spare"),
        account: Account {
            suite: "s",
            organisation: None,
        },
        ..setting(Profile::Strict)
    };
    for (shared, ecid) in [
        (json!({}), "spare"),
        (json!({ "ECID": [{ "id": "" }], "email": 7 }), "spare"),
        (json!({ "ecid": [{ "id": "shared" }] }), "shared"),
    ] {
        let decoded = decode_body(&body(shared), &spare).unwrap().remove(0);
        assert_eq!(decoded["playerTime"]["ts"], RECEIVED_MS);
        assert_eq!(decoded["params"]["visitor.marketingCloudUserId"], ecid);
        assert_eq!(decoded["params"]["analytics.reportSuite"], "s");
        assert!(
            decoded["params"]
                .get("visitor.marketingCloudOrgId")
                .is_none()
        );
    }
}

#[test]
fn the_lenient_profile_rounds_what_a_tracker_left_fractional() {
    let mut first = start();
    first["xdm"]["mediaCollection"]["playhead"] = (-1.5).into();
    first["xdm"]["mediaCollection"]["sessionDetails"]["length"] = 600.5.into();
    first["xdm"]["mediaCollection"]["sessionDetails"]["streamType"] = "hologram".into();
    first["xdm"]["mediaCollection"]["sessionDetails"]["show"] = Value::Null;
    let decoded = decode(&first, Profile::Lenient).unwrap();
    assert_eq!(decoded["playerTime"]["playhead"], -1.5);
    assert_eq!(decoded["params"]["media.length"], 601);
    assert_eq!(decoded["params"]["media.streamType"], "hologram");
    assert!(decoded["params"].get("media.show").is_none());

    let details = json!({ "index": 1.5, "offset": 29.4, "length": 30.6 });
    let sent = event(
        "chapterStart",
        json!({ "chapterDetails": details, "playhead": 12.25 }),
    );
    let decoded = decode(&sent, Profile::Lenient).unwrap();
    assert_eq!(decoded["playerTime"]["playhead"], 12.25);
    assert_eq!(
        decoded["params"],
        json!({
            "media.chapter.index": 2, "media.chapter.offset": 29, "media.chapter.length": 31,
        })
    );

    let details = json!({ "name": 404, "source": "network" });
    let sent = event(
        "error",
        json!({ "errorDetails": details, "qoeDataDetails": { "bitrate": 799.5 } }),
    );
    let decoded = decode(&sent, Profile::Lenient).unwrap();
    assert_eq!(
        decoded["qoeData"],
        json!({
            "media.qoe.errorID": 404, "media.qoe.errorSource": "network", "media.qoe.bitrate": 800,
        })
    );
    assert!(decode(&event("bitrateChange", json!({})), Profile::Lenient).is_ok());
}

#[test]
fn a_whole_session_is_an_array_of_canonical_bodies() {
    let mut first = start()["xdm"].clone();
    let of = |name: &str, second: u32, playhead: i64| {
        json!({
            "mediaEventType": format!("media.{name}"),
            "mediaEventTimestamp": format!("2026-03-02T18:00:{second:02}Z"),
            "mediaCollection": { "playhead": playhead },
        })
    };
    let mut opening = of("sessionStart", 0, 0);
    opening["mediaCollection"] = first["mediaCollection"].take();
    let whole = json!({ "events": [{ "xdm": {
        "eventType": "media.downloaded",
        "identityMap": { "ECID": [{ "id": "me" }] },
        "mediaDownloadedEvents": [opening, of("play", 1, 0), of("sessionComplete", 11, 10)],
    }}]});
    let decoded = decode_body(&whole, &setting(Profile::Strict)).unwrap();
    assert_eq!(decoded.len(), 3);
    assert_eq!(decoded[0]["params"]["visitor.marketingCloudUserId"], "me");
    assert_eq!(decoded[0]["params"]["analytics.reportSuite"], "suite.one");
    assert_eq!(
        decoded[2],
        json!({
            "eventType": "sessionComplete", "playerTime": { "playhead": 10, "ts": TS + 11_000 },
        })
    );
}

//! Opening a session.

use serde_json::{Value, json};

use crate::support::{Player, assert_cors, event, faulty, manual, refused, start, start_with};

/// Every documented key, in the order of no table; compact, it is a usual size for a start.
fn everything() -> Value {
    json!({
        "playerTime": { "playhead": 0, "ts": 1_699_523_820_000_i64 },
        "eventType": "sessionStart",
        "params": {
            "media.playerName": "sample-html5-api-player",
            "analytics.trackingServer": "https://metrics.example",
            "analytics.reportSuite": "suite.one",
            "analytics.enableSSL": false,
            "analytics.visitorId": "visitor",
            "analytics.aid": "2F8A1B3C05158D4E-4000010A6000B7C2",
            "analytics.optOutServerSideForwarding": false,
            "analytics.optOutShare": false,
            "visitor.marketingCloudOrgId": "0A1B2C3D4E5F60718293A4B5@AdobeOrg",
            "visitor.marketingCloudUserId": "51726031050421877601262158971629508659",
            "visitor.aamLocationHint": 9,
            "visitor.customerIDs": {
                "puuid": { "id": "550e8400-e29b-41d4-a716-446655440000", "authState": 1 },
                "cookie": { "id": "abc", "authState": 0 },
            },
            "appInstallationId": "install-1",
            "media.id": "VA_API_Test",
            "media.length": 60.3,
            "media.contentType": "VOD",
            "media.channel": "sample-channel",
            "media.name": "A name",
            "media.resume": false,
            "media.sdkVersion": "va-api-0.0.0",
            "media.libraryVersion": "js-3.1.0",
            "media.streamType": "video",
            "media.publisher": "publisher",
            "media.downloaded": false,
            "media.streamFormat": "hls",
            "media.show": "Show",
            "media.season": "2",
            "media.episode": "7",
            "media.assetId": "asset",
            "media.genre": "Drama",
            "media.firstAirDate": "2020-01-01",
            "media.firstDigitalDate": "2020-01-02",
            "media.rating": "TV-PG",
            "media.originator": "Studio",
            "media.network": "Net",
            "media.showType": "0",
            "media.adLoad": "linear",
            "media.pass.mvpd": "provider",
            "media.pass.auth": "true",
            "media.dayPart": "prime",
            "media.feed": "East",
            "media.artist": "Artist",
            "media.album": "Album",
            "media.label": "Label",
            "media.author": "Author",
            "media.station": "Station",
        },
        "customMetadata": { "isUserLoggedIn": "false", "tv_station.2": "Station One" },
        "qoeData": { "media.qoe.bitrate": 1200, "media.qoe.timeToStart": 850 },
    })
}

#[test]
fn what_curl_sends_opens_a_session() {
    let server = manual();
    let form = [("content-type", "application/x-www-form-urlencoded")];
    for body in [everything(), start()] {
        let body = body.to_string();
        let answer = server
            .door()
            .request("POST", "/api/v1/sessions", &form, body.as_bytes());
        assert_eq!(answer.status, 201, "{}", answer.text());
        assert_eq!(answer.header("content-length"), Some("0"));
        assert_eq!(
            answer.header("content-type"),
            Some("application/octet-stream")
        );
        assert_eq!(answer.body, b"");
        assert_cors(&answer);
        let location = answer.header("location").unwrap();
        let sid = location.strip_prefix("/api/v1/sessions/").unwrap();
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        assert!(sid.len() == 64 && sid.bytes().all(is_hex), "{location}");
    }
}

#[test]
fn a_start_takes_all_documented_keys_in_the_strict_profile_too() {
    let home = crate::support::home().settings("[door]\nprofile = \"strict\"\n");
    let server = home.serve();
    Player::open(&server, &everything());
}

#[test]
fn another_event_opens_no_session_and_a_start_is_no_event() {
    let server = manual();
    let mut door = server.door();
    faulty(
        &door.post_json("/api/v1/sessions", &event("play", 0, 0)),
        "eventType",
    );
    let mut unknown = start();
    unknown["eventType"] = "sessionBegin".into();
    faulty(&door.post_json("/api/v1/sessions", &unknown), "eventType");
    let mut player = Player::open(&server, &start());
    faulty(&player.post(&start()), "eventType");
}

#[test]
fn a_downloaded_session_is_not_one_object() {
    let server = manual();
    let mut door = server.door();
    let downloaded = start_with("media.downloaded", true);
    faulty(
        &door.post_json("/api/v1/sessions", &downloaded),
        "params.media.downloaded",
    );
    let live = start_with("media.downloaded", false);
    assert_eq!(door.post_json("/api/v1/sessions", &live).status, 201);
    let lone = door.post_json("/api/v1/downloaded", &start());
    refused(&lone, 400);
}

#[test]
fn every_start_without_a_visitor_opens_another_session() {
    let server = manual();
    let mut door = server.door();
    let mut sids: Vec<String> = (0..20)
        .map(|_| door.post_json("/api/v1/sessions", &start()).sid())
        .collect();
    sids.sort_unstable();
    sids.dedup();
    assert_eq!(sids.len(), 20);
}

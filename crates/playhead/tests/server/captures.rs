//! Recorded traffic of real player libraries, replayed.

use std::path::Path;

use playhead_testkit::process::{Server, move_clock};
use playhead_testkit::vector;
use serde_json::{Value, json};

use crate::support::{assert_cors, manual};
use crate::vectors::Replay;

fn capture() -> Value {
    let file = "../playhead-testkit/captures/mediasdk-vod.json";
    vector::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

#[test]
fn the_recorded_browser_gets_the_documented_answers() {
    let server = manual();
    let mut door = server.door();
    let mut console = server.console();
    let mut sids: Option<(String, String)> = None;
    for exchange in capture()["exchanges"].as_array().unwrap() {
        move_clock(&mut console, exchange["atMs"].as_u64().unwrap());
        let mut path = exchange["path"].as_str().unwrap().to_owned();
        if let Some((recorded, ours)) = &sids {
            path = path.replace(recorded, ours);
        }
        let method = exchange["method"].as_str().unwrap();
        let headers = exchange["requestHeaders"].as_object().unwrap();
        let headers: Vec<(&str, &str)> = headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
            .collect();
        let body = match &exchange["requestJson"] {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        let answer = door.request(method, &path, &headers, body.as_bytes());
        assert_cors(&answer);
        match method {
            // The recording has 200; both are right.
            "OPTIONS" => assert!(matches!(answer.status, 200 | 204)),
            _ => assert_eq!(
                u64::from(answer.status),
                exchange["status"],
                "{}",
                answer.text()
            ),
        }
        if answer.status == 201 {
            let recorded = exchange["responseHeaders"]["location"].as_str().unwrap();
            let recorded = recorded.rsplit('/').next().unwrap();
            sids = Some((recorded.to_owned(), answer.sid()));
            // The library takes the fourth part of `Location`.
            let location = answer.header("location").unwrap();
            assert_eq!(location.split('/').nth(4), Some(answer.sid().as_str()));
        }
    }
    assert!(sids.is_some(), "the recording opens a session");
}

/// The numbers, worked out by hand. Times are seconds after 1795422300, from `playerTime.ts`:
///
/// ```text
///  68.351  sessionStart, 60 s of vod
///  69.501  adBreakStart · 69.502 adStart ad-1, play · 84.530 adComplete
///  84.531  adStart ad-2, play · 94.554 adComplete, ping, adBreakComplete, play, chapterStart 1
///  94.554 – 106.641  playing, playhead 0 → 12         12.087
/// 106.641 – 118.675  paused (a ping in between)       12.034
/// 118.675 – 121.715  playing, 12 → 15                  3.040
/// 121.715 – 125.748  buffering                         4.033
/// 125.748 – 135.872  playing, 15 → 25                 10.124
///            128.791  bitrate 1600000, 30 fps, 4 frames dropped, 2 ms to start
///            132.828  fullScreen and mute on
///            135.870  chapter 1 complete, chapter 2 begins
/// 135.872 – 137.907  paused: a seek from 25 to 40      2.035
/// 137.907 – 158.024  playing, 40 → 60                 20.117
///            142.943  error E_DECODE_17
///            145.985  mute and fullScreen off
/// 158.024  chapter 2 complete, sessionComplete
/// ```
fn by_hand() -> Value {
    let session = json!({
        // 12.087 + 3.040 + 10.124 + 20.117 = 45.368
        "timePlayed": 45,
        // 15.028 of ad 1, 0.001 between the ads, 10.023 of ad 2, and the content: 70.420
        "totalTimePlayed": 70,
        // 0 to 25 and 40 to 60
        "uniqueTimePlayed": 45,
        // 12.034 + 2.035 = 14.069
        "pauseTime": 14,
        "pauseCount": 2,
        "hasPauseImpactedStreams": true,
        // 4.033
        "bufferTime": 4,
        "bufferCount": 1,
        "hasBufferImpactedStreams": true,
        // Nowhere three samples without movement: the ping and the play after the ads share a ts.
        "stallCount": 0,
        "stallTime": 0,
        "isViewed": true,
        "isPlayed": true,
        "isCompleted": true,
        "isDroppedBeforeStart": false,
        // The last playhead is 60 of 60.
        "hasProgress10": true,
        "hasProgress25": true,
        "hasProgress50": true,
        "hasProgress75": true,
        "hasProgress95": true,
        // Playheads 0 to 60 s lie in the first five minutes.
        "segment": "[0-5]",
        "hasSegmentView": true,
        // 45 / 60
        "averageMinuteAudience": 0.75,
        // floor(70 / 1800) + 1
        "estimatedStreams": 1,
        "adCount": 2,
        "chapterCount": 2,
        "bitrateChangeCount": 1,
        "hasBitrateChangeImpactedStreams": true,
        // The only rate known while playing, taken as sent.
        "bitrateAverage": 1_600_000,
        "bitrateAverageBucket": "1600000-1600099",
        "framesPerSecond": 30,
        "droppedFrames": 4,
        "hasDroppedFrameImpactedStreams": true,
        // 2 ms, in whole seconds
        "timeToStart": 0,
        "errorCount": 1,
        "hasErrorImpactedStreams": true,
        "playerSdkErrors": ["E_DECODE_17"],
        "externalErrors": [],
        "hasResume": false,
        "name": "asset-1001",
        "friendlyName": "Sample feature",
        "length": 60,
        "contentType": "vod",
        "playerName": "sample player",
        "channel": "sample channel",
        "show": "The Show",
        "season": "2",
        "episode": "7",
        "network": "Net",
        "closeReason": "timeout-no-events",
    });
    let merged = |own: Value| {
        let mut all = json!({ "isUserLoggedIn": "false", "tvStation": "Station One" });
        for (key, value) in own.as_object().unwrap() {
            all[key] = value.clone();
        }
        all
    };
    let ads = json!([
        // 69.502 – 84.530
        { "podIndex": 1, "podPosition": 1, "length": 15, "isStarted": true, "isCompleted": true,
          "timePlayed": 15, "customMetadata": merged(json!({ "affiliate": "aff" })) },
        // 84.531 – 94.554
        { "podIndex": 1, "podPosition": 2, "length": 10, "isStarted": true, "isCompleted": true,
          "timePlayed": 10, "customMetadata": merged(json!({})) },
    ]);
    let chapters = json!([
        // 12.087 + 3.040 + (135.870 − 125.748) = 25.249
        { "index": 1, "offset": 0, "length": 30, "isStarted": true, "isCompleted": true,
          "timePlayed": 25, "customMetadata": merged(json!({ "segmentType": "intro" })) },
        // 0.002 + 20.117
        { "index": 2, "offset": 30, "length": 30, "isStarted": true, "isCompleted": true,
          "timePlayed": 20, "customMetadata": merged(json!({})) },
    ]);
    // 132.828 – 145.985
    let state = json!({ "isSet": true, "count": 1, "time": 13 });
    let states = json!({ "fullscreen": state, "mute": state });
    json!({ "expect": {
        "session": session, "ads": ads, "chapters": chapters, "states": states, "reports": {},
    } })
}

#[test]
fn the_recorded_session_has_the_numbers_worked_out_by_hand() {
    let server = manual();
    let recorded = vector::from_capture(&capture());
    let played = Replay::new(&server, 0).play(&recorded);
    let answer = played.answer(&server);
    let differences = vector::compare(&by_hand(), &answer);
    assert!(differences.is_empty(), "{differences:#?}");
    let truth = crate::vectors::without_reports(playhead_testkit::oracle::compute(&recorded));
    let differences = vector::diff(&answer, &truth);
    assert!(differences.is_empty(), "{differences:#?}");
}

fn alloy() -> Value {
    let file = "../playhead-testkit/captures/alloy-vod.json";
    vector::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

/// Replays the recording of the Web SDK, checks each answer, and gives the id of the session.
fn replay_alloy(server: &Server) -> String {
    let (mut door, mut console) = (server.door(), server.console());
    let mut sids: Option<(String, String)> = None;
    for exchange in alloy()["exchanges"].as_array().unwrap() {
        move_clock(&mut console, exchange["atMs"].as_u64().unwrap());
        let text = |member: &str| exchange[member].as_str().unwrap();
        let path = text("path").to_owned() + text("query");
        let mut body = exchange["requestJson"].to_string();
        if let Some((recorded, ours)) = &sids {
            body = body.replace(recorded, ours);
        }
        let headers = exchange["requestHeaders"].as_object().unwrap();
        let headers: Vec<(&str, &str)> = headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
            .collect();
        let answer = door.request("POST", &path, &headers, body.as_bytes());
        assert_eq!(
            u64::from(answer.status),
            exchange["status"],
            "{path}: {}",
            answer.text()
        );
        for (name, value) in exchange["responseHeaders"].as_object().unwrap() {
            assert_eq!(answer.header(name), value.as_str(), "{name} of {path}");
        }
        if answer.status == 200 {
            let recorded = &exchange["responseJson"]["handle"];
            let recorded_sid = recorded[0]["payload"][0]["sessionId"].as_str().unwrap();
            let ours = crate::vectors::new_session(&answer);
            sids = Some((recorded_sid.to_owned(), ours));
            let request_id = path.rsplit("requestId=").next().unwrap();
            assert_eq!(answer.json()["requestId"], request_id);
            let kinds = |handles: &Value| -> Vec<Value> {
                let handles = handles.as_array().unwrap().iter();
                handles.map(|handle| handle["type"].clone()).collect()
            };
            let mut recorded = kinds(recorded);
            // A hint where to send the rest is not needed where there is one place.
            recorded.retain(|kind| kind != "locationHint:result");
            assert_eq!(kinds(&answer.json()["handle"]), recorded);
        }
    }
    sids.unwrap().1
}

/// Times are seconds after 2026-11-23 08:26, from `xdm.timestamp`:
///
/// ```text
///  34.351  sessionStart, 60 s of vod, 800 kbit/s
///  35.430  adBreakStart
///  35.497 –  50.531  ad-1                              15.034
///  50.590 –  60.652  ad-2                              10.062
///  60.713  adBreakComplete: nothing played before it, so nothing plays after it
///  60.786 –  72.890  playing, playhead 0 → 12          12.104
///             60.851  chapter 1
///  72.890 –  84.929  paused                            12.039
///  84.929 –  87.964  playing, 12 → 15                   3.035
///  87.964 –  91.994  buffering                          4.030
///  91.994 – 102.155  playing, 15 → 25                  10.161
///             95.028  bitrate 1600, 30 fps, 4 frames dropped, 2 ms to start
///             99.058  fullScreen and mute on
///            102.091  chapter 1 complete
/// 102.155 – 104.192  paused: a seek from 25 to 40       2.037
/// 104.192 – 124.404  playing, 40 → 60                  20.212
///            104.256  chapter 2
///            109.283  error E_DECODE_17
///            112.315  mute and fullScreen off
///            124.342  chapter 2 complete
/// 124.404  sessionComplete
/// ```
fn alloy_by_hand() -> Value {
    let session = json!({
        // 12.104 + 3.035 + 10.161 + 20.212 = 45.512
        "timePlayed": 46,
        // 15.034 + 0.059 + 10.062 + 0.061 + 45.512 = 70.728
        "totalTimePlayed": 71,
        // Pings say 9 and 57; what is left to 12 and to 60 is more than had time to pass, so that
        // 2.039 and 2.026 count: [0, 11.039], [12, 25] and [40, 59.026].
        "uniqueTimePlayed": 43,
        // 12.039 + 2.037
        "pauseTime": 14,
        "pauseCount": 2,
        "bufferTime": 4,
        "bufferCount": 1,
        "stallCount": 0,
        "isViewed": true,
        "isPlayed": true,
        "isCompleted": true,
        "hasProgress95": true,
        "segment": "[0-5]",
        "averageMinuteAudience": 46.0 / 60.0,
        "estimatedStreams": 1,
        "adCount": 2,
        "chapterCount": 2,
        "bitrateChangeCount": 1,
        // 800 for the ads and 18.173 of content, 1600 for the other 27.339: 1109.7
        "bitrateAverage": 1_110,
        "bitrateAverageBucket": "1100-1199",
        "framesPerSecond": 30,
        "droppedFrames": 4,
        "timeToStart": 0,
        "errorCount": 1,
        "playerSdkErrors": ["E_DECODE_17"],
        "hasResume": false,
        "name": "asset-1001",
        "friendlyName": "Sample feature",
        "length": 60,
        "contentType": "VOD",
        "streamType": "video",
        "playerName": "sample player",
        "channel": "sample channel",
        "appVersion": "4.5.6",
        "show": "The Show",
        "season": "2",
        "episode": "7",
        "genreList": ["Drama"],
        "network": "Net",
        "closeReason": "timeout-no-events",
    });
    let custom = json!({ "isUserLoggedIn": "false", "tvStation": "Station One" });
    let merged = |key: &str, value: &str| {
        let mut all = custom.clone();
        all[key] = value.into();
        all
    };
    let ads = json!([
        { "podIndex": 1, "podPosition": 1, "length": 15, "isStarted": true, "isCompleted": true,
          "timePlayed": 15, "customMetadata": merged("affiliate", "aff") },
        { "podIndex": 1, "podPosition": 2, "length": 10, "isStarted": true, "isCompleted": true,
          "timePlayed": 10, "customMetadata": custom },
    ]);
    let chapters = json!([
        // 12.039 + 3.035 + (102.091 − 91.994) = 25.171
        { "index": 1, "offset": 0, "length": 30, "isStarted": true, "isCompleted": true,
          "timePlayed": 25, "customMetadata": merged("segmentType", "intro") },
        // 104.256 – 124.342
        { "index": 2, "offset": 30, "length": 30, "isStarted": true, "isCompleted": true,
          "timePlayed": 20, "customMetadata": custom },
    ]);
    // 99.058 – 112.315
    let state = json!({ "isSet": true, "count": 1, "time": 13 });
    json!({ "expect": {
        "session": session, "ads": ads, "chapters": chapters,
        "states": { "fullscreen": state, "mute": state }, "reports": {},
    }})
}

#[test]
fn the_recorded_web_sdk_gets_the_documented_answers_and_its_numbers() {
    let settings = "[edge]\norganisation = \"0A1B2C3D4E5F60718293A4B5@AdobeOrg\"\n";
    let server = crate::support::home()
        .settings(settings)
        .manual_clock()
        .serve();
    let sid = replay_alloy(&server);
    server.set_clock(700_000);
    let session = server.session(&sid);
    assert_eq!(session["state"], "closed");
    let answer = json!({ "sessions": [session], "reports": {} });
    let differences = vector::compare(&alloy_by_hand(), &answer);
    assert!(differences.is_empty(), "{differences:#?}");
}

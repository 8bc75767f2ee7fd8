//! Recorded traffic of a real player library, replayed.

use std::path::Path;

use playhead_testkit::process::move_clock;
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

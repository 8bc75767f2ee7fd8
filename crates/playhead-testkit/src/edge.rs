//! Requests of the Collection API as a client of the Media Edge API would send them.
//!
//! The two APIs do not say quite the same. [`common`] leaves of a body what both can say, so that
//! a view can be sent through either.

use serde_json::{Map, Value, json};

/// Key of the Collection API, object below `mediaCollection`, and name in it.
const NAMES: &[(&str, &str, &str)] = &[
    ("media.id", "sessionDetails", "name"),
    ("media.name", "sessionDetails", "friendlyName"),
    ("media.length", "sessionDetails", "length"),
    ("media.contentType", "sessionDetails", "contentType"),
    ("media.streamType", "sessionDetails", "streamType"),
    ("media.playerName", "sessionDetails", "playerName"),
    ("media.channel", "sessionDetails", "channel"),
    ("media.resume", "sessionDetails", "hasResume"),
    ("media.sdkVersion", "sessionDetails", "appVersion"),
    ("media.streamFormat", "sessionDetails", "streamFormat"),
    ("media.show", "sessionDetails", "show"),
    ("media.season", "sessionDetails", "season"),
    ("media.episode", "sessionDetails", "episode"),
    ("media.genre", "sessionDetails", "genre"),
    ("media.network", "sessionDetails", "network"),
    ("media.pass.auth", "sessionDetails", "authorized"),
    (
        "media.ad.podFriendlyName",
        "advertisingPodDetails",
        "friendlyName",
    ),
    ("media.ad.podIndex", "advertisingPodDetails", "index"),
    ("media.ad.podSecond", "advertisingPodDetails", "offset"),
    ("media.ad.id", "advertisingDetails", "name"),
    ("media.ad.name", "advertisingDetails", "friendlyName"),
    ("media.ad.length", "advertisingDetails", "length"),
    ("media.ad.podPosition", "advertisingDetails", "podPosition"),
    ("media.ad.playerName", "advertisingDetails", "playerName"),
    ("media.ad.advertiser", "advertisingDetails", "advertiser"),
    ("media.ad.campaignId", "advertisingDetails", "campaignID"),
    ("media.ad.creativeId", "advertisingDetails", "creativeID"),
    ("media.chapter.index", "chapterDetails", "index"),
    ("media.chapter.offset", "chapterDetails", "offset"),
    ("media.chapter.length", "chapterDetails", "length"),
    (
        "media.chapter.friendlyName",
        "chapterDetails",
        "friendlyName",
    ),
    ("media.qoe.bitrate", "qoeDataDetails", "bitrate"),
    ("media.qoe.droppedFrames", "qoeDataDetails", "droppedFrames"),
    (
        "media.qoe.framesPerSecond",
        "qoeDataDetails",
        "framesPerSecond",
    ),
    ("media.qoe.timeToStart", "qoeDataDetails", "timeToStart"),
    ("media.qoe.errorID", "errorDetails", "name"),
    ("media.qoe.errorSource", "errorDetails", "source"),
];

/// What routes a session in the Collection API.
const ROUTING: [&str; 3] = [
    "analytics.trackingServer",
    "analytics.reportSuite",
    "visitor.marketingCloudOrgId",
];

/// What of a body, or of an array of them, both APIs can say.
pub fn common(body: &Value) -> Value {
    match body {
        Value::Array(bodies) => bodies.iter().map(common).collect(),
        body => common_event(body),
    }
}

fn common_event(body: &Value) -> Value {
    let kind = body["eventType"].as_str().unwrap_or_default();
    let mut params = Map::new();
    for (key, value) in members(&body["params"]) {
        let is_kept = NAMES.iter().any(|(known, ..)| known == key)
            || ROUTING.contains(&key.as_str())
            || is_viewer(key, value)
            || (key == "media.downloaded" && *value == true)
            || (kind == "statesUpdate" && key.starts_with("states"));
        let is_of_another = key.starts_with("media.qoe.")
            || (kind == "adStart" && key == "media.ad.podFriendlyName");
        if is_kept && !is_of_another && !value.is_null() {
            params.insert(key.clone(), whole(key, value));
        }
    }
    let mut qoe = Map::new();
    for (key, value) in members(&body["qoeData"]) {
        let is_kept = NAMES.iter().any(|(known, ..)| known == key);
        let is_error = key.starts_with("media.qoe.error");
        if is_kept && (!is_error || kind == "error") {
            qoe.insert(key.clone(), whole(key, value));
        }
    }
    if kind == "error" {
        for (key, value) in [("errorID", "E0"), ("errorSource", "player")] {
            qoe.entry(format!("media.qoe.{key}"))
                .or_insert(value.into());
        }
    }
    let mut common = json!({
        "eventType": kind, "playerTime": body["playerTime"], "params": params, "qoeData": qoe,
    });
    if let "stateStart" | "stateEnd" = kind {
        let list = if kind == "stateStart" {
            "statesStart"
        } else {
            "statesEnd"
        };
        common["eventType"] = "statesUpdate".into();
        let name = &body["params"]["media.state.name"];
        common["params"] = json!({ list: [{ "media.state.name": name }] });
    }
    if let "sessionStart" | "adStart" | "chapterStart" = kind
        && body["customMetadata"].is_object()
    {
        common["customMetadata"] = body["customMetadata"].clone();
    }
    common
}

/// The viewer as an `identityMap` can name them.
fn is_viewer(key: &str, value: &Value) -> bool {
    match key {
        "visitor.marketingCloudUserId" | "appInstallationId" => value != "",
        key => key == "visitor.customerIDs",
    }
}

/// Lengths and offsets are whole seconds on Edge, and so are the numbers of quality.
fn whole(key: &str, value: &Value) -> Value {
    let is_whole = |key: &str| {
        [".length", ".offset", ".podSecond", ".bitrate"]
            .iter()
            .any(|end| key.ends_with(end))
    };
    match value.as_f64() {
        Some(number) if is_whole(key) => ((number + 0.5).floor() as i64).into(),
        _ => value.clone(),
    }
}

/// The same request for the Media Edge API: path and body.
///
/// # Panics
/// If the body has another form than [`common`] gives it.
pub fn request(path: &str, body: &Value) -> (String, Value) {
    if let Value::Array(bodies) = body {
        let events: Value = bodies.iter().map(downloaded_event).collect();
        let mut xdm = json!({ "eventType": "media.downloaded", "mediaDownloadedEvents": events });
        xdm["identityMap"] = identity_map(&bodies[0]);
        let path = format!("/ee/va/v1/downloaded?configId={}", suite(&bodies[0]));
        return (path, json!({ "events": [{ "xdm": xdm }] }));
    }
    let kind = body["eventType"].as_str().expect("an event has a type");
    let mut xdm = json!({
        "eventType": format!("media.{kind}"),
        "timestamp": timestamp(&body["playerTime"]["ts"]),
        "mediaCollection": media_collection(body),
    });
    let mut path_on_edge = format!("/ee/va/v1/{kind}");
    match path.strip_prefix("/api/v1/sessions/") {
        Some(rest) => {
            let sid = rest.split('/').next().unwrap_or_default();
            xdm["mediaCollection"]["sessionID"] = sid.into();
        }
        None => {
            xdm["identityMap"] = identity_map(body);
            path_on_edge += &format!("?configId={}", suite(body));
        }
    }
    (path_on_edge, json!({ "events": [{ "xdm": xdm }] }))
}

fn suite(start: &Value) -> &str {
    start["params"]["analytics.reportSuite"]
        .as_str()
        .unwrap_or_default()
}

fn downloaded_event(body: &Value) -> Value {
    let kind = body["eventType"].as_str().unwrap_or_default();
    json!({
        "mediaEventType": format!("media.{kind}"),
        "mediaEventTimestamp": timestamp(&body["playerTime"]["ts"]),
        "mediaCollection": media_collection(body),
    })
}

fn media_collection(body: &Value) -> Value {
    let mut collection = json!({ "playhead": body["playerTime"]["playhead"] });
    for part in ["params", "qoeData"] {
        for (key, value) in members(&body[part]) {
            if let Some((_, object, name)) = NAMES.iter().find(|(known, ..)| known == key) {
                collection[object][name] = value.clone();
            } else if let "statesStart" | "statesEnd" = key.as_str() {
                let states = value.as_array().into_iter().flatten();
                let names = states.map(|state| json!({ "name": state["media.state.name"] }));
                collection[key] = names.collect();
            }
        }
    }
    let metadata = body["customMetadata"].as_object();
    if let Some(metadata) = metadata {
        let entries = metadata.iter();
        let entries = entries.map(|(name, value)| json!({ "name": name, "value": value }));
        collection["customMetadata"] = entries.collect();
    }
    collection
}

fn identity_map(start: &Value) -> Value {
    const STATES: [&str; 3] = ["ambiguous", "authenticated", "loggedOut"];
    let params = &start["params"];
    let mut map = json!({});
    for (key, namespace) in [
        ("visitor.marketingCloudUserId", "ECID"),
        ("appInstallationId", "FPID"),
    ] {
        if let Some(id) = params[key].as_str() {
            map[namespace] = json!([{ "id": id }]);
        }
    }
    for (name, entry) in members(&params["visitor.customerIDs"]) {
        map[name] = json!([{ "id": entry["id"] }]);
        let state = entry["authState"]
            .as_u64()
            .and_then(|state| STATES.get(state as usize));
        if let Some(state) = state {
            map[name][0]["authenticatedState"] = (*state).into();
        }
    }
    map
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// Milliseconds since 1970 as ISO 8601 writes them.
fn timestamp(ms: &Value) -> String {
    let ms = ms.as_i64().expect("a time is an integer");
    let (day, ms_of_day) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000));
    let (year, month, day) = date(day);
    let (seconds, ms) = (ms_of_day / 1_000, ms_of_day % 1_000);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
}

/// Counts through the calendar.
fn date(mut day: i64) -> (i64, i64, i64) {
    let mut year = 1970;
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = |year: i64| 365 + i64::from(is_leap(year));
    while day >= days(year) {
        day -= days(year);
        year += 1;
    }
    while day < 0 {
        year -= 1;
        day += days(year);
    }
    let february = 28 + i64::from(is_leap(year));
    let months = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while day >= months[month] {
        day -= months[month];
        month += 1;
    }
    (year, month as i64 + 1, day + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_iso_8601() {
        for (ms, text) in [
            (0_i64, "1970-01-01T00:00:00.000Z"),
            (1_767_323_045_678, "2026-01-02T03:04:05.678Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(timestamp(&ms.into()), text);
        }
    }
}

//! Test vectors: loading one, and comparing answers with what it expects or with each other.
//!
//! An expectation names only what it asserts (metrics section 12): the names it lists, and whole
//! reports, states, maps of custom metadata and lists of ads or chapters.

mod capture;
mod equality;
#[cfg(test)]
mod tests;

use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Map, Value};

pub use capture::{from_capture, recorded_statuses};
use equality::{agree, is_empty};

/// Names of section 10 and 12 that every answer must carry alike; extra names of an answer are
/// its own affair.
const SESSION_NAMES: &[&str] = &[
    "isViewed",
    "isPlayed",
    "isCompleted",
    "hasResume",
    "timePlayed",
    "totalTimePlayed",
    "uniqueTimePlayed",
    "hasProgress10",
    "hasProgress25",
    "hasProgress50",
    "hasProgress75",
    "hasProgress95",
    "hasSegmentView",
    "averageMinuteAudience",
    "estimatedStreams",
    "pauseCount",
    "hasPauseImpactedStreams",
    "pauseTime",
    "authorized",
    "isFederated",
    "adCount",
    "chapterCount",
    "secondsSinceLastCall",
    "timeToStart",
    "isDroppedBeforeStart",
    "bufferCount",
    "hasBufferImpactedStreams",
    "bufferTime",
    "stallCount",
    "hasStallImpactedStreams",
    "stallTime",
    "bitrateAverage",
    "bitrateAverageBucket",
    "bitrateChangeCount",
    "hasBitrateChangeImpactedStreams",
    "droppedFrames",
    "hasDroppedFrameImpactedStreams",
    "errorCount",
    "hasErrorImpactedStreams",
    "framesPerSecond",
    "rebufferCount",
    "rebufferTime",
    "timeToFirstPlay",
    "isStartFailure",
    "isExitBeforeStart",
    "isPlaybackFailure",
    "playerSdkErrors",
    "externalErrors",
    "segment",
    "closeReason",
    "name",
    "friendlyName",
    "length",
    "contentType",
    "streamType",
    "playerName",
    "channel",
    "appVersion",
    "isDownloaded",
    "adLoad",
    "show",
    "season",
    "episode",
    "assetID",
    "genreList",
    "firstAirDate",
    "firstDigitalDate",
    "rating",
    "originator",
    "network",
    "showType",
    "mvpd",
    "dayPart",
    "feed",
    "streamFormat",
    "artist",
    "album",
    "label",
    "author",
    "station",
    "publisher",
];

/// Names of an ad or a chapter that section 12 gives.
const PART_NAMES: &[&str] = &[
    "id",
    "podIndex",
    "podPosition",
    "index",
    "offset",
    "length",
    "isStarted",
    "isCompleted",
    "timePlayed",
    "customMetadata",
];

/// Names of an ad or a chapter that section 12 leaves open: compared where both answers have them.
const SHARED_PART_NAMES: &[&str] = &[
    "name",
    "friendlyName",
    "playerName",
    "advertiser",
    "campaignID",
    "creativeID",
    "creativeURL",
    "placementID",
    "siteID",
    "podID",
    "podFriendlyName",
    "podOffset",
];

const REPORTS: &[&str] = &[
    "concurrentViewers",
    "concurrentSessions",
    "playbackTimeSpent",
    "contentTimeByPlayheadMinute",
];

/// Reads a vector file.
///
/// # Errors
/// If the file cannot be read or is not JSON.
pub fn load(path: &Path) -> io::Result<Value> {
    let text = fs::read_to_string(path)?;
    serde_json::from_str(&text).map_err(io::Error::from)
}

/// Compares an answer with the `expect` of a vector; every difference is one line.
pub fn compare(vector: &Value, answer: &Value) -> Vec<String> {
    let expect = &vector["expect"];
    let sessions = answer["sessions"].as_array().map_or(&[][..], Vec::as_slice);
    let mut differences = Vec::new();
    match expect["sessions"].as_array() {
        Some(expected) => {
            differences.extend(length_difference("sessions", expected, sessions));
            for (index, (expected, found)) in expected.iter().zip(sessions).enumerate() {
                let at = format!("sessions[{index}]");
                differences.extend(compare_session(&at, expected, found));
            }
        }
        None => {
            differences.extend(length_difference(
                "sessions",
                std::slice::from_ref(expect),
                sessions,
            ));
            let found = sessions.first().unwrap_or(&Value::Null);
            differences.extend(compare_session("sessions[0]", expect, found));
        }
    }
    for (name, expected) in object(&expect["reports"]) {
        differences.extend(diff_map(
            &format!("reports.{name}"),
            expected,
            &answer["reports"][name],
        ));
    }
    differences
}

fn compare_session(at: &str, expected: &Value, found: &Value) -> Vec<String> {
    let mut differences = listed(
        &format!("{at}.session"),
        &expected["session"],
        &found["session"],
    );
    for list in ["ads", "chapters"] {
        let Some(parts) = expected[list].as_array() else {
            continue;
        };
        let found_parts = found[list].as_array().map_or(&[][..], Vec::as_slice);
        let at = format!("{at}.{list}");
        differences.extend(length_difference(&at, parts, found_parts));
        for (index, (part, found)) in parts.iter().zip(found_parts).enumerate() {
            differences.extend(listed(&format!("{at}[{index}]"), part, found));
        }
    }
    if expected.get("states").is_some() {
        let at = format!("{at}.states");
        differences.extend(diff_states(&at, &expected["states"], &found["states"]));
    }
    differences
}

/// Compares the names that the expectation lists.
fn listed(at: &str, expected: &Value, found: &Value) -> Vec<String> {
    let names = object(expected).keys().map(String::as_str);
    diff_names(at, names, expected, found)
}

/// Compares two whole answers; every difference is one line.
pub fn diff(one: &Value, other: &Value) -> Vec<String> {
    let sessions = |answer: &Value| answer["sessions"].as_array().cloned().unwrap_or_default();
    let (ones, others) = (sessions(one), sessions(other));
    let mut differences: Vec<String> = length_difference("sessions", &ones, &others)
        .into_iter()
        .collect();
    for (index, (one, other)) in ones.iter().zip(&others).enumerate() {
        let at = format!("sessions[{index}]");
        differences.extend(diff_session(&at, one, other));
    }
    for name in REPORTS {
        let at = format!("reports.{name}");
        differences.extend(diff_map(
            &at,
            &one["reports"][name],
            &other["reports"][name],
        ));
    }
    differences
}

fn diff_session(at: &str, one: &Value, other: &Value) -> Vec<String> {
    let names = SESSION_NAMES.iter().copied();
    let mut differences = diff_names(
        &format!("{at}.session"),
        names,
        &one["session"],
        &other["session"],
    );
    for list in ["ads", "chapters"] {
        let at = format!("{at}.{list}");
        let parts = |session: &Value| session[list].as_array().cloned().unwrap_or_default();
        let (ones, others) = (parts(one), parts(other));
        differences.extend(length_difference(&at, &ones, &others));
        for (index, (one, other)) in ones.iter().zip(&others).enumerate() {
            let shared = SHARED_PART_NAMES
                .iter()
                .filter(|name| one.get(**name).is_some() && other.get(**name).is_some());
            let names = PART_NAMES.iter().chain(shared).copied();
            differences.extend(diff_names(&format!("{at}[{index}]"), names, one, other));
        }
    }
    differences.extend(diff_states(
        &format!("{at}.states"),
        &one["states"],
        &other["states"],
    ));
    differences
}

fn diff_names<'a>(
    at: &str,
    names: impl Iterator<Item = &'a str>,
    one: &Value,
    other: &Value,
) -> Vec<String> {
    names
        .filter(|name| !agree(name, &one[*name], &other[*name]))
        .map(|name| format!("{at}.{name}: {} against {}", one[name], other[name]))
        .collect()
}

fn diff_states(at: &str, one: &Value, other: &Value) -> Vec<String> {
    let mut differences = Vec::new();
    for name in union_of_keys(one, other) {
        let at = format!("{at}.{name}");
        if one.get(&name).is_none() || other.get(&name).is_none() {
            differences.push(format!("{at}: {} against {}", one[&name], other[&name]));
            continue;
        }
        let names = ["isSet", "count", "time"].into_iter();
        differences.extend(diff_names(&at, names, &one[&name], &other[&name]));
    }
    differences
}

/// Compares whole maps of numbers, where a key that is absent counts as 0.
fn diff_map(at: &str, one: &Value, other: &Value) -> Vec<String> {
    union_of_keys(one, other)
        .into_iter()
        .filter(|key| !agree(key, &one[key], &other[key]))
        .map(|key| format!("{at}.{key}: {} against {}", one[&key], other[&key]))
        .collect()
}

fn length_difference(at: &str, one: &[Value], other: &[Value]) -> Option<String> {
    let differ = one.len() != other.len();
    differ.then(|| format!("{at}: {} entries against {}", one.len(), other.len()))
}

fn union_of_keys(one: &Value, other: &Value) -> Vec<String> {
    let mut keys: Vec<String> = object(one)
        .keys()
        .chain(object(other).keys())
        .cloned()
        .collect();
    keys.sort();
    keys.dedup();
    keys
}

fn object(value: &Value) -> &Map<String, Value> {
    static EMPTY: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
    debug_assert!(
        value.is_object() || is_empty(value),
        "a map is expected, not {value}"
    );
    value.as_object().unwrap_or(&EMPTY)
}

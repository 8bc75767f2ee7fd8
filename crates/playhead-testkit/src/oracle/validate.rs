//! What the door refuses: protocol section 2 in the lenient profile.
//!
//! Required keys and types are enforced, unknown keys are not, null is "key absent", an integer may
//! have a fraction, and `media.qoe.errorID` may be a number (2.4).

use serde_json::Value;

use super::json::{integer, member};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Text,
    /// A number, or an integer: the same thing when fractions are rounded rather than refused.
    Number,
    Flag,
    CustomerIds,
    StateName,
    StateNames,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    Required,
    Optional,
}

use Need::{Optional, Required};
use Type::{CustomerIds, Flag, Number, StateName, StateNames, Text};

type Key = (&'static str, Type, Need);

const SESSION_START: &[Key] = &[
    ("analytics.trackingServer", Text, Required),
    ("analytics.reportSuite", Text, Required),
    ("analytics.enableSSL", Flag, Optional),
    ("analytics.visitorId", Text, Optional),
    ("analytics.aid", Text, Optional),
    ("analytics.optOutServerSideForwarding", Flag, Optional),
    ("analytics.optOutShare", Flag, Optional),
    ("analytics.optOutSellToThirdParty", Flag, Optional),
    ("visitor.marketingCloudOrgId", Text, Required),
    ("visitor.marketingCloudUserId", Text, Optional),
    ("visitor.aamLocationHint", Number, Optional),
    ("visitor.customerIDs", CustomerIds, Optional),
    ("appInstallationId", Text, Optional),
    ("media.id", Text, Required),
    ("media.name", Text, Optional),
    ("media.length", Number, Required),
    ("media.contentType", Text, Required),
    ("media.streamType", Text, Optional),
    ("media.playerName", Text, Required),
    ("media.channel", Text, Required),
    ("media.resume", Flag, Optional),
    ("media.downloaded", Flag, Optional),
    ("media.sdkVersion", Text, Optional),
    ("media.libraryVersion", Text, Optional),
    ("media.streamFormat", Text, Optional),
    ("media.show", Text, Optional),
    ("media.season", Text, Optional),
    ("media.episode", Text, Optional),
    ("media.assetId", Text, Optional),
    ("media.genre", Text, Optional),
    ("media.firstAirDate", Text, Optional),
    ("media.firstDigitalDate", Text, Optional),
    ("media.rating", Text, Optional),
    ("media.originator", Text, Optional),
    ("media.network", Text, Optional),
    ("media.showType", Text, Optional),
    ("media.adLoad", Text, Optional),
    ("media.pass.mvpd", Text, Optional),
    ("media.pass.auth", Text, Optional),
    ("media.dayPart", Text, Optional),
    ("media.feed", Text, Optional),
    ("media.artist", Text, Optional),
    ("media.album", Text, Optional),
    ("media.label", Text, Optional),
    ("media.author", Text, Optional),
    ("media.publisher", Text, Optional),
    ("media.station", Text, Optional),
];

const AD_BREAK_START: &[Key] = &[
    ("media.ad.podFriendlyName", Text, Optional),
    ("media.ad.podIndex", Number, Required),
    ("media.ad.podSecond", Number, Required),
];

const AD_START: &[Key] = &[
    ("media.ad.podFriendlyName", Text, Optional),
    ("media.ad.id", Text, Required),
    ("media.ad.name", Text, Optional),
    ("media.ad.length", Number, Required),
    ("media.ad.podPosition", Number, Required),
    ("media.ad.playerName", Text, Required),
    ("media.ad.advertiser", Text, Optional),
    ("media.ad.campaignId", Text, Optional),
    ("media.ad.creativeId", Text, Optional),
    ("media.ad.siteId", Text, Optional),
    ("media.ad.creativeURL", Text, Optional),
    ("media.ad.placementId", Text, Optional),
];

const CHAPTER_START: &[Key] = &[
    ("media.chapter.friendlyName", Text, Optional),
    ("media.chapter.index", Number, Required),
    ("media.chapter.offset", Number, Required),
    ("media.chapter.length", Number, Required),
];

const STATE: &[Key] = &[("media.state.name", StateName, Required)];

const STATES_UPDATE: &[Key] = &[
    ("statesStart", StateNames, Optional),
    ("statesEnd", StateNames, Optional),
];

const ERROR: &[Key] = &[
    ("media.errorId", Text, Optional),
    ("media.errorSource", Text, Optional),
];

const QUALITY_NUMBERS: &[&str] = &[
    "media.qoe.bitrate",
    "media.qoe.droppedFrames",
    "media.qoe.framesPerSecond",
    "media.qoe.timeToStart",
];

/// The keys of `params` that an event type knows, or nothing for an unknown type (protocol 4).
fn keys_of(event_type: &str) -> Option<&'static [Key]> {
    Some(match event_type {
        "sessionStart" => SESSION_START,
        "adBreakStart" => AD_BREAK_START,
        "adStart" => AD_START,
        "chapterStart" => CHAPTER_START,
        "stateStart" | "stateEnd" => STATE,
        "statesUpdate" => STATES_UPDATE,
        "error" => ERROR,
        "sessionComplete" | "sessionEnd" | "play" | "ping" | "pauseStart" | "bufferStart"
        | "bitrateChange" | "adBreakComplete" | "adComplete" | "adSkip" | "chapterComplete"
        | "chapterSkip" => &[],
        _ => return None,
    })
}

/// Whether a body is a well-formed `sessionStart` object.
pub(crate) fn is_session_start(body: &Value) -> bool {
    is_event(body) && body["eventType"] == "sessionStart"
}

/// Whether a body is a well-formed event other than `sessionStart`.
pub(crate) fn is_later_event(body: &Value) -> bool {
    is_event(body) && body["eventType"] != "sessionStart"
}

/// Whether a body is a well-formed batch: one `sessionStart` first and no other (protocol 7).
pub(crate) fn is_batch(body: &Value) -> bool {
    let Some(elements) = body.as_array() else {
        return false;
    };
    let Some((first, rest)) = elements.split_first() else {
        return false;
    };
    is_session_start(first) && rest.iter().all(is_later_event)
}

fn is_event(body: &Value) -> bool {
    let Some(keys) = member(body, "eventType")
        .and_then(Value::as_str)
        .and_then(keys_of)
    else {
        return false;
    };
    is_player_time(member(body, "playerTime"))
        && is_params(member(body, "params"), keys)
        && is_quality(member(body, "qoeData"))
        && is_custom_metadata(member(body, "customMetadata"))
}

fn is_player_time(player_time: Option<&Value>) -> bool {
    let Some(player_time) = player_time else {
        return false;
    };
    let playhead = member(player_time, "playhead").is_some_and(Value::is_number);
    let ts = member(player_time, "ts")
        .filter(|ts| ts.is_number())
        .and_then(integer);
    playhead && ts.is_some_and(|ts| i64::try_from(ts).is_ok())
}

fn is_params(params: Option<&Value>, keys: &[Key]) -> bool {
    let Some(params) = params else {
        return keys.iter().all(|(_, _, need)| *need == Optional);
    };
    params.is_object()
        && keys
            .iter()
            .all(|(key, kind, need)| match member(params, key) {
                Some(value) => has_type(value, *kind),
                None => *need == Optional,
            })
}

fn has_type(value: &Value, kind: Type) -> bool {
    match kind {
        Text => value.is_string(),
        Number => value.is_number(),
        Flag => value.is_boolean(),
        CustomerIds => value.as_object().is_some_and(|ids| {
            ids.values()
                .filter(|entry| !entry.is_null())
                .all(is_customer_id)
        }),
        StateName => value.as_str().is_some_and(is_state_name),
        StateNames => value.as_array().is_some_and(|names| {
            names.iter().all(|entry| {
                member(entry, "media.state.name").is_some_and(|name| has_type(name, StateName))
            })
        }),
    }
}

fn is_customer_id(entry: &Value) -> bool {
    let auth_state = member(entry, "authState").is_none_or(|state| {
        state.is_number() && integer(state).is_some_and(|state| (0..=2).contains(&state))
    });
    auth_state && member(entry, "id").is_some_and(Value::is_string)
}

fn is_state_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && is_plain(name)
}

/// Matches `^[a-zA-Z0-9_.]+$` (protocol 2.5, 5.4).
fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.')
}

fn is_quality(quality: Option<&Value>) -> bool {
    let Some(quality) = quality else { return true };
    quality.is_object()
        && QUALITY_NUMBERS
            .iter()
            .all(|key| member(quality, key).is_none_or(Value::is_number))
        && member(quality, "media.qoe.errorID").is_none_or(|id| id.is_string() || id.is_number())
        && member(quality, "media.qoe.errorSource").is_none_or(Value::is_string)
}

fn is_custom_metadata(map: Option<&Value>) -> bool {
    let Some(map) = map else { return true };
    map.as_object().is_some_and(|map| {
        map.iter()
            .all(|(key, value)| is_plain(key) && (value.is_string() || value.is_null()))
    })
}

//! Every metric of a session as a fold over its finished timeline.

use std::collections::BTreeMap;

use md5::{Digest, Md5};
use serde_json::{Map, Value, json};

use super::arrival::{Reason, STILL_MS, Session};
use super::event::Event;
use super::json::{integer, members, number, seconds_of_ms, seconds_of_us};
use super::player::{Context, Part, Register};
use super::timeline::{Interval, Timeline, quality_value};

/// Session dimensions: the key of `sessionStart` and the last name of the XDM path (10.2).
const SESSION_DIMENSIONS: &[(&str, &str)] = &[
    ("media.id", "name"),
    ("media.name", "friendlyName"),
    ("media.length", "length"),
    ("media.contentType", "contentType"),
    ("media.streamType", "streamType"),
    ("media.playerName", "playerName"),
    ("media.channel", "channel"),
    ("media.sdkVersion", "appVersion"),
    ("media.adLoad", "adLoad"),
    ("media.show", "show"),
    ("media.season", "season"),
    ("media.episode", "episode"),
    ("media.assetId", "assetID"),
    ("media.firstAirDate", "firstAirDate"),
    ("media.firstDigitalDate", "firstDigitalDate"),
    ("media.rating", "rating"),
    ("media.originator", "originator"),
    ("media.network", "network"),
    ("media.showType", "showType"),
    ("media.pass.mvpd", "mvpd"),
    ("media.pass.auth", "authorized"),
    ("media.dayPart", "dayPart"),
    ("media.feed", "feed"),
    ("media.streamFormat", "streamFormat"),
    ("media.artist", "artist"),
    ("media.album", "album"),
    ("media.label", "label"),
    ("media.author", "author"),
    ("media.station", "station"),
    ("media.publisher", "publisher"),
];

const AD_DIMENSIONS: &[(&str, &str)] = &[
    ("media.ad.id", "id"),
    ("media.ad.id", "name"),
    ("media.ad.name", "friendlyName"),
    ("media.ad.length", "length"),
    ("media.ad.playerName", "playerName"),
    ("media.ad.advertiser", "advertiser"),
    ("media.ad.campaignId", "campaignID"),
    ("media.ad.creativeId", "creativeID"),
    ("media.ad.creativeURL", "creativeURL"),
    ("media.ad.placementId", "placementID"),
    ("media.ad.siteId", "siteID"),
];

const MARKERS: [i128; 5] = [10, 25, 50, 75, 95];

/// The row of a closed session: session, ads, chapters and states.
pub(crate) fn row(session: &Session) -> Value {
    let timeline = Timeline::of(&session.accepted, &session.media);
    json!({
        "session": session_metrics(session, &timeline),
        "ads": ads(session, &timeline),
        "chapters": chapters(session, &timeline),
        "states": states(&timeline),
    })
}

fn session_metrics(session: &Session, timeline: &Timeline) -> Value {
    let mut row = dimensions(session);
    starts_and_times(session, timeline, &mut row);
    progress(session, timeline, &mut row);
    playback_counts(timeline, &mut row);
    quality(session, timeline, &mut row);
    ours(session, timeline, &mut row);
    row.insert(
        "secondsSinceLastCall".into(),
        number(seconds_since_last_call(session)),
    );
    row.insert("closeReason".into(), reason(session).name().into());
    Value::Object(row)
}

fn dimensions(session: &Session) -> Map<String, Value> {
    let start = &session.accepted[0];
    let mut row = copied(start, SESSION_DIMENSIONS);
    // D4
    if row.get("contentType").is_some_and(|kind| kind == "") {
        row.insert("contentType".into(), "missing_content_type".into());
    }
    // D15
    if let Some(genre) = start.text("media.genre") {
        row.insert("genreList".into(), genres(genre).into());
    }
    // D9: true or absent.
    if session.downloaded {
        row.insert("isDownloaded".into(), true.into());
    }
    row.insert("customMetadata".into(), merged(start, start));
    row
}

fn copied(event: &Event, names: &[(&str, &str)]) -> Map<String, Value> {
    let mut row = Map::new();
    for (key, name) in names {
        if let Some(value) = event.param(key) {
            row.insert((*name).into(), value.clone());
        }
    }
    row
}

fn genres(list: &str) -> Vec<String> {
    let mut genres: Vec<String> = Vec::new();
    for item in list.split(',').map(str::trim) {
        if !item.is_empty() && !genres.iter().any(|known| known == item) {
            genres.push(item.to_owned());
        }
    }
    genres
}

/// R5.9: the session's map, with the map of the part's own start event on top.
fn merged(start: &Event, own: &Event) -> Value {
    let mut map = members(start.custom_metadata());
    map.extend(members(own.custom_metadata()));
    map.retain(|_, value| !value.is_null());
    Value::Object(map)
}

fn starts_and_times(session: &Session, timeline: &Timeline, row: &mut Map<String, Value>) {
    let resumed = session.accepted[0].param("media.resume") == Some(&Value::Bool(true));
    let played = made_played(timeline).is_some();
    row.insert("isViewed".into(), (!resumed).into());
    row.insert("hasResume".into(), resumed.into());
    row.insert("isPlayed".into(), played.into());
    row.insert("hasSegmentView".into(), played.into());
    row.insert("isDroppedBeforeStart".into(), (!played).into());
    row.insert("isCompleted".into(), timeline.player.completed.into());

    let content_ms = timeline.total_ms(Interval::is_content);
    let ad_ms = timeline.total_ms(Interval::is_ad);
    let gap_ms = timeline.total_ms(Interval::is_gap);
    let content = seconds_of_ms(content_ms);
    // M6: added up in ms, then rounded once.
    let total = seconds_of_ms(content_ms + ad_ms + gap_ms);
    row.insert("timePlayed".into(), number(content));
    row.insert("totalTimePlayed".into(), number(total));
    row.insert(
        "uniqueTimePlayed".into(),
        number(seconds_of_us(unique_us(&timeline.watched))),
    );
    // R4.8, from the reported values.
    row.insert(
        "estimatedStreams".into(),
        number(total.div_euclid(1_800) + 1),
    );
    if session.media.has_length() {
        let audience = content as f64 / session.media.length;
        row.insert("averageMinuteAudience".into(), audience.into());
    }
}

/// The length of the union of the watched intervals (R4.5).
pub(crate) fn unique_us(watched: &[(i128, i128)]) -> i128 {
    let mut sorted = watched.to_vec();
    sorted.sort_unstable();
    let mut union = 0;
    let mut covered_to = i128::MIN;
    for (from, to) in sorted {
        let from = from.max(covered_to);
        if to > from {
            union += to - from;
            covered_to = to;
        }
    }
    union
}

/// R4.2 and R4.6: the event that made `isPlayed` true.
fn made_played(timeline: &Timeline) -> Option<usize> {
    let by_content = timeline
        .intervals
        .iter()
        .find(|interval| interval.is_content() && interval.ms() > 0)
        .map(|interval| interval.ended_by);
    timeline
        .player
        .first_play
        .into_iter()
        .chain(by_content)
        .min()
}

/// R4.6 and R4.7: both look at the considered playheads.
fn progress(session: &Session, timeline: &Timeline, row: &mut Map<String, Value>) {
    let Some(first) = made_played(timeline) else {
        return;
    };
    let origin = if session.media.live {
        timeline.playheads[first]
    } else {
        0
    };
    let considered = timeline.playheads[first..]
        .iter()
        .map(|playhead| playhead - origin);
    let lowest = considered
        .clone()
        .min()
        .expect("the first considered event is in the list");
    let highest = considered
        .max()
        .expect("the first considered event is in the list");

    if session.media.has_length() {
        for marker in MARKERS {
            let reached = highest * 100 >= marker * session.media.length_us;
            row.insert(format!("hasProgress{marker}"), reached.into());
        }
    }

    let five_minutes = 300_000_000;
    let from = 5 * lowest.div_euclid(five_minutes);
    let rounded_up = -(-highest).div_euclid(five_minutes);
    let to = (from + 5).max(5 * rounded_up);
    row.insert("segment".into(), format!("[{from}-{to}]").into());
}

fn playback_counts(timeline: &Timeline, row: &mut Map<String, Value>) {
    let player = &timeline.player;
    let in_state = |state: Register| timeline.total_ms(|interval| interval.register == state);
    let stalled = timeline.total_ms(|interval| interval.stalled);
    let stalls = timeline.stalls.len() as i128;
    row.insert("pauseCount".into(), number(player.pauses));
    row.insert("hasPauseImpactedStreams".into(), (player.pauses > 0).into());
    row.insert(
        "pauseTime".into(),
        number(seconds_of_ms(in_state(Register::Paused))),
    );
    row.insert("bufferCount".into(), number(player.buffers));
    row.insert(
        "hasBufferImpactedStreams".into(),
        (player.buffers > 0).into(),
    );
    row.insert(
        "bufferTime".into(),
        number(seconds_of_ms(in_state(Register::Buffering))),
    );
    row.insert("stallCount".into(), number(stalls));
    row.insert("hasStallImpactedStreams".into(), (stalls > 0).into());
    row.insert("stallTime".into(), number(seconds_of_ms(stalled)));
    row.insert("adCount".into(), player.ads.len().into());
    row.insert("chapterCount".into(), player.chapters.len().into());
}

/// Section 8.
fn quality(session: &Session, timeline: &Timeline, row: &mut Map<String, Value>) {
    let events = &session.accepted;
    let count = |kind: &str| events.iter().filter(|event| event.is(kind)).count();
    let last = |name: &str| {
        events
            .iter()
            .rev()
            .find_map(|event| quality_value(event, name))
    };

    if let Some(average) = average_bitrate(timeline) {
        let from = 100 * average.div_euclid(100);
        row.insert("bitrateAverage".into(), number(average));
        row.insert(
            "bitrateAverageBucket".into(),
            format!("{from}-{}", from + 99).into(),
        );
    }
    row.insert("bitrateChangeCount".into(), count("bitrateChange").into());
    row.insert(
        "hasBitrateChangeImpactedStreams".into(),
        (count("bitrateChange") > 0).into(),
    );
    row.insert("errorCount".into(), count("error").into());
    row.insert(
        "hasErrorImpactedStreams".into(),
        (count("error") > 0).into(),
    );
    let dropped = last("droppedFrames").unwrap_or(0);
    row.insert("droppedFrames".into(), number(dropped));
    row.insert(
        "hasDroppedFrameImpactedStreams".into(),
        (dropped > 0).into(),
    );
    if let Some(ms) = last("timeToStart") {
        row.insert("timeToStart".into(), number(seconds_of_ms(ms)));
    }
    if let Some(rate) = last("framesPerSecond") {
        row.insert("framesPerSecond".into(), number(rate));
    }
    let (player, external) = error_ids(events);
    row.insert("playerSdkErrors".into(), player.into());
    row.insert("externalErrors".into(), external.into());
}

/// R4.9, R4.10 and R8.5.
fn ours(session: &Session, timeline: &Timeline, row: &mut Map<String, Value>) {
    let events = &session.accepted;
    let start = made_played(timeline);
    let after_start = |index: usize| start.is_some_and(|start| index >= start);
    let buffers = timeline.player.main_buffers.iter();
    let rebuffers = buffers.filter(|index| after_start(**index)).count();
    let rebuffer_ms = timeline.total_ms(|interval| {
        interval.register == Register::Buffering
            && interval.context == Context::Main
            && after_start(interval.ended_by - 1)
    });
    row.insert("rebufferCount".into(), rebuffers.into());
    row.insert("rebufferTime".into(), number(seconds_of_ms(rebuffer_ms)));
    if let Some(play) = events.iter().find(|event| event.is("play")) {
        let ms = play.ts - events[0].ts;
        row.insert("timeToFirstPlay".into(), number(seconds_of_ms(ms)));
    }
    let last_error = events.iter().rposition(|event| event.is("error"));
    let failed = last_error.is_some_and(|error| {
        let content = |interval: &Interval| interval.is_content() && interval.ended_by > error;
        timeline.total_ms(content) < 10_000
    });
    let played = start.is_some();
    let has_error = last_error.is_some();
    row.insert("isStartFailure".into(), (!played && has_error).into());
    row.insert("isExitBeforeStart".into(), (!played && !has_error).into());
    let is_failure = played && failed && !timeline.player.completed;
    row.insert("isPlaybackFailure".into(), is_failure.into());
}

/// R8.1: weighted by playing time in content and ads, rounded half up.
fn average_bitrate(timeline: &Timeline) -> Option<i128> {
    let mut weight = 0;
    let mut sum = 0;
    for interval in &timeline.intervals {
        if let Some(rate) = interval.bitrate
            && (interval.is_content() || interval.is_ad())
        {
            weight += interval.ms();
            sum += interval.ms() * rate;
        }
    }
    (weight > 0).then(|| (2 * sum + weight).div_euclid(2 * weight))
}

/// R8.2: distinct ids by source, in order of first appearance.
fn error_ids(events: &[Event]) -> (Vec<String>, Vec<String>) {
    let (mut player, mut external) = (Vec::new(), Vec::new());
    for event in events.iter().filter(|event| event.is("error")) {
        let id = event
            .param("media.errorId")
            .or_else(|| event.quality("media.qoe.errorID"));
        let source = event
            .param("media.errorSource")
            .or_else(|| event.quality("media.qoe.errorSource"));
        let is_external = source.and_then(Value::as_str) == Some("external");
        let list = if is_external {
            &mut external
        } else {
            &mut player
        };
        let Some(id) = id else { continue };
        // Protocol 2.4: a number is turned into a string.
        let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        if !list.contains(&id) {
            list.push(id);
        }
    }
    (player, external)
}

fn reason(session: &Session) -> Reason {
    session
        .close
        .expect("the clock ran until every session was closed")
        .reason
}

/// M23.
fn seconds_since_last_call(session: &Session) -> i128 {
    let events = &session.accepted;
    let last = events.last().expect("sessionStart is accepted").ts;
    match reason(session) {
        Reason::SessionEnd => seconds_of_ms(last - events[events.len() - 2].ts),
        Reason::NoEvents if session.downloaded => 0,
        Reason::NoEvents => 600,
        Reason::NoPlayheadChange => seconds_of_ms(session.last_change_ts() + STILL_MS - last),
        Reason::SessionAge => 0,
    }
}

fn ads(session: &Session, timeline: &Timeline) -> Vec<Value> {
    let ads = timeline.player.ads.iter().enumerate();
    ads.map(|(index, ad)| {
        let start = &session.accepted[ad.opened_by];
        let ms = timeline.total_ms(|interval| interval.ad == Some(index) && interval.is_ad());
        let mut row = part(session, ad, ms);
        row.extend(copied(start, AD_DIMENSIONS));
        if let Some(position) = start.param("media.ad.podPosition").and_then(integer) {
            row.insert("podPosition".into(), number(position));
        }
        let in_break = ad.in_break.expect("an ad belongs to a break");
        let opener = timeline.player.breaks[in_break].opened_by;
        row.extend(pod(session, &session.accepted[opener]));
        Value::Object(row)
    })
    .collect()
}

/// D58 to D60, under names that cannot be taken for those of the ad.
fn pod(session: &Session, opener: &Event) -> Map<String, Value> {
    let mut row = copied(
        opener,
        &[
            ("media.ad.podFriendlyName", "podFriendlyName"),
            ("media.ad.podSecond", "podOffset"),
        ],
    );
    let index = opener.param("media.ad.podIndex").and_then(integer);
    let index = index.expect("a valid adBreakStart has an index");
    row.insert("podIndex".into(), number(index));
    row.insert(
        "podID".into(),
        format!("{}_{index}", md5_hex(&session.media.id)).into(),
    ); // R5.8
    row
}

fn chapters(session: &Session, timeline: &Timeline) -> Vec<Value> {
    let chapters = timeline.player.chapters.iter().enumerate();
    chapters
        .map(|(place, chapter)| {
            let start = &session.accepted[chapter.opened_by];
            let ms = timeline
                .total_ms(|interval| interval.chapter == Some(place) && interval.is_content());
            let mut row = part(session, chapter, ms);
            row.extend(copied(
                start,
                &[
                    ("media.chapter.friendlyName", "friendlyName"),
                    ("media.chapter.offset", "offset"),
                    ("media.chapter.length", "length"),
                ],
            ));
            let index = start.param("media.chapter.index").and_then(integer);
            let index = index.expect("a valid chapterStart has an index");
            row.insert("index".into(), number(index));
            row.insert("id".into(), chapter_id(session, start, index).into());
            Value::Object(row)
        })
        .collect()
}

/// Section 6: MD5 of content id, "|" and the offset in whole ms, then the index.
fn chapter_id(session: &Session, start: &Event, index: i128) -> String {
    let offset = start.param("media.chapter.offset").and_then(Value::as_f64);
    let offset = offset.expect("a valid chapterStart has an offset");
    let offset_ms = (offset * 1_000.0 + 0.5).floor() as i128;
    format!(
        "{}_{index}",
        md5_hex(&format!("{}|{offset_ms}", session.media.id))
    )
}

/// What ads and chapters have in common.
fn part(session: &Session, part: &Part, ms: i128) -> Map<String, Value> {
    let mut row = Map::new();
    row.insert("isStarted".into(), true.into());
    row.insert("isCompleted".into(), part.completed.into());
    row.insert("timePlayed".into(), number(seconds_of_ms(ms)));
    let own = &session.accepted[part.opened_by];
    row.insert("customMetadata".into(), merged(&session.accepted[0], own));
    row
}

/// R7: time by `ts`, regardless of the player state.
fn states(timeline: &Timeline) -> Value {
    let mut rows = BTreeMap::new();
    for state in &timeline.player.states {
        let ms = timeline.total_ms(|interval| interval.states.contains(&state.name));
        let row = json!({
            "isSet": true,
            "count": number(state.count),
            "time": number(seconds_of_ms(ms)),
        });
        rows.insert(state.name.clone(), row);
    }
    json!(rows)
}

fn md5_hex(text: &str) -> String {
    Md5::digest(text.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

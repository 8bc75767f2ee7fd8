//! Reports R9.1, R9.2 and R9.3 over all sessions of a vector.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::arrival::Session;
use super::json::{number, seconds_of_ms, seconds_of_us};
use super::timeline::{DAY_US, Timeline};

const MINUTE_MS: i128 = 60_000;
const MINUTE_US: i128 = 60_000_000;

/// R1.3, in order of preference; the session id comes last.
pub(crate) const VISITOR_KEYS: [&str; 4] = [
    "visitor.marketingCloudUserId",
    "analytics.visitorId",
    "analytics.aid",
    "appInstallationId",
];

/// All reports of section 12.
pub(crate) fn reports(sessions: &[Session]) -> Value {
    // D1: an empty content id drops the session from reports.
    let reported = || {
        sessions
            .iter()
            .enumerate()
            .filter(|(_, session)| !session.media.id.is_empty())
    };

    let mut viewers: BTreeMap<i128, BTreeSet<String>> = BTreeMap::new();
    let mut active: BTreeMap<i128, i128> = BTreeMap::new();
    let mut spent_ms: BTreeMap<i128, i128> = BTreeMap::new();
    let mut by_playhead: BTreeMap<i128, i128> = BTreeMap::new();
    for (place, session) in reported() {
        for (minute, ms) in active_ms_by_minute(session) {
            viewers
                .entry(minute)
                .or_default()
                .insert(visitor(session, place));
            *active.entry(minute).or_default() += 1;
            *spent_ms.entry(minute).or_default() += ms;
        }
        for (minute, us) in watched_us_by_minute(session) {
            // R9.3: rounded per session, summed.
            *by_playhead.entry(minute).or_default() += seconds_of_us(us);
        }
    }

    let viewers = viewers
        .into_iter()
        .map(|(minute, keys)| (minute, keys.len() as i128));
    let by_playhead = by_playhead.into_iter().filter(|(_, seconds)| *seconds != 0);
    let by_playhead: BTreeMap<String, Value> = by_playhead
        .map(|(minute, seconds)| (minute.to_string(), number(seconds)))
        .collect();
    json!({
        "concurrentViewers": by_clock(viewers.collect(), i128::max),
        "concurrentSessions": by_clock(active, i128::max),
        "playbackTimeSpent": by_clock(
            spent_ms.into_iter().map(|(minute, ms)| (minute, seconds_of_ms(ms))).collect(),
            |one, other| one + other,
        ),
        "contentTimeByPlayheadMinute": by_playhead,
    })
}

/// R1.3: the first key that is not empty, else the session itself.
fn visitor(session: &Session, place: usize) -> String {
    let start = &session.accepted[0];
    let mut keys = VISITOR_KEYS.iter().filter_map(|key| start.text(key));
    let named = keys.find(|value| !value.is_empty());
    // A prefix keeps the two kinds of keys apart.
    named.map_or_else(
        || format!("session {place}"),
        |value| format!("visitor {value}"),
    )
}

/// Section 9: the active span cut at the minutes of the clock, in ms.
fn active_ms_by_minute(session: &Session) -> BTreeMap<i128, i128> {
    let start = session.accepted[0].ts;
    let last = session
        .accepted
        .last()
        .expect("sessionStart is accepted")
        .ts;
    let end = last.max(start + 1);
    let mut minutes = BTreeMap::new();
    for minute in start.div_euclid(MINUTE_MS)..=(end - 1).div_euclid(MINUTE_MS) {
        let from = start.max(minute * MINUTE_MS);
        let to = end.min((minute + 1) * MINUTE_MS);
        minutes.insert(minute, to - from);
    }
    minutes
}

/// R9.3: the intervals of R4.5 by minute of content, counted as often as watched.
fn watched_us_by_minute(session: &Session) -> BTreeMap<i128, i128> {
    let timeline = Timeline::of(&session.accepted, &session.media);
    let mut minutes = BTreeMap::new();
    for (from, to) in timeline.watched {
        let mut at = from;
        while at < to {
            let minute = at.div_euclid(MINUTE_US);
            let until = to.min((minute + 1) * MINUTE_US);
            let in_day = DAY_US / MINUTE_US;
            let key = if session.media.live {
                minute.rem_euclid(in_day)
            } else {
                minute
            };
            *minutes.entry(key).or_default() += until - at;
            at = until;
        }
    }
    minutes
}

/// Keys by `HH:MM` in UTC, without zeros; `fold` decides where days fall on each other.
fn by_clock(
    minutes: BTreeMap<i128, i128>,
    fold: impl Fn(i128, i128) -> i128,
) -> BTreeMap<String, Value> {
    let mut folded: BTreeMap<String, i128> = BTreeMap::new();
    for (minute, value) in minutes {
        let of_day = minute.rem_euclid(1_440);
        let key = format!("{:02}:{:02}", of_day / 60, of_day % 60);
        let known = folded.get(&key).copied();
        folded.insert(key, known.map_or(value, |known| fold(known, value)));
    }
    folded.retain(|_, value| *value != 0);
    folded
        .into_iter()
        .map(|(key, value)| (key, number(value)))
        .collect()
}

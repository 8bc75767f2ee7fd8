//! The panels of metrics §9 over the rows of a few sessions: concurrency and playback time by
//! minute, retention by minute of content.

use std::collections::{BTreeMap, BTreeSet};

use playhead_model::catalog::SessionRow;
use playhead_model::row::Rows;
use playhead_model::time::{seconds_of_ms, seconds_of_us};
use serde_json::{Map, Value, json};

const MINUTE_MS: i64 = 60_000;
const MINUTE_US: i64 = 60_000_000;
const DAY_US: i64 = 86_400_000_000;

/// The reports that `compute` prints, keyed by minute.
pub fn by_minute(rows: &[Rows]) -> Value {
    let mut viewers: BTreeMap<i64, BTreeSet<&str>> = BTreeMap::new();
    let mut sessions: BTreeMap<i64, u64> = BTreeMap::new();
    let mut spent_ms: BTreeMap<i64, i64> = BTreeMap::new();
    let mut watched_s: BTreeMap<i64, i64> = BTreeMap::new();
    let sessions_of = rows.iter().map(|rows| &rows.session);
    for row in sessions_of.filter(|row| row.is_reported) {
        for (minute, ms) in minutes_of_span(row.start_ts, row.end_ts) {
            viewers.entry(minute).or_default().insert(&row.visitor);
            *sessions.entry(minute).or_default() += 1;
            *spent_ms.entry(minute).or_default() += ms;
        }
        for (minute, us) in watched_by_minute(row) {
            *watched_s.entry(minute).or_default() += seconds_of_us(us);
        }
    }
    json!({
        "concurrentViewers":
            by_clock(viewers.into_iter().map(|(minute, ids)| (minute, ids.len() as i64)), i64::max),
        "concurrentSessions":
            by_clock(sessions.into_iter().map(|(minute, count)| (minute, count as i64)), i64::max),
        "playbackTimeSpent":
            by_clock(
                spent_ms.into_iter().map(|(minute, ms)| (minute, seconds_of_ms(ms))),
                |one, other| one + other,
            ),
        "contentTimeByPlayheadMinute": watched_s
            .into_iter()
            .filter(|(_, seconds)| *seconds != 0)
            .map(|(minute, seconds)| (minute.to_string(), seconds.into()))
            .collect::<Map<_, _>>(),
    })
}

/// The minutes that an active span meets, and the time of it in each (R9.1, R9.2). A session
/// without length is active for a millisecond.
fn minutes_of_span(from: i64, ended: i64) -> impl Iterator<Item = (i64, i64)> {
    let to = ended.max(from + 1);
    let last = (to - 1).div_euclid(MINUTE_MS);
    (from.div_euclid(MINUTE_MS)..=last).map(move |minute| {
        let begin = from.max(minute * MINUTE_MS);
        let end = to.min((minute + 1) * MINUTE_MS);
        (minute, end - begin)
    })
}

/// What a session watched of each minute of content, µs (R9.3); live content by the second of the
/// day.
fn watched_by_minute(row: &SessionRow) -> BTreeMap<i64, i64> {
    let mut minutes = BTreeMap::new();
    for stretch in &row.watched {
        let (mut at, to) = (stretch.from_us, stretch.to_us);
        while at < to {
            let until = to.min((at.div_euclid(MINUTE_US) + 1) * MINUTE_US);
            let place = if row.is_live {
                at.rem_euclid(DAY_US)
            } else {
                at
            };
            *minutes.entry(place.div_euclid(MINUTE_US)).or_default() += until - at;
            at = until;
        }
    }
    minutes
}

/// Keys `HH:MM` (UTC); `merge` makes one value of minutes of different days with the same name.
fn by_clock(
    minutes: impl Iterator<Item = (i64, i64)>,
    merge: impl Fn(i64, i64) -> i64,
) -> Map<String, Value> {
    let mut sums: BTreeMap<i64, i64> = BTreeMap::new();
    for (minute, value) in minutes {
        sums.entry(minute.rem_euclid(1440))
            .and_modify(|sum| *sum = merge(*sum, value))
            .or_insert(value);
    }
    let name = |minute: i64| format!("{:02}:{:02}", minute / 60, minute % 60);
    sums.into_iter()
        .filter(|(_, value)| *value != 0)
        .map(|(minute, value)| (name(minute), value.into()))
        .collect()
}

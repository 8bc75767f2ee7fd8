//! The panels of R9.1 to R9.5, by looking at every session for every unit.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::fold::{select, span_of};

fn range(request: &Value) -> (i64, i64) {
    let range = &request["range"];
    (
        range["from"].as_i64().unwrap(),
        range["to"].as_i64().unwrap(),
    )
}

fn active(row: &Value, request: &Value) -> (i64, i64) {
    let (from, to) = span_of(row, request);
    (from, to.max(from + 1))
}

fn active_in<'a>(rows: &'a [Value], request: &Value) -> Vec<&'a Value> {
    let (from, to) = range(request);
    select(rows, request, |row| {
        let (begin, end) = active(row, request);
        begin < to && end > from
    })
}

fn closed_in<'a>(rows: &'a [Value], request: &Value) -> Vec<&'a Value> {
    let (from, to) = range(request);
    select(rows, request, |row| {
        let end = span_of(row, request).1;
        from <= end && end < to
    })
}

/// R9.1: viewers and sessions of each unit of `fine_ms`; of each bucket (its start and its end) the
/// largest of them.
pub fn concurrency(
    rows: &[Value],
    request: &Value,
    buckets: &[(i64, i64)],
    fine_ms: i64,
) -> Vec<(usize, usize)> {
    let rows = active_in(rows, request);
    let (range_from, range_to) = range(request);
    let mut largest = Vec::new();
    for (from, to) in buckets {
        let (mut most_viewers, mut most_sessions) = (0, 0);
        let mut begin = from - from.rem_euclid(fine_ms);
        while begin < *to {
            // Only the part of a unit that lies in the range counts.
            let (first, last) = (begin.max(range_from), (begin + fine_ms).min(range_to));
            let meets = |row: &&&Value| {
                let (start, end) = active(row, request);
                first < last && start < last && end > first
            };
            let here: Vec<&&Value> = rows.iter().filter(meets).collect();
            let viewers = here
                .iter()
                .map(|row| row["session"]["visitor"].as_str().unwrap());
            most_viewers = most_viewers.max(viewers.collect::<BTreeSet<_>>().len());
            most_sessions = most_sessions.max(here.len());
            begin += fine_ms;
        }
        largest.push((most_viewers, most_sessions));
    }
    largest
}

/// R9.2: whole seconds of active span in each bucket.
pub fn time_spent(rows: &[Value], request: &Value, buckets: &[(i64, i64)]) -> Vec<i64> {
    let rows = active_in(rows, request);
    let (range_from, range_to) = range(request);
    let spent = |(from, to): &(i64, i64)| {
        let (from, to) = ((*from).max(range_from), (*to).min(range_to));
        let of_row = |row: &&Value| {
            let (begin, end) = active(row, request);
            (end.min(to) - begin.max(from)).max(0)
        };
        (rows.iter().map(of_row).sum::<i64>() + 500).div_euclid(1_000)
    };
    buckets.iter().map(spent).collect()
}

/// Whole seconds watched of a place, those for the first time, those again, and how many sessions.
pub type Watched = (i64, i64, i64, i64);

fn stretches(row: &Value) -> Vec<(i64, i64)> {
    let pair = |pair: &Value| (pair[0].as_i64().unwrap(), pair[1].as_i64().unwrap());
    row["watched"]
        .as_array()
        .unwrap()
        .iter()
        .map(pair)
        .collect()
}

/// The pieces of stretches by place, and the place's own bounds cut off.
fn pieces(row: &Value, step: i64) -> BTreeMap<i64, Vec<(i64, i64)>> {
    let mut pieces: BTreeMap<i64, Vec<(i64, i64)>> = BTreeMap::new();
    for (from, to) in stretches(row) {
        let mut begin = from - from.rem_euclid(step);
        while begin < to {
            let (first, last) = (begin.max(from), (begin + step).min(to));
            let day = 86_400_000_000;
            let at = if row["isLive"] == true {
                begin.rem_euclid(day)
            } else {
                begin
            };
            if first < last {
                pieces
                    .entry(at.div_euclid(step))
                    .or_default()
                    .push((first, last));
            }
            begin += step;
        }
    }
    pieces
}

fn rounded(us: i64) -> i64 {
    (us + 500_000).div_euclid(1_000_000)
}

/// R9.3 by a step of the content, µs.
pub fn retention(rows: &[Value], request: &Value, step: i64) -> BTreeMap<i64, Watched> {
    let mut places: BTreeMap<i64, Watched> = BTreeMap::new();
    for row in closed_in(rows, request) {
        for (place, pieces) in pieces(row, step) {
            let all: i64 = pieces.iter().map(|(from, to)| to - from).sum();
            let mut sorted = pieces.clone();
            sorted.sort_unstable();
            let (mut once, mut reached) = (0, i64::MIN);
            for (from, to) in sorted {
                once += (to - from.max(reached)).max(0);
                reached = reached.max(to);
            }
            let sums = places.entry(place).or_default();
            sums.0 += rounded(all);
            sums.1 += rounded(once);
            sums.2 += rounded(all - once);
            sums.3 += 1;
        }
    }
    places
}

/// R9.4.
pub fn segments(rows: &[Value], request: &Value) -> BTreeMap<i64, i64> {
    let mut places = BTreeMap::new();
    for row in closed_in(rows, request) {
        for place in pieces(row, 300_000_000).into_keys() {
            *places.entry(place).or_default() += 1;
        }
    }
    places
}

/// R9.5.
pub fn tenths(rows: &[Value], request: &Value) -> BTreeMap<i64, i64> {
    let mut places = BTreeMap::new();
    for row in closed_in(rows, request) {
        let length = row["session"]["length"].as_f64().unwrap_or(0.0);
        let length = (length * 1e6 + 0.5).floor() as i64;
        if row["isLive"] == true || length <= 0 {
            continue;
        }
        for tenth in 0..10 {
            // Ten times every place, so that nothing has to be divided.
            let (begin, end) = (tenth * length, (tenth + 1) * length);
            let viewed = stretches(row)
                .iter()
                .any(|(from, to)| (from * 10).max(begin) < (to * 10).min(end));
            if viewed {
                *places.entry(tenth).or_default() += 1;
            }
        }
    }
    places
}

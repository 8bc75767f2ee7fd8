//! Searches: which sessions, in which order.

use serde_json::{Value, json};

use super::fold::{select, span_of};
use super::metric::of_one;
use super::random;
use crate::random::Rng;

/// The sessions that a search finds, all of them, in its order.
pub fn search<'a>(rows: &'a [Value], request: &Value) -> Vec<&'a Value> {
    let mut report = request.clone();
    report["includeOpen"] = (request["open"] != "exclude").into();
    let range = &request["range"];
    let (from, to) = (
        range["from"].as_i64().unwrap(),
        range["to"].as_i64().unwrap(),
    );
    let is_looked_for = |row: &Value| {
        let end = span_of(row, request).1;
        let is_meant = request["open"] != "only" || row["position"].is_null();
        is_meant && from <= end && end < to
    };
    let mut found = select(rows, &report, is_looked_for);
    let by = request["order"]["by"].as_str().unwrap_or("start");
    let number = |row: &Value| match by {
        "start" => Some(i128::from(span_of(row, request).0)),
        metric => of_one(row, &Value::Null, metric).map(|(number, _)| number),
    };
    // Later rows first, then the sort, which keeps the order of equals.
    found.reverse();
    found.sort_by_key(|row| {
        let number = number(row);
        let sign = if request["order"]["direction"] == "ascending" {
            1
        } else {
            -1
        };
        (number.is_none(), number.map(|number| sign * number))
    });
    found
}

const ORDERS: &[&str] = &[
    "start",
    "timePlayed",
    "timeToStart",
    "errorCount",
    "averageMinuteAudience",
    "contentLength",
];
const DIMENSIONS: &[&str] = &[
    "name",
    "genreList",
    "hourOfDay",
    "custom.plan",
    "isBot",
    "timeToStart",
    "length",
];
const METRICS: &[&str] = &[
    "sessions",
    "timePlayed",
    "timeToStart",
    "averageMinuteAudience",
    "pauseDurationRate",
    "ad.timePlayed",
    "state.mute.count",
    "p95(ad.timePlayed)",
];

/// A search with the conditions of a random report; the same seed gives the same.
pub fn search_request(seed: u64) -> Value {
    let mut rng = Rng::new(seed ^ 0xf1d);
    let report = random::request(seed);
    let mut request = json!({
        "dimensions": DIMENSIONS, "metrics": METRICS, "limit": rng.pick(&[1, 3, 7, 50]),
        "open": rng.pick(&["include", "exclude", "only"]),
    });
    for name in ["suite", "zone", "range", "clock", "bots", "filters", "asOf"] {
        if !report[name].is_null() {
            request[name] = report[name].clone();
        }
    }
    if request["asOf"].is_string() {
        request["open"] = "exclude".into();
    }
    if rng.percent(80) {
        let direction = rng.pick(&["ascending", "descending"]);
        request["order"] = json!({ "by": rng.pick(ORDERS), "direction": direction });
    }
    request
}

//! Values of dimensions, and conditions on them.

use jiff::tz::TimeZone;
use serde_json::Value;

use super::{metric, time};

/// The scope that a name begins with.
pub(super) fn scope(name: &str) -> &'static str {
    match name.split('.').next() {
        Some("ad") => "ad",
        Some("chapter") => "chapter",
        Some("state") => "state",
        _ => "session",
    }
}

/// The parts of a scope that a session has, those that reports leave out excepted.
pub(super) fn parts(row: &Value, scope: &str) -> Vec<Value> {
    let list = |name: &str| row[name].as_array().cloned().unwrap_or_default();
    match scope {
        "ad" => {
            let ads = list("ads").into_iter();
            ads.filter(|ad| ad["id"].as_str().is_some_and(|id| !id.is_empty()))
                .collect()
        }
        "chapter" => list("chapters"),
        "state" => {
            let states = row["states"].as_object().cloned().unwrap_or_default();
            let with_name = |(name, mut state): (String, Value)| {
                state["name"] = name.into();
                state
            };
            states.into_iter().map(with_name).collect()
        }
        _ => vec![Value::Null],
    }
}

/// The values of a dimension: of a part, or of the session if the part is null.
pub(super) fn values(
    row: &Value,
    part: &Value,
    name: &str,
    zone: &TimeZone,
) -> Vec<Option<String>> {
    let of = match scope(name) {
        "session" => &row["session"],
        _ => part,
    };
    let last = match scope(name) {
        "session" => name,
        scope => &name[scope.len() + 1..],
    };
    if let Some(part) = time::part(name, row["session"]["startTs"].as_i64().unwrap(), zone) {
        return vec![Some(part)];
    }
    let value = match last.strip_prefix("custom.") {
        Some(key) => &of["customMetadata"][key],
        None if name == "isLive" => &row["isLive"],
        None => &of[last],
    };
    let Value::Array(items) = value else {
        return vec![text(value)];
    };
    let mut texts: Vec<_> = items.iter().map(text).collect();
    texts.sort();
    texts.dedup();
    if texts.is_empty() {
        texts.push(None);
    }
    texts
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.as_f64().unwrap().to_string()),
        other => Some(other.to_string()),
    }
}

/// Whether a session, or a part of one, meets a condition.
pub(super) fn meets(row: &Value, part: &Value, filter: &Value, zone: &TimeZone) -> bool {
    let op = filter["op"].as_str().unwrap_or("=");
    let meets = match filter["dimension"].as_str() {
        Some(name) => values(row, part, name, zone)
            .iter()
            .any(|value| compare_text(value.as_deref(), op, &filter["value"])),
        None => {
            let name = filter["metric"].as_str().unwrap();
            let number =
                metric::of_one(row, part, name).map(|(number, scale)| number as f64 / scale);
            compare_number(number, op, &filter["value"])
        }
    };
    meets != (filter["not"] == true)
}

fn compare_text(value: Option<&str>, op: &str, wanted: &Value) -> bool {
    let same = |wanted: &Value| text(wanted).as_deref() == value;
    let is = |test: &dyn Fn(&str, &str) -> bool| {
        value.is_some_and(|value| test(value, wanted.as_str().unwrap()))
    };
    match op {
        "=" => same(wanted),
        "in" => wanted.as_array().unwrap().iter().any(same),
        "null" => value.is_none(),
        "contains" => is(&|value, wanted| value.contains(wanted)),
        "startsWith" => is(&|value, wanted| value.starts_with(wanted)),
        "regex" => is(&|value, wanted| regex::Regex::new(wanted).unwrap().is_match(value)),
        op => compare_number(value.and_then(|value| value.parse().ok()), op, wanted),
    }
}

fn compare_number(value: Option<f64>, op: &str, wanted: &Value) -> bool {
    if op == "null" || (op == "=" && wanted.is_null()) {
        return value.is_none();
    }
    let Some(value) = value else { return false };
    match op {
        "in" => wanted
            .as_array()
            .unwrap()
            .iter()
            .any(|it| it.as_f64() == Some(value)),
        "<" => value < wanted.as_f64().unwrap(),
        "<=" => value <= wanted.as_f64().unwrap(),
        ">" => value > wanted.as_f64().unwrap(),
        ">=" => value >= wanted.as_f64().unwrap(),
        _ => wanted.as_f64() == Some(value),
    }
}

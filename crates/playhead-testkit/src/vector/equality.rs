//! When two reported values mean the same ("Absent and zero" of the metric definition).

use serde_json::Value;

use crate::oracle::same;

/// Names for which absent (null) and zero differ.
const NULLABLE: &[&str] = &[
    "averageMinuteAudience",
    "bitrateAverage",
    "bitrateAverageBucket",
    "segment",
    "timeToStart",
    "framesPerSecond",
    "timeToFirstPlay",
];

/// Numbers that are no counts or durations: 0 is a value like any other, absent equals null.
const POSITIONS: &[&str] = &[
    "podIndex",
    "podPosition",
    "podOffset",
    "index",
    "offset",
    "length",
];

/// Section 12: ratios are compared to this.
const RATIO_TOLERANCE: f64 = 1e-6;

/// Whether two values of one name agree; `Value::Null` stands for an absent one.
pub(super) fn agree(name: &str, one: &Value, other: &Value) -> bool {
    if name == "averageMinuteAudience"
        && let (Some(one), Some(other)) = (one.as_f64(), other.as_f64())
    {
        return (one - other).abs() <= RATIO_TOLERANCE;
    }
    if name == "authorized" {
        return authorized(one) == authorized(other);
    }
    if same(one, other) {
        return true;
    }
    let strict = NULLABLE.contains(&name) || POSITIONS.contains(&name);
    !strict && is_empty(one) && is_empty(other)
}

/// M19 and D23 share a name: the flag, or the string it is read from.
fn authorized(value: &Value) -> bool {
    match value {
        Value::String(text) => text.eq_ignore_ascii_case("true"),
        other => !is_empty(other),
    }
}

/// A flag that is not set, a count of nothing, an empty list or map.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(true) | Value::String(_) => false,
    }
}

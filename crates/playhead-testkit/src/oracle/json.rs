//! JSON values as the rules see them: equality, lenient integers, members where null is absent.

use serde_json::{Map, Value};

/// Compares two bodies as R2.2 does: the order of members is free, 15 equals 15.0.
pub(crate) fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, value)| b.get(key).is_some_and(|other| same(value, other)))
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(x, y)| same(x, y))
        }
        (Value::Number(_), Value::Number(_)) => same_number(left, right),
        _ => left == right,
    }
}

fn same_number(left: &Value, right: &Value) -> bool {
    // Whole numbers are compared exactly: two large ones may share a double.
    match (whole(left), whole(right)) {
        (Some(a), Some(b)) => a == b,
        _ => left.as_f64() == right.as_f64(),
    }
}

fn whole(value: &Value) -> Option<i128> {
    value
        .as_i64()
        .map(i128::from)
        .or_else(|| value.as_u64().map(i128::from))
}

/// Reads a member; null counts as absent in the lenient profile (protocol 2.4).
pub(crate) fn member<'a>(object: &'a Value, key: &str) -> Option<&'a Value> {
    object.get(key).filter(|value| !value.is_null())
}

/// Reads a number where an integer is wanted: a fraction is rounded half up (protocol 2.4).
pub(crate) fn integer(value: &Value) -> Option<i128> {
    whole(value).or_else(|| value.as_f64().map(|x| (x + 0.5).floor() as i128))
}

/// Turns seconds into whole microseconds: `floor(x * 1e6 + 0.5)` in double precision (R3.2).
pub(crate) fn microseconds(seconds: f64) -> i128 {
    (seconds * 1e6 + 0.5).floor() as i128
}

/// Rounds milliseconds to whole seconds, half up (R3.2).
pub(crate) fn seconds_of_ms(ms: i128) -> i128 {
    (ms + 500).div_euclid(1_000)
}

/// Rounds microseconds to whole seconds, half up (R3.2).
pub(crate) fn seconds_of_us(us: i128) -> i128 {
    (us + 500_000).div_euclid(1_000_000)
}

/// Writes an integer that is known to be of ordinary size.
pub(crate) fn number(value: i128) -> Value {
    match i64::try_from(value) {
        Ok(small) => Value::from(small),
        Err(_) => Value::from(value as f64),
    }
}

/// Returns the object's members, or none if the value is absent or no object.
pub(crate) fn members(value: Option<&Value>) -> Map<String, Value> {
    value
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default()
}

//! Typed values of a body, under the rules of the lenient profile.
//!
//! The body keeps what was received. Who needs a number or a name reads it here, so that the
//! coercions (round half up, clamp, number to string, null is absent) are made in one place.

use std::borrow::Cow;

use super::{BodyError, Key, Members, Value, read};
use crate::keys::{EventType, KeyId};

/// The value, unless it is null: null means that the key is absent.
#[inline]
pub fn present(value: Value<'_>) -> Option<Value<'_>> {
    (!matches!(value, Value::Null)).then_some(value)
}

/// Any number.
#[inline]
pub fn as_number(value: Value<'_>) -> Option<f64> {
    match value {
        Value::Int(value) => Some(value as f64),
        Value::Uint(value) => Some(value as f64),
        Value::Float(value) => Some(value),
        _ => None,
    }
}

/// A number as an integer: fractions round half up, and what is too large stops at the ends.
#[inline]
pub fn as_integer_half_up(value: Value<'_>) -> Option<i64> {
    match value {
        Value::Int(value) => Some(value),
        Value::Uint(_) => Some(i64::MAX),
        Value::Float(value) => Some(integer_half_up(value)),
        _ => None,
    }
}

/// Rounds half up, and stops at the ends of the integers.
#[inline]
pub fn integer_half_up(value: f64) -> i64 {
    // Not floor(value + 0.5): that sum rounds up 0.49999999999999994.
    let floor = value.floor();
    if value - floor >= 0.5 {
        floor as i64 + 1
    } else {
        floor as i64
    }
}

/// A playhead in seconds; below 0 counts as 0.
#[inline]
pub fn as_playhead(value: Value<'_>) -> Option<f64> {
    as_number(value).map(|seconds| seconds.max(0.0))
}

/// A string.
#[inline]
pub fn as_text(value: Value<'_>) -> Option<&str> {
    value.as_str()
}

/// A string, or a number as one: the form of error ids.
pub fn as_text_or_number(value: Value<'_>) -> Option<Cow<'_, str>> {
    match value {
        Value::Int(number) => Some(number.to_string().into()),
        Value::Uint(number) => Some(number.to_string().into()),
        Value::Float(number) => {
            serde_json::Number::from_f64(number).map(|number| number.to_string().into())
        }
        _ => value.as_str().map(Cow::Borrowed),
    }
}

/// A boolean.
#[inline]
pub fn as_bool(value: Value<'_>) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(value),
        _ => None,
    }
}

/// Whether the body is an event that ends its session or content. Its type is its first member.
#[inline]
pub fn is_end(body: &[u8]) -> bool {
    let Ok(Value::Object(mut members)) = read(body) else {
        return false;
    };
    let first = members.next();
    matches!(first, Some(Ok((_, Value::EventType(event_type)))) if event_type.is_end())
}

/// The parts of an event, found in one walk over its envelope.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    pub event_type: EventType,
    /// Client time in milliseconds since 1970.
    pub ts: i64,
    /// Seconds, not negative.
    pub playhead: f64,
    /// Empty if absent.
    pub params: Members<'a>,
    /// Empty if absent.
    pub qoe: Members<'a>,
    /// Empty if absent.
    pub custom: Members<'a>,
}

impl<'a> Event<'a> {
    /// Opens the body of an event.
    ///
    /// # Errors
    /// If the bytes are not a body, or lack one of `eventType`, `ts` and `playhead`.
    pub fn open(body: &'a [u8]) -> Result<Event<'a>, BodyError> {
        let Value::Object(members) = read(body)? else {
            return Err(BodyError::NotAnEvent("no object"));
        };
        let mut event_type = None;
        let mut time = None;
        let (mut params, mut qoe, mut custom) =
            <(Members<'_>, Members<'_>, Members<'_>)>::default();
        for member in members {
            match member? {
                (Key::Known(KeyId::EVENT_TYPE), Value::EventType(value)) => {
                    event_type = Some(value);
                }
                (Key::Known(KeyId::PLAYER_TIME), Value::Object(value)) => {
                    time = Some(player_time(value)?);
                }
                (Key::Known(KeyId::PARAMS), Value::Object(value)) => params = value,
                (Key::Known(KeyId::QOE_DATA), Value::Object(value)) => qoe = value,
                (Key::Known(KeyId::CUSTOM_METADATA), Value::Object(value)) => custom = value,
                // All of the above come first.
                (Key::Known(key), _) if key <= KeyId::CUSTOM_METADATA => {}
                _ => break,
            }
        }
        let event_type = event_type.ok_or(BodyError::NotAnEvent("no event type"))?;
        let (ts, playhead) = time.ok_or(BodyError::NotAnEvent("no player time"))?;
        Ok(Event {
            event_type,
            ts,
            playhead,
            params,
            qoe,
            custom,
        })
    }
}

fn player_time(members: Members<'_>) -> Result<(i64, f64), BodyError> {
    let (mut ts, mut playhead) = (None, None);
    for member in members {
        match member? {
            (Key::Known(KeyId::TS), value) => ts = as_integer_half_up(value),
            (Key::Known(KeyId::PLAYHEAD), value) => playhead = as_playhead(value),
            // Keys that belong elsewhere may stand here, too.
            (Key::Known(key), _) if key < KeyId::PLAYHEAD => {}
            _ => break,
        }
    }
    let ts = ts.ok_or(BodyError::NotAnEvent("no time stamp"))?;
    let playhead = playhead.ok_or(BodyError::NotAnEvent("no playhead"))?;
    Ok((ts, playhead))
}

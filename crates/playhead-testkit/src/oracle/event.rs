//! One event as the rules see it.

use serde_json::Value;

use super::json::{integer, member, microseconds};

/// Where an event stands in the vector: its request, and its element of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) request: usize,
    pub(crate) element: usize,
}

#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) place: Place,
    pub(crate) kind: String,
    pub(crate) body: Value,
    /// `playerTime.ts` as sent; order and tie rule use this one.
    pub(crate) sent_ts: i128,
    /// The time after R2.4; durations use this one.
    pub(crate) ts: i128,
    /// The playhead as sent (not unwrapped), in microseconds; a negative one is clamped to 0.
    pub(crate) raw_playhead: i128,
    /// Whether R2.4 raised `ts`.
    pub(crate) late: bool,
}

impl Event {
    /// Reads a body that passed `validate`.
    pub(crate) fn new(place: Place, body: &Value) -> Self {
        let player_time = &body["playerTime"];
        let ts = integer(&player_time["ts"]).expect("a valid body has a numeric ts");
        let playhead = player_time["playhead"]
            .as_f64()
            .expect("a valid body has a playhead");
        Self {
            place,
            kind: body["eventType"]
                .as_str()
                .expect("a valid body has a type")
                .to_owned(),
            body: body.clone(),
            sent_ts: ts,
            ts,
            raw_playhead: microseconds(playhead.max(0.0)),
            late: false,
        }
    }

    pub(crate) fn param(&self, key: &str) -> Option<&Value> {
        member(&self.body, "params").and_then(|params| member(params, key))
    }

    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.param(key).and_then(Value::as_str)
    }

    pub(crate) fn quality(&self, key: &str) -> Option<&Value> {
        member(&self.body, "qoeData").and_then(|quality| member(quality, key))
    }

    pub(crate) fn custom_metadata(&self) -> Option<&Value> {
        member(&self.body, "customMetadata")
    }

    pub(crate) fn is(&self, kind: &str) -> bool {
        self.kind == kind
    }
}

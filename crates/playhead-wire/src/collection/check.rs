//! The check of one event against the table of keys.

use playhead_model::{
    body::{Node, NodeKey, typed::integer_half_up},
    keys::{EventType, KeyId, KeySet, Place, required_keys},
};

use super::{unknown, values};
use crate::{
    Clock, Profile,
    faults::{Faults, Gathered, Path},
};

/// Client times may be this far ahead of their arrival: 24 hours.
const AHEAD_MS_MAX: i64 = 24 * 3_600_000;
/// The first plausible client time: 2000-01-01 UTC.
const TS_MIN: i64 = 946_684_800_000;
/// Client times beyond this, either way, are none that a clock of ECMAScript can show. Refused in
/// both profiles, so that sums of times never overflow.
const TS_RANGE: i64 = 8_640_000_000_000_000;

/// Keys that `params` must have, by number of the event type.
static REQUIRED: [KeySet; EventType::ALL.len() + 1] = {
    let mut sets = [KeySet::EMPTY; EventType::ALL.len() + 1];
    let mut at = 0;
    while at < EventType::ALL.len() {
        let event = EventType::ALL[at];
        sets[event.number() as usize] = required_keys(event, Place::Params);
        at += 1;
    }
    sets
};

/// What a check finds out on the way; all there if there is no fault.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub(crate) event_type: Option<EventType>,
    pub(crate) ts: Option<i64>,
    pub(crate) playhead: Option<f64>,
    pub(crate) unknown_keys: u16,
}

/// A check in progress.
#[derive(Debug)]
pub(crate) struct Check {
    profile: Profile,
    clock: Clock,
    faults: Gathered,
    /// Unknown keys for which a nearest name was looked for; that costs.
    pub(crate) suggested: usize,
}

impl Check {
    pub(crate) fn new(profile: Profile, clock: Clock) -> Check {
        Check {
            profile,
            clock,
            faults: Gathered::default(),
            suggested: 0,
        }
    }

    pub(crate) fn finish(self) -> Result<(), Faults> {
        self.faults.into_result()
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.faults.is_empty()
    }

    pub(crate) fn is_strict(&self) -> bool {
        self.profile == Profile::Strict
    }

    pub(crate) fn add(&mut self, path: &Path<'_>, reason: impl FnOnce() -> String) {
        self.faults.add(path, reason);
    }

    pub(crate) fn wrong(&mut self, path: &Path<'_>, wanted: &str, node: &Node<'_>) {
        self.faults.add(path, || {
            format!("expected {wanted}, got {}", values::describe(node))
        });
    }

    /// Null counts as absent in the lenient profile.
    pub(crate) fn is_absent(&self, node: &Node<'_>) -> bool {
        matches!(node, Node::Null) && !self.is_strict()
    }

    /// Checks an event and all that is in it.
    pub(crate) fn event(&mut self, path: &Path<'_>, node: &Node<'_>) -> Facts {
        let mut facts = Facts::default();
        let Node::Object(members) = node else {
            self.wrong(path, "one event, an object", node);
            return facts;
        };
        let envelope = self.envelope(path, members);
        facts.event_type = self.event_type(path, envelope.event_type);
        match envelope.player_time {
            Some(time) => self.player_time(&path.key("playerTime"), time, &mut facts),
            None => self.add(&path.key("playerTime"), missing),
        }
        if let Some(event) = facts.event_type {
            self.params(&path.key("params"), event, envelope.params, &mut facts);
        }
        if let Some(qoe) = envelope.qoe_data {
            let event = facts.event_type.unwrap_or(EventType::Ping);
            self.keys(&path.key("qoeData"), qoe, Place::Qoe, event, &mut facts);
        }
        if let Some(custom) = envelope.custom_metadata {
            self.custom_metadata(&path.key("customMetadata"), custom);
        }
        facts
    }

    /// Sorts the members of the envelope out.
    fn envelope<'n, 'a>(&mut self, path: &Path<'_>, members: &'n [Member<'a>]) -> Envelope<'n, 'a> {
        let mut envelope = Envelope::default();
        for (key, node) in members {
            let place = match key {
                NodeKey::Known(KeyId::EVENT_TYPE) => &mut envelope.event_type,
                NodeKey::Known(KeyId::PLAYER_TIME) => &mut envelope.player_time,
                NodeKey::Known(KeyId::PARAMS) => &mut envelope.params,
                NodeKey::Known(KeyId::QOE_DATA) => &mut envelope.qoe_data,
                NodeKey::Known(KeyId::CUSTOM_METADATA) => &mut envelope.custom_metadata,
                _ => {
                    if self.is_strict() {
                        unknown::fault(self, path, key, Place::Envelope, None);
                    }
                    continue;
                }
            };
            if !self.is_absent(node) {
                *place = Some(node);
            }
        }
        envelope
    }

    fn event_type(&mut self, path: &Path<'_>, node: Option<&Node<'_>>) -> Option<EventType> {
        let path = path.key("eventType");
        let name = match node {
            None => {
                self.add(&path, missing);
                return None;
            }
            Some(Node::Str(name)) => name,
            Some(other) => {
                self.wrong(&path, "the name of an event type", other);
                return None;
            }
        };
        match EventType::from_name(name) {
            Some(EventType::StatesUpdate) if self.is_strict() => {
                self.add(&path, || {
                    "expected stateStart or stateEnd, got statesUpdate".to_owned()
                });
                None
            }
            Some(event) => Some(event),
            None => {
                self.add(&path, || unknown::event_type(name));
                None
            }
        }
    }

    fn player_time(&mut self, path: &Path<'_>, node: &Node<'_>, facts: &mut Facts) {
        let Node::Object(members) = node else {
            return self.wrong(path, "an object with playhead and ts", node);
        };
        let (mut has_playhead, mut has_ts) = (false, false);
        for (key, node) in members {
            match key {
                NodeKey::Known(KeyId::PLAYHEAD | KeyId::TS) if self.is_absent(node) => {}
                NodeKey::Known(KeyId::PLAYHEAD) => {
                    has_playhead = true;
                    facts.playhead = self.playhead(&path.key("playhead"), node);
                }
                NodeKey::Known(KeyId::TS) => {
                    has_ts = true;
                    facts.ts = self.ts(&path.key("ts"), node);
                }
                _ if self.is_strict() => {
                    unknown::fault(self, path, key, Place::PlayerTime, facts.event_type);
                }
                _ => {}
            }
        }
        if !has_playhead {
            self.add(&path.key("playhead"), missing);
        }
        if !has_ts {
            self.add(&path.key("ts"), missing);
        }
    }

    pub(crate) fn playhead(&mut self, path: &Path<'_>, node: &Node<'_>) -> Option<f64> {
        let Some(seconds) = values::number(node) else {
            self.wrong(path, "a number", node);
            return None;
        };
        if seconds < 0.0 && self.is_strict() {
            self.wrong(path, "a number that is not negative", node);
            return None;
        }
        Some(seconds.max(0.0))
    }

    fn ts(&mut self, path: &Path<'_>, node: &Node<'_>) -> Option<i64> {
        let ts = match node {
            Node::Int(ts) => *ts,
            Node::Uint(_) => i64::MAX,
            Node::Float(ts) if ts.fract() == 0.0 || !self.is_strict() => integer_half_up(*ts),
            _ => {
                self.wrong(path, "milliseconds since 1970, an integer", node);
                return None;
            }
        };
        if !is_sound_ts(ts) {
            self.wrong(path, "milliseconds since 1970", node);
            return None;
        }
        self.plausible(path, ts, node).then_some(ts)
    }

    /// Whether a client time can be: in the strict profile it is near the time of arrival.
    pub(crate) fn plausible(&mut self, path: &Path<'_>, ts: i64, node: &Node<'_>) -> bool {
        match is_plausible(ts, self.profile, self.clock) {
            Ok(()) => true,
            Err(wanted) => {
                self.wrong(path, wanted, node);
                false
            }
        }
    }

    fn params(
        &mut self,
        path: &Path<'_>,
        event: EventType,
        node: Option<&Node<'_>>,
        facts: &mut Facts,
    ) {
        let Some(node) = node else {
            if KeyId::PARAMS.spec().required.contains(event) {
                self.add(path, || format!("is missing; {} needs it", event.name()));
            }
            return;
        };
        // A ping carries no parameters by the documentation; what comes is ignored.
        if event == EventType::Ping {
            if !matches!(node, Node::Object(_)) {
                self.wrong(path, "an object", node);
            }
            return;
        }
        self.keys(path, node, Place::Params, event, facts);
        if event == EventType::StatesUpdate {
            self.some_state(path, node);
        }
    }

    /// Checks `params` or `qoeData`: each key and its value, and that none is missing.
    fn keys(
        &mut self,
        path: &Path<'_>,
        node: &Node<'_>,
        place: Place,
        event: EventType,
        facts: &mut Facts,
    ) {
        let Node::Object(members) = node else {
            return self.wrong(path, "an object", node);
        };
        let mut seen = KeySet::EMPTY;
        for (key, node) in members {
            match key {
                _ if self.is_absent(node) => {}
                NodeKey::Known(known)
                    if known.spec().place == place && known.spec().events.contains(event) =>
                {
                    let spec = known.spec();
                    seen.insert(*known);
                    self.value(&path.key(spec.name), spec.kind, node, facts);
                }
                _ if self.is_strict() => unknown::fault(self, path, key, place, Some(event)),
                _ => facts.unknown_keys = facts.unknown_keys.saturating_add(1),
            }
        }
        if place == Place::Params {
            let absent = REQUIRED[usize::from(event.number())].without(seen);
            for key in absent.iter() {
                self.add(&path.key(key.name()), || {
                    format!("is missing; {} needs it", event.name())
                });
            }
        }
    }
}

type Member<'a> = (NodeKey<'a>, Node<'a>);

/// Members of an event that are there.
#[derive(Default)]
struct Envelope<'n, 'a> {
    event_type: Option<&'n Node<'a>>,
    player_time: Option<&'n Node<'a>>,
    params: Option<&'n Node<'a>>,
    qoe_data: Option<&'n Node<'a>>,
    custom_metadata: Option<&'n Node<'a>>,
}

/// Whether one of the keys is not there that `params` of this event must have.
#[inline]
pub(crate) fn lacks(event: EventType, seen: KeySet) -> bool {
    !REQUIRED[usize::from(event.number())]
        .without(seen)
        .is_empty()
}

/// Whether it is a time that can be shown.
pub(crate) fn is_sound_ts(ts: i64) -> bool {
    (-TS_RANGE..=TS_RANGE).contains(&ts)
}

/// Whether a client time can be: in the strict profile it is near the time of arrival.
///
/// # Errors
/// What it should be.
pub(crate) fn is_plausible(ts: i64, profile: Profile, clock: Clock) -> Result<(), &'static str> {
    let (Clock::ReceivedMs(received), Profile::Strict) = (clock, profile) else {
        return Ok(());
    };
    if ts < TS_MIN {
        Err("a time from 2000-01-01 on, in milliseconds since 1970")
    } else if ts.saturating_sub(received) > AHEAD_MS_MAX {
        Err("a time at most 24 hours ahead of the server's clock")
    } else {
        Ok(())
    }
}

fn missing() -> String {
    "is missing".to_owned()
}

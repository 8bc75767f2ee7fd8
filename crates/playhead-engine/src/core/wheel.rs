//! Which sessions to look at when time passes: a queue of due instants, by the second.
//!
//! Entries are hints. A session is looked at when an entry of it falls due, and decides by its own
//! deadlines; if nothing is due yet it gets a new entry. So moving a deadline costs nothing, and an
//! entry of a session that is gone does nothing.

use std::collections::BTreeMap;

use playhead_model::ids::SessionId;
use playhead_model::time::ReceivedMs;

use super::open::Key;

/// Why a session is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alarm {
    /// An event of it has waited long enough.
    Hold,
    /// It may have fallen silent or grown too old.
    End,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    key: Key,
    alarm: Alarm,
}

/// Due instants, in buckets of one second.
#[derive(Debug, Default)]
pub(super) struct Wheel {
    buckets: BTreeMap<u64, Vec<Entry>>,
}

impl Wheel {
    /// Asks for a look at the end of the second in which `due` lies: never too early.
    pub(super) fn arm(&mut self, sid: SessionId, alarm: Alarm, due: ReceivedMs) {
        let second = due.0.div_ceil(1000);
        self.buckets.entry(second).or_default().push(Entry {
            key: Key::of(sid),
            alarm,
        });
    }

    /// Takes an entry that is due at `now`.
    pub(super) fn pop_due(&mut self, now: ReceivedMs) -> Option<(Key, Alarm)> {
        loop {
            let mut bucket = self.buckets.first_entry()?;
            if bucket.key() * 1000 > now.0 {
                return None;
            }
            if let Some(Entry { key, alarm }) = bucket.get_mut().pop() {
                return Some((key, alarm));
            }
            bucket.remove();
        }
    }

    /// Takes all entries of the second in which `now` lies, due or not.
    pub(super) fn take_present_second(&mut self, now: ReceivedMs) -> Vec<(Key, Alarm)> {
        let bucket = self
            .buckets
            .remove(&now.0.div_ceil(1000))
            .unwrap_or_default();
        bucket
            .into_iter()
            .map(|Entry { key, alarm }| (key, alarm))
            .collect()
    }
}

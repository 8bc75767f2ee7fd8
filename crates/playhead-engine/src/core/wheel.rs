//! Which sessions to look at when time passes: a queue of due instants, by the second.
//!
//! Entries are hints. A session is looked at when an entry of it falls due, and decides by its own
//! deadlines; if nothing is due yet it gets a new entry. So moving a deadline costs nothing, and an
//! entry of a session that is gone does nothing.

use std::collections::BTreeMap;

use playhead_model::ids::SessionId;
use playhead_model::time::ReceivedMs;

use super::open::Key;

/// Due instants, in buckets of one second.
#[derive(Debug, Default)]
pub(super) struct Wheel {
    buckets: BTreeMap<u64, Vec<Key>>,
    /// The first second that has a bucket, if one has.
    first: Option<u64>,
}

impl Wheel {
    /// Asks for a look at the end of the second in which `due` lies: never too early.
    pub(super) fn arm(&mut self, sid: SessionId, due: ReceivedMs) {
        let second = due.0.div_ceil(1000);
        self.first = Some(self.first.map_or(second, |first| first.min(second)));
        self.buckets.entry(second).or_default().push(Key::of(sid));
    }

    /// Takes an entry that is due at `now`.
    #[inline]
    pub(super) fn pop_due(&mut self, now: ReceivedMs) -> Option<Key> {
        if self.first? * 1000 > now.0 {
            return None;
        }
        self.pop_first(now)
    }

    fn pop_first(&mut self, now: ReceivedMs) -> Option<Key> {
        loop {
            let Some(mut bucket) = self.buckets.first_entry() else {
                self.first = None;
                return None;
            };
            self.first = Some(*bucket.key());
            if bucket.key() * 1000 > now.0 {
                return None;
            }
            if let Some(key) = bucket.get_mut().pop() {
                return Some(key);
            }
            bucket.remove();
        }
    }
}

//! Which sessions to look at when time passes: a queue of due instants, by the second.
//!
//! Entries are hints. A session is looked at when an entry of it falls due, and decides by its own
//! deadlines; if nothing is due yet it gets a new entry. So moving a deadline costs nothing, and an
//! entry of a session that is gone does nothing.

use std::collections::BTreeMap;

use playhead_model::time::ReceivedMs;

use super::open::Key;

/// Keys in one piece of a bucket: pieces do not grow beyond it, so that none is ever copied whole.
const PIECE: usize = 256;

/// Due instants, in buckets of one second.
#[derive(Debug, Default)]
pub(super) struct Wheel {
    /// By second and number of the piece.
    pieces: BTreeMap<(u64, u32), Vec<Key>>,
    /// The first second that has a bucket, if one has.
    first: Option<u64>,
}

impl Wheel {
    /// Asks for a look at the end of the second in which `due` lies: never too early.
    pub(super) fn arm(&mut self, key: Key, due: ReceivedMs) {
        let second = due.0.div_ceil(1000);
        self.first = Some(self.first.map_or(second, |first| first.min(second)));
        let mut pieces = self.pieces.range_mut((second, 0)..=(second, u32::MAX));
        let number = match pieces.next_back() {
            Some((_, keys)) if keys.len() < PIECE => return keys.push(key),
            Some(((_, full), _)) => full + 1,
            None => 0,
        };
        self.pieces.insert((second, number), vec![key]);
    }

    /// Whether the second in which `due` lies is over at `now`.
    pub(super) fn has_passed(due: ReceivedMs, now: ReceivedMs) -> bool {
        due.0.div_ceil(1000) * 1000 <= now.0
    }

    /// Whether there may be an entry that is due at `now`.
    #[inline]
    pub(super) fn is_due(&self, now: ReceivedMs) -> bool {
        self.first.is_some_and(|first| first * 1000 <= now.0)
    }

    /// Takes an entry that is due at `now`.
    #[inline]
    pub(super) fn pop_due(&mut self, now: ReceivedMs) -> Option<Key> {
        if self.is_due(now) {
            self.pop_first(now)
        } else {
            None
        }
    }

    fn pop_first(&mut self, now: ReceivedMs) -> Option<Key> {
        loop {
            let Some(mut piece) = self.pieces.first_entry() else {
                self.first = None;
                return None;
            };
            let (second, _) = *piece.key();
            self.first = Some(second);
            if second * 1000 > now.0 {
                return None;
            }
            if let Some(key) = piece.get_mut().pop() {
                return Some(key);
            }
            piece.remove();
        }
    }
}

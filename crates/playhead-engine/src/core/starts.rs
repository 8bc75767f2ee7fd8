//! Session starts of the last three minutes, so that a retry gets the id of the first (protocol
//! §3.4).

use hashbrown::HashTable;
use playhead_model::codec_struct;
use playhead_model::ids::SessionId;
use playhead_model::time::ReceivedMs;

use super::queue::Queue;
use super::walk::Walk;

/// How long an equal start is taken for a retry, ms of server time.
pub(super) const WINDOW_MS: u64 = 180_000;

/// Tables that share the fingerprints, so that none grows large and growing one is short.
const TABLES: usize = 1024;
/// Room for this many is never given back by a table.
const ROOM_KEPT: usize = 4;

/// A start, as a checkpoint has it too.
#[derive(Clone, Copy, Debug)]
pub(super) struct RecentStart {
    at: ReceivedMs,
    fingerprint: [u8; 16],
    sid: SessionId,
}

codec_struct!(RecentStart {
    at,
    fingerprint,
    sid
});

/// Where a start lies in the queue, with as much of its fingerprint as tells it from nearly all
/// others: growing a table reads no start.
#[derive(Clone, Copy, Debug)]
struct Entry {
    bits: u32,
    /// The lower bits of its number, counted from the first there ever was.
    number: u32,
}

/// What of a fingerprint chooses the table, and what stands in its entry.
fn table_and_bits(fingerprint: &[u8; 16]) -> (usize, u32) {
    let [a, b, c, d, e, f, ..] = *fingerprint;
    let table = usize::from(u16::from_le_bytes([a, b])) % TABLES;
    (table, u32::from_le_bytes([c, d, e, f]))
}

/// A hash for a table, made of the bits of an entry alone.
fn hash(bits: u32) -> u64 {
    u64::from(bits).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Recent starts by the fingerprint of their bodies.
#[derive(Debug)]
pub(super) struct Starts {
    in_order: Queue<RecentStart>,
    by_fingerprint: Vec<HashTable<Entry>>,
    /// Number of the first in the queue, as far as entries have it.
    first: u32,
    /// Of a checkpoint that is being made.
    walk: Walk<RecentStart>,
}

impl Default for Starts {
    fn default() -> Self {
        Self {
            in_order: Queue::default(),
            by_fingerprint: (0..TABLES).map(|_| HashTable::new()).collect(),
            first: 0,
            walk: Walk::default(),
        }
    }
}

impl Starts {
    /// The session that an equal body opened less than three minutes before `now`.
    pub(super) fn find(&self, fingerprint: u128, now: ReceivedMs) -> Option<SessionId> {
        let start = self.get(&fingerprint.to_le_bytes())?;
        (now.0 < start.at.0 + WINDOW_MS).then_some(start.sid)
    }

    fn get(&self, fingerprint: &[u8; 16]) -> Option<&RecentStart> {
        let (table, bits) = table_and_bits(fingerprint);
        let starts = |entry: &Entry| &self.in_order[entry.number.wrapping_sub(self.first) as usize];
        let found = self.by_fingerprint[table].find(hash(bits), |entry| {
            entry.bits == bits && starts(entry).fingerprint == *fingerprint
        });
        found.map(starts)
    }

    /// Remembers a start; a live earlier one keeps its place.
    pub(super) fn insert(&mut self, fingerprint: u128, sid: SessionId, at: ReceivedMs) {
        self.forget_before(at);
        let fingerprint = fingerprint.to_le_bytes();
        if self.get(&fingerprint).is_some() {
            return;
        }
        let (table, bits) = table_and_bits(&fingerprint);
        let number = self.first.wrapping_add(self.in_order.len() as u32);
        let entry = Entry { bits, number };
        self.by_fingerprint[table].insert_unique(hash(bits), entry, |entry| hash(entry.bits));
        self.in_order.push_back(RecentStart {
            at,
            fingerprint,
            sid,
        });
    }

    /// Forgets starts that are three minutes old, and gives back the room that a rush took.
    pub(super) fn forget_before(&mut self, now: ReceivedMs) {
        while let Some(start) = self.in_order.front()
            && now.0 >= start.at.0 + WINDOW_MS
        {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        let Some(start) = self.in_order.pop_front() else {
            return;
        };
        let (table, bits) = table_and_bits(&start.fingerprint);
        let table = &mut self.by_fingerprint[table];
        let entry = table.find_entry(hash(bits), |entry| entry.number == self.first);
        if let Ok(entry) = entry {
            entry.remove();
        }
        if table.capacity() / 4 > table.len().max(ROOM_KEPT) {
            table.shrink_to(2 * table.len(), |entry| hash(entry.bits));
        }
        self.first = self.first.wrapping_add(1);
        self.walk.save_first(|| start);
    }

    /// How many are remembered.
    pub(super) fn len(&self) -> usize {
        self.in_order.len()
    }

    /// Begins to go over all starts as they are now.
    pub(super) fn begin_walk(&mut self) {
        self.walk = Walk::over(self.in_order.len());
    }

    /// Gives the walk up, and what is kept for it.
    pub(super) fn end_walk(&mut self) {
        self.walk = Walk::default();
    }

    /// The next start of the walk.
    pub(super) fn walk(&mut self) -> Option<RecentStart> {
        self.walk.next(|place| self.in_order[place])
    }

    /// Takes back a start from a checkpoint.
    pub(super) fn restore(&mut self, start: RecentStart) {
        self.insert(u128::from_le_bytes(start.fingerprint), start.sid, start.at);
    }
}

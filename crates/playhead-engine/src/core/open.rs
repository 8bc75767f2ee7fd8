//! The open sessions, by slot.

use hashbrown::HashTable;
use playhead_model::ids::{EventRef, LogPosition, SLOTS, SessionId};
use playhead_session::Session;
use playhead_session::row::Identity;

use super::TagId;

/// How a session came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Event by event.
    Live,
    /// As one batch of downloaded content.
    Batch,
}

/// A session with what the engine knows about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Open {
    pub sid: SessionId,
    /// Position of its first record.
    pub start: LogPosition,
    /// Position of its last record: events are found from here backwards.
    pub tail: LogPosition,
    /// Number of the rules it began with.
    pub rules: u32,
    pub tag: TagId,
    pub origin: Origin,
    pub session: Session,
    /// Whether the wheel has an entry for a hold of this session.
    pub(super) hold_armed: bool,
    /// The cut of which this session's state is part already.
    pub(super) epoch: u32,
}

impl Open {
    /// What identifies the session's row.
    pub fn identity(&self) -> Identity {
        Identity {
            sid: self.sid,
            start: match self.origin {
                Origin::Live => EventRef(self.start.0),
                Origin::Batch => EventRef(0),
            },
            downloaded: self.origin == Origin::Batch,
        }
    }
}

/// A session id in short, for hints: the slot and the hash. Two sessions never share it but by a
/// chance of one in 2^64, and a hint that finds the wrong session does no harm.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    hash: u64,
    slot: u16,
}

impl Key {
    pub(super) fn of(sid: SessionId) -> Self {
        Self {
            hash: sid.table_hash(),
            slot: sid.slot().get(),
        }
    }
}

/// One table a slot. The sessions are boxed, so that growing a table moves pointers only.
#[derive(Debug)]
pub(super) struct Slots {
    tables: Vec<HashTable<Box<Open>>>,
    len: usize,
}

impl Default for Slots {
    fn default() -> Self {
        Self {
            tables: (0..SLOTS).map(|_| HashTable::new()).collect(),
            len: 0,
        }
    }
}

impl Slots {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn get(&self, sid: SessionId) -> Option<&Open> {
        let table = &self.tables[usize::from(sid.slot().get())];
        table
            .find(sid.table_hash(), |open| open.sid == sid)
            .map(|open| &**open)
    }

    pub(super) fn get_mut(&mut self, sid: SessionId) -> Option<&mut Open> {
        let table = &mut self.tables[usize::from(sid.slot().get())];
        table
            .find_mut(sid.table_hash(), |open| open.sid == sid)
            .map(|open| &mut **open)
    }

    pub(super) fn by_key_mut(&mut self, key: Key) -> Option<&mut Open> {
        let table = &mut self.tables[usize::from(key.slot)];
        let found = table.find_mut(key.hash, |open| open.sid.table_hash() == key.hash);
        found.map(|open| &mut **open)
    }

    pub(super) fn insert(&mut self, open: Box<Open>) {
        let table = &mut self.tables[usize::from(open.sid.slot().get())];
        table.insert_unique(open.sid.table_hash(), open, |open| open.sid.table_hash());
        self.len += 1;
    }

    pub(super) fn remove(&mut self, sid: SessionId) -> Option<Box<Open>> {
        let table = &mut self.tables[usize::from(sid.slot().get())];
        let entry = table
            .find_entry(sid.table_hash(), |open| open.sid == sid)
            .ok()?;
        self.len -= 1;
        Some(entry.remove().0)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Open> {
        self.tables
            .iter()
            .flat_map(|table| table.iter().map(|open| &**open))
    }

    pub(super) fn slot(&self, slot: u16) -> impl Iterator<Item = &Open> {
        self.tables[usize::from(slot)].iter().map(|open| &**open)
    }

    pub(super) fn slot_mut(&mut self, slot: u16) -> impl Iterator<Item = &mut Open> {
        self.tables[usize::from(slot)]
            .iter_mut()
            .map(|open| &mut **open)
    }
}

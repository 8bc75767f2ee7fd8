//! The open sessions, by slot.

use std::cell::Cell;
use std::ops::Range;

use playhead_model::ids::{EventRef, LogPosition, SessionId};
use playhead_session::Session;
use playhead_session::row::Identity;

use super::TagId;
use super::index::Index;

/// How a session came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Event by event.
    Live,
    /// As one batch of downloaded content.
    Batch,
}

/// A session with what the engine knows about it. It begins with a line of a cache, in which all of
/// that is; the session's own fields begin with the next.
#[derive(Clone, Debug, PartialEq)]
#[repr(C, align(64))]
pub struct Open {
    pub sid: SessionId,
    /// Position of its last record: events are found from here backwards.
    pub tail: LogPosition,
    /// Number of the rules it began with.
    pub rules: u32,
    pub tag: TagId,
    /// The cut of which this session's state is part already.
    pub(super) epoch: u32,
    pub origin: Origin,
    /// Position of its first record.
    pub start: LogPosition,
    pub session: Session,
}

impl Open {
    /// See [`Session::touch`].
    #[inline]
    pub(super) fn touch(&self) -> u64 {
        self.tail.0 ^ self.session.touch()
    }

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

/// A session in short, for hints: where it lies, and as much of its hash as tells it from whoever
/// lies there later. A hint that finds the wrong session does no harm.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    place: Place,
    bits: u32,
}

impl Key {
    pub(super) fn new(place: Place, sid: SessionId) -> Self {
        Self {
            place,
            bits: sid.table_hash() as u32,
        }
    }
}

/// Where a session lies in memory for as long as it is open.
pub(super) type Place = u32;

/// Sessions of one block: blocks never move, so growing copies nothing. They fill what the allocator
/// takes for them, pieces of 64 KiB.
const BLOCK: usize = (256 << 10) / size_of::<Option<Open>>();

/// The open sessions side by side in blocks, and an index that says where each lies. Places
/// of sessions that have ended are used again, the memory is kept.
#[derive(Debug)]
pub(super) struct Slots {
    index: Index,
    blocks: Vec<Box<[Option<Open>]>>,
    free: Vec<Place>,
    len: usize,
    /// Where the last session was found: each event asks for its session some times in a row.
    last: Cell<Place>,
}

impl Default for Slots {
    fn default() -> Self {
        Self {
            index: Index::default(),
            blocks: Vec::new(),
            free: Vec::new(),
            len: 0,
            last: Cell::new(Place::MAX),
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

    /// Where a session lies.
    #[inline]
    pub(super) fn place(&self, sid: SessionId) -> Option<Place> {
        let is_it = |place| self.at(place).is_some_and(|open| open.sid == sid);
        let last = self.last.get();
        if is_it(last) {
            return Some(last);
        }
        let place = self.index.find(sid, is_it)?;
        self.last.set(place);
        Some(place)
    }

    /// Where a session lies, which most likely is `likely`.
    #[inline]
    pub(super) fn place_near(&self, sid: SessionId, likely: Option<Place>) -> Option<Place> {
        let found = likely.filter(|place| self.at(*place).is_some_and(|open| open.sid == sid));
        found.or_else(|| self.place(sid))
    }

    /// Where a session most likely lies, found without looking at any session.
    #[inline]
    pub(super) fn likely_place(&self, sid: SessionId) -> Option<Place> {
        self.index.find(sid, |_| true)
    }

    /// See [`Index::touch`].
    #[inline]
    pub(super) fn touch(&self, sid: SessionId) -> u64 {
        u64::from(self.index.touch(sid))
    }

    /// The session at a place.
    #[inline]
    pub(super) fn at(&self, place: Place) -> Option<&Open> {
        let place = place as usize;
        self.blocks.get(place / BLOCK)?[place % BLOCK].as_ref()
    }

    /// The session at a place.
    #[inline]
    pub(super) fn at_mut(&mut self, place: Place) -> Option<&mut Open> {
        let place = place as usize;
        self.blocks.get_mut(place / BLOCK)?[place % BLOCK].as_mut()
    }

    pub(super) fn get(&self, sid: SessionId) -> Option<&Open> {
        self.at(self.place(sid)?)
    }

    pub(super) fn get_mut(&mut self, sid: SessionId) -> Option<&mut Open> {
        self.at_mut(self.place(sid)?)
    }

    #[inline]
    pub(super) fn by_key(&self, key: Key) -> Option<&Open> {
        let open = self.at(key.place)?;
        (open.sid.table_hash() as u32 == key.bits).then_some(open)
    }

    #[inline]
    pub(super) fn by_key_mut(&mut self, key: Key) -> Option<&mut Open> {
        let open = self.at_mut(key.place)?;
        (open.sid.table_hash() as u32 == key.bits).then_some(open)
    }

    /// Takes a session in, and answers where it lies.
    #[inline]
    pub(super) fn insert(&mut self, open: Open) -> Place {
        let place = self.free.pop().unwrap_or_else(|| self.add_block());
        self.index.insert(open.sid, place);
        let at = place as usize;
        self.blocks[at / BLOCK][at % BLOCK] = Some(open);
        self.len += 1;
        place
    }

    /// Makes room, and answers its first place; the others are free.
    #[cold]
    fn add_block(&mut self) -> Place {
        let first = (self.blocks.len() * BLOCK) as Place;
        self.blocks.push((0..BLOCK).map(|_| None).collect());
        self.free.extend((first + 1..first + BLOCK as Place).rev());
        first
    }

    pub(super) fn remove(&mut self, sid: SessionId) -> Option<Open> {
        let place = self.place(sid)?;
        self.index.remove(sid, place);
        self.free.push(place);
        self.len -= 1;
        let at = place as usize;
        self.blocks[at / BLOCK][at % BLOCK].take()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Open> {
        self.blocks.iter().flatten().flatten()
    }

    /// The sessions, each with its key.
    pub(super) fn keys(&self) -> impl Iterator<Item = (Key, &Open)> {
        let places = self.blocks.iter().flatten().zip(0..);
        places.filter_map(|(open, place)| {
            let open = open.as_ref()?;
            Some((Key::new(place, open.sid), open))
        })
    }

    /// The sessions of some slots.
    pub(super) fn of_slots(&self, slots: Range<u16>) -> impl Iterator<Item = &Open> {
        let near = self.index.near(slots.clone());
        let sessions = near.filter_map(|place| self.at(place));
        sessions.filter(move |open| slots.contains(&open.sid.slot().get()))
    }

    /// How many places there are; a session lies at some of them.
    pub(super) fn places(&self) -> Place {
        (self.blocks.len() * BLOCK) as Place
    }
}

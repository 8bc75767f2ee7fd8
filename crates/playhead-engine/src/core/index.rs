//! Where each session lies, found with one look at memory.
//!
//! A million sessions are far more than caches hold, so that a look costs more than all the rest of
//! finding one. A table of hashbrown's takes two, the second of which has to wait for the first, and
//! a third for the table itself; here an entry most likely lies where it belongs, and what tells where
//! that is stays in the nearest cache.

use playhead_model::ids::{SLOTS, SessionId};

use super::open::Place;

/// Tables that share the sessions, by slot, so that none grows large and growing one is short.
const TABLES: u16 = 512;
const SLOTS_OF_TABLE: u16 = SLOTS / TABLES;
/// Entries of the smallest table: one line of a cache.
const SMALLEST: usize = 8;

/// A session with as much of its id as tells it from nearly all others: growing a table and looking
/// where a session lies read no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    bits: u32,
    place: Place,
}

const FREE: Entry = Entry {
    bits: 0,
    place: Place::MAX,
};

/// Places of sessions by their ids.
#[derive(Debug)]
pub(super) struct Index {
    tables: Box<[Table]>,
}

impl Default for Index {
    fn default() -> Self {
        Self {
            tables: (0..TABLES).map(|_| Table::default()).collect(),
        }
    }
}

/// An entry lies where its bits say, or behind that with no free one between.
#[derive(Debug, Default)]
struct Table {
    /// None, or a power of two of them.
    entries: Box<[Entry]>,
    taken: usize,
}

/// The bits are random: a server makes its ids itself.
fn bits_of(sid: SessionId) -> u32 {
    sid.table_hash() as u32
}

impl Index {
    #[inline]
    fn table(&self, sid: SessionId) -> &Table {
        &self.tables[usize::from(sid.slot().get() / SLOTS_OF_TABLE)]
    }

    fn table_mut(&mut self, sid: SessionId) -> &mut Table {
        &mut self.tables[usize::from(sid.slot().get() / SLOTS_OF_TABLE)]
    }

    /// The place of a session, if `is_it` says that it lies there.
    #[inline]
    pub(super) fn find(&self, sid: SessionId, is_it: impl Fn(Place) -> bool) -> Option<Place> {
        let bits = bits_of(sid);
        let mut entries = self.table(sid).from(bits);
        let found = entries.find(|(_, entry)| entry.bits == bits && is_it(entry.place));
        found.map(|(_, entry)| entry.place)
    }

    /// Reads what most likely is the entry of a session, to have it at hand soon.
    #[inline]
    pub(super) fn touch(&self, sid: SessionId) -> Place {
        let table = self.table(sid);
        let home = table.home(bits_of(sid));
        table.entries.get(home).map_or(0, |entry| entry.place)
    }

    /// Takes in a session that it does not have.
    #[inline]
    pub(super) fn insert(&mut self, sid: SessionId, place: Place) {
        let bits = bits_of(sid);
        self.table_mut(sid).insert(Entry { bits, place });
    }

    /// Takes out the session at a place.
    pub(super) fn remove(&mut self, sid: SessionId, place: Place) {
        self.table_mut(sid).remove(Entry {
            bits: bits_of(sid),
            place,
        });
    }

    /// The places of all sessions of these slots, and some of their neighbours.
    pub(super) fn near(&self, slots: std::ops::Range<u16>) -> impl Iterator<Item = Place> {
        let tables = slots.start / SLOTS_OF_TABLE..slots.end.div_ceil(SLOTS_OF_TABLE);
        let tables = &self.tables[usize::from(tables.start)..usize::from(tables.end)];
        let entries = tables.iter().flat_map(|table| &table.entries);
        let taken = entries.filter(|entry| **entry != FREE);
        taken.map(|entry| entry.place)
    }
}

impl Table {
    #[inline]
    fn mask(&self) -> usize {
        self.entries.len().wrapping_sub(1)
    }

    /// Where an entry with these bits belongs.
    #[inline]
    fn home(&self, bits: u32) -> usize {
        bits as usize & self.mask()
    }

    /// The entries from where one with these bits belongs to the next free one.
    #[inline]
    fn from(&self, bits: u32) -> impl Iterator<Item = (usize, Entry)> {
        let mut next = self.home(bits);
        std::iter::from_fn(move || {
            let at = next;
            let entry = *self.entries.get(at)?;
            next = (at + 1) & self.mask();
            (entry != FREE).then_some((at, entry))
        })
    }

    #[inline]
    fn insert(&mut self, entry: Entry) {
        // A quarter stays free, so that no way is long.
        if (self.taken + 1) * 4 > self.entries.len() * 3 {
            self.grow();
        }
        self.taken += 1;
        self.put(entry);
    }

    #[cold]
    fn grow(&mut self) {
        let room = (self.entries.len() * 2).max(SMALLEST);
        let before = std::mem::replace(&mut self.entries, vec![FREE; room].into());
        for entry in before.iter().filter(|entry| **entry != FREE) {
            self.put(*entry);
        }
    }

    #[inline]
    fn put(&mut self, entry: Entry) {
        let mut at = self.home(entry.bits);
        while self.entries[at] != FREE {
            at = (at + 1) & self.mask();
        }
        self.entries[at] = entry;
    }

    fn remove(&mut self, entry: Entry) {
        let found = self.from(entry.bits).find(|(_, found)| *found == entry);
        let Some((mut hole, _)) = found else { return };
        self.taken -= 1;
        // Those behind it that may lie where it lay move up, so that no way is interrupted.
        let mut at = hole;
        loop {
            at = (at + 1) & self.mask();
            let later = self.entries[at];
            if later == FREE {
                break;
            }
            let way = at.wrapping_sub(self.home(later.bits)) & self.mask();
            if way >= at.wrapping_sub(hole) & self.mask() {
                self.entries[hole] = later;
                hole = at;
            }
        }
        self.entries[hole] = FREE;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Few slots and few different bits, some of them at the end of a table.
    fn sid(random: &mut u64) -> SessionId {
        *random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let [.., a, b, c] = random.to_le_bytes();
        let mut bytes = [0; 32];
        bytes[7] = a % 12;
        bytes[8] = b % 8 * 31;
        bytes[31] = c % 40;
        SessionId::from_bytes(bytes)
    }

    #[test]
    fn it_finds_what_is_in_it_and_nothing_else() {
        let mut random = 1;
        let (mut index, mut known) = (Index::default(), BTreeMap::new());
        for place in 0..20_000 {
            let one = sid(&mut random);
            match known.remove(&one) {
                Some(place) => index.remove(one, place),
                None => {
                    index.insert(one, place);
                    known.insert(one, place);
                }
            }
            let other = sid(&mut random);
            let wanted = known.get(&other).copied();
            let found = index.find(other, |place| known.get(&other) == Some(&place));
            assert_eq!(found, wanted);
        }
        let mut found: Vec<Place> = index.near(0..SLOTS).collect();
        let mut wanted: Vec<Place> = known.values().copied().collect();
        found.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(found, wanted);
        let near: Vec<Place> = index.near(8..12).collect();
        let of_slots = known.iter().filter(|(sid, _)| sid.slot().get() >= 8);
        assert!(of_slots.count() > 0);
        for (sid, place) in &known {
            assert_eq!(near.contains(place), sid.slot().get() >= 8);
        }
    }
}

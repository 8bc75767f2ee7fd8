//! From a name to its number: a hash table made at compile time.

use super::{KeyId, table::TABLE};

/// Slots of the table; number 0 is free. With less than half of them taken, a probe ends at once.
const SLOTS: usize = 256;

static INDEX: [Entry; SLOTS] = index();

/// A key, with what tells it from nearly all other names without a look at its own.
#[derive(Clone, Copy)]
struct Entry {
    tail: u64,
    length: u8,
    number: u8,
}

#[inline]
pub(super) fn find(name: &str) -> Option<KeyId> {
    let name = name.as_bytes();
    let tail = tail_of(name);
    let mut slot = slot_of(tail, name.len());
    loop {
        let entry = &INDEX[slot];
        if entry.number == 0 {
            return None;
        }
        if entry.tail == tail && usize::from(entry.length) == name.len() {
            let known = TABLE[usize::from(entry.number) - 1].name.as_bytes();
            if is_same(name, known) {
                return Some(KeyId(entry.number));
            }
        }
        slot = (slot + 1) % SLOTS;
    }
}

/// Whether names of one length are the same, whose tails are.
#[inline]
fn is_same(name: &[u8], known: &[u8]) -> bool {
    let (words, known_words) = (name.as_chunks::<8>().0, known.as_chunks::<8>().0);
    let mut pairs = words.iter().zip(known_words);
    pairs.all(|(word, known)| word == known)
}

/// The last eight bytes, or all of them if there are fewer.
#[inline]
const fn tail_of(name: &[u8]) -> u64 {
    match name.last_chunk::<8>() {
        Some(tail) => u64::from_le_bytes(*tail),
        None => short(name),
    }
}

/// Hashes the length and the tail: the names differ at their ends.
#[inline]
const fn slot_of(tail: u64, length: usize) -> usize {
    let mixed = (tail ^ ((length as u64) << 3)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 56) as usize
}

const fn short(name: &[u8]) -> u64 {
    let mut tail = 0;
    let mut at = 0;
    while at < name.len() {
        tail = tail << 8 | name[at] as u64;
        at += 1;
    }
    tail
}

const fn index() -> [Entry; SLOTS] {
    let free = Entry {
        tail: 0,
        length: 0,
        number: 0,
    };
    let mut index = [free; SLOTS];
    let mut row = 0;
    while row < TABLE.len() {
        let name = TABLE[row].name.as_bytes();
        let tail = tail_of(name);
        let mut slot = slot_of(tail, name.len());
        while index[slot].number != 0 {
            slot = (slot + 1) % SLOTS;
        }
        index[slot] = Entry {
            tail,
            length: name.len() as u8,
            number: TABLE[row].id.0,
        };
        row += 1;
    }
    index
}

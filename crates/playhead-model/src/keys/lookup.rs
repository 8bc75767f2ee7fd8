//! From a name to its number: a hash table made at compile time.

use super::{KeyId, table::TABLE};

/// Slots of the table; 0 is free. With less than half of them taken, a probe ends at once.
const SLOTS: usize = 256;

static INDEX: [u8; SLOTS] = index();

#[inline]
pub(super) fn find(name: &str) -> Option<KeyId> {
    let name = name.as_bytes();
    let mut slot = slot_of(name);
    loop {
        let number = INDEX[slot];
        if number == 0 {
            return None;
        }
        if TABLE[usize::from(number) - 1].name.as_bytes() == name {
            return Some(KeyId(number));
        }
        slot = (slot + 1) % SLOTS;
    }
}

/// Hashes the length and the last eight bytes: the names differ at their ends.
#[inline]
const fn slot_of(name: &[u8]) -> usize {
    let tail = match name.last_chunk::<8>() {
        Some(tail) => u64::from_le_bytes(*tail),
        None => short(name),
    };
    let mixed = (tail ^ ((name.len() as u64) << 3)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
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

const fn index() -> [u8; SLOTS] {
    let mut index = [0; SLOTS];
    let mut row = 0;
    while row < TABLE.len() {
        let mut slot = slot_of(TABLE[row].name.as_bytes());
        while index[slot] != 0 {
            slot = (slot + 1) % SLOTS;
        }
        index[slot] = TABLE[row].id.0;
        row += 1;
    }
    index
}

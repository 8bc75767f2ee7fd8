//! The content of a file as memory sees it, and as a disk would have it.

use std::collections::BTreeMap;
use std::mem;

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

#[derive(Clone, Debug)]
pub(super) struct Content {
    pub(super) bytes: Vec<u8>,
    /// What the disk holds where `bytes` is newer, by sector.
    unsynced: BTreeMap<usize, Vec<u8>>,
    /// As `unsynced`, but no sync will write it unless it is written to again.
    forgotten: BTreeMap<usize, Vec<u8>>,
}

impl Content {
    /// Makes a file whose bytes are all durable.
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            unsynced: BTreeMap::new(),
            forgotten: BTreeMap::new(),
        }
    }

    pub(super) fn write(&mut self, bytes: &[u8], offset: usize) {
        if bytes.is_empty() {
            return;
        }
        for sector in offset / SECTOR..=(offset + bytes.len() - 1) / SECTOR {
            let on_disk = self.forgotten.remove(&sector);
            let end = self.bytes.len().min((sector + 1) * SECTOR);
            let current = &self.bytes[sector * SECTOR..end];
            self.unsynced
                .entry(sector)
                .or_insert_with(|| on_disk.unwrap_or_else(|| current.to_vec()));
        }
        self.bytes[offset..offset + bytes.len()].copy_from_slice(bytes);
    }

    pub(super) fn write_torn(&mut self, bytes: &[u8], offset: usize, seed: u64) {
        let mut random = Random(seed);
        let end = offset + bytes.len();
        let mut at = offset;
        while at < end {
            let next = end.min((at / SECTOR + 1) * SECTOR);
            if random.next() & 1 == 0 {
                self.write(&bytes[at - offset..next - offset], at);
            }
            at = next;
        }
    }

    /// Makes what was written durable.
    pub(super) fn sync(&mut self) {
        self.unsynced.clear();
    }

    /// Fails to, for good.
    pub(super) fn forget(&mut self) {
        for (sector, before) in mem::take(&mut self.unsynced) {
            self.forgotten.entry(sector).or_insert(before);
        }
    }

    /// Returns what is left when some of the sectors that are not durable are lost.
    pub(super) fn survivor(&self, is_lost: &mut dyn FnMut() -> bool) -> Self {
        let mut bytes = self.bytes.clone();
        for (sector, before) in self.unsynced.iter().chain(&self.forgotten) {
            if is_lost() {
                bytes[sector * SECTOR..][..before.len()].copy_from_slice(before);
            }
        }
        Self::new(bytes)
    }
}

/// SplitMix64.
#[derive(Debug)]
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

//! What the tests of the log share.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::sync::Arc;

use playhead_log::storage::{MemoryStorage, Storage};
use playhead_log::{OpenError, Options, Position, Preparation, Reader, Recovery, Writer};

pub(crate) type Frames = Vec<(Position, Vec<u8>)>;

/// Segments so small that a few frames fill one, and no thread, so that runs repeat exactly.
pub(crate) const SMALL: Options = Options {
    segment_bytes: 8192,
    frame_bytes_max: 6000,
    sync: playhead_log::SyncPolicy::Always,
    preparation: Preparation::AtRoll,
};

pub(crate) fn open(storage: &MemoryStorage) -> Result<(Writer, Recovery), OpenError> {
    Writer::open(share(storage), SMALL)
}

pub(crate) fn share(storage: &MemoryStorage) -> Arc<dyn Storage> {
    Arc::new(storage.clone())
}

pub(crate) fn read_from(reader: &Reader, from: Position) -> Frames {
    let mut frames = Vec::new();
    let mut iter = reader.iter_from(from).unwrap();
    while let Some(frame) = iter.next() {
        let frame = frame.unwrap();
        frames.push((frame.position, frame.payload.to_vec()));
    }
    frames
}

pub(crate) fn read_all(reader: &Reader) -> Frames {
    read_from(reader, reader.begin())
}

/// A payload that differs in length and content for each `n`.
pub(crate) fn payload(n: usize) -> Vec<u8> {
    let len = (n * 37) % 700;
    (0..len).map(|at| (at * 31 + n * 7) as u8).collect()
}

pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }
}

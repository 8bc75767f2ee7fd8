//! When checkpoints are made, and how much of one at a time.

use playhead_model::time::ReceivedMs;

use super::{Cell, Work};
use crate::pump::{CUT_BYTES_MAX, Pump};

/// Pause between two turns of a checkpoint, ms.
pub const TURN_MS: u64 = 1;
/// A turn encodes at most about this much, some 50 ordinary sessions: a turn is what those who
/// wait for an answer feel.
const TURN_BYTES_MAX: usize = 32 << 10;
const TURN_BYTES_MIN: usize = 4 << 10;
/// At the end of the process nobody waits.
const LAST_TURN_BYTES: usize = 1 << 20;
/// Sessions that change while the disk does not take the checkpoint are encoded all the same. With
/// more than this of them it is given up, and begun anew when it is time for the next.
const WAITING_BYTES_MAX: usize = 32 << 20;
/// Pieces in which the pump gets what was encoded.
const PIECE_BYTES: usize = 64 << 10;

/// The checkpoints of a cell.
#[derive(Debug)]
pub(super) struct Cutting {
    /// Between the beginnings of two checkpoints, ms.
    interval_ms: u64,
    next: ReceivedMs,
    /// Encoded, but too little yet to give to the pump.
    piece: Vec<u8>,
}

impl Cutting {
    pub(super) fn new(interval_ms: u64, now: ReceivedMs) -> Self {
        Self {
            interval_ms,
            next: now.plus(interval_ms),
            piece: Vec::new(),
        }
    }

    fn hand_over(&mut self, pump: &Pump) {
        if !self.piece.is_empty() {
            pump.cut(std::mem::take(&mut self.piece));
        }
    }
}

impl Cell {
    /// How many bytes of a checkpoint to encode each [`TURN_MS`], so that a checkpoint takes about
    /// half of the time until the next: the slower it is written, the less anybody feels of it.
    pub fn checkpoint_turn_bytes(&self) -> usize {
        let turns = (self.cutting.interval_ms / 2 / TURN_MS).max(1);
        let expected = self.core.cut_bytes_expected() as u64;
        usize::try_from(expected / turns).map_or(TURN_BYTES_MAX, |bytes| {
            bytes.clamp(TURN_BYTES_MIN, TURN_BYTES_MAX)
        })
    }

    /// Begins a checkpoint if it is time for one, the last record is a tick, and nothing waits for
    /// a commit: what is appended but not applied is noted in the core already, and a cut that has
    /// it would remember what a crash may still take away.
    pub fn begin_checkpoint_if_due(&mut self) {
        let now = self.now();
        // The pump may still have the last one to write.
        let is_free = !self.core.is_cutting() && self.pump.cut_bytes() == 0;
        let is_due = now >= self.cutting.next && is_free && self.core.is_at_tick();
        if is_due && self.stopped.is_none() && !self.has_uncommitted() {
            self.cutting.next = now.plus(self.cutting.interval_ms);
            self.begin_checkpoint();
        }
    }

    /// Goes on with the checkpoint that is in the making by about `bytes`.
    pub fn go_on_with_checkpoint(&mut self, bytes: usize) -> Work {
        if !self.core.is_cutting() {
            return Work::Done;
        }
        if self.pump.cut_bytes() >= CUT_BYTES_MAX {
            if self.core.cut_bytes_waiting() > WAITING_BYTES_MAX {
                tracing::warn!("the disk takes no checkpoint; it is given up until the next");
                self.core.abandon_cut();
            }
            return Work::Blocked;
        }
        self.encode(bytes);
        if self.core.is_cutting() {
            Work::More
        } else {
            Work::Done
        }
    }

    /// Writes a checkpoint of the present state at once, unless a failure is in its way.
    pub(super) fn write_last_checkpoint(&mut self) {
        self.begin_checkpoint();
        while self.core.is_cutting() && self.pump.wait_for_cut(CUT_BYTES_MAX) {
            self.encode(LAST_TURN_BYTES);
        }
    }

    fn begin_checkpoint(&mut self) {
        self.cutting.piece.clear();
        if let Some(position) = self.core.begin_cut() {
            self.pump.begin_cut(position);
        }
    }

    fn encode(&mut self, bytes: usize) {
        let complete = self.core.go_on_with_cut(bytes, &mut self.cutting.piece);
        if complete.is_some() || self.cutting.piece.len() >= PIECE_BYTES {
            self.cutting.hand_over(&self.pump);
        }
        if let Some(oldest) = complete {
            self.pump.end_cut(oldest, self.now());
        }
    }
}
